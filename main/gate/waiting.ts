import { formatDuration } from '../../shared/duration.ts';
import type { Clock, Logger } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { Activity, AskedCall, Decision } from '../ledger/activity.ts';
import { type ApprovalRecord, type Approvals, TICKET_LIFE } from '../ledger/approvals.ts';
import type { Limits } from '../ledger/limits.ts';
import type { Call, Settled, Wait } from './call.ts';
import { type Denial, decisionOf, denials, refusalOf } from './denials.ts';
import type { Refusal } from './refusal.ts';

/** A call that waits for the person. It may move from one approval to another when it is judged anew. */
export interface Waiter {
  readonly call: Call;
  readonly asked: AskedCall;
  approvalId: string;
  settle(admission: Settled): void;
}

/**
 * The calls that wait: who waits for which approval, and what ends the waiting other than the person's
 * answer: its time, the hold, the client.
 */
export interface Questions {
  /** Puts the call in the queue of `approval`. */
  wait(approval: ApprovalRecord, call: Call, asked: AskedCall): Wait;
  /** Puts a call that already waits in the queue of another approval. It keeps the hold it was given. */
  move(waiter: Waiter, approval: ApprovalRecord): void;
  /** Starts the time of a new approval. */
  open(approval: ApprovalRecord): void;
  queue(approvalId: string): Waiter[];
  /** Takes a queue away from its approval, which is over for it. */
  dismiss(approvalId: string): Waiter[];
  /** Ends a pending approval and refuses every call that waits for it. */
  close(approval: ApprovalRecord, state: ApprovalRecord['state'], denial: Denial): void;
  /** Writes the decision of a call that waited; inside the caller's transaction. */
  conclude(waiter: Waiter, approval: ApprovalRecord, decision: Decision): void;
  expire(approvalId: string): void;
  /** Ends an allowed approval's ticket at its time. */
  limitTicket(approval: ApprovalRecord): void;
  /** Ends a ticket that was not used, and gives back what it had reserved. */
  endTicket(approvalId: string, reason: string): void;
  stop(): void;
}

/** How soon the end of a question is tried again when it could not be written (ms). */
const RETRY_AFTER = 2_000;

export function createQuestions(parts: {
  database: Database;
  clock: Clock;
  logger: Logger;
  approvals: Approvals;
  limits: Limits;
  activity: Activity;
  holdSeconds: () => number;
  /** What calls are told when their end cannot be written; `write` writes that, later. */
  unwritable: (error: unknown, write: (decision: Decision) => void) => Denial;
  onApproval: (approval: ApprovalRecord) => void;
  onActivity: (callId: string) => void;
}): Questions {
  const { database, clock, logger, approvals, limits, activity } = parts;
  const queues = new Map<string, Set<Waiter>>();
  const timers = new Map<string, () => void>();

  function wait(approval: ApprovalRecord, call: Call, asked: AskedCall): Wait {
    const { promise, resolve } = Promise.withResolvers<Settled>();
    const waiter: Waiter = {
      call,
      asked,
      approvalId: approval.id,
      settle(admission) {
        cancelHold();
        leaveQueue(waiter);
        resolve(admission);
      },
    };
    move(waiter, approval);
    const hold = (call.grant.holdSeconds ?? parts.holdSeconds()) * 1000;
    const cancelHold = clock.after(hold, () => handOutTicket(waiter));
    return {
      createdAt: approval.createdAt,
      expiresAt: approval.expiresAt,
      settled: promise,
      leave: () => leave(waiter),
    };
  }

  function move(waiter: Waiter, approval: ApprovalRecord): void {
    waiter.approvalId = approval.id;
    const queue = queues.get(approval.id);
    if (queue) queue.add(waiter);
    else queues.set(approval.id, new Set([waiter]));
  }

  function leaveQueue(waiter: Waiter): void {
    const queue = queues.get(waiter.approvalId);
    queue?.delete(waiter);
    if (queue?.size === 0) queues.delete(waiter.approvalId);
  }

  function waiting(waiter: Waiter): ApprovalRecord | undefined {
    return queues.get(waiter.approvalId)?.has(waiter) ? approvals.get(waiter.approvalId) : undefined;
  }

  function handOutTicket(waiter: Waiter): void {
    const approval = waiting(waiter);
    if (!approval) return;
    const left = Math.max(0, approval.expiresAt - clock.now());
    const refusal: Refusal = {
      outcome: 'waiting',
      rule: approval.rule,
      reason: `The user is being asked to allow this call and has another ${formatDuration(left)} to answer. Nothing has run yet.`,
      advice:
        'Call this tool again with exactly the same arguments to go on waiting; if it was allowed meanwhile, it runs then, once. Other arguments would be a new question.',
      policy: { id: approval.policyId, version: approval.policyVersion },
      ticket: approval.id,
    };
    settle(approval, [waiter], refusal, () => {
      approvals.change(approval, { ticket: true });
      conclude(waiter, approval, {
        outcome: 'waiting',
        rule: approval.rule,
        message: refusal.reason,
        forwarded: false,
      });
    });
  }

  function leave(waiter: Waiter): void {
    const approval = waiting(waiter);
    if (!approval) return;
    const last = queues.get(approval.id)?.size === 1 && !approval.ticket;
    settle(approval, [waiter], refusalOf(denials.left, undefined), () => {
      if (last) end(approval, 'withdrawn', denials.left.reason);
      conclude(waiter, approval, decisionOf(denials.left));
    });
  }

  function expire(approvalId: string): void {
    const approval = approvals.get(approvalId);
    if (approval?.state !== 'pending') return;
    close(approval, 'expired', denials.expired(approval.expiresAt - approval.createdAt));
    // It could not be written: its time is over all the same, so it must not stay on the screen.
    if (approvals.get(approvalId)?.state === 'pending')
      setTimer(approvalId, clock.now() + RETRY_AFTER, expire);
  }

  function close(approval: ApprovalRecord, state: ApprovalRecord['state'], denial: Denial): void {
    const queue = [...(queues.get(approval.id) ?? [])];
    const refusal = refusalOf(denial, { id: approval.policyId, version: approval.policyVersion });
    settle(approval, queue, refusal, () => {
      end(approval, state, approval.reason ?? denial.reason);
      for (const waiter of queue) conclude(waiter, approval, decisionOf(denial));
    });
  }

  /** Writes in one transaction, then refuses. When it cannot be written, the calls are refused all the same. */
  function settle(approval: ApprovalRecord, concerned: Waiter[], refusal: Refusal, write: () => void): void {
    let said = refusal;
    try {
      database.transaction(write);
    } catch (error) {
      const denial = parts.unwritable(error, (decision) => {
        for (const waiter of concerned) conclude(waiter, approval, decision);
      });
      said = refusalOf(denial, refusal.policy);
    }
    const current = approvals.get(approval.id) ?? approval;
    if (current.state !== 'pending') stopTimer(approval.id);
    for (const waiter of concerned) {
      waiter.settle({ kind: 'refused', refusal: said });
      parts.onActivity(waiter.asked.id);
    }
    parts.onApproval(current);
  }

  /** Marks a pending approval as ended without running, and gives back what it had reserved. */
  function end(approval: ApprovalRecord, state: ApprovalRecord['state'], reason: string | undefined): void {
    approvals.change(approval, { state, reason, decidedAt: clock.now() });
    limits.release(approval.id);
  }

  function conclude(waiter: Waiter, approval: ApprovalRecord, decision: Decision): void {
    activity.decide(waiter.asked.id, {
      ...decision,
      policy: { id: approval.policyId, version: approval.policyVersion },
      cost: approval.cost,
      approvalId: approval.id,
      waitMs: clock.now() - waiter.asked.at,
    });
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
      logger.warn(
        { approval: approvalId, reason: String(error) },
        'the end of a ticket could not be written',
      );
      setTimer(approvalId, clock.now() + RETRY_AFTER, () => endTicket(approvalId, reason));
      return;
    }
    parts.onApproval(approval);
  }

  function setTimer(id: string, at: number, task: (id: string) => void): void {
    stopTimer(id);
    timers.set(
      id,
      clock.after(Math.max(0, at - clock.now()), () => task(id)),
    );
  }

  function stopTimer(id: string): void {
    timers.get(id)?.();
    timers.delete(id);
  }

  return {
    wait,
    move,
    open: (approval) => setTimer(approval.id, approval.expiresAt, expire),
    queue: (approvalId) => [...(queues.get(approvalId) ?? [])],
    dismiss(approvalId) {
      const queue = [...(queues.get(approvalId) ?? [])];
      queues.delete(approvalId);
      stopTimer(approvalId);
      return queue;
    },
    close,
    conclude,
    expire,
    limitTicket: (approval) =>
      setTimer(approval.id, approval.ticketUntil ?? 0, (id) =>
        endTicket(
          id,
          `It was allowed, but the client did not call again within ${formatDuration(TICKET_LIFE)}.`,
        ),
      ),
    endTicket,
    stop() {
      for (const approval of approvals.pending()) close(approval, 'interrupted', denials.stopping);
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}
