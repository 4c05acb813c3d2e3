/** What stands in a row of the log for what of a call is not kept. */
import type { JsonObject } from '../../shared/json.ts';

/** A secret. */
export const MASK = '[masked]';
/** A value, where the person keeps names only. */
export const NOT_KEPT = '[not kept]';
/** The rest of something large. */
export const CUT = '[cut]';

/**
 * What was sent, from what the log has of it; `undefined` where that is not all. Of a call that itself says a word for
 * what is not kept, nobody can tell.
 */
export function sentOf(kept: string): JsonObject | undefined {
  if ([MASK, NOT_KEPT, CUT].some((mark) => kept.includes(mark))) return undefined;
  const value = JSON.parse(kept) as JsonObject | string[];
  // The names alone, of which there are none.
  if (Array.isArray(value)) return value.length === 0 ? {} : undefined;
  return value;
}
