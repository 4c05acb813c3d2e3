import { hash, randomUUID } from 'node:crypto';
import { canonicalJson } from '../../shared/digest.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Clock, Logger } from '../base/ports.ts';
import { type Database, StorageError } from '../database/database.ts';
import type { Activity, AskedCall, Decision } from '../ledger/activity.ts';
import type { Allowances } from '../ledger/allowances.ts';
import type { ApprovalRecord, Approvals } from '../ledger/approvals.ts';
import type { Grants } from '../ledger/grants.ts';
import { createUnwritten } from '../ledger/late-writes.ts';
import type { Limits } from '../ledger/limits.ts';
import type { Videos } from '../ledger/videos.ts';
import type { Admission, Call, ToolLookup } from './call.ts';
import { createAnswers, type PersonsAnswer } from './decide.ts';
import { type Denial, decisionOf, denials, refusalOf } from './denials.ts';
import type { Guard } from './guard.ts';
import { createJudge, type Judgement, type PolicyInForce } from './judge.ts';
import { recover } from './recovery.ts';
import { createRuns } from './runs.ts';
import { createQuestions, type Waiter } from './waiting.ts';

export type { Admission, Call, Settled, ToolLookup, Wait } from './call.ts';

export interface GateParts {
  database: Database;
  clock: Clock;
  logger: Logger;
  grants: Grants;
  limits: Limits;
  approvals: Approvals;
  allowances: Allowances;
  guard: Guard;
  activity: Activity;
  videos: Videos;
  settings: () => Settings;
  policyInForce: (id: string) => PolicyInForce | undefined;
  findTool: (name: string) => ToolLookup;
}

export interface Gate {
  /** Judges a call. What is decided is in the log, and reserved, when this returns. Never throws. */
  admit(call: Call): Admission;
  /**
   * Carries out the person's answer. Throws UserFacingError when it cannot be carried out and StorageError
   * when it cannot be written; the approval then waits on.
   */
  decide(id: string, answer: PersonsAnswer): ApprovalRecord;
  /** How many calls wait for this approval right now. */
  waiting(approvalId: string): number;
  /** What approvals were asked under has changed: waiting calls are judged anew, unused tickets end. */
  reconsider(concerned: (record: ApprovalRecord) => boolean, reason: string): void;
  /** Ends what ended by the clock while timers did not run (the machine slept). */
  catchUp(): void;
  /** Answers everything that waits, and marks it interrupted: Greenlight stops. */
  stop(): void;
  onApproval(listener: (record: ApprovalRecord) => void): void;
  onActivity(listener: (callId: string) => void): void;
  /** Why the log cannot be written at the moment, if it cannot. */
  trouble(): string | undefined;
}

/** Refused calls whose rows are kept while the log cannot be written. An agent may try again and again. */
const MOST_UNWRITTEN = 100;

/** The digest of shared/digest.ts, by Node's own SHA-256: this is on the way of every call. */
function digestOf(args: JsonObject): string {
  return hash('sha256', canonicalJson(args));
}

/** The gate: judges, reserves, asks, logs; decides what runs. Knows nothing of HTTP. */
export function createGate(parts: GateParts): Gate {
  const { database, clock, logger, limits, approvals, activity } = parts;
  const approvalListeners: ((record: ApprovalRecord) => void)[] = [];
  const activityListeners: ((callId: string) => void)[] = [];

  /** What listeners do wrong must not change what becomes of a call. */
  function tell<T>(listeners: readonly ((news: T) => void)[], news: T): void {
    for (const listener of listeners) {
      try {
        listener(news);
      } catch (error) {
        logger.error({ err: error }, 'a listener to the gate failed');
      }
    }
  }
  const onActivity = (callId: string) => tell(activityListeners, callId);
  const onApproval = (record: ApprovalRecord) => tell(approvalListeners, record);
  const unwritten = createUnwritten(database, clock, logger);
  const runs = createRuns({ ...parts, unwritten, onEnd: onActivity });
  const judge = createJudge({ ...parts, runs });
  const questions = createQuestions({
    ...parts,
    holdSeconds: () => parts.settings().holdSeconds,
    unwritable,
    onApproval,
    onActivity,
  });
  const answers = createAnswers({
    ...parts,
    questions,
    runs,
    judge,
    reconsider,
    onApproval,
    onActivity,
  });
  recover(parts);
  for (const ticket of approvals.tickets()) questions.limitTicket(ticket);

  function admit(call: Call): Admission {
    catchUp();
    const asked: AskedCall = {
      id: randomUUID(),
      at: clock.now(),
      grantId: call.grant.id,
      label: call.grant.label,
      clientName: call.client?.name,
      clientVersion: call.client?.version,
      session: call.session,
      tool: call.tool,
      arguments: judge.loggedArguments(call.arguments),
      digest: digestOf(call.arguments),
    };
    const judgement = judgeNow(call, asked, (decision) => activity.open(asked, decision));
    if (judgement.kind !== 'ask') return judgement;
    const wait = questions.wait(judgement.approval, call, asked);
    announce(judgement);
    return { kind: 'wait', wait };
  }

  /** Decides and writes in one transaction. `record` writes the decision: as a new row, or over a pending one. */
  function judgeNow(call: Call, asked: AskedCall, record: (decision: Decision) => void): Judgement {
    let judgement: Judgement;
    try {
      judgement = database.transaction(() => judge.weigh(call, asked, record));
    } catch (error) {
      judgement = { kind: 'refused', refusal: refusalOf(unwritable(error, record), undefined) };
    }
    onActivity(asked.id);
    return judgement;
  }

  /** After the call has joined its approval's queue: the listeners see how many wait. */
  function announce({ approval, fresh }: Extract<Judgement, { kind: 'ask' }>): void {
    if (fresh) questions.open(approval);
    onApproval(approval);
  }

  function reconsider(concerned: (record: ApprovalRecord) => boolean, reason: string): void {
    // Tickets first: what they hold is free for the calls that are judged anew.
    for (const ticket of approvals.tickets().filter(concerned)) questions.endTicket(ticket.id, reason);
    for (const approval of approvals.pending().filter(concerned)) {
      try {
        database.transaction(() => {
          approvals.change(approval, { state: 'withdrawn', reason, decidedAt: clock.now() });
          limits.release(approval.id);
        });
      } catch (error) {
        logger.error({ approval: approval.id, reason: String(error) }, 'an approval could not be withdrawn');
        continue;
      }
      const queue = questions.dismiss(approval.id);
      onApproval(approval);
      for (const waiter of queue) judgeAgain(waiter);
    }
  }

  function catchUp(): void {
    for (const approval of approvals.pending()) {
      if (approval.expiresAt <= clock.now()) questions.expire(approval.id);
    }
  }

  function judgeAgain(waiter: Waiter): void {
    const { call, asked } = waiter;
    const judgement = judgeNow(call, asked, (decision) =>
      activity.decide(asked.id, {
        ...decision,
        waitMs: decision.outcome === 'pending' ? undefined : clock.now() - asked.at,
      }),
    );
    if (judgement.kind !== 'ask') {
      waiter.settle(judgement);
      return;
    }
    questions.move(waiter, judgement.approval);
    announce(judgement);
  }

  function unwritable(error: unknown, write: (decision: Decision) => void): Denial {
    const storage = error instanceof StorageError;
    const denial = storage ? denials.storage(error.message) : denials.internal;
    logger.error({ err: error }, 'a call could not be judged and was refused');
    if (unwritten.count() < MOST_UNWRITTEN)
      unwritten.later(() => write(decisionOf(denial)), storage ? error.message : denial.reason);
    return denial;
  }

  return {
    admit,
    decide: answers.decide,
    waiting: (approvalId) => questions.queue(approvalId).length,
    reconsider,
    catchUp,
    stop() {
      judge.stop();
      questions.stop();
      unwritten.stop();
    },
    onApproval: (listener) => void approvalListeners.push(listener),
    onActivity: (listener) => void activityListeners.push(listener),
    trouble: unwritten.trouble,
  };
}
