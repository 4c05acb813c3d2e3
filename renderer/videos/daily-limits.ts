import type { Json, JsonObject } from '../../shared/json.ts';
import { limitsAt, rulePlaces } from '../../shared/policy/edit.ts';
import { toolWords } from '../text/words.ts';

/** A limit of a policy that counts over 24 hours. */
export interface DailyLimit {
  counts: 'calls' | 'cost';
  max: number;
  /** The tool it is about; absent: every tool. */
  tool?: string;
  /** Whom it counts together. */
  scope: 'grant' | 'session' | 'all';
}

const DAY_SECONDS = 86_400;

/**
 * The daily limits of a policy document that count calls or cost, those on all tools first. Limits that
 * count an argument have no place on a chart of calls and cost.
 */
export function dailyLimits(document: Json): DailyLimit[] {
  return rulePlaces(document).flatMap((place) =>
    limitsAt(document, place).flatMap(
      (limit) => dailyLimit(limit, place === 'all_tools' ? undefined : place.tool) ?? [],
    ),
  );
}

/** The limit that the chart of `counts` may be held against: on every tool and everyone; the smallest. */
export function overallLimit(
  limits: readonly DailyLimit[],
  counts: DailyLimit['counts'],
): number | undefined {
  const all = limits.filter(
    (limit) => limit.counts === counts && limit.tool === undefined && limit.scope === 'all',
  );
  return all.length === 0 ? undefined : Math.min(...all.map(({ max }) => max));
}

/** A limit as a sentence; `cost` writes an amount with its unit. */
export function limitWords(
  { counts, max, tool, scope }: DailyLimit,
  cost: (amount: number) => string,
): string {
  const amount =
    counts === 'cost' ? cost(max) : `${max.toLocaleString('en')} ${max === 1 ? 'call' : 'calls'}`;
  const whom = { all: 'all clients together', grant: 'each client', session: 'each session' }[scope];
  return `At most ${amount} in any 24 hours, ${whom}${tool === undefined ? '' : `, for “${toolWords(tool) ?? tool}”`}.`;
}

function dailyLimit(limit: JsonObject, tool: string | undefined): DailyLimit | undefined {
  const { window, max, increment = 1, increment_from: from, scope = 'grant' } = limit;
  if ((window !== 'day' && window !== DAY_SECONDS) || typeof max !== 'number') return undefined;
  if (scope !== 'grant' && scope !== 'session' && scope !== 'all') return undefined;
  const about: Pick<DailyLimit, 'scope' | 'tool'> = { scope, ...(tool !== undefined && { tool }) };
  if (from === 'cost') return { counts: 'cost', max, ...about };
  if (from !== undefined || typeof increment !== 'number' || increment <= 0) return undefined;
  return { counts: 'calls', max: Math.floor(max / increment), ...about };
}
