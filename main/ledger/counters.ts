/** Counters, by name: which ones a call moves, and by how much. */
import type { LimitDemand } from '../../shared/policy/types.ts';
import { LUMA } from '../../shared/server-id.ts';

/** Whose counters a call moves, at which server. `session` is absent when the client sent no `Mcp-Session-Id`. */
export interface Scopes {
  server: string;
  grant: string;
  session: string | undefined;
}

/** Whose counters a call of a client moves. */
export function scopesOf({ server, grantId, session }: Omit<Scopes, 'grant'> & { grantId: string }): Scopes {
  return { server, grant: grantId, session };
}

/** One counter: `key` names it here; the rest says whose it is. */
export interface Counted {
  key: string;
  /** Absent where it counts over all servers. */
  server: string | undefined;
  counter: string;
  scope: LimitDemand['scope'];
  grantId: string | undefined;
  session: string | undefined;
}

/** Sums of amounts that people write in decimals (0.4 + 0.4 + ...) may be this much off, relative to `max`. */
const ROUNDING = 1e-9;

/** What a counter may come to under a limit of `max`. */
export function ceilingOf(max: number): number {
  return max * (1 + ROUNDING);
}

/** Whether a counter under a limit of `max` that has come to `used` has room for `amount`; 0: for what is not known yet, while anything is left. */
export function hasRoom(used: number, amount: number, max: number): boolean {
  return amount === 0 ? used < max * (1 - ROUNDING) : used + amount <= ceilingOf(max);
}

/** What a call cost, once it has run, and the counters that count it. */
export interface Spent {
  /** `undefined`: nobody knows. */
  cost: number | undefined;
  /** By their keys. */
  counters: ReadonlyMap<string, CostCounter>;
}

/** What of a call that is no cost counts there too, and the most that the counter may come to. */
interface CostCounter {
  other: number;
  max: number;
}

/** The counters in which `demands` count cost. */
export function costCounters(demands: readonly LimitDemand[], scopes: Scopes): Spent['counters'] {
  const found = new Map<string, CostCounter>();
  const others = amountsOf(
    demands.filter(({ counts }) => counts !== 'cost'),
    scopes,
  );
  for (const demand of demands.filter(({ counts }) => counts === 'cost')) {
    const key = counterKey(demand, scopes);
    const max = Math.max(demand.max, found.get(key)?.max ?? 0);
    found.set(key, { other: others.get(key) ?? 0, max });
  }
  return found;
}

/**
 * What counts by `key` once it is known what was `spent`: the largest of its demands there, as before. A cost that nobody
 * knows counts as all that there may be.
 */
export function spentAt(key: string, reserved: number, spent: Spent | undefined): number {
  const counter = spent?.counters.get(key);
  return spent === undefined || counter === undefined
    ? reserved
    : Math.max(spent.cost ?? counter.max, counter.other);
}

/** What a call counts in each counter, by its key: once, by the largest of its demands there. */
export function amountsOf(demands: readonly LimitDemand[], scopes: Scopes): Map<string, number> {
  const amounts = new Map<string, number>();
  for (const demand of demands) {
    const key = counterKey(demand, scopes);
    amounts.set(key, Math.max(amounts.get(key) ?? 0, demand.amount));
  }
  return amounts;
}

/**
 * One text per counter. A list in JSON, because session ids are the client's and may hold any separator. Of `luma` it is
 * what it was before there were other servers; that of another server begins with `server` and its id.
 */
export function counterKey(
  { scope, counter }: Pick<LimitDemand, 'scope' | 'counter'>,
  scopes: Scopes,
): string {
  const { server, grant, session } = scopes;
  if (scope === 'everywhere') return JSON.stringify(['everywhere', counter]);
  const own = server === LUMA ? [] : ['server', server];
  if (scope === 'all') return JSON.stringify([...own, 'all', counter]);
  return scope === 'grant' || session === undefined
    ? JSON.stringify([...own, 'grant', grant, counter])
    : JSON.stringify([...own, 'session', grant, session, counter]);
}

/** The counter that {@link counterKey} made `key` of. */
export function countedBy(key: string): Counted {
  const all = JSON.parse(key) as string[];
  const other = all[0] === 'server';
  const parts = other ? all.slice(2) : all;
  const scope = parts[0] as Counted['scope'];
  return {
    key,
    server: scope === 'everywhere' ? undefined : other ? all[1] : LUMA,
    scope,
    counter: parts.at(-1) ?? '',
    grantId: scope === 'grant' || scope === 'session' ? parts[1] : undefined,
    session: scope === 'session' ? parts[2] : undefined,
  };
}
