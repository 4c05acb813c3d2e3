import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../shared/json.ts';
import { type CompiledPolicy, evaluate, type Verdict } from '../../shared/policy/index.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Clock } from '../base/ports.ts';
import type { AskedCall, Decision } from '../ledger/activity.ts';
import type { Allowances } from '../ledger/allowances.ts';
import type { ApprovalRecord, Approvals } from '../ledger/approvals.ts';
import type { Grant, Grants } from '../ledger/grants.ts';
import type { Limits } from '../ledger/limits.ts';
import type { Call, Settled, ToolLookup } from './call.ts';
import { type Denial, decisionOf, denials, refusalOf } from './denials.ts';
import type { Guard } from './guard.ts';
import { maskSecrets } from './redact.ts';
import type { Runs } from './runs.ts';
import { signalsOf } from './stands-out.ts';

/** What becomes of a call, as far as it can be said without waiting. `fresh`: the question is a new one. */
export type Judgement = Settled | { kind: 'ask'; approval: ApprovalRecord; fresh: boolean };

/** The version of a policy that judges calls. */
export interface PolicyInForce {
  id: string;
  version: number;
  policy: CompiledPolicy;
}

/** Judges calls by what is so at this moment: grant, guard mode, policy, limits, allowances, approvals. */
export interface Judge {
  /**
   * The order of judgement of policy.md, carried out: what is reserved and asked is written, and `record`
   * is given the decision. Inside the caller's transaction; throws StorageError.
   */
  weigh(call: Call, asked: AskedCall, record: (decision: Decision) => void): Judgement;
  policyOf(grant: Grant): PolicyInForce | undefined;
  /** What no policy can allow: a revoked grant, an old token, the guard mode, a blocked client. */
  bars(grant: Grant, askedAt: number): Denial | undefined;
  /** What the policy says, as far as it depends on nothing but the call. */
  verdictOn(policy: CompiledPolicy, tool: string, args: JsonObject): Verdict;
  /** The arguments as the log keeps them, as JSON text. */
  loggedArguments(args: JsonObject): string;
  /** From now on every call is refused: Greenlight stops. */
  stop(): void;
}

/** Questions of one client that may wait at once. */
const MOST_PENDING = 10;

export function createJudge(parts: {
  clock: Clock;
  grants: Grants;
  limits: Limits;
  approvals: Approvals;
  allowances: Allowances;
  guard: Guard;
  runs: Runs;
  settings: () => Settings;
  policyInForce: (id: string) => PolicyInForce | undefined;
  findTool: (name: string) => ToolLookup;
}): Judge {
  const { clock, grants, limits, approvals, allowances, guard, runs } = parts;
  let stopped = false;

  function weigh(call: Call, asked: AskedCall, record: (decision: Decision) => void): Judgement {
    const inForce = policyOf(call.grant);
    const policy = inForce && { id: inForce.id, version: inForce.version };
    const refuse = (denial: Denial): Judgement => {
      record({ ...decisionOf(denial), policy });
      return { kind: 'refused', refusal: refusalOf(denial, policy) };
    };

    const barred = stopped ? denials.stopping : bars(call.grant, asked.at);
    if (barred) return refuse(barred);
    if (!inForce) return refuse(denials.noPolicy);

    const verdict = verdictOn(inForce.policy, call.tool, call.arguments);
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
    const decidedBy = standIn(call, verdict);
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
  function standIn(call: Call, verdict: Verdict): 'policy' | 'guard mode' | 'allowance' | undefined {
    if (verdict.outcome === 'allow') return 'policy';
    if (guard.current().mode === 'allow') return 'guard mode';
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
    const verdict = edited && verdictOn(policy, call.tool, edited);
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

  function bars(grant: Grant, askedAt: number): Denial | undefined {
    const { revokedAt, rotatedAt } = grants.get(grant.id) ?? grant;
    if (revokedAt !== undefined) return denials.revoked;
    if (rotatedAt !== undefined && askedAt < rotatedAt) return denials.rotated;
    if (guard.current().mode === 'block') return denials.blocked;
    const until = allowances.blockedUntil(grant.id);
    return until === undefined ? undefined : denials.clientBlocked(until - clock.now());
  }

  function verdictOn(policy: CompiledPolicy, tool: string, args: JsonObject): Verdict {
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

  function loggedArguments(args: JsonObject): string {
    const kept = parts.settings().activity.arguments === 'names' ? Object.keys(args) : maskSecrets(args);
    return JSON.stringify(kept);
  }

  return {
    weigh,
    policyOf,
    bars,
    verdictOn,
    loggedArguments,
    stop() {
      stopped = true;
    },
  };
}

function scopesOf(call: Call) {
  return { grant: call.grant.id, session: call.session };
}
