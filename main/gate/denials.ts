import { formatDuration } from '../../shared/duration.ts';
import type { DecidedBy, Decision } from '../ledger/activity.ts';
import type { ApprovalRecord } from '../ledger/approvals.ts';
import type { Reservation } from '../ledger/limits.ts';
import { advice, type Refusal } from './refusal.ts';

/** A refusal together with what the log says of it. */
export interface Denial extends Omit<Refusal, 'outcome' | 'policy'> {
  decidedBy: DecidedBy;
  /** The outcome in the log, when it is more exact than `denied`. */
  logged?: Decision['outcome'];
  approvalId?: string | undefined;
}

/** What the agent is told of `denial`. */
export function refusalOf(denial: Denial, policy: { id: string; version: number } | undefined): Refusal {
  return {
    outcome: 'denied',
    rule: denial.rule,
    reason: denial.reason,
    advice: denial.advice,
    retryAfterSeconds: denial.retryAfterSeconds,
    policy,
  };
}

/** What the log is told of `denial`. */
export function decisionOf(denial: Denial): Decision {
  return {
    outcome: denial.logged ?? 'denied',
    rule: denial.rule,
    message: denial.reason,
    decidedBy: denial.decidedBy,
    approvalId: denial.approvalId,
    forwarded: false,
  };
}

/** The fixed refusals of the gate. */
export const denials = {
  revoked: {
    rule: '(revoked)',
    reason: 'The grant of this client was revoked.',
    advice: advice.askPerson,
    decidedBy: 'person',
  },
  rotated: {
    rule: '(token exchanged)',
    reason: 'The token of this client was exchanged while this call was waiting.',
    advice: 'Nothing was run. Tell the user; calls with the new token are judged anew.',
    decidedBy: 'person',
  },
  blocked: {
    rule: '(blocked by user)',
    reason: 'The user has blocked all calls in Greenlight.',
    advice: 'Stop calling tools here and tell the user; only they can lift the block.',
    decidedBy: 'guard mode',
  },
  noPolicy: {
    rule: '(no policy)',
    reason: 'This client has no valid policy, so nothing is allowed.',
    advice: 'Tell the user to choose a policy for this client in Greenlight, under Clients.',
    decidedBy: 'greenlight',
  },
  tooMany: {
    rule: '(too many waiting)',
    reason: 'Ten calls of this client already wait for the user, so this one was not asked.',
    advice: 'Wait until the user has answered; do not send more calls meanwhile.',
    decidedBy: 'greenlight',
  },
  stopping: {
    rule: '(interrupted)',
    reason: 'Greenlight is quitting, so nothing is let through.',
    advice: 'Nothing was run. Tell the user that Greenlight was stopped; call again once it runs.',
    decidedBy: 'greenlight',
    logged: 'interrupted',
  },
  /** `trouble`: why the log cannot be written. */
  storage: (trouble: string): Denial => ({
    rule: '(storage)',
    reason: `Greenlight cannot keep its log and counters, so it lets nothing through. ${trouble}`,
    advice: 'Nothing was run. Tell the user what Greenlight says, then try again.',
    decidedBy: 'greenlight',
  }),
  internal: {
    rule: '(internal error)',
    reason: 'Greenlight met an error of its own, so it refused this call; its log file says more.',
    advice: 'Nothing was run. Tell the user what Greenlight says.',
    decidedBy: 'greenlight',
  },
  expired: (waitedMs: number): Denial => ({
    rule: '(expired)',
    reason: `The user did not answer within ${formatDuration(waitedMs)}.`,
    advice: 'Tell the user that the question timed out; call again only when they say so.',
    decidedBy: 'timeout',
    logged: 'expired',
  }),
  left: {
    rule: '(withdrawn)',
    reason: 'The client cancelled the call or closed the connection while the user was being asked.',
    advice: 'Call again if it is still wanted.',
    decidedBy: 'client',
    logged: 'withdrawn',
  },
  clientBlocked: (ms: number): Denial => ({
    rule: '(blocked by user)',
    reason: `The user has blocked this client for another ${formatDuration(ms)}.`,
    advice: 'Stop calling tools here and tell the user; only they can lift the block earlier.',
    decidedBy: 'person',
    retryAfterSeconds: Math.ceil(ms / 1000),
  }),
  person: (approval: ApprovalRecord): Denial => ({
    rule: approval.rule,
    reason: approval.reason ? `The user denied this call: ${approval.reason}` : 'The user denied this call.',
    advice: advice.askPerson,
    decidedBy: 'person',
    approvalId: approval.id,
  }),
  personBefore: (approval: ApprovalRecord): Denial => {
    const denial = denials.person(approval);
    return { ...denial, reason: `${denial.reason} That was just now, so they were not asked again.` };
  },
  policy: (rule: string, message: string): Denial => ({
    rule,
    reason: message,
    advice: /\/(deny_if|require|validate_arguments)(\/|$)/.test(rule)
      ? advice.changeArguments
      : advice.askPerson,
    decidedBy: 'policy',
  }),
  limit: ({ demand, retryAfterMs }: Extract<Reservation, { ok: false }>): Denial => {
    const seconds = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1000));
    const generated = `The limit "${demand.counter}" is reached: at most ${demand.max} per ${formatDuration(demand.windowMs)}.`;
    return {
      rule: demand.rule,
      reason: demand.onDeny ?? generated,
      advice:
        seconds !== undefined
          ? advice.retryLater(seconds)
          : demand.amount > demand.max
            ? 'This call alone is more than the limit; it can never run under it. Tell the user.'
            : 'Calls that are still open hold the rest of the limit; try again when they have ended.',
      decidedBy: 'policy',
      retryAfterSeconds: seconds,
    };
  },
} satisfies Record<string, Denial | ((...args: never[]) => Denial)>;
