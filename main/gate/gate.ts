import { hash, randomUUID } from 'node:crypto';
import { canonicalJson } from '../../shared/digest.ts';
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
import { recover } from './recovery.ts';
import { maskSecrets } from './redact.ts';
import type { Refusal } from './refusal.ts';
import { type Answer, createRuns, type Run } from './runs.ts';
import { signalsOf } from './signals.ts';
import { createUnwritten } from './unwritten.ts';
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

/** What becomes of a call, as far as it can be said without waiting. `fresh`: the question is a new one. */
type Judgement = Settled | { kind: 'ask'; approval: ApprovalRecord; fresh: boolean };

/** Refused calls whose rows are kept while the log cannot be written. An agent may try again and again. */
const MOST_UNWRITTEN = 100;

/** Questions of one client that may wait at once. */
const MOST_PENDING = 10;

/** The digest of shared/digest.ts, by Node's own SHA-256: this is on the way of every call. */
function digestOf(args: JsonObject): string {
  return hash('sha256', canonicalJson(args));
}

/** The gate: judges, reserves, asks, logs; decides what runs. Knows nothing of HTTP. */
export function createGate(parts: GateParts): Gate {
  const { database, clock, logger, grants, limits, approvals, allowances, guard, activity } = parts;
  const approvalListeners: ((record: ApprovalRecord) => void)[] = [];
  const activityListeners: ((callId: string) => void)[] = [];
  let stopped = false;

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
      arguments: loggedArguments(call.arguments),
      digest: digestOf(call.arguments),
    };
    const judgement = judge(call, asked, (decision) => activity.open(asked, decision));
    if (judgement.kind !== 'ask') return judgement;
    const wait = questions.wait(judgement.approval, call, asked);
    announce(judgement);
    return { kind: 'wait', wait };
  }

  /** Decides and writes in one transaction. `record` writes the decision: as a new row, or over a pending one. */
  function judge(call: Call, asked: AskedCall, record: (decision: Decision) => void): Judgement {
    let judgement: Judgement;
    try {
      judgement = database.transaction(() => weigh(call, asked, record));
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

  /** The order of judgement of policy.md, carried out. */
  function weigh(call: Call, asked: AskedCall, record: (decision: Decision) => void): Judgement {
    const { mode } = guard.current();
    const inForce = policyOf(call.grant);
    const policy = inForce && { id: inForce.id, version: inForce.version };
    const refuse = (denial: Denial): Judgement => {
      record({ ...decisionOf(denial), policy });
      return { kind: 'refused', refusal: refusalOf(denial, policy) };
    };

    const barred = stopped ? denials.stopping : bars(call.grant, mode, asked.at);
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

    const key = { grantId: call.grant.id, tool: call.tool, digest: asked.digest };
    const known = approvals.live(key, inForce);
    // Before anything that answers in the person's stead: a ticket left over could run the call once more.
    if (known?.state === 'allowed') return redeem(call, asked, known, inForce.policy, record, refuse);

    const decided = { rule: verdict.rule, policy, cost: verdict.cost };
    const decidedBy = standIn(call, verdict, mode);
    if (decidedBy !== undefined) {
      const reserved = limits.reserve(asked.id, verdict.limits, scopesOf(call));
      if (!reserved.ok) return refuse(denials.limit(reserved));
      record({ ...decided, outcome: 'allowed', decidedBy, forwarded: true });
      return { kind: 'run', run: runs.start({ asked, owner: asked.id, arguments: call.arguments }) };
    }

    if (known) {
      record({ ...decided, outcome: 'pending', approvalId: known.id, forwarded: false });
      return { kind: 'ask', approval: known, fresh: false };
    }
    const denied = approvals.recentDenial(key);
    if (denied) return refuse(denials.personBefore(denied));
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

  /** What no policy can allow: a revoked grant, an old token, the guard mode, a blocked client. */
  function bars(grant: Grant, mode: string, askedAt: number): Denial | undefined {
    const { revokedAt, rotatedAt } = grants.get(grant.id) ?? grant;
    if (revokedAt !== undefined) return denials.revoked;
    if (rotatedAt !== undefined && askedAt < rotatedAt) return denials.rotated;
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
    for (const ticket of approvals.tickets().filter(concerned)) {
      questions.endTicket(ticket.id, reason);
    }
  }

  function catchUp(): void {
    for (const approval of approvals.pending()) {
      if (approval.expiresAt <= clock.now()) questions.expire(approval.id);
    }
  }

  function judgeAgain(waiter: Waiter): void {
    const { call, asked } = waiter;
    const judgement = judge(call, asked, (decision) =>
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

  /** The arguments as the log keeps them, as JSON text. */
  function loggedArguments(args: JsonObject): string {
    const kept = parts.settings().activity.arguments === 'names' ? Object.keys(args) : maskSecrets(args);
    return JSON.stringify(kept);
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
      stopped = true;
      questions.stop();
      unwritten.stop();
    },
    onApproval: (listener) => void approvalListeners.push(listener),
    onActivity: (listener) => void activityListeners.push(listener),
    trouble: unwritten.trouble,
  };
}

function scopesOf(call: Call) {
  return { grant: call.grant.id, session: call.session };
}
