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
  scope: 'grant' | 'session' | 'all' | 'everywhere';
  counter: string;
}

const DAY_SECONDS = 86_400;

/**
 * The daily limits of a policy document that count calls or cost, those on all tools first. Limits that
 * count an argument have no place on a chart of calls and cost.
 */
export function dailyLimits(document: Json): DailyLimit[] {
  return rulePlaces(document).flatMap((place) =>
    limitsAt(document, place).flatMap(
      // That of a category is no single tool's, and not of all.
      (limit) =>
        typeof place === 'object' && 'category' in place
          ? []
          : (dailyLimit(limit, place === 'all_tools' ? undefined : place.tool) ?? []),
    ),
  );
}

/**
 * The daily limits over all servers: those on everything that each of `documents`, the policies of the servers, has. What
 * only some have says nothing of the sum.
 */
export function limitsOverAll(documents: readonly Json[]): DailyLimit[] {
  const [first = [], ...others] = documents.map((document) =>
    dailyLimits(document).filter(({ scope, tool }) => scope === 'everywhere' && tool === undefined),
  );
  const same = (one: DailyLimit) => (other: DailyLimit) =>
    one.counter === other.counter && one.counts === other.counts && one.max === other.max;
  return first.filter((limit) => others.every((theirs) => theirs.some(same(limit))));
}

/** The limit that the chart of `counts` may be held against: on every tool, and everyone by `scopes`; the smallest. */
export function overallLimit(
  limits: readonly DailyLimit[],
  counts: DailyLimit['counts'],
  scopes: readonly DailyLimit['scope'][],
): number | undefined {
  const all = limits.filter(
    (limit) => limit.counts === counts && limit.tool === undefined && scopes.includes(limit.scope),
  );
  return all.length === 0 ? undefined : Math.min(...all.map(({ max }) => max));
}

/** A limit as a sentence; `cost` writes an amount with its unit. `server`: whose tools are meant. */
export function limitWords(
  { counts, max, tool, scope }: DailyLimit,
  cost: (amount: number) => string,
  server?: string,
): string {
  const amount =
    counts === 'cost' ? cost(max) : `${max.toLocaleString('en')} ${max === 1 ? 'call' : 'calls'}`;
  const whom = {
    all: 'all clients together',
    everywhere: 'all clients on all servers together',
    grant: 'each client',
    session: 'each session',
  }[scope];
  return `At most ${amount} in any 24 hours, ${whom}${tool === undefined ? '' : `, for “${toolWords(tool, server) ?? tool}”`}.`;
}

function dailyLimit(limit: JsonObject, tool: string | undefined): DailyLimit | undefined {
  const { counter, window, max, increment = 1, increment_from: from, scope = 'grant' } = limit;
  if ((window !== 'day' && window !== DAY_SECONDS) || typeof max !== 'number') return undefined;
  if (typeof counter !== 'string') return undefined;
  if (scope !== 'grant' && scope !== 'session' && scope !== 'all' && scope !== 'everywhere') return undefined;
  const about: Pick<DailyLimit, 'scope' | 'counter' | 'tool'> = {
    scope,
    counter,
    ...(tool !== undefined && { tool }),
  };
  if (from === 'cost') return { counts: 'cost', max, ...about };
  if (from !== undefined || typeof increment !== 'number' || increment <= 0) return undefined;
  return { counts: 'calls', max: Math.floor(max / increment), ...about };
}
