import { parseDuration } from '../duration.ts';
import type { Json, JsonObject } from '../json.ts';
import { LUMA } from '../server-id.ts';
import type { Category } from '../tool-category/category.ts';
import { allowed, counted } from './amounts.ts';
import { counterErrors } from './counters.ts';
import {
  type AllToolsRule,
  isAboutTime,
  type Limit,
  type PolicyDocument,
  type Predicate,
  parseRate,
  policyDocument,
  type Rule,
  type TimePredicate,
  windowSeconds,
} from './document.ts';
import { policyErrors } from './errors.ts';
import { duringTest } from './hours.ts';
import { jsonErrors } from './ijson.ts';
import { type Finding, operatorTest } from './operators.ts';
import { parsePath, pointer, unfit, valuesAt } from './paths.ts';
import type { CostFrom, LimitDemand, PolicyError } from './types.ts';

/** What is judged of a call: its arguments, what is sent beside them, if anything is, and when. */
export interface Sent extends JsonObject {
  args: JsonObject;
  minuteOfWeek: number;
}

export interface CompiledPredicate {
  /** JSON Pointer of the predicate. */
  rule: string;
  source: Predicate;
  /** What it finds of the value at its path; of each, where the path has a `*`. `absent`: there is none, and that matters. */
  test(sent: Sent): (Finding | 'absent')[];
}

export interface CompiledLimit extends Omit<LimitDemand, 'amount'> {
  /** What a call counts: a number, its cost, or the argument at a path. */
  amount: number | 'cost' | { path: string[]; text: string };
}

export interface CompiledRule {
  /** JSON Pointer of the rule. */
  at: string;
  action: 'allow' | 'deny' | 'hide' | 'require_approval';
  reason: string | undefined;
  denyIf: CompiledPredicate[];
  require: CompiledPredicate[];
  limits: CompiledLimit[];
  /** `when`: `undefined` asks for every call. */
  approval:
    | { rule: string; when: CompiledPredicate[] | undefined; timeoutMs: number | undefined }
    | undefined;
  validate: boolean | undefined;
}

/** A policy made ready to judge calls; built by {@link parsePolicy}, opaque outside shared/policy. */
export interface CompiledPolicy {
  /** The document it was made from. */
  readonly document: PolicyDocument;
  /** The server that it is for. */
  readonly server: string;
  readonly hidesAll: boolean;
  readonly hidden: ReadonlySet<string>;
  /** What a call of each tool costs; of one whose answer says it, what counts until then. */
  readonly costs: ReadonlyMap<string, number>;
  /** Where the answer of each tool says what the call cost. */
  readonly costsFrom: ReadonlyMap<string, CostFrom>;
  readonly allTools: CompiledRule;
  /** Rules of tools that have none of their own; absent: the document goes by no categories. */
  readonly categories: ReadonlyMap<Category, CompiledRule> | undefined;
  readonly tools: ReadonlyMap<string, CompiledRule>;
}

export type ParsedPolicy = { ok: true; policy: CompiledPolicy } | { ok: false; errors: PolicyError[] };

/**
 * Reads a policy document (as `JSON.parse` returns it) and makes it ready for `evaluate`. Never throws;
 * reports everything that is wrong, each with its JSON Pointer and how to mend it. `accepted`: it is in force already,
 * so what is clear, but makes no sense, is no error.
 */
export function parsePolicy(input: unknown, { accepted } = { accepted: false }): ParsedPolicy {
  try {
    // zod's records skip `__proto__`, and a rule must never vanish: it is refused before.
    const { errors, tooDeep } = jsonErrors(input, ['__proto__']);
    if (tooDeep) return { ok: false, errors };
    const parsed = policyDocument.safeParse(input);
    if (!parsed.success) errors.push(...policyErrors(parsed.error.issues));
    else if (!accepted) errors.push(...counterErrors(parsed.data));
    if (!parsed.success || errors.length > 0) return { ok: false, errors: withoutRepeats(errors) };
    return { ok: true, policy: compile(parsed.data) };
  } catch {
    return {
      ok: false,
      errors: [{ pointer: '', message: 'The policy cannot be read; it must be plain JSON.' }],
    };
  }
}

/** Every limit that `policy` sets, of all tools and of each tool. */
export function limitsOf(policy: CompiledPolicy): (Pick<
  LimitDemand,
  'counter' | 'scope' | 'windowMs' | 'max' | 'whenReached'
> & {
  counts: 'calls' | 'cost' | 'argument';
})[] {
  return [policy.allTools, ...(policy.categories?.values() ?? []), ...policy.tools.values()]
    .flatMap(({ limits }) => limits)
    .map(({ amount: _, ...limit }) => ({ ...limit, counts: limit.counts ?? 'calls' }));
}

function withoutRepeats(errors: { pointer: string; message: string }[]) {
  const seen = new Set<string>();
  return errors.filter(({ pointer }) => !seen.has(pointer) && seen.add(pointer));
}

function compile(document: PolicyDocument): CompiledPolicy {
  const tools = new Map<string, CompiledRule>();
  const hidden = new Set(document.hide);
  for (const [name, rule] of Object.entries(document.tools)) {
    tools.set(name, compileRule(rule, pointer('tools', name), `rate_limit:${name}`));
    if (rule.action === 'hide') hidden.add(name);
  }
  const costs = Object.entries(document.costs ?? {});
  return {
    document,
    server: document.server ?? LUMA,
    hidesAll: hidden.has('*'),
    hidden,
    costs: new Map(
      costs.map(([tool, cost]) => [tool, counted(typeof cost === 'number' ? cost : (cost.reserve ?? 0))]),
    ),
    costsFrom: new Map(
      costs.flatMap(([tool, cost]) =>
        typeof cost === 'number'
          ? []
          : [
              [
                tool,
                {
                  path: cost.cost_from.split('.'),
                  reserve: cost.reserve === undefined ? undefined : counted(cost.reserve),
                },
              ] as const,
            ],
      ),
    ),
    // No tool is called "*", so this counter is nobody else's.
    allTools: compileRule(document.all_tools ?? {}, '/all_tools', 'rate_limit:*'),
    categories: document.categories && compileCategories(document.categories),
    tools,
  };
}

function compileCategories(rules: NonNullable<PolicyDocument['categories']>): Map<Category, CompiledRule> {
  return new Map(
    (Object.entries(rules) as [Category, Rule][]).map(([category, rule]) => [
      category,
      // Nor is a tool called like this.
      compileRule(rule, pointer('categories', category), `rate_limit:*${category}`),
    ]),
  );
}

/** The rule of a tool that is not listed. */
export const emptyRule: CompiledRule = compileRule({}, '', '');

function compileRule(rule: Rule | AllToolsRule, at: string, rateCounter: string): CompiledRule {
  const limits = (rule.limits ?? []).map((limit, index) => compileLimit(limit, `${at}/limits/${index}`));
  if (rule.rate_limit !== undefined) {
    const rate = typeof rule.rate_limit === 'string' ? parseRate(rule.rate_limit) : rule.rate_limit;
    // A text that is no rate does not parse; should one get here, nothing is allowed.
    const { max, window } = rate ?? { max: 0, window: 'month' as const };
    limits.push({
      rule: `${at}/rate_limit`,
      counter: rateCounter,
      scope: 'session',
      windowMs: windowMs(window),
      max: allowed(max),
      amount: 1,
    });
  }
  return {
    at,
    action: ('action' in rule ? rule.action : undefined) ?? 'allow',
    reason: 'reason' in rule ? rule.reason : undefined,
    denyIf: compilePredicates(rule.deny_if, `${at}/deny_if`),
    require: compilePredicates(rule.require, `${at}/require`),
    limits,
    approval: compileApproval(rule.require_approval, `${at}/require_approval`),
    validate: rule.validate_arguments,
  };
}

function compileApproval(approval: Rule['require_approval'], at: string): CompiledRule['approval'] {
  if (approval === undefined) return undefined;
  if (approval === true) return { rule: at, when: undefined, timeoutMs: undefined };
  return {
    rule: at,
    when: approval.when === undefined ? undefined : compilePredicates(approval.when, `${at}/when`),
    timeoutMs: approval.timeout === undefined ? undefined : parseDuration(approval.timeout),
  };
}

function compileLimit(limit: Limit, at: string): CompiledLimit {
  const { increment_from: from } = limit;
  return {
    rule: at,
    counter: limit.counter,
    scope: limit.scope ?? 'grant',
    windowMs: windowMs(limit.window),
    max: allowed(limit.max),
    amount:
      from === undefined
        ? (limit.increment ?? 1)
        : from === 'cost'
          ? 'cost'
          : { path: parsePath(from) ?? [], text: from },
    ...(from === undefined ? {} : { counts: from === 'cost' ? ('cost' as const) : ('argument' as const) }),
    ...(limit.on_deny === undefined ? {} : { onDeny: limit.on_deny }),
    ...(limit.when_reached === 'ask' ? { whenReached: 'ask' as const } : {}),
  };
}

function windowMs(window: Limit['window']): number {
  return Math.round((typeof window === 'number' ? window : windowSeconds[window]) * 1000);
}

function compilePredicates(list: readonly Predicate[] | undefined, at: string): CompiledPredicate[] {
  return (list ?? []).map((source, index) => {
    if (isAboutTime(source)) {
      const during = duringTest(source.value);
      const holds = source.op === 'during';
      const test = ({ minuteOfWeek }: Sent): Finding[] => [
        during(minuteOfWeek) === holds ? 'holds' : 'fails',
      ];
      return { rule: `${at}/${index}`, source, test };
    }
    const path = parsePath(source.path) ?? [];
    const find = findingOf(source);
    return { rule: `${at}/${index}`, source, test: (sent) => valuesAt(sent, path).map(find) };
  });
}

function findingOf(
  source: Exclude<Predicate, TimePredicate>,
): (value: Json | undefined | typeof unfit) => Finding | 'absent' {
  if (source.op === 'exists') {
    return (value) =>
      value === unfit ? 'inapplicable' : (value !== undefined) === source.value ? 'holds' : 'fails';
  }
  const test = operatorTest(source);
  const absent = 'absent' in source && source.absent ? 'holds' : 'absent';
  return (value) => (value === unfit ? 'inapplicable' : value === undefined ? absent : test(value));
}
