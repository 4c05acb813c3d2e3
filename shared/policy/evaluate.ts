import { isJsonObject, type JsonObject } from '../json.ts';
import type { Category } from '../tool-category/category.ts';
import { counted } from './amounts.ts';
import { argumentCheck, type Unchecked } from './arguments.ts';
import {
  type CompiledLimit,
  type CompiledPolicy,
  type CompiledPredicate,
  type CompiledRule,
  emptyRule,
  type Sent,
} from './compile.ts';
import { isAboutTime } from './document.ts';
import { jsonErrors } from './ijson.ts';
import { askMessage, denyMessage, requireMessage, show, uncheckedMessage } from './messages.ts';
import { isAbout, pointer, valueAt } from './paths.ts';
import type { LimitDemand, PolicyCall, Verdict } from './types.ts';

const defaultTimeoutMs = 5 * 60_000;

/** The rule by which a call is asked for of whose arguments a part cannot be checked. */
export const NOT_CHECKED = '(not checked)';

type Denial = Extract<Verdict, { outcome: 'deny' }>;

/**
 * Judges one call: a pure function of the policy and the call, which never throws. The first thing that
 * applies decides, in the order of the policy language. Limits are only demanded and approvals only asked
 * for; the gate carries out both. Guard mode `allow` does not change the verdict: the gate then answers
 * an `ask` in the person's stead.
 */
export function evaluate(policy: CompiledPolicy, call: PolicyCall): Verdict {
  try {
    return judge(policy, call);
  } catch {
    // No way here is known; should there be one, nothing is let through.
    return deny(
      '(internal error)',
      'Greenlight could not judge this call and so refused it. Do not try again; tell the person.',
    );
  }
}

/**
 * Whether `tool` is taken out of tool lists and answered like one that does not exist. Its category is asked only where
 * that matters: lists are long.
 */
export function isHidden(
  policy: CompiledPolicy,
  tool: string,
  category: () => Category | undefined,
): boolean {
  if (policy.hidesAll || policy.hidden.has(tool)) return true;
  const matters = [...(policy.categories?.values() ?? [])].some(({ action }) => action === 'hide');
  return matters && !policy.tools.has(tool) && ruleOf(policy, tool, category())?.action === 'hide';
}

/** The tool's own rule, or else that of its category; `undefined`: the default judges. */
function ruleOf(
  policy: CompiledPolicy,
  tool: string,
  category: Category | undefined,
): CompiledRule | undefined {
  return policy.tools.get(tool) ?? (category && policy.categories?.get(category));
}

function judge(policy: CompiledPolicy, call: PolicyCall): Verdict {
  const { tool, arguments: args, also = {}, minuteOfWeek } = call;
  const sent: Sent = Object.keys(also).length === 0 ? { args, minuteOfWeek } : { args, also, minuteOfWeek };
  if (call.guard === 'block') {
    return deny(
      '(blocked by user)',
      'The person has blocked every call in Greenlight. Do not try again until they say that calls are allowed.',
    );
  }
  const byTool = verdictOnTool(policy, tool, call.category);
  if (byTool !== undefined) return byTool;
  const listed = ruleOf(policy, tool, call.category);
  const own = listed ?? emptyRule;
  const rules = [policy.allTools, own];
  const cost = policy.costs.get(tool);
  const costFrom = policy.costsFrom.get(tool);
  const limits: LimitDemand[] = [];
  const found = checkArguments(policy, own, call);
  const unchecked = found && 'unchecked' in found ? found.unchecked : undefined;
  const denial =
    (found && 'outcome' in found ? found : undefined) ??
    judgePredicates(rules, sent) ??
    demandLimits(rules, sent, { cost: cost ?? 0, known: costFrom === undefined }, limits);
  if (denial !== undefined) return denial;
  const asked =
    whoAsks(rules, call, sent, listed === undefined && policy.document.default === 'require_approval') ??
    (unchecked && { rule: NOT_CHECKED, message: uncheckedMessage(unchecked) });
  const timeoutMs = own.approval?.timeoutMs ?? policy.allTools.approval?.timeoutMs ?? defaultTimeoutMs;
  const price = costFrom === undefined ? { cost } : { cost: undefined, costFrom };
  const more = { limits, ...price, timeoutMs, ...(unchecked && { unchecked }) };
  return asked === undefined
    ? { outcome: 'allow', rule: '', message: '', ...more }
    : { outcome: 'ask', ...asked, ...more };
}

/** Steps 3 to 5: what is said of every call of `tool`, whatever it sends; `undefined` where that matters. */
export function verdictOnTool(
  policy: CompiledPolicy,
  tool: string,
  category: Category | undefined,
): Extract<Verdict, { outcome: 'deny' | 'hidden' }> | undefined {
  if (isHidden(policy, tool, () => category)) {
    return { outcome: 'hidden', rule: '(hidden)', message: `Unknown tool: ${show(tool)}` };
  }
  // It may be one of those that the policy denies: nobody knows yet what it does.
  if (policy.categories && category === undefined && !policy.tools.has(tool))
    return { ...deny('/categories', unreadMessage(tool)), unread: true };
  const listed = ruleOf(policy, tool, category);
  if (listed === undefined && policy.document.default === 'deny') {
    return deny(
      '(default deny)',
      `The policy does not allow the tool ${show(tool)}. Do not call it again; if it is needed, ask the person to allow it in Greenlight.`,
    );
  }
  if (listed?.action === 'deny') {
    return deny(
      `${listed.at}/action`,
      listed.reason ?? `The policy forbids the tool ${show(tool)}. Do not call it again.`,
    );
  }
  return undefined;
}

function unreadMessage(tool: string): string {
  return `Greenlight does not know yet what the tool ${show(tool)} takes: it could not read the server's tool list. Call again in 30 s; if it is still so then, tell the person, whose Greenlight says what is wrong with the server.`;
}

/**
 * Step 6. What is no I-JSON is refused always: two programs could read it differently, and no digest
 * would stand for it. A tool's own `validate_arguments` outranks the one of `all_tools`.
 */
function checkArguments(
  policy: CompiledPolicy,
  own: CompiledRule,
  call: PolicyCall,
): Denial | Unchecked | undefined {
  const refuse = (message: string) => deny(pointer('tools', call.tool, 'validate_arguments'), message);
  const [broken] = [...jsonErrors(call.arguments).errors, ...jsonErrors(call.also ?? {}).errors];
  if (broken !== undefined) {
    return refuse(
      `The arguments, or what is sent beside them, cannot be passed on, at ${show(broken.pointer)}: ${broken.message} Then call again.`,
    );
  }
  if (!(own.validate ?? policy.allTools.validate ?? true)) return undefined;
  if (call.inputSchema === undefined) {
    return { ...refuse(unreadMessage(call.tool)), unread: true };
  }
  const found = argumentCheck(call.inputSchema)(call.arguments);
  return typeof found === 'string' ? refuse(found) : found;
}

/** Steps 7 and 8: everything that denies, of all tools and then of this one, before what is required. */
function judgePredicates(rules: readonly CompiledRule[], sent: Sent): Denial | undefined {
  for (const rule of rules) {
    for (const predicate of rule.denyIf) {
      if (mayHold(predicate, sent)) {
        const message = denyMessage(predicate.source, !predicate.test(sent).includes('holds'));
        return denyBy(predicate, message);
      }
    }
  }
  for (const rule of rules) {
    for (const predicate of rule.require) {
      if (!predicate.test(sent).every((found) => found === 'holds')) {
        return denyBy(predicate, requireMessage(predicate.source));
      }
    }
  }
  return undefined;
}

/** Step 9, as far as a pure function goes: adds to `demands`, or denies when an amount cannot be known. */
function demandLimits(
  rules: readonly CompiledRule[],
  sent: Sent,
  { cost, known }: { cost: number; known: boolean },
  demands: LimitDemand[],
): Denial | undefined {
  for (const rule of rules) {
    for (const limit of rule.limits) {
      const amount = amountOf(limit, sent, cost);
      if (typeof amount !== 'number') return amount;
      // What counts nothing cannot exceed anything, even where an edit has left the count above `max`.
      if (amount > 0 || (limit.amount === 'cost' && !known))
        demands.push({ ...limit, amount: counted(amount) });
    }
  }
  return undefined;
}

/** A tool without a listed cost counts 0 under `increment_from: "cost"`. */
function amountOf({ amount, rule, onDeny }: CompiledLimit, sent: Sent, cost: number): number | Denial {
  if (amount === 'cost') return cost;
  if (typeof amount === 'number') return amount;
  const value = valueAt(sent, amount.path);
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  return deny(
    rule,
    onDeny ??
      `A limit counts the argument ${show(amount.text.slice('args.'.length))}, which must be a number of at least 0. Correct it and call again.`,
  );
}

/** Step 10: what asks first, if anything does. */
function whoAsks(
  rules: readonly CompiledRule[],
  { tool, also = {}, guard }: PolicyCall,
  sent: Sent,
  byDefault: boolean,
): { rule: string; message: string } | undefined {
  for (const { approval } of rules) {
    if (approval === undefined) continue;
    const found = approval.when?.find((predicate) => mayHold(predicate, sent));
    if (approval.when === undefined || found !== undefined) {
      return { rule: found?.rule ?? approval.rule, message: askMessage(tool, found?.source) };
    }
  }
  const asks = rules.find((rule) => rule.action === 'require_approval');
  if (asks) return { rule: `${asks.at}/action`, message: askMessage(tool, undefined) };
  if (byDefault) return { rule: '(default require_approval)', message: askMessage(tool, undefined) };
  const unjudged = sentBeside(also).filter((sentAs) => !rules.some((rule) => speaksOf(rule, sentAs)));
  if (unjudged.length > 0) {
    const names = unjudged.map((sentAs) => show(sentAs.join('.'))).join(', ');
    return {
      rule: '(also sent)',
      message: `The call sends more than its arguments (${names}), of which the policy says nothing, so the person is asked.`,
    };
  }
  if (guard === 'ask') {
    return {
      rule: '(ask for every call)',
      message: 'The person has told Greenlight to ask for every call.',
    };
  }
  return undefined;
}

/** The names of all that is sent beside the arguments. Those in `_meta` have nothing to do with one another. */
function sentBeside(also: JsonObject): string[][] {
  return Object.entries(also).flatMap(([member, value]) =>
    member === '_meta' && isJsonObject(value) ? Object.keys(value).map((name) => [member, name]) : [[member]],
  );
}

/** Whether `rule` has a predicate on what is sent beside the arguments under these names. */
function speaksOf({ denyIf, require, approval }: CompiledRule, sentAs: readonly string[]): boolean {
  const predicates = [...denyIf, ...require, ...(approval?.when ?? [])];
  return predicates.some(({ source }) => isAbout(source.path, sentAs));
}

/** Whether it holds of any value, or cannot be applied to one. */
function mayHold(predicate: CompiledPredicate, sent: Sent): boolean {
  return predicate.test(sent).some((found) => found === 'holds' || found === 'inapplicable');
}

function denyBy({ rule, source }: CompiledPredicate, message: string): Denial {
  return { ...deny(rule, message), ...(isAboutTime(source) && { byTime: true as const }) };
}

function deny(rule: string, message: string): Denial {
  return { outcome: 'deny', rule, message };
}
