import { randomUUID } from 'node:crypto';
import type { Signal } from '../../shared/contract.ts';
import type { JsonObject } from '../../shared/json.ts';
import { lumaToolOn } from '../../shared/luma.ts';
import {
  type CompiledPolicy,
  evaluate,
  isHidden,
  minuteOfWeek,
  NOT_CHECKED,
  type Verdict,
} from '../../shared/policy/index.ts';
import type { Settings } from '../../shared/settings.ts';
import type { Logger, Time } from '../base/ports.ts';
import { type Database, StorageError } from '../database/database.ts';
import type { Activity } from '../ledger/activity.ts';
import type { AskedCall, Decision } from '../ledger/activity-row.ts';
import type { Allowance, Allowances } from '../ledger/allowances.ts';
import type { ApprovalRecord, Approvals } from '../ledger/approvals.ts';
import { scopesOf } from '../ledger/counters.ts';
import type { Grant, Grants } from '../ledger/grants.ts';
import type { LateWrites } from '../ledger/late-writes.ts';
import type { Limits, Reservation } from '../ledger/limits.ts';
import type { Policies, PolicyInForce } from '../policies/policies.ts';
import type { Admission, Call, ToolLookup } from './call.ts';
import { firstHalfDigest } from './call-digest.ts';
import { type Denial, decisionOf, denials, limitStand } from './denials.ts';
import type { Guard } from './guard.ts';
import { loggedArguments } from './redact.ts';
import { priceOf, type Runs } from './runs.ts';
import type { Snooze } from './snooze.ts';
import { hostsIn, signalsOf } from './stands-out.ts';
import { CHANGED_TOOL, changeSentence, changeSignal } from './tool-change.ts';
import { toolSignals } from './tool-signals.ts';
import { uncheckedDenied, uncheckedSignal } from './unchecked.ts';

/** The person is to be asked, and the call waits for the answer. `fresh`: the approval is a new one. */
export interface Question {
  kind: 'ask';
  approval: ApprovalRecord;
  fresh: boolean;
}

/** What a policy judges, and whose it is. */
interface JudgedCall extends Pick<Call, 'server' | 'tool' | 'arguments' | 'also'> {
  grantId: string;
}

/** Judges calls by what is so at this moment: grant, guard mode, policy, limits, allowances, approvals. */
export interface Judge {
  /**
   * The order of judgement of docs/policy.md, carried out in one transaction: what is reserved and asked is
   * written, and `record` writes the decision, as a new row or over a pending one. Never throws: a call whose
   * decision cannot be written is denied.
   */
  weigh(call: Call, asked: AskedCall, record: (decision: Decision) => void): Admission | Question;
  /**
   * Likewise, in one transaction with all that comes beside it.
   */
  weighTogether(
    call: Call,
    asked: AskedCall,
    record: (decision: Decision) => void,
  ): Promise<Admission | Question>;
  /**
   * What calls are told when what was decided of them cannot be written because of `error`; `write` writes that
   * instead, later. Of calls that are in the log already always: of others only some are kept.
   */
  unwritable(error: unknown, write: (decision: Decision) => void): Denial;
  /** The policy that judges the calls of `grant` to `server`; `undefined`: nothing does, deny them. */
  policyOf(grant: Grant, server: string): PolicyInForce | undefined;
  /**
   * What no policy can allow: a revoked grant, an old token, a server that the grant is not for, the guard mode, a blocked
   * or paused client.
   */
  bars(grant: Grant, server: string, askedAt: number): Denial | undefined;
  /** The allowance that answers such a call in the person's stead. */
  allowanceFor(
    asked: Pick<ApprovalRecord, 'grantId' | 'server' | 'tool' | 'digest' | 'cost' | 'arguments' | 'also'>,
  ): Allowance | undefined;
  /** What `approval` was asked about has become another since: the upstream of its server, or what that calls the tool. */
  becameAnother(approval: ApprovalRecord): 'upstream' | 'tool' | undefined;
  /** What the policy says, as far as it depends on nothing but the call. */
  verdictOn(policy: CompiledPolicy, call: JudgedCall): Verdict;
  /** The arguments as the log keeps them, as JSON text. */
  loggedArguments(args: JsonObject): string;
  /** Whether `grant` may not see `tool` in the tool list of `server`. */
  hides(grant: Grant, server: string, tool: string): boolean;
  /** From now on every call is refused: Greenlight stops. */
  stop(): void;
}

/** Questions of one client that may wait at once. */
const MOST_PENDING = 10;

/** How long after a server asked for input (ms) a call counts as the answer. */
const SECOND_HALF_WITHIN = 24 * 3_600_000;

/** Denied calls whose rows are kept while the log cannot be written. An agent may try again and again. */
const MOST_UNWRITTEN = 100;

/** Judges by what its parts say at the moment of each call. */
export function createJudge(parts: {
  database: Database;
  clock: Time;
  logger: Logger;
  lateWrites: LateWrites;
  grants: Grants;
  limits: Limits;
  approvals: Approvals;
  allowances: Allowances;
  guard: Guard;
  activity: Pick<Activity, 'askedForInput'>;
  runs: Runs;
  settings: () => Settings;
  snooze: Pick<Snooze, 'until'>;
  policies: Pick<Policies, 'inForce'>;
  defaultPolicyOf: (server: string) => string | undefined;
  /** As the server defines it that calls of this grant go to. */
  findTool: (server: string, name: string, grantId: string) => ToolLookup;
  upstreamSince: (server: string) => number;
}): Judge {
  const { database, clock, logger, lateWrites } = parts;
  const { grants, limits, approvals, allowances, guard, activity, runs } = parts;
  let stopped = false;

  function weigh(call: Call, asked: AskedCall, record: (decision: Decision) => void): Admission | Question {
    try {
      return database.transaction(() => decided(call, asked, record), { flush: !onlyReads(call) });
    } catch (error) {
      return { kind: 'denied', denial: unwritable(error, record) };
    }
  }

  async function weighTogether(
    call: Call,
    asked: AskedCall,
    record: (decision: Decision) => void,
  ): Promise<Admission | Question> {
    try {
      return await lateWrites.together(() => decided(call, asked, record), {
        flush: () => !onlyReads(call),
      });
    } catch (error) {
      return { kind: 'denied', denial: unwritable(error, record, lateWrites.count() < MOST_UNWRITTEN) };
    }
  }

  /** A call that can neither spend nor use up a ticket or an allowance: what a power failure takes back of it does no harm. */
  function onlyReads(call: Call): boolean {
    const policy = policyOf(call.grant, call.server)?.policy;
    const cost = policy?.costsFrom.has(call.tool) ? undefined : (policy?.costs.get(call.tool) ?? 0);
    const tool = toolOf(call.server, call.tool, call.grant.id);
    return (
      cost === 0 &&
      tool !== undefined &&
      tool.category === 'read' &&
      // What nobody accepted may be anything.
      !tool.change &&
      approvals.tickets().length === 0 &&
      !allowances.counts(call.grant.id)
    );
  }

  function unwritable(error: unknown, write: (decision: Decision) => void, kept = true): Denial {
    const storage = error instanceof StorageError;
    const denial = storage ? denials.storage(error.withoutPath) : denials.internal;
    logger.error({ err: error }, 'a call could not be judged and was refused');
    if (kept) lateWrites.later(() => write(decisionOf(denial)), storage ? error.message : denial.reason);
    return denial;
  }

  function decided(call: Call, asked: AskedCall, record: (decision: Decision) => void): Admission | Question {
    const inForce = policyOf(call.grant, call.server);
    const policy = inForce && { id: inForce.id, version: inForce.version };
    const deny = (reason: Denial): Admission => {
      const denial = { ...reason, policy };
      record(decisionOf(denial));
      return { kind: 'denied', denial };
    };

    const barred = stopped ? denials.stopping : bars(call.grant, call.server, asked.at);
    if (barred) return deny(barred);
    if (!inForce) return deny(denials.noPolicy);

    const verdict = verdictOn(inForce.policy, { ...call, grantId: call.grant.id });
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
    if (verdict.outcome === 'deny') return deny(denials.policy(verdict));

    const key = { grantId: call.grant.id, server: call.server, tool: call.tool, digest: asked.digest };
    const known = approvals.live(key, inForce);
    // Before anything that answers in the person's stead: a ticket left over could run the call once more.
    if (known?.state === 'allowed') return redeem(call, asked, known, verdict, inForce.policy, record, deny);

    const scopes = scopesOf(asked);
    const allowed = { rule: verdict.rule, policy, cost: verdict.cost };
    let past: Extract<Reservation, { ok: false }> | undefined;
    const stand = standIn(call, verdict, asked.digest);
    if (stand !== undefined) {
      const { decidedBy, allowance } = stand;
      const reserved = limits.begin(asked.id, verdict.limits, scopes);
      if (reserved.ok) {
        if (allowance) allowances.use(allowance.id, verdict.cost);
        record({ ...allowed, outcome: 'allowed', decidedBy, forwarded: true });
        return {
          kind: 'run',
          run: runs.start({
            asked,
            owner: asked.id,
            arguments: call.arguments,
            price: priceOf(verdict, scopes),
            flush: !onlyReads(call),
          }),
        };
      }
      if (reserved.demand.whenReached !== 'ask') return deny(denials.limit(reserved, speak()));
      // From here on it is the person who answers.
      past = reserved;
    }
    const why = past ? { ...verdict, rule: past.demand.rule } : verdict;
    const pending = { ...allowed, rule: why.rule, outcome: 'pending', forwarded: false } as const;

    if (known) {
      record({ ...pending, approvalId: known.id });
      return { kind: 'ask', approval: known, fresh: false };
    }
    const denied = approvals.recentDenial(key);
    if (denied) return deny(denials.personBefore(denied));
    const snoozed = snoozedFor();
    if (snoozed !== undefined) return deny(denials.snoozed(snoozed));
    if (approvals.pendingOf(call.grant.id) >= MOST_PENDING) return deny(denials.tooMany);

    const approval = questionOf(call, asked, why, inForce);
    if (past) approval.signals.unshift(budgetSignal(past));
    const reserved = limits.reserve(approval.id, verdict.limits, scopes);
    if (!reserved.ok) return deny(denials.limit(reserved, speak()));
    approvals.add(approval);
    record({ ...pending, approvalId: approval.id });
    return { kind: 'ask', approval, fresh: true };
  }

  function speak() {
    return { wall: clock.toWall(clock.now()), costUnit: parts.settings().costUnit };
  }

  /** Why a call is asked that would pass otherwise. */
  function budgetSignal({ demand, used }: Extract<Reservation, { ok: false }>): Signal {
    return {
      kind: 'budget',
      text: `Past “${demand.counter.slice(0, 60).toWellFormed()}”: ${limitStand(demand, used, parts.settings().costUnit)}`,
    };
  }

  /** Who allows without asking: the policy itself, or what answers in the person's stead. */
  function standIn(
    call: Call,
    verdict: Extract<Verdict, { timeoutMs: number }>,
    digest: string,
  ): { decidedBy: 'policy' | 'guard mode' | 'allowance'; allowance?: Allowance } | undefined {
    if (verdict.outcome === 'allow') return { decidedBy: 'policy' };
    // Nobody meant a tool by it that has become another since.
    if (guard.current().mode === 'allow' && !changeOf(call.server, call.tool, call.grant.id))
      return { decidedBy: 'guard mode' };
    const allowance = allowanceFor({ ...call, grantId: call.grant.id, digest, cost: verdict.cost });
    return allowance && { decidedBy: 'allowance', allowance };
  }

  /** Nor was it meant by one that is older than what the tool is now, or than its upstream. */
  function allowanceFor(asked: Parameters<Judge['allowanceFor']>[0]): Allowance | undefined {
    const { server, tool, grantId } = asked;
    const since = Math.max(changeOf(server, tool, grantId)?.seenAt ?? 0, parts.upstreamSince(server));
    return allowances.covering({ ...asked, hosts: () => hostsIn(asked) }, since);
  }

  /** Runs an allowed call whose client had stopped waiting and has come back. The ticket is used up. */
  function redeem(
    call: Call,
    asked: AskedCall,
    approval: ApprovalRecord,
    asSent: Extract<Verdict, { timeoutMs: number }>,
    policy: CompiledPolicy,
    record: (decision: Decision) => void,
    deny: (denial: Denial) => Admission,
  ): Admission {
    const { edited } = approval;
    const verdict = edited && verdictOn(policy, { ...call, grantId: call.grant.id, arguments: edited });
    if (verdict && verdict.outcome !== 'allow' && verdict.outcome !== 'ask') {
      return deny({ ...denials.policy(verdict), approvalId: approval.id });
    }
    const judged = verdict ?? asSent;
    // What others cost meanwhile was known only once they had run.
    if (judged.costFrom) {
      const reserved = limits.replace(approval.id, judged.limits, scopesOf(approval));
      if (!reserved.ok) return deny({ ...denials.limit(reserved, speak()), approvalId: approval.id });
    }
    approvals.change(approval, { usedAt: clock.now() });
    record({
      outcome: 'allowed',
      rule: approval.rule,
      policy: { id: approval.policyId, version: approval.policyVersion },
      cost: approval.cost,
      decidedBy: 'person',
      approvalId: approval.id,
      edited: edited && logged(edited),
      forwarded: true,
    });
    const run = runs.start({
      asked,
      owner: approval.id,
      flush: true,
      arguments: edited ?? call.arguments,
      // As it was reserved: whoever has the ticket may come in another session.
      price: priceOf(judged, scopesOf(approval)),
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
      server: call.server,
      tool: call.tool,
      arguments: call.arguments,
      also: call.also,
      digest: asked.digest,
      policyId: policy.id,
      policyVersion: policy.version,
      rule: verdict.rule,
      signals: [
        ...changeSignal(changeOf(call.server, call.tool, call.grant.id)),
        ...uncheckedSignal(verdict.unchecked),
        ...toolSignals(toolOf(call.server, call.tool, call.grant.id), call.arguments, {
          lumas: lumaToolOn(call.server, call.tool) !== undefined,
        }),
        ...signalsOf({
          arguments: call.arguments,
          also: call.also,
          askedForInputAt: askedForInputAt(call),
          cost: verdict.cost,
          held: verdict.costFrom && (verdict.costFrom.reserve ?? 0),
          costUnit: parts.settings().costUnit,
          first: !approvals.everAllowed(call.grant.id, call.server, call.tool),
        }),
      ],
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

  /** When, by the wall clock, the server asked for what this call brings: it is the second half of a call that ran then. */
  function askedForInputAt(call: Call): number | undefined {
    const first = firstHalfDigest(call);
    if (first === undefined) return undefined;
    // What another server asked is no half of what this one gets.
    const since = Math.max(clock.now() - SECOND_HALF_WITHIN, parts.upstreamSince(call.server));
    const at = activity.askedForInput(call.grant.id, first, since);
    return at === undefined ? undefined : clock.toWall(at);
  }

  /** How long no question is asked (ms), where the person chose that they are denied while notifications are snoozed. */
  function snoozedFor(): number | undefined {
    if (parts.settings().notifications.whileSnoozed !== 'deny') return undefined;
    const until = parts.snooze.until();
    return until === undefined ? undefined : Date.parse(until) - clock.toWall(clock.now());
  }

  function policyOf(grant: Grant, server: string) {
    const id = grant.servers.get(server) ?? parts.defaultPolicyOf(server);
    const inForce = id === undefined ? undefined : parts.policies.inForce(id);
    // One for another server says nothing of this one's tools.
    return inForce?.policy.server === server ? inForce : undefined;
  }

  function bars(grant: Grant, server: string, askedAt: number): Denial | undefined {
    const { revokedAt, rotatedAt, servers } = grants.get(grant.id) ?? grant;
    if (revokedAt !== undefined) return denials.revoked;
    if (!servers.has(server)) return denials.serverTaken;
    if (rotatedAt !== undefined && askedAt <= rotatedAt) return denials.rotated;
    if (guard.current().mode === 'block') return denials.blocked;
    const until = allowances.blockedUntil(grant.id);
    if (until === Number.POSITIVE_INFINITY) return denials.paused;
    return until === undefined ? undefined : denials.clientBlocked(until - clock.now());
  }

  function becameAnother({ server, tool, grantId, createdAt }: ApprovalRecord) {
    if (createdAt < parts.upstreamSince(server)) return 'upstream';
    const change = changeOf(server, tool, grantId);
    return change && change.seenAt > createdAt ? 'tool' : undefined;
  }

  function verdictOn(
    policy: CompiledPolicy,
    { server, tool, arguments: args, also, grantId }: JudgedCall,
  ): Verdict {
    const known = parts.findTool(server, tool, grantId);
    if (known === 'absent') {
      return { outcome: 'hidden', rule: '(hidden)', message: 'The upstream does not offer this tool.' };
    }
    const verdict = evaluate(policy, {
      tool,
      arguments: args,
      also,
      inputSchema: known === 'unread' ? undefined : known.inputSchema,
      category: known === 'unread' ? undefined : known.category,
      guard: guard.current().mode,
      minuteOfWeek: minuteOfWeek(clock.toWall(clock.now())),
    });
    if ('unchecked' in verdict && parts.settings().uncheckedArguments === 'deny')
      return { outcome: 'deny', rule: NOT_CHECKED, message: uncheckedDenied(verdict.unchecked ?? []) };
    const change = changeOf(server, tool, grantId);
    if (!change || verdict.outcome === 'deny' || verdict.outcome === 'hidden') return verdict;
    const message = changeSentence(tool, change);
    if (parts.settings().changedTools === 'deny') return { outcome: 'deny', rule: CHANGED_TOOL, message };
    return verdict.outcome === 'ask' ? verdict : { ...verdict, outcome: 'ask', rule: CHANGED_TOOL, message };
  }

  function toolOf(server: string, tool: string, grantId: string) {
    const known = parts.findTool(server, tool, grantId);
    return typeof known === 'string' ? undefined : known;
  }

  function changeOf(server: string, tool: string, grantId: string) {
    return toolOf(server, tool, grantId)?.change;
  }

  function logged(args: JsonObject): string {
    return loggedArguments(args, parts.settings().activity.arguments);
  }

  return {
    weigh,
    weighTogether,
    unwritable,
    policyOf,
    hides(grant, server, tool) {
      const inForce = policyOf(grants.get(grant.id) ?? grant, server);
      return (
        inForce !== undefined &&
        isHidden(inForce.policy, tool, () => toolOf(server, tool, grant.id)?.category)
      );
    },
    bars,
    allowanceFor,
    becameAnother,
    verdictOn,
    loggedArguments: logged,
    stop() {
      stopped = true;
    },
  };
}
