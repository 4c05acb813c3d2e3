/** What a policy would have done with calls that are over: judged as the gate judges, one after the other. */
import type { JsonObject } from '../../shared/json.ts';
import { limitWords } from '../../shared/limit-words.ts';
import { type CompiledPolicy, evaluate, type LimitDemand, verdictOnTool } from '../../shared/policy/index.ts';
import { pointer } from '../../shared/policy/paths.ts';
import type { ActivityEntry } from './activity-row.ts';
import { append, firstAfter, type Settled, sumFrom } from './amounts.ts';
import { amountsOf, ceilingOf, counterKey, type Scopes } from './counters.ts';
import { sentOf } from './not-kept.ts';

/** What would have become of a call. `unknown`: the log, or the tool list, does not have what it depends on; `message` says what. */
export interface Foreseen {
  would: 'allow' | 'ask' | 'deny' | 'unknown';
  /** A JSON Pointer into the policy, or a word in brackets; empty where nothing decides. */
  rule: string;
  message: string;
  /** What the policy says that it costs. */
  cost: number | undefined;
}

/** What of a logged call is judged. */
type LoggedCall = Pick<ActivityEntry, 'at' | 'grantId' | 'session' | 'tool' | 'arguments' | 'also'>;

const NOT_KEPT_WORDS = 'The log does not have all that was sent with it.';
const NO_SCHEMA_WORDS =
  'The server’s tool list does not have this tool now, so nobody can say whether its arguments fit.';

/**
 * Judges calls by `policy` alone, in the order of their times: no guard mode, allowance or ticket, and no tool that
 * changed. Its limits begin with nothing counted. A call that would be asked counts if it `ran` in fact; one of which
 * nobody can tell what would become of it counts nothing. `schemas`: of the tools that the upstream offers now.
 */
export function createRehearsal(
  policy: CompiledPolicy,
  schemas: ReadonlyMap<string, JsonObject>,
  costUnit: string,
): (call: LoggedCall, ran: boolean) => Foreseen {
  const counters = new Map<string, Settled[]>();
  let now = Number.NEGATIVE_INFINITY;

  /** The first of `demands` that has no room left; `asked`: without those that only ask then. */
  function reached(demands: readonly LimitDemand[], scopes: Scopes, asked: boolean): LimitDemand | undefined {
    const amounts = amountsOf(demands, scopes);
    return demands.find((demand) => {
      if (asked && demand.whenReached === 'ask') return false;
      const key = counterKey(demand, scopes);
      const settled = counters.get(key) ?? [];
      const used = sumFrom(settled, firstAfter(settled, now - demand.windowMs));
      return used + (amounts.get(key) ?? demand.amount) > ceilingOf(demand.max);
    });
  }

  function count(demands: readonly LimitDemand[], scopes: Scopes): void {
    for (const [key, amount] of amountsOf(demands, scopes)) {
      const settled = counters.get(key);
      if (settled) append(settled, now, amount);
      else counters.set(key, [{ at: now, amount, total: amount }]);
    }
  }

  function reachedWords({ counter, max, counts = 'calls', windowMs, onDeny }: LimitDemand): string {
    const limit = limitWords({ max, counts, windowSeconds: windowMs / 1000 }, costUnit);
    return onDeny ?? `The limit “${counter}” is reached: ${limit}.`;
  }

  return (call, ran) => {
    // The instants of rows may be a little out of order.
    now = Math.max(now, call.at);
    const cost = policy.costs.get(call.tool);
    const deny = (rule: string, message: string): Foreseen => ({ would: 'deny', rule, message, cost });
    const unknown = (message: string): Foreseen => ({ would: 'unknown', rule: '', message, cost });

    const byTool = verdictOnTool(policy, call.tool);
    if (byTool) return deny(byTool.rule, byTool.message);
    const args = sentOf(call.arguments);
    const also = call.also === undefined ? {} : sentOf(call.also);
    if (!args || !also) return unknown(NOT_KEPT_WORDS);
    const inputSchema = schemas.get(call.tool);
    const verdict = evaluate(policy, {
      tool: call.tool,
      arguments: args,
      also,
      inputSchema,
      guard: 'policy',
    });
    if (verdict.outcome === 'deny' || verdict.outcome === 'hidden') {
      const unchecked = verdict.rule === pointer('tools', call.tool, 'validate_arguments') && !inputSchema;
      return unchecked ? unknown(NO_SCHEMA_WORDS) : deny(verdict.rule, verdict.message);
    }

    const scopes = { grant: call.grantId, session: call.session };
    let { outcome, rule, message } = verdict;
    if (outcome === 'allow') {
      const past = reached(verdict.limits, scopes, false);
      if (past && past.whenReached !== 'ask') return deny(past.rule, reachedWords(past));
      if (past) [outcome, rule, message] = ['ask', past.rule, reachedWords(past)];
    }
    if (outcome === 'ask') {
      // What is reached, and asks then, holds nothing back: it is the person who answers.
      const past = reached(verdict.limits, scopes, true);
      if (past) return deny(past.rule, reachedWords(past));
    }
    if (outcome === 'allow' || ran) count(verdict.limits, scopes);
    return { would: outcome, rule, message, cost };
  };
}
