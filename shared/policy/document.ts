import { RE2JS } from 're2js';
import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import type { Json } from '../json.ts';
import { SLUG } from '../server-id.ts';
import { categories } from '../tool-category/category.ts';
import { parseHost } from './hosts.ts';
import { flawOfHours, weekDays } from './hours.ts';
import { flawOfPath, hasStar, parsePath } from './paths.ts';

/** The words that name a window, in seconds. A month is 30 days. */
export const windowSeconds = { minute: 60, hour: 3600, day: 86_400, month: 2_592_000 } as const;
const maxWindowSeconds = 366 * 86_400;

const json = z.json() as z.ZodType<Json>;
const text = (field: string) => z.string({ error: `"${field}" must be a text.` });

/** Adds `complaint` as an issue when the check of a value returns one. */
function checked<T extends z.ZodType>(schema: T, complaint: (value: z.output<T>) => string | undefined): T {
  return schema.check((context) => {
    const message = complaint(context.value as z.output<T>);
    if (message !== undefined) context.issues.push({ code: 'custom', message, input: context.value });
  });
}

/** A tool's full name. A pattern in its place would silently match nothing, so it is refused. */
const toolName = checked(z.string().min(1, { error: 'A tool name must not be empty.' }), (name) =>
  name.includes('*')
    ? `${JSON.stringify(name)}: tool names are written in full. For rules that concern every tool use "all_tools"; for tools that are not listed, "default".`
    : undefined,
);

const hiddenName = checked(z.string({ error: 'A hidden tool is named by a text.' }), (name) =>
  name !== '*' && (name === '' || name.includes('*'))
    ? `${JSON.stringify(name)}: write a tool name in full, or "*" to hide every tool.`
    : undefined,
);

const path = checked(
  z.string({ error: '"path" must be a text: "args", or "args." and member names, such as "args.prompt".' }),
  (value) => {
    if (value === 'time') return '"path" is "time" with "during" and "not_during" alone.';
    const flaw = flawOfPath(value);
    return flaw === undefined ? undefined : `"path" must be ${flaw}; it is ${JSON.stringify(value)}.`;
  },
);

const numberValue = z.number({ error: 'This operator takes a number as "value".' });
const textValue = z.string({ error: 'This operator takes a text as "value".' });

const pattern = checked(textValue, (value) => {
  try {
    RE2JS.compile(value);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    return `The pattern is not RE2 syntax (${why}). Look-around and back references do not exist there.`;
  }
});

const host = checked(z.string({ error: 'A host is a text, such as "cdn.example.com".' }), (value) => {
  const parsed = parseHost(value);
  return typeof parsed === 'string' ? parsed : undefined;
});

const shared = { path, on_deny: text('on_deny').optional() };

/** Operators by the kind of value they take. */
const operators = {
  any: ['eq', 'neq', 'contains'],
  list: ['in', 'not_in'],
  number: ['lt', 'lte', 'gt', 'gte', 'length_lte', 'length_gte'],
  text: ['starts_with', 'ends_with'],
  hosts: ['host_in', 'host_not_in'],
  time: ['during', 'not_during'],
} as const;

const hoursError =
  'A condition on the time takes { "days": ["mon", "fri"], "from": "09:00", "to": "18:00" } as "value".';
const dayError = `"days" names at least one of ${weekDays.map((day) => `"${day}"`).join(', ')}, each once.`;
const hours = checked(
  z.strictObject(
    {
      days: checked(
        z.array(z.enum(weekDays, { error: dayError }), { error: dayError }).min(1, { error: dayError }),
        (days) => (new Set(days).size === days.length ? undefined : dayError),
      ),
      from: z.string({ error: '"from" must be a time such as "09:00".' }),
      to: z.string({ error: '"to" must be a time such as "18:00".' }),
    },
    { error: hoursError },
  ),
  flawOfHours,
);

/** When a call comes; of nothing that it sends. */
const time = z.strictObject({
  path: z.literal('time', {
    error: '"during" and "not_during" are about the time of the call: "path" is "time".',
  }),
  on_deny: shared.on_deny,
  op: z.enum(operators.time),
  value: hours,
});

const hosts = z.strictObject({
  ...shared,
  op: z.enum(operators.hosts),
  value: z.array(host, { error: 'This operator takes a list of hosts as "value".' }),
});

/** What may stand under `require` as well: there, a host that need not be given. */
const hostsOrAbsent = hosts.extend({
  absent: z.literal(true, { error: '"absent" is true, or left out: then a value must be there.' }).optional(),
});

const predicateOf = <Hosts extends typeof hosts | typeof hostsOrAbsent>(hosts: Hosts) =>
  z.discriminatedUnion(
    'op',
    [
      z.strictObject({ ...shared, op: z.enum(operators.any), value: json }),
      z.strictObject({
        ...shared,
        op: z.enum(operators.list),
        value: z.array(json, { error: 'This operator takes a list as "value".' }),
      }),
      z.strictObject({ ...shared, op: z.enum(operators.number), value: numberValue }),
      z.strictObject({ ...shared, op: z.enum(operators.text), value: textValue }),
      z.strictObject({ ...shared, op: z.literal('regex'), value: pattern }),
      z.strictObject({
        ...shared,
        op: z.literal('exists'),
        value: z.boolean({ error: '"exists" takes true (present) or false (absent) as "value".' }),
      }),
      hosts,
      time,
    ],
    { error: 'A predicate is an object with "path", "op" and "value".' },
  );

const predicate = predicateOf(hosts);
const required = predicateOf(hostsOrAbsent);

const predicates = <Each extends typeof predicate | typeof required>(field: string, each: Each) =>
  z.array(each, { error: `"${field}" must be a list of predicates.` }).optional();

const windowError =
  'A window is "minute", "hour", "day", "month", or a number of seconds from 1 to 31622400 (366 days).';
const seconds = z
  .number({ error: windowError })
  .min(1, { error: windowError })
  .max(maxWindowSeconds, { error: windowError });
const positive = (field: string) => {
  const error = `"${field}" must be a number greater than 0.`;
  return z.number({ error }).gt(0, { error });
};

const limit = checked(
  z.strictObject(
    {
      counter: z
        .string({ error: '"counter" must be the counter\'s name, a text.' })
        .min(1, { error: '"counter" must not be empty.' }),
      window: z.union([z.enum(['minute', 'hour', 'day', 'month']), seconds], { error: windowError }),
      max: positive('max'),
      scope: z
        .enum(['grant', 'session', 'all', 'everywhere'], {
          error: '"scope" must be "grant", "session", "all" or "everywhere".',
        })
        .optional(),
      increment: positive('increment').optional(),
      increment_from: checked(
        z.string({ error: '"increment_from" must be "cost" or a path such as "args.amount".' }),
        (value) =>
          value !== 'cost' && (!/^args\../.test(value) || parsePath(value) === undefined || hasStar(value))
            ? '"increment_from" must be "cost" or a path to one number, such as "args.amount".'
            : undefined,
      ).optional(),
      on_deny: text('on_deny').optional(),
      when_reached: z
        .enum(['deny', 'ask'], { error: '"when_reached" is "deny" or "ask"; left out, it denies.' })
        .optional(),
    },
    { error: 'A limit is an object with "counter", "window" and "max".' },
  ),
  (value) =>
    value.increment !== undefined && value.increment_from !== undefined
      ? 'A limit counts by "increment" or by "increment_from"; leave one of them out.'
      : undefined,
);

/** The short form of a rate limit as text: how many, and the window's word. */
export function parseRate(value: string): { max: number; window: keyof typeof windowSeconds } | undefined {
  const match = /^([1-9]\d{0,8})\/(minute|hour|day|month)$/.exec(value);
  return match === null
    ? undefined
    : { max: Number(match[1]), window: match[2] as keyof typeof windowSeconds };
}

const rateError =
  '"rate_limit" must be { "max": 10, "window": 60 } with the window in seconds, or a text such as "10/minute" (minute, hour, day or month).';
const rateLimit = z.union(
  [
    z.strictObject({ max: positive('max'), window: seconds }, { error: rateError }),
    checked(z.string({ error: rateError }), (value) =>
      parseRate(value) === undefined ? rateError : undefined,
    ),
  ],
  { error: rateError },
);

const timeoutError = '"timeout" must be a duration from "10s" to "24h", such as "5m".';
const timeout = checked(z.string({ error: timeoutError }), (value) => {
  const ms = parseDuration(value);
  return ms === undefined || ms < 10_000 || ms > 86_400_000 ? timeoutError : undefined;
});

const approvalError =
  '"require_approval" must be true or an object with "when" and "timeout". To ask for nothing, leave it out.';
const requireApproval = z.union(
  [
    z.literal(true, { error: approvalError }),
    z.strictObject(
      {
        when: z
          .array(predicate, { error: '"when" must be a list of predicates.' })
          .min(1, { error: 'An empty "when" would never ask; leave "when" out to ask for every call.' })
          .optional(),
        timeout: timeout.optional(),
      },
      { error: approvalError },
    ),
  ],
  { error: approvalError },
);

const ruleMembers = {
  deny_if: predicates('deny_if', predicate),
  require: predicates('require', required),
  limits: z.array(limit, { error: '"limits" must be a list of limits.' }).optional(),
  rate_limit: rateLimit.optional(),
  require_approval: requireApproval.optional(),
  validate_arguments: z.boolean({ error: '"validate_arguments" must be true or false.' }).optional(),
};

const rule = z.strictObject(
  {
    action: z
      .enum(['allow', 'deny', 'hide', 'require_approval'], {
        error: '"action" must be "allow", "deny", "hide" or "require_approval".',
      })
      .optional(),
    reason: text('reason').optional(),
    ...ruleMembers,
  },
  { error: 'A rule is an object; {} allows the tool.' },
);

const allTools = z.strictObject(ruleMembers, { error: '"all_tools" must be a rule without "action".' });

const categoryRules = z.strictObject(
  Object.fromEntries(categories.map((category) => [category, rule.optional()])) as Record<
    (typeof categories)[number],
    z.ZodOptional<typeof rule>
  >,
  { error: '"categories" must be an object of categories and rules.' },
);

const costError = 'A cost is a number of at least 0, or { "cost_from": "usage.total_usd", "reserve": 0.5 }.';
const costNumber = z.number({ error: costError }).min(0, { error: costError });
const costFromError =
  '"cost_from" must be a path to one number in the structured content of the answer: member names separated by dots, such as "usage.total_usd".';
const reserveError = '"reserve" must be a number of at least 0: what counts until the answer says the cost.';
const cost = z.union(
  [
    costNumber,
    z.strictObject(
      {
        cost_from: checked(z.string({ error: costFromError }), (value) =>
          flawOfPath(`args.${value}`) !== undefined || hasStar(value) ? costFromError : undefined,
        ),
        reserve: z.number({ error: reserveError }).min(0, { error: reserveError }).optional(),
      },
      { error: costError },
    ),
  ],
  { error: costError },
);

/** A policy document, version "1": what is on disk, and what people and the UI write. */
const SERVER_ERROR =
  '"server" must be the id of a server in Greenlight, as in its address: small letters, digits and dashes.';

export const policyDocument = z.strictObject(
  {
    version: z.literal('1', { error: 'Write "version": "1" (a text).' }),
    description: text('description').optional(),
    /** The server that it is for; absent: `luma`. */
    server: z.string({ error: SERVER_ERROR }).regex(SLUG, { error: SERVER_ERROR }).optional(),
    default: z.enum(['allow', 'deny', 'require_approval'], {
      error: '"default" must be "allow", "deny" or "require_approval": what happens to a tool not listed.',
    }),
    hide: z.array(hiddenName, { error: '"hide" must be a list of tool names.' }).optional(),
    costs: z
      .record(toolName, cost, { error: '"costs" must be an object of tool names and costs.' })
      .optional(),
    all_tools: allTools.optional(),
    /** Rules of tools that are not under `tools`, by what they do. */
    categories: categoryRules.optional(),
    tools: z.record(toolName, rule, {
      error: '"tools" must be an object of tool names and rules; {} lists none.',
    }),
  },
  { error: 'A policy is a JSON object with "version", "default" and "tools".' },
);

export type PolicyDocument = z.infer<typeof policyDocument>;
export type Rule = z.infer<typeof rule>;
export type AllToolsRule = z.infer<typeof allTools>;
export type Predicate = z.infer<typeof required>;
export type TimePredicate = z.infer<typeof time>;
export type Limit = z.infer<typeof limit>;

/** Whether a predicate is about when the call comes, and about nothing that it sends. */
export function isAboutTime(predicate: Predicate): predicate is TimePredicate {
  return predicate.op === 'during' || predicate.op === 'not_during';
}

/** The keys that each kind of object knows, for suggestions. */
export const knownKeys = {
  document: Object.keys(policyDocument.shape),
  rule: Object.keys(rule.shape),
  all_tools: Object.keys(allTools.shape),
  predicate: ['path', 'op', 'value', 'on_deny'],
  hours: ['days', 'from', 'to'],
  categories: [...categories] as string[],
  cost: ['cost_from', 'reserve'],
  limit: Object.keys(limit.shape),
  rate_limit: ['max', 'window'],
  require_approval: ['when', 'timeout'],
  operator: [...Object.values(operators).flat(), 'regex', 'exists'] as string[],
} as const;
