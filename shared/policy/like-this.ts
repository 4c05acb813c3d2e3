import { costWords } from '../cost.ts';
import { type Json, type JsonObject, ownMember } from '../json.ts';
import { lumaTool } from '../luma.ts';
import { parsePolicy } from './compile.ts';
import {
  countersOf,
  freeName,
  listOf,
  objectOf,
  ruleAt,
  ruleOrder,
  setList,
  setRule,
  withMember,
} from './edit.ts';
import { evaluate } from './evaluate.ts';
import { urlHost } from './hosts.ts';
import { minuteOfWeek } from './hours.ts';
import { approvalOf, outcomeOf } from './outcome.ts';

/** A call as the person saw it. */
export interface SeenCall {
  tool: string;
  arguments: JsonObject;
  /** When it came (ISO time). */
  createdAt: string;
}

/** A policy that asks less, and in words what it lets through then: no more and no less. */
export interface AsksLess {
  document: JsonObject;
  sentence: string;
}

/** A prompt is like another one up to this length (code points), or up to that one's. */
const ORDINARY_PROMPT = 1000;

/**
 * The document with calls like this one let through: of the same tool, with addresses on the same hosts only, none where
 * it has none, and a prompt that is no longer. `undefined` where it does not ask about this call, or asks for a reason
 * of which that cannot be said: another condition, all tools, a tool that is not Luma's.
 */
export function alwaysAllowLike(document: Json, call: SeenCall): AsksLess | undefined {
  const { tool } = call;
  const asks = whatAsks(document, call);
  const known = lumaTool(tool);
  if (asks === undefined || known === undefined) return undefined;
  const names = known.webhook === undefined ? known.urls : [...known.urls, known.webhook];
  const before = asks === 'always' ? everything(names, known.prompt) : asks;
  const when: JsonObject[] = [];
  const words: string[] = [];
  for (const condition of before) {
    const narrower = holds(call, condition) ? withoutCall(condition, call, names) : condition;
    const passing = narrower && passes(narrower);
    if (narrower === undefined || passing === undefined) return undefined;
    when.push(narrower);
    words.push(`its ${String(narrower.path).slice('args.'.length)} ${passing}`);
  }
  const rule = ruleAt(document, { tool }) ?? {};
  const { timeout } = approvalOf(rule);
  const next = when.length === 0 ? undefined : { when, ...(timeout !== undefined && { timeout }) };
  const changed = setRule(document, { tool }, asking(rule, next));
  if (outcome(changed, call) !== 'allow') return undefined;
  const given = words.length === 0 ? '' : ` if ${words.join(', and if ')}`;
  return {
    document: changed,
    sentence: `A call of ${tool} is let through without asking${given}. What else the policy asks about for every tool, denies or limits stays.`,
  };
}

/**
 * The document with the tool let through until a client has spent so much by it within a day, and asked about from then
 * on. `undefined` where the document gives it no cost, or would not let this call through then either.
 */
export function askOnlyAbove(
  document: Json,
  call: SeenCall,
  amount: number,
  costUnit: string,
): AsksLess | undefined {
  const { tool } = call;
  const cost = costOf(document, tool);
  if (cost === undefined || !(amount >= cost) || whatAsks(document, call) === undefined) return undefined;
  const limit = {
    ...{ counter: freeName(`${tool} without asking`, countersOf(document)), window: 'day', max: amount },
    ...{ increment_from: 'cost', scope: 'grant', when_reached: 'ask' },
  };
  const asksNoMore = setRule(document, { tool }, asking(ruleAt(document, { tool }) ?? {}, undefined));
  const limits = listOf(ruleAt(asksNoMore, { tool })?.limits);
  const changed = setList(asksNoMore, { tool }, 'limits', [...limits, limit]);
  if (outcome(changed, call) !== 'allow') return undefined;
  return {
    document: changed,
    sentence: `A call of ${tool} is let through without asking, whatever is in it, as long as the client has spent no more than ${costWords(amount, costUnit)} by it in the last 24 hours, this call included. From then on each is asked about. What else the policy asks about for every tool, denies or limits stays.`,
  };
}

/** What a call of `tool` costs, as far as `document` says, where that is something. */
export function costOf(document: Json, tool: string): number | undefined {
  const cost = ownMember(objectOf(ownMember(objectOf(document), 'costs')), tool);
  return typeof cost === 'number' && cost > 0 ? cost : undefined;
}

/** The conditions for which the rule of the call's tool asks; `undefined` when it does not, or the one of all tools does. */
function whatAsks(document: Json, call: SeenCall): 'always' | JsonObject[] | undefined {
  const everyTool = ruleAt(document, 'all_tools');
  const own = ruleAt(document, { tool: call.tool });
  // Only of what fits the tool's schema is it certain what a condition looks at.
  if ([own, everyTool].some((rule) => rule?.validate_arguments === false)) return undefined;
  if (outcome(document, call) !== 'ask') return undefined;
  if (outcome(setRule(document, { tool: call.tool }, asking(own ?? {}, undefined)), call) !== 'allow')
    return undefined;
  // A rule of its own would take it out of its category's.
  if (own === undefined && ownMember(objectOf(document), 'categories') !== undefined) return undefined;
  if (own === undefined) return outcomeOf(document, call.tool).choice === 'ask' ? 'always' : undefined;
  const { mode } = approvalOf(own);
  if (mode === 'always' || own.action === 'require_approval') return 'always';
  return mode === 'when' ? listOf(objectOf(own.require_approval).when).map(objectOf) : undefined;
}

/** The conditions that ask about whatever could stand out in a call of a tool. */
function everything(names: readonly string[], prompt: string | undefined): JsonObject[] {
  return [
    ...names.map((name) => ({ path: `args.${name}`, op: 'not_in', value: [null, ''] })),
    ...(prompt === undefined ? [] : [{ path: `args.${prompt}`, op: 'length_gte', value: ORDINARY_PROMPT }]),
  ];
}

/** `rule` as it asks for what `asks` says alone. */
function asking(rule: JsonObject, asks: JsonObject | undefined): JsonObject {
  const free = rule.action === 'require_approval' ? withMember(rule, 'action', undefined) : rule;
  return withMember(free, 'require_approval', asks, ruleOrder);
}

/** What asks as `condition` does, but for calls like this one; `undefined` where that cannot be said. */
function withoutCall(
  condition: JsonObject,
  call: SeenCall,
  names: readonly string[],
): JsonObject | undefined {
  const { path, op, value, ...more } = condition;
  const name = String(path).slice('args.'.length);
  const given = ownMember(call.arguments, name);
  if (typeof given !== 'string' || Object.keys(more).length > 0) return undefined;
  if (names.includes(name)) {
    const host = urlHost(given);
    if (host === undefined) return undefined;
    if (isGiven(condition)) return { path: `args.${name}`, op: 'host_not_in', value: [host] };
    if (op === 'host_not_in') return { ...condition, value: [...listOf(value), host] };
    return undefined;
  }
  const length = [...given].length;
  return op === 'length_gte' ? { ...condition, value: length + 1 } : undefined;
}

/** What a value is for which a condition of `when` does not hold, after its argument; `undefined` where that is not plain. */
function passes(condition: JsonObject): string | undefined {
  const { op, value } = condition;
  if (isGiven(condition)) return 'is left out';
  if (op === 'host_not_in') return `is left out or on ${listOf(value).join(' or ')}`;
  return op === 'length_gte' ? `has fewer than ${Number(value).toLocaleString('en')} characters` : undefined;
}

/** Whether a condition holds of whatever is given; `null` and an empty text are how agents spell "none". */
function isGiven({ op, value }: JsonObject): boolean {
  if (op === 'exists') return value === true;
  return op === 'not_in' && listOf(value).every((nothing) => nothing === null || nothing === '');
}

/** Whether a condition of the tool's own asks about the call. */
function holds(call: SeenCall, condition: JsonObject): boolean {
  const alone = setRule(
    { version: '1', default: 'deny', tools: {} },
    { tool: call.tool },
    {
      require_approval: { when: [condition] },
    },
  );
  return outcome(alone, call) !== 'allow';
}

/** What becomes of a call; its arguments are taken as they are, for the tool's schema is not at hand. */
function outcome(document: Json, { tool, arguments: args, createdAt }: SeenCall) {
  const parsed = parsePolicy(document);
  if (!parsed.ok) return undefined;
  return evaluate(parsed.policy, {
    tool,
    arguments: args,
    inputSchema: { additionalProperties: true },
    guard: 'policy',
    minuteOfWeek: minuteOfWeek(Date.parse(createdAt)),
  }).outcome;
}
