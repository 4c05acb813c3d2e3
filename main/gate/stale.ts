import type { Clock, Logger } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { Activity } from '../ledger/activity.ts';
import type { Allowances } from '../ledger/allowances.ts';
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
  /** Calls to `server` now go elsewhere, or nowhere. */
  upstreamExchanged(server: string): void;
  /** The person blocked this client. */
  clientBlocked(grantId: string): void;
  /** The person paused this client. */
  clientPaused(grantId: string): void;
  /** The server defines these tools otherwise than the person accepted. */
  toolsChanged(server: string, names: ReadonlySet<string>): void;
  /** The person accepted these tools as they are. */
  toolsAccepted(server: string, names: ReadonlySet<string>): void;
  /** The person said what these tools do. */
  toolsCorrected(server: string, names: ReadonlySet<string>): void;
  /** The policy turned out to be another version than the one `approval` was asked under. */
  policyChanged(approval: ApprovalRecord): void;
  /** The tool turned out to be defined otherwise than when `approval` was asked. */
  toolChanged(approval: ApprovalRecord): void;
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
  allowances: Allowances;
  policies: Pick<Policies, 'inForce' | 'onChange'>;
  /** `undefined`: there is no such server. */
  defaultPolicyOf: (server: string) => string | undefined;
  upstreamSince: (server: string) => number;
  judge: Judge;
  waiting: Waiting;
  news: News;
}): Stale {
  const { database, clock, logger, grants, limits, approvals, allowances, guard, activity } = parts;
  const { policies, judge, waiting, news } = parts;

  const POLICY_CHANGED = 'The policy changed while this was waiting.';
  const TOOL_CHANGED = 'The server changed the tool while this was waiting.';
  policies.onChange((id) => {
    const version = policies.inForce(id)?.version;
    judgeAnew((approval) => approval.policyId === id && approval.policyVersion !== version, POLICY_CHANGED);
  });
  grants.onChange((grant) => {
    const { id, revokedAt, rotatedAt = -1, servers } = grant;
    judgeAnew(
      ({ grantId, server, createdAt, policyId }) =>
        grantId === id &&
        (revokedAt !== undefined ||
          createdAt <= rotatedAt ||
          !servers.has(server) ||
          judge.policyOf(grant, server)?.id !== policyId),
      revokedAt !== undefined
        ? 'The grant of this client was revoked.'
        : 'The token of this client was exchanged, or it follows another policy, or has other servers, now.',
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
        waiting.tryAgain(approval.id, () => judgeAnew(({ id }) => id === approval.id, reason));
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
        return grant === undefined || judge.policyOf(grant, approval.server)?.id !== approval.policyId;
      }, 'The default policy changed while this was waiting.');
    },
    upstreamExchanged(server) {
      // A call is bound to the server that it was sent to: asked again, it could not run.
      const denial = parts.defaultPolicyOf(server) === undefined ? denials.removed : denials.exchanged;
      const { reason } = denial;
      const isOf = (approval: ApprovalRecord) => approval.server === server;
      for (const ticket of approvals.tickets().filter(isOf)) waiting.endTicket(ticket.id, reason);
      for (const { id } of approvals.pending().filter(isOf)) waiting.withdraw(id, denial);
      try {
        // What the person allowed was meant for the upstream that was there; it covers nothing now, written or not.
        allowances.revokeOf(server, parts.upstreamSince(server));
      } catch (error) {
        logger.error({ server, reason: String(error) }, 'what may run without asking could not be ended');
      }
    },
    clientBlocked: (grantId) =>
      judgeAnew((approval) => approval.grantId === grantId, 'The user blocked this client.'),
    clientPaused: (grantId) =>
      judgeAnew((approval) => approval.grantId === grantId, 'The user paused this client.'),
    toolsChanged: (server, names) =>
      judgeAnew((approval) => approval.server === server && names.has(approval.tool), TOOL_CHANGED),
    toolsAccepted: (server, names) =>
      judgeAnew(asked(server, names), 'You accepted the tool, so the call was judged anew.'),
    toolsCorrected: (server, names) =>
      judgeAnew(asked(server, names), 'You said what the tool does, so the call was judged anew.'),
    policyChanged: ({ id }) => judgeAnew((approval) => approval.id === id, POLICY_CHANGED),
    toolChanged: ({ id }) => judgeAnew((approval) => approval.id === id, TOOL_CHANGED),
  };
}

/** Whether an approval of one of these tools is not answered yet. */
function asked(server: string, names: ReadonlySet<string>): (approval: ApprovalRecord) => boolean {
  return (approval) => approval.server === server && approval.state === 'pending' && names.has(approval.tool);
}
