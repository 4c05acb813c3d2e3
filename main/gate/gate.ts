import { randomUUID } from 'node:crypto';
import { digest } from '../../shared/digest.ts';
import type { JsonObject } from '../../shared/json.ts';
import { type CompiledPolicy, evaluate, type Verdict } from '../../shared/policy/index.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Grant, Grants } from '../clients/grants.ts';
import { type Database, StorageError } from '../database/database.ts';
import type { Clock, Logger } from '../ports.ts';
import type { Activity, AskedCall, Decision } from './activity.ts';
import type { Allowances } from './allowances.ts';
import { createAnswers, type PersonsAnswer } from './answers.ts';
import type { ApprovalRecord, Approvals } from './approvals.ts';
import { type Denial, decisionOf, denials, refusalOf } from './denials.ts';
import type { Guard } from './guard.ts';
import type { Limits } from './limits.ts';
import { createQuestions, type Waiter } from './questions.ts';
import { maskSecrets } from './redact.ts';
import type { Refusal } from './refusal.ts';
import { type Answer, createRuns, type Run } from './runs.ts';
import { signalsOf } from './signals.ts';
import type { Videos } from './videos.ts';

/** One `tools/call` as it arrived. */
export interface Call {
  grant: Grant;
  session: string | undefined;
  client: { name: string; version: string } | undefined;
  tool: string;
  arguments: JsonObject;
}

/** What becomes of a call. */
export type Settled =
  | { kind: 'refused'; refusal: Refusal }
  /** Hidden, or not offered by the upstream: the agent sees no difference. */
  | { kind: 'unknown tool' }
  /** Forward it now, with `run.arguments`, and say what came of it. */
  | { kind: 'run'; run: Run }
  /** Another call with the same approval runs; its answer is this call's answer too. */
  | { kind: 'shared'; answer: Promise<Answer> };

/** What the gate says of a call at once: what becomes of it, or that the person is asked. */
export type Admission = Settled | { kind: 'wait'; wait: Wait };

/** A call that waits for the person. Times in milliseconds since the epoch. */
export interface Wait {
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Never rejects. */
  readonly settled: Promise<Settled>;
  /** The client went away or cancelled. */
  leave(): void;
}

/** The upstream's definition of a tool: `unread` when its list is not known at all. */
export type ToolLookup = { inputSchema: JsonObject } | 'absent' | 'unread';

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
  policyInForce: (id: string) => { id: string; version: number; policy: CompiledPolicy } | undefined;
  findTool: (name: string) => ToolLookup;
}

export interface Gate {
  /** Judges a call. What is decided is in the log, and reserved, when this returns. Never throws. */
  admit(call: Call): Admission;
  /**
   * Carries out the person's answer. Throws DecisionError when it cannot be carried out and StorageError
   * when it cannot be written; the approval then waits on.
   */
  decide(id: string, answer: PersonsAnswer): ApprovalRecord;
  /** How many calls wait for this approval right now. */
  waiting(approvalId: string): number;
  /** Judges the calls of pending approvals anew: what they were asked under has changed. */
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

/** Questions of one client that may wait at once. */
const MOST_PENDING = 10;

/** The gate: judges, reserves, asks, logs; decides what runs. Knows nothing of HTTP. */
export function createGate(parts: GateParts): Gate {
  const { database, clock, logger, grants, limits, approvals, allowances, guard, activity } = parts;
  const approvalListeners: ((record: ApprovalRecord) => void)[] = [];
  const activityListeners: ((callId: string) => void)[] = [];
  let trouble: string | undefined;
  let stopped = false;

  const onActivity = (callId: string) => {
    for (const listener of activityListeners) listener(callId);
  };
  const onApproval = (record: ApprovalRecord) => {
    for (const listener of approvalListeners) listener(record);
  };
  const runs = createRuns({ ...parts, onEnd: onActivity });
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
    policyOf,
    bars,
    judgeArguments,
    loggedArguments,
    reconsider,
    onApproval,
    onActivity,
  });
  recover();

  function admit(call: Call): Admission {
    const asked: AskedCall = {
      id: randomUUID(),
      at: clock.now(),
      grantId: call.grant.id,
      label: call.grant.label,
      clientName: call.client?.name,
      clientVersion: call.client?.version,
      session: call.session,
      tool: call.tool,
      arguments: loggedArguments(call.arguments),
      digest: digest(call.arguments),
    };
    const admission = judge(call, asked, (decision) => activity.open(asked, decision));
    if (admission.kind !== 'ask') return admission;
    const wait = questions.wait(admission.approval, call, asked);
    announce(admission);
    return { kind: 'wait', wait };
  }

  type Judgement = Settled | { kind: 'ask'; approval: ApprovalRecord; fresh: boolean };

  /** Decides and writes in one transaction. `record` writes the decision: as a new row, or over a pending one. */
  function judge(call: Call, asked: AskedCall, record: (decision: Decision) => void): Judgement {
    try {
      const judgement = database.transaction(() => weigh(call, asked, record));
      trouble = undefined;
      if (judgement.kind === 'ask' && judgement.approval.createdAt === asked.at)
        questions.open(judgement.approval);
      if (judgement.kind === 'ask') onApproval(judgement.approval);
      onActivity(asked.id);
      return judgement;
    } catch (error) {
      return { kind: 'refused', refusal: unwritable(error) };
    }
  }

  function announce({ approval, fresh }: { approval: ApprovalRecord; fresh: boolean }): void {
    if (fresh) questions.open(approval);
    onApproval(approval);
  }

  /** The order of judgement of policy.md, carried out. */
  function weigh(call: Call, asked: AskedCall, record: (decision: Decision) => void): Judgement {
    const { mode } = guard.current();
    const inForce = policyOf(call.grant);
    const policy = inForce && { id: inForce.id, version: inForce.version };
    const refuse = (denial: Denial): Judgement => {
      record({ ...decisionOf(denial), policy });
      return { kind: 'refused', refusal: refusalOf(denial, policy) };
    };

    const barred = stopped ? denials.stopping : bars(call.grant, mode);
    if (barred) return refuse(barred);
    if (!inForce) return refuse(denials.noPolicy);

    const verdict = judgeArguments(inForce.policy, call.tool, call.arguments);
    if (verdict.outcome === 'hidden') {
      record({
        outcome: 'denied',
        rule: verdict.rule,
        message: verdict.message,
        decidedBy: 'policy',
        policy,
        forwarded: false,
      });
      return { kind: 'unknown tool' };
    }
    if (verdict.outcome === 'deny') return refuse(denials.policy(verdict.rule, verdict.message));

    const decided = { rule: verdict.rule, policy, cost: verdict.cost };
    const decidedBy = standIn(call, verdict, mode);
    if (decidedBy !== undefined) {
      const reserved = limits.reserve(asked.id, verdict.limits, scopesOf(call));
      if (!reserved.ok) return refuse(denials.limit(reserved));
      record({ ...decided, outcome: 'allowed', decidedBy, forwarded: true });
      return { kind: 'run', run: runs.start({ asked, owner: asked.id, arguments: call.arguments }) };
    }

    const known = approvals.find({ grantId: call.grant.id, tool: call.tool, digest: asked.digest });
    if (known?.state === 'denied') return refuse(denials.personBefore(known));
    if (known && known.policyId === inForce.id && known.policyVersion === inForce.version) {
      if (known.state === 'allowed') return redeem(call, asked, known, inForce.policy, record, refuse);
      record({ ...decided, outcome: 'pending', approvalId: known.id, forwarded: false });
      return { kind: 'ask', approval: known, fresh: false };
    }
    if (approvals.pendingOf(call.grant.id) >= MOST_PENDING) return refuse(denials.tooMany);

    const approval = questionOf(call, asked, verdict, inForce);
    const reserved = limits.reserve(approval.id, verdict.limits, scopesOf(call));
    if (!reserved.ok) return refuse(denials.limit(reserved));
    approvals.add(approval);
    record({ ...decided, outcome: 'pending', approvalId: approval.id, forwarded: false });
    return { kind: 'ask', approval, fresh: true };
  }

  /** Who allows without asking: the policy itself, or what answers in the person's stead. */
  function standIn(
    call: Call,
    verdict: Verdict,
    mode: string,
  ): 'policy' | 'guard mode' | 'allowance' | undefined {
    if (verdict.outcome === 'allow') return 'policy';
    if (mode === 'allow') return 'guard mode';
    return allowances.covers(call.grant.id, call.tool, call.session) ? 'allowance' : undefined;
  }

  /** Runs an allowed call whose client had stopped waiting and has come back. The ticket is used up. */
  function redeem(
    call: Call,
    asked: AskedCall,
    approval: ApprovalRecord,
    policy: CompiledPolicy,
    record: (decision: Decision) => void,
    refuse: (denial: Denial) => Judgement,
  ): Judgement {
    const { edited } = approval;
    const verdict = edited && judgeArguments(policy, call.tool, edited);
    if (verdict && verdict.outcome !== 'allow' && verdict.outcome !== 'ask') {
      return refuse({ ...denials.policy(verdict.rule, verdict.message), approvalId: approval.id });
    }
    approvals.change(approval, { usedAt: clock.now() });
    record({
      outcome: 'allowed',
      rule: approval.rule,
      policy: { id: approval.policyId, version: approval.policyVersion },
      cost: approval.cost,
      decidedBy: 'person',
      approvalId: approval.id,
      edited: edited && loggedArguments(edited),
      forwarded: true,
    });
    questions.stopTimer(approval.id);
    const run = runs.start({
      asked,
      owner: approval.id,
      arguments: edited ?? call.arguments,
      editedFrom: edited && call.arguments,
    });
    return { kind: 'run', run };
  }

  function questionOf(
    call: Call,
    asked: AskedCall,
    verdict: Extract<Verdict, { timeoutMs: number }>,
    policy: { id: string; version: number },
  ): ApprovalRecord {
    return {
      id: randomUUID(),
      state: 'pending',
      grantId: call.grant.id,
      clientName: call.client?.name,
      clientVersion: call.client?.version,
      session: call.session,
      tool: call.tool,
      arguments: call.arguments,
      digest: asked.digest,
      policyId: policy.id,
      policyVersion: policy.version,
      rule: verdict.rule,
      signals: signalsOf({
        arguments: call.arguments,
        cost: verdict.cost,
        costUnit: parts.settings().costUnit,
        first: !approvals.everAllowed(call.grant.id, call.tool),
      }),
      cost: verdict.cost,
      createdAt: clock.now(),
      expiresAt: clock.now() + verdict.timeoutMs,
      ticket: false,
      decidedAt: undefined,
      reason: undefined,
      edited: undefined,
      ticketUntil: undefined,
      usedAt: undefined,
    };
  }

  function policyOf(grant: Grant) {
    return parts.policyInForce(grant.policyId ?? parts.settings().defaultPolicyId);
  }

  /** What no policy can allow: a revoked grant, the guard mode, a blocked client. */
  function bars(grant: Grant, mode: string): Denial | undefined {
    if (grants.get(grant.id)?.revokedAt !== undefined) return denials.revoked;
    if (mode === 'block') return denials.blocked;
    const until = allowances.blockedUntil(grant.id);
    return until === undefined ? undefined : denials.clientBlocked(until - clock.now());
  }

  function judgeArguments(policy: CompiledPolicy, tool: string, args: JsonObject): Verdict {
    const known = parts.findTool(tool);
    if (known === 'absent') {
      return { outcome: 'hidden', rule: '(hidden)', message: 'The upstream does not offer this tool.' };
    }
    return evaluate(policy, {
      tool,
      arguments: args,
      inputSchema: known === 'unread' ? undefined : known.inputSchema,
      guard: guard.current().mode,
    });
  }

  function reconsider(concerned: (record: ApprovalRecord) => boolean, reason: string): void {
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

  function judgeAgain(waiter: Waiter): void {
    const { call, asked } = waiter;
    const judgement = judge(call, asked, (decision) =>
      activity.decide(asked.id, { ...decision, waitMs: clock.now() - asked.at }),
    );
    if (judgement.kind !== 'ask') {
      waiter.settle(judgement);
      return;
    }
    questions.move(waiter, judgement.approval);
    announce(judgement);
  }

  /** What an earlier process left open: nothing is lost, and nothing counts too little. */
  function recover(): void {
    database.transaction(() => {
      const ran = new Set<string>();
      for (const row of activity.unfinished()) {
        if (row.forwarded) {
          ran.add(row.id);
          if (row.approvalId !== undefined) ran.add(row.approvalId);
          activity.complete(row.id, { result: 'interrupted' });
        } else {
          activity.decide(row.id, {
            outcome: 'interrupted',
            rule: '(interrupted)',
            message: 'Greenlight stopped while the user was being asked.',
            decidedBy: 'greenlight',
            approvalId: row.approvalId,
            forwarded: false,
          });
        }
      }
      for (const approval of approvals.pending()) {
        const reason = 'Greenlight stopped while this was waiting.';
        approvals.change(approval, { state: 'interrupted', decidedAt: clock.now(), reason });
      }
      limits.recover((owner) => {
        if (ran.has(owner)) return 'ran';
        return approvals.tickets().some((ticket) => ticket.id === owner) ? 'still open' : 'not run';
      });
    });
    for (const ticket of approvals.tickets()) questions.limitTicket(ticket);
  }

  /** The arguments as the log keeps them, as JSON text. */
  function loggedArguments(args: JsonObject): string {
    const kept = parts.settings().activity.arguments === 'names' ? Object.keys(args) : maskSecrets(args);
    return JSON.stringify(kept);
  }

  function unwritable(error: unknown): Refusal {
    const storage = error instanceof StorageError;
    trouble = storage ? error.message : 'Greenlight met an error of its own; its log file says more.';
    logger.error({ err: error }, 'a call could not be judged and was refused');
    return {
      outcome: 'denied',
      rule: storage ? '(storage)' : '(internal error)',
      reason: `Greenlight cannot keep its log and counters, so it lets nothing through. ${trouble}`,
      advice: 'Nothing was run. Tell the user what Greenlight says, then try again.',
    };
  }

  return {
    admit,
    decide: answers.decide,
    waiting: (approvalId) => questions.queue(approvalId).length,
    reconsider,
    catchUp() {
      for (const approval of approvals.pending()) {
        if (approval.expiresAt <= clock.now()) questions.expire(approval.id);
      }
    },
    stop() {
      stopped = true;
      questions.stop();
      runs.stop();
    },
    onApproval: (listener) => void approvalListeners.push(listener),
    onActivity: (listener) => void activityListeners.push(listener),
    trouble: () => trouble ?? runs.trouble(),
  };
}

function scopesOf(call: Call) {
  return { grant: call.grant.id, session: call.session };
}
