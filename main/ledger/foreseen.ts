/** What a policy that judges nothing would have done: as the gate judges, with counters of its own in memory. */
import { limitWords } from '../../shared/limit-words.ts';
import {
  type CompiledPolicy,
  evaluate,
  type LimitDemand,
  type PolicyCall,
} from '../../shared/policy/index.ts';
import { type Amounts, append, firstAfter, forget, mergeOld, noAmounts, sumFrom } from './amounts.ts';
import { amountsOf, counterKey, hasRoom, type Scopes } from './counters.ts';

/** What would have become of a call. `unknown`: nobody can tell; `message` says why. */
export interface Foreseen {
  would: 'allow' | 'ask' | 'deny' | 'unknown';
  /** A JSON Pointer into the policy, or a word in brackets; empty where nothing decides. */
  rule: string;
  /** In words; empty where nothing decides. */
  message: string;
}

/** A call as it is judged: at an instant (ms), by whom. */
interface ForeseenCall extends Omit<PolicyCall, 'guard'> {
  at: number;
  scopes: Scopes;
}

/** Judges by the policy alone: no guard mode, allowance or ticket, and no tool that changed. */
export interface Foresight {
  /**
   * Counts nothing yet: `count` does, once it is known that the call would have run; with what it cost, of a call whose
   * answer says it.
   */
  judge(policy: CompiledPolicy, call: ForeseenCall): { foreseen: Foreseen; count: (cost?: number) => void };
}

/** How often (calls that are counted) counters are let go of that no window sees any more. */
const SWEEP = 1_000;

/** Its counters begin empty; calls come in the order of their times. */
export function createForesight(costUnit: () => string): Foresight {
  const counters = new Map<string, Amounts>();
  let now = Number.NEGATIVE_INFINITY;
  /** The longest window that was asked for. */
  let reach = 0;
  let counted = 0;

  /** The first of `demands` that has no room left; `asked`: without those that only ask then. */
  function reached(demands: readonly LimitDemand[], scopes: Scopes, asked: boolean): LimitDemand | undefined {
    const amounts = amountsOf(demands, scopes);
    return demands.find((demand) => {
      if (asked && demand.whenReached === 'ask') return false;
      const key = counterKey(demand, scopes);
      const { settled } = counters.get(key) ?? noAmounts();
      const used = sumFrom(settled, firstAfter(settled, now - demand.windowMs));
      return !hasRoom(used, amounts.get(key) ?? demand.amount, demand.max);
    });
  }

  function count(demands: readonly LimitDemand[], scopes: Scopes, at: number): void {
    for (const { windowMs } of demands) reach = Math.max(reach, windowMs);
    for (const [key, amount] of amountsOf(demands, scopes)) {
      const counter = counters.get(key) ?? noAmounts();
      counters.set(key, counter);
      append(counter.settled, at, amount);
      forget(counter, now - reach);
      mergeOld(counter, now);
    }
    counted += 1;
    if (counted % SWEEP !== 0) return;
    for (const [key, { settled }] of counters)
      if ((settled.at(-1)?.at ?? 0) < now - reach) counters.delete(key);
  }

  function reachedWords({ counter, max, counts = 'calls', windowMs, onDeny }: LimitDemand): string {
    const limit = limitWords({ max, counts, windowSeconds: windowMs / 1000 }, costUnit());
    return onDeny ?? `The limit “${counter}” is reached: ${limit}.`;
  }

  return {
    judge(policy, { at, scopes, ...call }) {
      // The instants of rows of the log may be a little out of order.
      now = Math.max(now, at);
      const moment = now;
      const verdict = evaluate(policy, { ...call, guard: 'policy' });
      const { rule, message } = verdict;
      if (verdict.outcome === 'deny' || verdict.outcome === 'hidden')
        return { foreseen: { would: 'deny', rule, message }, count: () => {} };
      const { limits, outcome, costFrom } = verdict;
      const as = (would: Foreseen['would'], past?: LimitDemand) => ({
        foreseen: past ? { would, rule: past.rule, message: reachedWords(past) } : { would, rule, message },
        count: (cost?: number) => {
          const told = costFrom === undefined ? undefined : cost;
          const demands = limits.map((demand) =>
            told !== undefined && demand.counts === 'cost' ? { ...demand, amount: told } : demand,
          );
          if (would !== 'deny') count(demands, scopes, moment);
        },
      });
      const first = outcome === 'allow' ? reached(limits, scopes, false) : undefined;
      if (first && first.whenReached !== 'ask') return as('deny', first);
      if (outcome === 'allow' && !first) return as('allow');
      // What is reached, and asks then, holds nothing back: it is the person who answers.
      const denying = reached(limits, scopes, true);
      return denying ? as('deny', denying) : as('ask', first);
    },
  };
}
