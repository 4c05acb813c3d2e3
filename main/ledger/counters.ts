/** Counters, by name: which ones a call moves, and by how much. */
import type { LimitDemand } from '../../shared/policy/types.ts';

/** Whose counters a call moves. `session` is absent when the client sent no `Mcp-Session-Id`. */
export interface Scopes {
  grant: string;
  session: string | undefined;
}

/** One counter: `key` names it here; the rest says whose it is. */
export interface Counted {
  key: string;
  counter: string;
  scope: 'all' | 'grant' | 'session';
  grantId: string | undefined;
  session: string | undefined;
}

/** Sums of amounts that people write in decimals (0.4 + 0.4 + ...) may be this much off, relative to `max`. */
const ROUNDING = 1e-9;

/** What a counter may come to under a limit of `max`. */
export function ceilingOf(max: number): number {
  return max * (1 + ROUNDING);
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

/** One text per counter. A list in JSON, because session ids are the client's and may hold any separator. */
export function counterKey(demand: LimitDemand, scopes: Scopes): string {
  switch (demand.scope) {
    case 'all':
      return JSON.stringify(['all', demand.counter]);
    case 'grant':
      return JSON.stringify(['grant', scopes.grant, demand.counter]);
    case 'session':
      return scopes.session === undefined
        ? JSON.stringify(['grant', scopes.grant, demand.counter])
        : JSON.stringify(['session', scopes.grant, scopes.session, demand.counter]);
  }
}

/** The counter that {@link counterKey} made `key` of. */
export function countedBy(key: string): Counted {
  const parts = JSON.parse(key) as string[];
  const scope = parts[0] as Counted['scope'];
  return {
    key,
    scope,
    counter: parts.at(-1) ?? '',
    grantId: scope === 'all' ? undefined : parts[1],
    session: scope === 'session' ? parts[2] : undefined,
  };
}
