import type { Settings } from '../../shared/settings.ts';
import type { Clock, Logger } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { Activity } from '../ledger/activity.ts';
import type { ApprovalRecord, Approvals } from '../ledger/approvals.ts';
import type { Grants } from '../ledger/grants.ts';
import type { Limits } from '../ledger/limits.ts';
import type { Policies } from '../policies/policies.ts';
import { denials } from './denials.ts';
import type { Guard } from './guard.ts';
import type { Judge } from './judge.ts';
import type { News } from './news.ts';
import type { Waiting, WaitingCall } from './waiting.ts';

/**
 * What makes a question stale: what it was asked under is not so any more. Its approval is withdrawn, unused
 * tickets end, and the calls that wait are judged anew, by what is so now. Policies, grants and the guard mode
 * are followed; the rest is said by whoever changes it.
 */
export interface Stale {
  /** The default policy may be another one. */
  settingsChanged(): void;
  /** Calls now go to another server. */
  upstreamExchanged(): void;
  /** The person blocked this client. */
  clientBlocked(grantId: string): void;
  /** The person paused this client. */
  clientPaused(grantId: string): void;
  /** The upstream defines these tools otherwise than the person accepted. */
  toolsChanged(names: ReadonlySet<string>): void;
  /** The person accepted these tools as they are. */
  toolsAccepted(names: ReadonlySet<string>): void;
  /** The policy turned out to be another version than the one `approval` was asked under. */
  policyChanged(approval: ApprovalRecord): void;
}

/** Follows the parts from now on. */
export function createStale(parts: {
  database: Database;
  clock: Clock;
  logger: Logger;
  grants: Grants;
  limits: Limits;
  approvals: Approvals;
  guard: Guard;
  activity: Activity;
  policies: Pick<Policies, 'inForce' | 'onChange'>;
  settings: () => Settings;
  judge: Judge;
  waiting: Waiting;
  news: News;
}): Stale {
  const { database, clock, logger, grants, limits, approvals, guard, activity } = parts;
  const { policies, judge, waiting, news } = parts;

  const POLICY_CHANGED = 'The policy changed while this was waiting.';
  policies.onChange((id) => {
    const version = policies.inForce(id)?.version;
    judgeAnew((approval) => approval.policyId === id && approval.policyVersion !== version, POLICY_CHANGED);
  });
  grants.onChange((grant) => {
    const { id, revokedAt, rotatedAt = 0 } = grant;
    const policyId = judge.policyOf(grant)?.id;
    judgeAnew(
      (approval) =>
        approval.grantId === id &&
        (revokedAt !== undefined || approval.createdAt < rotatedAt || approval.policyId !== policyId),
      revokedAt !== undefined
        ? 'The grant of this client was revoked.'
        : 'The token of this client was exchanged, or it follows another policy now.',
    );
  });
  guard.onChange(({ mode }) => {
    if (mode === 'block') judgeAnew(() => true, 'All calls were blocked.');
  });

  function judgeAnew(concerned: (approval: ApprovalRecord) => boolean, reason: string): void {
    // Tickets first: what they hold is free for the calls that are judged anew.
    for (const ticket of approvals.tickets().filter(concerned)) waiting.endTicket(ticket.id, reason);
    for (const approval of approvals.pending().filter(concerned)) {
      try {
        database.transaction(() => {
          approvals.change(approval, { state: 'withdrawn', reason, decidedAt: clock.now() });
          limits.release(approval.id);
          waiting.concludeTold(approval, { outcome: 'withdrawn', decidedBy: 'greenlight' });
        });
      } catch (error) {
        logger.error({ approval: approval.id, reason: String(error) }, 'an approval could not be withdrawn');
        continue;
      }
      const queue = waiting.dismiss(approval.id);
      news.approvals.tell(approval);
      for (const call of queue) weighAgain(call);
    }
  }

  function weighAgain(again: WaitingCall): void {
    const { call, asked } = again;
    const found = judge.weigh(call, asked, (decision) =>
      activity.decide(asked.id, {
        ...decision,
        waitMs: decision.outcome === 'pending' ? undefined : clock.now() - asked.at,
      }),
    );
    if (found.kind === 'ask') waiting.move(again, found);
    else again.settle(found);
  }

  return {
    settingsChanged() {
      judgeAnew((approval) => {
        const grant = grants.get(approval.grantId);
        return grant === undefined || judge.policyOf(grant)?.id !== approval.policyId;
      }, 'The default policy changed while this was waiting.');
    },
    upstreamExchanged() {
      // A call is bound to the server that it was sent to: asked again, it could not run.
      const { reason } = denials.exchanged;
      for (const ticket of approvals.tickets()) waiting.endTicket(ticket.id, reason);
      for (const approval of approvals.pending()) waiting.withdraw(approval.id, denials.exchanged);
    },
    clientBlocked: (grantId) =>
      judgeAnew((approval) => approval.grantId === grantId, 'The user blocked this client.'),
    clientPaused: (grantId) =>
      judgeAnew((approval) => approval.grantId === grantId, 'The user paused this client.'),
    toolsChanged: (names) =>
      judgeAnew(({ tool }) => names.has(tool), 'The server changed the tool while this was waiting.'),
    toolsAccepted: (names) =>
      judgeAnew(
        ({ tool, state }) => state === 'pending' && names.has(tool),
        'You accepted the tool, so the call was judged anew.',
      ),
    policyChanged: ({ id }) => judgeAnew((approval) => approval.id === id, POLICY_CHANGED),
  };
}
