import { createHash } from 'node:crypto';
import type { LimitCounter } from '../../shared/contract.ts';
import { limitsOf } from '../../shared/policy/index.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Counted } from '../ledger/counters.ts';
import { policyOn } from './find-server.ts';
import type { ApiParts, Handlers } from './parts.ts';

/** The counters that the limits of policies in force count by, and setting one back. */
export function limitHandlers({
  core,
  views: { iso },
  changed,
}: ApiParts): Pick<Handlers, 'limits.reset'> & { 'limits.list': () => { counters: LimitCounter[] } } {
  const { limits, grants, policies, clock, logger } = core;

  /** The limits of all policies that are in use. */
  function limitsInUse() {
    const used = new Set(
      grants
        .list()
        .filter((grant) => grant.revokedAt === undefined)
        .flatMap((grant) => [...grant.servers.keys()].map((on) => policyOn(core, grant, on).policyId)),
    );
    return [...used].flatMap((id) => {
      const policy = policies.inForce(id)?.policy;
      if (!policy) return [];
      return limitsOf(policy).map((limit) => ({ ...limit, policyId: id, server: policy.server }));
    });
  }
  type Limit = ReturnType<typeof limitsInUse>[number];

  /** Those of `limits` that count by `counted`: one for each window, maximum, what is counted, and what happens then. */
  function limitsBy(counted: Counted, limits: readonly Limit[]): (Limit & { policyIds: string[] })[] {
    const found = new Map<string, Limit & { policyIds: string[] }>();
    for (const limit of limits) {
      // A call without a session counts under its grant.
      const fits = limit.scope === counted.scope || (limit.scope === 'session' && counted.scope === 'grant');
      const isOwn = counted.server === undefined || limit.server === counted.server;
      if (limit.counter !== counted.counter || !fits || !isOwn) continue;
      const key = `${limit.windowMs} ${limit.max} ${limit.counts} ${limit.whenReached}`;
      const policyIds = new Set([...(found.get(key)?.policyIds ?? []), limit.policyId]);
      found.set(key, { ...limit, policyIds: [...policyIds] });
    }
    return [...found.values()];
  }

  function view(
    counted: Counted,
    { windowMs, max, counts, whenReached, policyIds }: Limit & { policyIds: string[] },
  ): LimitCounter {
    const { settled, held, freesAt } = limits.usedBy(counted.key, windowMs);
    const { counter, scope, server, grantId, session } = counted;
    return {
      id: idOf(counted.key),
      counter,
      scope,
      ...(server !== undefined && { server }),
      ...(grantId !== undefined && { client: { id: grantId, label: grants.labelOf(grantId) } }),
      ...(session !== undefined && { session }),
      used: settled + held,
      max,
      counts,
      windowSeconds: windowMs / 1000,
      whenReached: whenReached ?? 'deny',
      policyIds,
      ...(freesAt !== undefined && { freesAt: iso(freesAt) }),
    };
  }

  return {
    'limits.list'() {
      const inUse = limitsInUse();
      const ofAll = inUse.flatMap(({ scope, counter, server }) =>
        scope === 'all' || scope === 'everywhere' ? limits.ofAll(counter, scope, server) : [],
      );
      const counted = new Map([...limits.counters(), ...ofAll].map((each) => [each.key, each]));
      return {
        counters: [...counted.values()]
          .flatMap((each) => limitsBy(each, inUse).map((limit) => view(each, limit)))
          .filter(({ used, client }) => used > 0 || client === undefined),
      };
    },
    'limits.reset'({ id }) {
      const counted = limits.counters().find(({ key }) => idOf(key) === id);
      if (!counted) throw new UserFacingError('not_found', 'This counter counts nothing any more.');
      limits.reset(counted.key);
      logger.info({ counter: counted.counter, at: clock.now() }, 'a counter was set back to zero');
      changed('limits');
      return { done: true };
    },
  };
}

/** A key holds what a client chose; its digest is what a window and an address may carry. */
function idOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}
