/** A rule that a call leads to: what it says, and what it makes of a policy. */
import { costWords } from '../../shared/cost.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import {
  alwaysAllowLike,
  askOnlyAbove,
  type CalledHost,
  calledHosts,
  costOf,
  neverHost,
  neverHostSentence,
  parsePolicy,
  type SeenCall,
} from '../../shared/policy/index.ts';

/** What a person wants from now on, after a call that they saw. */
export type AskedRule =
  | { kind: 'never'; called: CalledHost }
  | { kind: 'always'; call: SeenCall }
  | { kind: 'above'; call: SeenCall };

/** The rule as it is shown. */
export interface ShownRule {
  /** The document with it. */
  after: JsonObject;
  sentence: string;
  /** What is so once it is saved. */
  saved: string;
}

/** What the dialog of `rule` asks. */
export function titleOf(rule: AskedRule): string {
  if (rule.kind === 'never') return `Never ${rule.called.host} as ${rule.called.argument}?`;
  return rule.kind === 'always' ? 'Always allow calls like this?' : 'Ask only above an amount?';
}

/** `rule` on top of `document`, at `amount` where it has one; `undefined`: there is nothing that it could say. */
export function shownRule(
  document: Json,
  rule: AskedRule,
  amount: number,
  costUnit: string,
): ShownRule | undefined {
  if (!parsePolicy(document).ok) return undefined;
  switch (rule.kind) {
    case 'never': {
      const { argument, host } = rule.called;
      const after = neverHost(document, rule.called);
      const saved = `${host} is denied as ${argument} from now on.`;
      return after && { after, sentence: neverHostSentence(rule.called), saved };
    }
    case 'always': {
      const less = alwaysAllowLike(document, rule.call);
      return (
        less && { after: less.document, sentence: less.sentence, saved: 'Calls like it pass from now on.' }
      );
    }
    case 'above': {
      const less = askOnlyAbove(document, rule.call, amount, costUnit);
      const saved = `It is asked about above ${costWords(amount, costUnit)} a day from now on.`;
      return less && { after: less.document, sentence: less.sentence, saved };
    }
  }
}

/** The amount that is proposed for {@link AskedRule} `above`: some ten calls, in whole units. */
export function proposedAmount(document: Json, rule: AskedRule): number | undefined {
  if (rule.kind !== 'above') return undefined;
  const cost = costOf(document, rule.call.tool);
  return cost === undefined ? undefined : Math.ceil(cost * 10);
}

/** Whether `document` can say `rule`, at some amount; not where it is not known. */
export function isSayable(rule: AskedRule, document: Json | undefined): boolean {
  if (document === undefined) return false;
  return shownRule(document, rule, proposedAmount(document, rule) ?? 0, '') !== undefined;
}

/**
 * The rules that a call leads to, hosts first; where it was asked about, those that `document`, its policy, can say, that
 * ask less.
 */
export function rulesOf(call: SeenCall, asked: boolean, document: Json | undefined): AskedRule[] {
  const never = calledHosts(call.tool, call.arguments).map((called) => ({ kind: 'never' as const, called }));
  if (!asked) return never;
  const less = (['always', 'above'] as const).map((kind) => ({ kind, call }));
  return [...never, ...less.filter((rule) => isSayable(rule, document))];
}
