import { formatDuration } from '../../shared/duration.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Clock, Logger } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { Activity } from '../ledger/activity.ts';
import type { AskedCall, Decision } from '../ledger/activity-row.ts';
import { type ApprovalRecord, type Approvals, TICKET_LIFE } from '../ledger/approvals.ts';
import { findHold } from '../ledger/hold.ts';
import type { Limits } from '../ledger/limits.ts';
import type { Admission, Call, Wait } from './call.ts';
import { type Denial, decisionOf, denials } from './denials.ts';
import type { Judge, Question } from './judge.ts';
import type { News } from './news.ts';

/** A call that waits for the person. It may move from one approval to another when it is judged anew. */
export interface WaitingCall {
  readonly call: Call;
  readonly asked: AskedCall;
  approvalId: string;
  /** When that approval's time is over. */
  expiresAt: number;
  settle(admission: Admission): void;
}

/**
 * The calls that wait: who waits for which approval, and what ends the waiting other than the person's
 * answer: its time, the hold, the client.
 */
export interface Waiting {
  /** Has the call wait for the answer to `question`. */
  wait(question: Question, call: Call, asked: AskedCall): Wait;
  /** Has a call that waits already wait for the answer to another question. It keeps the hold it was given. */
  move(waiting: WaitingCall, question: Question): void;
  /**
   * The person reads this question now, as the window says every few seconds: its time stands still for as long.
   * Without effect on one that is over, or that stood still for long enough in all.
   */
  read(approvalId: string): void;
  /** Until when the time of this approval stands still; `undefined` while it runs. */
  stillUntil(approvalId: string): number | undefined;
  /** The calls that wait for this approval now. */
  queue(approvalId: string): WaitingCall[];
  /** Takes a queue away from its approval, which is over for it. */
  dismiss(approvalId: string): WaitingCall[];
  /** Writes the decision of a call that waited; inside the caller's transaction. */
  conclude(waiting: WaitingCall, approval: ApprovalRecord, decision: Decision): void;
  /**
   * Has the log tell how the approval ended, for calls whose clients were told to call again; inside the caller's
   * transaction.
   */
  concludeTold(
    approval: ApprovalRecord,
    answer: Pick<Decision, 'outcome' | 'decidedBy' | 'answeredBy'>,
  ): void;
  /** Ends a pending approval whose time is over, and denies every call that waits for it. */
  expire(approvalId: string): void;
  /** Ends a pending approval, and denies every call that waits for it with `denial`. */
  withdraw(approvalId: string, denial: Denial): void;
  /** Does `work` soon, for an approval whose end could not be written. */
  tryAgain(approvalId: string, work: () => void): void;
  /** Ends every approval and ticket whose time was over while timers did not run (the machine slept). */
  catchUp(): void;
  /** Ends an allowed approval's ticket at its time. */
  limitTicket(approval: ApprovalRecord): void;
  /** Ends a ticket that was not used, and gives back what it had reserved. */
  endTicket(approvalId: string, reason: string): void;
  /** Denies every call that waits: Greenlight stops. */
  stop(): void;
}

const NOT_CALLED_AGAIN = `It was allowed, but the client did not call again within ${formatDuration(TICKET_LIFE)}.`;

/** How soon the end of a question is tried again when it could not be written (ms). */
const RETRY_AFTER = 2_000;

/** How long the time of a question stands still after the window said that it is read (ms); it says so more often. */
const READ_FOR = 10_000;

/** How long it stands still at most, in all (ms). */
const MOST_READ = 10 * 60_000;

/** Nobody waits at first; the tickets that an earlier process gave are limited to their time. */
export function createWaiting(parts: {
  database: Database;
  clock: Clock;
  logger: Logger;
  approvals: Approvals;
  limits: Limits;
  activity: Activity;
  settings: () => Settings;
  judge: Judge;
  news: News;
}): Waiting {
  const { database, clock, logger, approvals, limits, activity, judge, news } = parts;
  const queues = new Map<string, Set<WaitingCall>>();
  const timers = new Map<string, () => void>();
  /** Of questions that were read: until when their time stands still, and how much that is in all. */
  const readings = new Map<string, { until: number; total: number }>();
  for (const ticket of approvals.tickets()) limitTicket(ticket);

  function wait(question: Question, call: Call, asked: AskedCall): Wait {
    const { approval } = question;
    const { promise, resolve } = Promise.withResolvers<Admission>();
    const waiting: WaitingCall = {
      call,
      asked,
      approvalId: approval.id,
      expiresAt: approval.expiresAt,
      settle(admission) {
        cancelHold();
        leaveQueue(waiting);
        resolve(admission);
      },
    };
    const hold = findHold(call.grant, parts.settings().holdSeconds, call.client?.name) * 1000;
    const cancelHold = clock.after(hold, () => handOutTicket(waiting));
    move(waiting, question);
    return {
      get expiresAt() {
        return waiting.expiresAt;
      },
      settled: promise,
      leave: () => leave(waiting),
    };
  }

  function move(waiting: WaitingCall, { approval, fresh }: Question): void {
    waiting.approvalId = approval.id;
    waiting.expiresAt = approval.expiresAt;
    const queue = queues.get(approval.id);
    if (queue) queue.add(waiting);
    else queues.set(approval.id, new Set([waiting]));
    if (fresh) setTimer(approval.id, approval.expiresAt, expire);
    // After it has joined: who hears of it sees how many wait.
    news.approvals.tell(approval);
  }

  function leaveQueue(waiting: WaitingCall): void {
    const queue = queues.get(waiting.approvalId);
    queue?.delete(waiting);
    if (queue?.size === 0) queues.delete(waiting.approvalId);
  }

  /** The approval that the call still waits for. */
  function approvalOf(waiting: WaitingCall): ApprovalRecord | undefined {
    return queues.get(waiting.approvalId)?.has(waiting) ? approvals.get(waiting.approvalId) : undefined;
  }

  function handOutTicket(waiting: WaitingCall): void {
    const approval = approvalOf(waiting);
    if (!approval) return;
    const denial = denials.waiting(approval, Math.max(0, approval.expiresAt - clock.now()));
    settle(approval, [waiting], denial, () => {
      approvals.change(approval, { ticket: true });
      conclude(waiting, approval, decisionOf(denial));
    });
  }

  function leave(waiting: WaitingCall): void {
    const approval = approvalOf(waiting);
    if (!approval) return;
    const last = queues.get(approval.id)?.size === 1 && !approval.ticket;
    settle(approval, [waiting], denials.left, () => {
      if (last) end(approval, 'withdrawn', denials.left.reason);
      conclude(waiting, approval, decisionOf(denials.left));
    });
  }

  function expire(approvalId: string): void {
    const approval = approvals.get(approvalId);
    if (approval?.state !== 'pending') return;
    close(approval, 'expired', denials.expired(approval.expiresAt - approval.createdAt));
    // It could not be written: its time is over all the same, so it must not stay on the screen.
    if (approvals.get(approvalId)?.state === 'pending') tryAgain(approvalId, () => expire(approvalId));
  }

  function tryAgain(approvalId: string, work: () => void): void {
    setTimer(approvalId, clock.now() + RETRY_AFTER, work);
  }

  function read(approvalId: string): void {
    const approval = approvals.get(approvalId);
    if (approval?.state !== 'pending') return;
    const now = clock.now();
    // Its time went by while nobody said that it is read (the machine slept): that is not undone.
    if (approval.expiresAt <= now) {
      expire(approvalId);
      return;
    }
    const { until, total } = readings.get(approvalId) ?? { until: now, total: 0 };
    const from = Math.max(now, until);
    const more = Math.min(now + READ_FOR - from, MOST_READ - total);
    if (more <= 0) return;
    try {
      approvals.change(approval, { expiresAt: approval.expiresAt + more });
    } catch (error) {
      logger.warn({ approval: approvalId, reason: String(error) }, 'the time of a question runs on');
      return;
    }
    readings.set(approvalId, { until: from + more, total: total + more });
    for (const waiting of queues.get(approvalId) ?? []) waiting.expiresAt = approval.expiresAt;
    setTimer(approvalId, approval.expiresAt, expire);
    news.approvals.tell(approval);
  }

  function withdraw(approvalId: string, denial: Denial): void {
    const approval = approvals.get(approvalId);
    if (approval?.state !== 'pending') return;
    close(approval, 'withdrawn', denial);
    if (approvals.get(approvalId)?.state === 'pending')
      tryAgain(approvalId, () => withdraw(approvalId, denial));
  }

  /** Ends a pending approval and denies every call that waits for it. */
  function close(approval: ApprovalRecord, state: ApprovalRecord['state'], reason: Denial): void {
    const queue = [...(queues.get(approval.id) ?? [])];
    const denial = { ...reason, policy: { id: approval.policyId, version: approval.policyVersion } };
    settle(approval, queue, denial, () => {
      end(approval, state, approval.reason ?? denial.reason);
      concludeTold(approval, decisionOf(denial));
      for (const waiting of queue) conclude(waiting, approval, decisionOf(denial));
    });
  }

  /** Writes in one transaction, then denies. When it cannot be written, the calls are denied all the same. */
  function settle(
    approval: ApprovalRecord,
    concerned: WaitingCall[],
    denial: Denial,
    write: () => void,
  ): void {
    let said = denial;
    try {
      database.transaction(write);
    } catch (error) {
      const unwritable = judge.unwritable(error, (decision) => {
        for (const waiting of concerned) conclude(waiting, approval, decision);
      });
      said = { ...unwritable, policy: denial.policy };
    }
    const current = approvals.get(approval.id) ?? approval;
    if (current.state !== 'pending') stopTimer(approval.id);
    for (const waiting of concerned) waiting.settle({ kind: 'denied', denial: said });
    news.approvals.tell(current);
  }

  /** Marks a pending approval as ended without running, and gives back what it had reserved. */
  function end(approval: ApprovalRecord, state: ApprovalRecord['state'], reason: string | undefined): void {
    approvals.change(approval, { state, reason, decidedAt: clock.now() });
    limits.release(approval.id);
  }

  function conclude(waiting: WaitingCall, approval: ApprovalRecord, decision: Decision): void {
    activity.decide(waiting.asked.id, {
      ...decision,
      policy: { id: approval.policyId, version: approval.policyVersion },
      cost: approval.cost,
      approvalId: approval.id,
      waitMs: clock.now() - waiting.asked.at,
    });
  }

  function concludeTold(
    approval: ApprovalRecord,
    answer: Pick<Decision, 'outcome' | 'decidedBy' | 'answeredBy'>,
  ): void {
    if (approval.ticket) activity.answered(approval.id, answer);
  }

  function limitTicket(approval: ApprovalRecord): void {
    setTimer(approval.id, approval.ticketUntil ?? 0, (id) => endTicket(id, NOT_CALLED_AGAIN));
  }

  function endTicket(approvalId: string, reason: string): void {
    stopTimer(approvalId);
    const approval = approvals.get(approvalId);
    if (approval?.ticketUntil === undefined || approval.usedAt !== undefined) return;
    try {
      database.transaction(() => {
        approvals.change(approval, { ticketUntil: undefined, reason });
        limits.release(approvalId);
      });
    } catch (error) {
      approvals.voidTicket(approvalId);
      logger.warn(
        { approval: approvalId, reason: String(error) },
        'the end of a ticket could not be written',
      );
      setTimer(approvalId, clock.now() + RETRY_AFTER, () => endTicket(approvalId, reason));
      return;
    }
    news.approvals.tell(approval);
  }

  function setTimer(id: string, at: number, task: (id: string) => void): void {
    timers.get(id)?.();
    timers.set(
      id,
      clock.after(Math.max(0, at - clock.now()), () => task(id)),
    );
  }

  function stopTimer(id: string): void {
    timers.get(id)?.();
    timers.delete(id);
    readings.delete(id);
  }

  return {
    wait,
    move,
    read,
    stillUntil(approvalId) {
      const until = readings.get(approvalId)?.until ?? 0;
      return until > clock.now() ? until : undefined;
    },
    queue: (approvalId) => [...(queues.get(approvalId) ?? [])],
    dismiss(approvalId) {
      const queue = [...(queues.get(approvalId) ?? [])];
      queues.delete(approvalId);
      stopTimer(approvalId);
      return queue;
    },
    conclude,
    concludeTold,
    expire,
    withdraw,
    tryAgain,
    catchUp() {
      for (const approval of approvals.pending()) {
        if (approval.expiresAt <= clock.now()) expire(approval.id);
      }
      for (const ticket of approvals.tickets())
        if (approvals.lapsed(ticket)) endTicket(ticket.id, NOT_CALLED_AGAIN);
    },
    limitTicket,
    endTicket,
    stop() {
      for (const approval of approvals.pending()) close(approval, 'interrupted', denials.stopping);
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}
