import { formatDuration } from '../../shared/duration.ts';
import { amountWords, limitWords } from '../../shared/limit-words.ts';
import type { LimitDemand } from '../../shared/policy/index.ts';
import type { DecidedBy, Decision } from '../ledger/activity-row.ts';
import type { ApprovalRecord } from '../ledger/approvals.ts';
import type { Reservation } from '../ledger/limits.ts';

/** Why a call does not run, or not yet: for the agent, and for the log. */
export interface Denial {
  /** A JSON Pointer into the policy, or a word in brackets. */
  rule: string;
  /** What happened, and why. One or more sentences. */
  reason: string;
  /** What the agent should do now. */
  advice: string;
  /** Absent while nothing is decided: the agent was told to call again. */
  decidedBy?: DecidedBy;
  /** The outcome in the log, when it is more exact than `denied`. */
  logged?: Decision['outcome'];
  /** The policy that was in force. */
  policy?: { id: string; version: number } | undefined;
  approvalId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  /** The approval's id, when the agent may call again with the same arguments and go on waiting. */
  ticket?: string | undefined;
}

/** What the log is told of `denial`. */
export function decisionOf(denial: Denial): Decision {
  return {
    outcome: denial.logged ?? 'denied',
    rule: denial.rule,
    message: denial.reason,
    decidedBy: denial.decidedBy,
    policy: denial.policy,
    approvalId: denial.approvalId,
    forwarded: false,
  };
}

/** `denial` as an MCP tool result, so that the model reads it (docs/protocol.md). */
export function denialResult(denial: Denial): {
  isError: true;
  content: { type: 'text'; text: string }[];
  _meta: Record<string, unknown>;
} {
  const { rule, reason, policy, retryAfterSeconds, ticket } = denial;
  const headline = ticket === undefined ? 'Greenlight: denied.' : 'Greenlight: waiting for approval.';
  return {
    isError: true,
    content: [{ type: 'text', text: [headline, reason, denial.advice].filter(Boolean).join('\n') }],
    _meta: {
      'greenlight/decision': {
        outcome: ticket === undefined ? 'denied' : 'waiting',
        rule,
        policy: policy?.id ?? null,
        version: policy?.version ?? null,
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
        ...(ticket !== undefined && { ticket }),
      },
    },
  };
}

const ASKING = 'The user is being asked to allow this call';

/** Whether `message` is what a client was told that is to call again: it holds while the person is asked. */
export function saysAsking(message: string): boolean {
  return message.startsWith(ASKING);
}

/** Advice that several denials share. Written for a model: what not to do is as useful as what to do. */
const advice = {
  askPerson:
    'Do not try again with the same arguments; tell the user what you wanted and why it was refused.',
  changeArguments:
    'Change the arguments so that they fit, or tell the user what you wanted and why it was refused.',
  anotherTime:
    'Other arguments do not help, since it depends on the time alone: go on with something else until then, or tell the user what you wanted and why it was refused.',
  sameAgain: 'Nothing is wrong with the arguments as far as is known.',
  retryLater: (seconds: number) => `Try again in ${seconds} s, not earlier; or go on with something else.`,
} as const;

/** Every denial there is. */
export const denials = {
  revoked: {
    rule: '(revoked)',
    reason: 'The grant of this client was revoked.',
    advice: advice.askPerson,
    decidedBy: 'person',
  },
  serverTaken: {
    rule: '(not for this server)',
    reason: 'This client may not use this server any more.',
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
  paused: {
    rule: '(paused by user)',
    reason: 'The user has paused this client.',
    advice: 'Stop calling tools here and tell the user; only they can resume it, in Greenlight.',
    decidedBy: 'person',
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
  /** `ms`: how long the user is still not to be asked. */
  snoozed: (ms: number): Denial => {
    const seconds = Math.max(1, Math.ceil(ms / 1000));
    return {
      rule: '(snoozed by user)',
      reason: `This call needs the user's answer, and they are not to be disturbed for another ${formatDuration(ms)}; they chose that such calls are denied meanwhile.`,
      advice: `${advice.retryLater(seconds)} Calls that need no answer are judged as always.`,
      decidedBy: 'person',
      retryAfterSeconds: seconds,
    };
  },
  stopping: {
    rule: '(interrupted)',
    reason: 'Greenlight is quitting, so nothing is let through.',
    advice: 'Nothing was run. Tell the user that Greenlight was stopped; call again once it runs.',
    decidedBy: 'greenlight',
    logged: 'interrupted',
  },
  /** `trouble`: why the log cannot be written, without a path of the machine. */
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
  exchanged: {
    rule: '(upstream exchanged)',
    reason: 'The user had Greenlight use another server while this call was waiting for them.',
    advice: 'Nothing was run. List the tools again, and call again if it is still wanted.',
    decidedBy: 'person',
    logged: 'withdrawn',
  },
  removed: {
    rule: '(server removed)',
    reason: 'The user removed this server from Greenlight while this call was waiting for them.',
    advice: 'Nothing was run. Go on without this server; tell the user if you need it.',
    decidedBy: 'person',
    logged: 'withdrawn',
  },
  /** `leftMs`: how long the user still has to answer. */
  waiting: (approval: ApprovalRecord, leftMs: number): Denial => ({
    rule: approval.rule,
    reason: `${ASKING} and has at least another ${formatDuration(leftMs)} to answer. Nothing has run yet.`,
    advice:
      'Call this tool again with exactly the same arguments to go on waiting; if it was allowed meanwhile, it runs then, once. Other arguments would be a new question.',
    logged: 'waiting',
    policy: { id: approval.policyId, version: approval.policyVersion },
    ticket: approval.id,
  }),
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
    const end = /[.!?…]['"’”)]*$/.test(denial.reason) ? '' : '.';
    return { ...denial, reason: `${denial.reason}${end} That was just now, so they were not asked again.` };
  },
  policy: ({
    rule,
    message,
    unread,
    byTime,
  }: {
    rule: string;
    message: string;
    unread?: true;
    byTime?: true;
  }): Denial => ({
    rule,
    reason: message,
    advice: unread
      ? advice.sameAgain
      : byTime
        ? advice.anotherTime
        : /\/(deny_if|require|validate_arguments)(\/|$)/.test(rule)
          ? advice.changeArguments
          : advice.askPerson,
    decidedBy: 'policy',
  }),
  /** `wall`: the wall clock (ms); `costUnit`: what a cost is counted in. */
  limit: (
    { demand, used, retryAfterMs }: Extract<Reservation, { ok: false }>,
    { wall, costUnit }: { wall: number; costUnit: string },
  ): Denial => {
    const seconds = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1000));
    const of = demand.scope === 'everywhere' ? ' of all servers together' : '';
    const generated = `The limit "${demand.counter}"${of} is reached: ${limitStand(demand, used, costUnit)}.`;
    // Of a zone's time an agent knows nothing; UTC is the same everywhere.
    const from = seconds === undefined ? '' : new Date(wall + seconds * 1000).toISOString().slice(0, 19);
    return {
      rule: demand.rule,
      reason: demand.onDeny ?? generated,
      advice:
        seconds !== undefined
          ? `${advice.retryLater(seconds)} There is room for it from ${from}Z on.`
          : demand.amount > demand.max
            ? 'This call alone is more than the limit; it can never run under it. Tell the user.'
            : 'Calls that are still open hold the rest of the limit; try again when they have ended.',
      decidedBy: 'policy',
      retryAfterSeconds: seconds,
    };
  },
} satisfies Record<string, Denial | ((...args: never[]) => Denial)>;

/** What a limit allows, what is left of it, and what the call would take. */
export function limitStand(
  { max, windowMs, amount, counts = 'calls' }: LimitDemand,
  used: number,
  costUnit: string,
): string {
  const words = (much: number) => amountWords(Math.round(much * 1e6) / 1e6, counts, costUnit);
  const limit = limitWords({ max, counts, windowSeconds: windowMs / 1000 }, costUnit);
  const takes =
    amount === 0 ? 'what this call takes is known once it has run' : `this call takes ${words(amount)}`;
  return `${limit}, ${words(Math.max(0, max - used))} left, and ${takes}`;
}
