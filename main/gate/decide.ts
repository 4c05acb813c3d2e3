import { canonicalJson } from '../../shared/digest.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Verdict } from '../../shared/policy/index.ts';
import type { Settings } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Logger, Time } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { AnsweredBy } from '../ledger/activity-row.ts';
import type { Allowance, Allowances, Only } from '../ledger/allowances.ts';
import { type ApprovalRecord, type Approvals, TICKET_LIFE } from '../ledger/approvals.ts';
import { scopesOf } from '../ledger/counters.ts';
import type { Grants } from '../ledger/grants.ts';
import type { Limits } from '../ledger/limits.ts';
import { decisionOf, denials } from './denials.ts';
import type { Judge } from './judge.ts';
import type { News } from './news.ts';
import { type CallResponse, priceOf, type Runs } from './runs.ts';
import type { Stale } from './stale.ts';
import { hostsIn } from './stands-out.ts';
import type { Waiting } from './waiting.ts';

/** What the person says to an approval, and by what way. */
export type PersonsAnswer = { by?: AnsweredBy } & (
  | {
      answer: 'allow';
      for: 'once' | 'next-3' | 'up-to' | '15m' | 'quit';
      /** Cost in the person's unit, more than 0; goes with `up-to`. */
      upTo?: number | undefined;
      /** What a lasting answer is for: this very call, or calls to the hosts of this one; absent: every call of the tool. */
      only?: 'call' | 'hosts' | undefined;
      arguments?: JsonObject | undefined;
    }
  | { answer: 'deny'; for: 'once' | 'block-15m'; reason?: string | undefined }
);

/** "Allow for 15 minutes", "block for 15 minutes" (ms). */
const WHILE = 15 * 60_000;

/** How many calls a lasting answer permits, whatever its end: nobody means sixty videos by a quarter of an hour. */
const MOST_CALLS = { 'next-3': 3, '15m': 10, quit: 25 } as const;

/**
 * Carries out the person's answer to an approval. Throws a {@link UserFacingError} when it cannot be carried out
 * or written; the approval then waits on.
 */
export type Decide = (approvalId: string, answer: PersonsAnswer) => ApprovalRecord;

/** Answers are carried out on these parts. */
export function createDecide(parts: {
  database: Database;
  clock: Time;
  logger: Logger;
  grants: Grants;
  approvals: Approvals;
  allowances: Allowances;
  limits: Limits;
  runs: Runs;
  judge: Judge;
  waiting: Waiting;
  stale: Stale;
  news: News;
  settings: () => Settings;
}): Decide {
  const { database, clock, logger, grants, approvals, allowances, limits } = parts;
  const { runs, judge, waiting, stale, news } = parts;

  function decide(id: string, answer: PersonsAnswer): ApprovalRecord {
    const approval = approvals.get(id);
    if (!approval)
      throw new UserFacingError('not_found', 'There is no such approval. It may be of another Greenlight.');
    if (approval.state !== 'pending')
      throw new UserFacingError('conflict', `This call was already ${approval.state}.`);
    if (approval.expiresAt <= clock.now()) {
      // The machine slept when the timer should have fired.
      waiting.expire(id);
      throw new UserFacingError('conflict', 'The time to answer is over; the call was refused.');
    }
    if (answer.answer === 'deny') deny(approval, answer);
    else allow(approval, answer);
    return approvals.get(id) ?? approval;
  }

  function deny(approval: ApprovalRecord, answer: Extract<PersonsAnswer, { answer: 'deny' }>): void {
    const reason = answer.reason?.trim() || undefined;
    const queue = waiting.queue(approval.id);
    const policy = { id: approval.policyId, version: approval.policyVersion };
    const denial = { ...denials.person({ ...approval, reason }), policy };
    const decision = { ...decisionOf(denial), answeredBy: answer.by };
    database.transaction(() => {
      approvals.change(approval, { state: 'denied', reason, decidedAt: clock.now() });
      limits.release(approval.id);
      if (answer.for === 'block-15m') allowances.block(approval.grantId, clock.now() + WHILE);
      for (const call of queue) waiting.conclude(call, approval, decision);
      waiting.concludeTold(approval, decision);
    });
    waiting.dismiss(approval.id);
    for (const call of queue) call.settle({ kind: 'denied', denial });
    news.approvals.tell(approval);
    if (answer.for === 'block-15m') stale.clientBlocked(approval.grantId);
  }

  /** `by`: the allowance that answers in the person's stead; it is counted with the answer. */
  function allow(
    approval: ApprovalRecord,
    answer: Extract<PersonsAnswer, { answer: 'allow' }>,
    by?: Allowance,
  ): void {
    const edited =
      answer.arguments && canonicalJson(answer.arguments) !== canonicalJson(approval.arguments)
        ? answer.arguments
        : undefined;
    const verdict = checkAgain(approval, edited ?? approval.arguments);
    if (by && limits.isPast(verdict.limits, scopesOf(approval)))
      throw new UserFacingError('conflict', 'A budget is used up, so the person answers.');
    const queue = waiting.queue(approval.id);
    const [runner, ...others] = queue;
    const now = clock.now();
    // Notes what the wall clock shows now: what it gains from here on shortens a ticket.
    clock.toWall(now);
    database.transaction(() => {
      // What others cost meanwhile was known only once they had run.
      if (edited || verdict.costFrom) {
        const reserved = limits.replace(approval.id, verdict.limits, scopesOf(approval));
        if (!reserved.ok) {
          const speak = { wall: clock.toWall(now), costUnit: parts.settings().costUnit };
          throw new UserFacingError('invalid', denials.limit(reserved, speak).reason);
        }
      }
      approvals.change(approval, {
        state: 'allowed',
        decidedAt: now,
        edited,
        ...(runner ? { usedAt: now } : { ticketUntil: now + TICKET_LIFE }),
      });
      if (by) allowances.use(by.id, approval.cost);
      if (answer.for !== 'once') allowances.allow(approval, spanOf(approval, answer, now));
      for (const call of queue) {
        waiting.conclude(call, approval, {
          outcome: 'allowed',
          rule: approval.rule,
          decidedBy: 'person',
          answeredBy: answer.by,
          edited: edited && judge.loggedArguments(edited),
          forwarded: call === runner,
          message: call === runner ? undefined : 'The same call ran once; this one got its answer.',
        });
      }
      waiting.concludeTold(approval, { outcome: 'allowed', decidedBy: 'person', answeredBy: answer.by });
    });
    waiting.dismiss(approval.id);
    if (runner) {
      const { promise, resolve } = Promise.withResolvers<CallResponse>();
      const run = runs.start({
        asked: runner.asked,
        owner: approval.id,
        arguments: edited ?? approval.arguments,
        price: priceOf(verdict, scopesOf(approval)),
        editedFrom: edited && approval.arguments,
        share: resolve,
        flush: true,
      });
      for (const call of others) call.settle({ kind: 'shared', response: promise });
      runner.settle({ kind: 'run', run });
    } else {
      waiting.limitTicket(approval);
    }
    news.approvals.tell(approval);
    if (answer.for !== 'once') allowAlike(approval);
  }

  /** Just before forwarding: grant, guard mode, policy and arguments, as they are now. */
  function checkAgain(approval: ApprovalRecord, args: JsonObject): Extract<Verdict, { timeoutMs: number }> {
    const grant = grants.get(approval.grantId);
    const barred = grant ? judge.bars(grant, approval.server, approval.createdAt) : denials.revoked;
    const inForce = grant && judge.policyOf(grant, approval.server);
    if (barred || !inForce) {
      throw new UserFacingError('invalid', `It cannot run now. ${(barred ?? denials.noPolicy).reason}`);
    }
    if (inForce.id !== approval.policyId || inForce.version !== approval.policyVersion) {
      stale.policyChanged(approval);
      throw new UserFacingError(
        'conflict',
        'The policy changed since this was asked, so the call was judged anew.',
      );
    }
    const other = judge.becameAnother(approval);
    if (other === 'upstream') {
      waiting.withdraw(approval.id, denials.exchanged);
      throw new UserFacingError(
        'conflict',
        'Greenlight uses another upstream since this was asked, so nothing runs.',
      );
    }
    if (other === 'tool') {
      stale.toolChanged(approval);
      throw new UserFacingError(
        'conflict',
        'The server changed the tool since this was asked, so the call was judged anew.',
      );
    }
    const verdict = judge.verdictOn(inForce.policy, { ...approval, arguments: args });
    if (verdict.outcome === 'deny' || verdict.outcome === 'hidden') {
      throw new UserFacingError(
        'invalid',
        `The policy does not allow it: ${verdict.message} Rule: ${verdict.rule}`,
      );
    }
    return verdict;
  }

  /** Answers the other questions that the allowance just given covers as well, as far as it reaches. */
  function allowAlike(approval: ApprovalRecord): void {
    for (const other of approvals.pending()) {
      if (other.grantId !== approval.grantId || other.server !== approval.server) continue;
      if (other.tool !== approval.tool) continue;
      const by = judge.allowanceFor(other);
      const waits = approvals.get(other.id)?.state === 'pending' && other.expiresAt > clock.now();
      if (!by || !waits) continue;
      try {
        allow(other, { answer: 'allow', for: 'once' }, by);
      } catch (error) {
        // It waits on and can be answered by itself.
        logger.info(
          { approval: other.id, reason: String(error) },
          'an allowance could not answer an approval',
        );
      }
    }
  }

  return decide;
}

/** What a lasting answer permits. Throws a {@link UserFacingError} where it can permit nothing. */
function spanOf(
  approval: ApprovalRecord,
  { for: span, upTo, only }: Extract<PersonsAnswer, { answer: 'allow' }>,
  now: number,
): Parameters<Allowances['allow']>[1] {
  const until = span === '15m' ? now + WHILE : undefined;
  const calls = span === 'next-3' || span === '15m' || span === 'quit' ? MOST_CALLS[span] : undefined;
  if (span === 'up-to' && (upTo === undefined || !(approval.cost !== undefined && approval.cost > 0))) {
    throw new UserFacingError(
      'invalid',
      'What this call costs is not known before it runs, so it cannot be allowed up to a cost. Allow it once, or the next 3.',
    );
  }
  return {
    until,
    only: onlyOf(approval, only),
    ceiling: { calls, cost: span === 'up-to' ? upTo : undefined },
  };
}

function onlyOf(approval: ApprovalRecord, only: 'call' | 'hosts' | undefined): Only | undefined {
  if (only === undefined) return undefined;
  if (only === 'call') return { digest: approval.digest };
  const hosts = hostsIn(approval) ?? [];
  if (hosts.length === 0) {
    throw new UserFacingError(
      'invalid',
      'This call names no host that could be read, so it cannot be allowed by its host. Allow it once, or just this prompt.',
    );
  }
  return { hosts };
}
