import { createHash } from 'node:crypto';
import type { LimitCounter } from '../../shared/contract.ts';
import { limitsOf } from '../../shared/policy/index.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Counted } from '../ledger/limits.ts';
import type { ApiParts, Handlers } from './parts.ts';

/** The counters that the limits of policies in force count by, and setting one back. */
export function limitHandlers({
  core,
  views: { iso },
  changed,
}: ApiParts): Pick<Handlers, 'limits.list' | 'limits.reset'> {
  const { limits, grants, policies, settings, clock, logger } = core;

  /** The limits that count by `counted`: one for each window and maximum, of any policy that is in use. */
  function limitsBy(counted: Counted) {
    const used = new Set(
      grants
        .list()
        .filter((grant) => grant.revokedAt === undefined)
        .map((grant) => grant.policyId ?? settings.get().defaultPolicyId),
    );
    const found = new Map<string, { windowMs: number; max: number }>();
    for (const id of used) {
      const policy = policies.inForce(id)?.policy;
      for (const { counter, scope, windowMs, max } of policy ? limitsOf(policy) : []) {
        // A call without a session counts under its grant.
        const fits = scope === counted.scope || (scope === 'session' && counted.scope === 'grant');
        if (counter === counted.counter && fits) found.set(`${windowMs} ${max}`, { windowMs, max });
      }
    }
    return [...found.values()];
  }

  function view(counted: Counted, { windowMs, max }: { windowMs: number; max: number }): LimitCounter {
    const { settled, held, freesAt } = limits.usedBy(counted.key, windowMs);
    const { counter, scope, grantId, session } = counted;
    return {
      id: idOf(counted.key),
      counter,
      scope,
      ...(grantId !== undefined && { client: { id: grantId, label: grants.labelOf(grantId) } }),
      ...(session !== undefined && { session }),
      used: settled + held,
      max,
      windowSeconds: windowMs / 1000,
      ...(freesAt !== undefined && { freesAt: iso(freesAt) }),
    };
  }

  return {
    'limits.list': () => ({
      counters: limits
        .counters()
        .flatMap((counted) => limitsBy(counted).map((limit) => view(counted, limit)))
        .filter(({ used }) => used > 0),
    }),
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
