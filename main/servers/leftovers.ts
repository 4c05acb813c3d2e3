import type { Accepted } from '../ledger/accepted.ts';

/**
 * Servers that are being added or removed, by their ids: where Greenlight ends in between, or a vault cannot be written,
 * the next start goes by it. What is not noted here is never swept: settings that are gone do not say which servers the
 * person removed.
 */
export interface Leftovers {
  all(): Map<string, Leftover>;
  /** `undefined`: nothing is left of it, or all of it is in use. Throws StorageError. */
  note(id: string, as: Leftover | undefined): void;
}

/** What is being done to it. */
export type Leftover = 'added' | 'removed';

/** The name under which they are kept. */
const NAME = 'leftovers';

export function createLeftovers(accepted: Accepted): Leftovers {
  const all = () => new Map(Object.entries((accepted.get(NAME) ?? {}) as Record<string, Leftover>));
  return {
    all,
    note(id, as) {
      const known = all();
      if (known.get(id) === as) return;
      if (as === undefined) known.delete(id);
      else known.set(id, as);
      if (known.size === 0) accepted.delete(NAME);
      else accepted.set(NAME, Object.fromEntries(known));
    },
  };
}
