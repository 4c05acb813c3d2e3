import fc from 'fast-check';
import type { JsonObject } from '../../../shared/json.ts';
import type { GuardMode, PolicyDocument, Predicate, Rule } from '../../../shared/policy/index.ts';
import { categories } from '../../../shared/tool-category.ts';
import { policyJson } from '../../support/arbitraries.ts';

const toolNames = ['t', 'u', 'luma_generate_video', 'constructor', 'a/b~c'];
const members = ['prompt', 'callback_url', 'n', 'list', '0', 'toString'];

export const toolName = fc.constantFrom(...toolNames, '__proto__', 'unlisted');
export const guard = fc.constantFrom<GuardMode>('policy', 'ask', 'allow', 'block');

/** Texts that operators care about, and texts that no operator expects. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    '',
    'cat',
    'https://cdn.example.com/a',
    'https://u@evil.org',
    'ftp://x',
    '\ud800',
    '\udfff!',
  ),
);
const wellFormed = text.map((value) => value.toWellFormed());
const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true }),
  fc.constantFrom(-0, 1e308, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY),
);

/** Any JSON that `JSON.parse` may return, `__proto__` as an own member and broken texts included. */
export const { value: anyJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    number,
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...members, '__proto__'), text), tie('value')), {
        maxLength: 5,
      })
      .map(fromEntries),
  ),
}));

export const callArguments = fc.oneof(
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...members, '__proto__'), text), anyJson), { maxLength: 5 })
    .map((entries) => fromEntries(entries) as JsonObject),
  fc
    .integer({ min: 1, max: 3000 })
    .map((depth) => JSON.parse(`{"list":${'['.repeat(depth)}${']'.repeat(depth)}}`)),
);

/** An object with these entries as own members, whatever their names. */
function fromEntries(entries: readonly (readonly [string, unknown])[]): object {
  const object = {};
  for (const [name, value] of entries) {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return object;
}

const path = fc.oneof(
  fc.constant('args'),
  fc.constantFrom('args.list.*', 'args.list.*.prompt', 'args.n.*.list.*'),
  fc
    .array(fc.constantFrom(...members, '__proto__', 'length'), { minLength: 1, maxLength: 3 })
    .map((names) => `args.${names.join('.')}`),
);
const jsonValue = policyJson({ maxDepth: 2 });
const finite = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const onDeny = fc.option(fc.constant('Because.'), { nil: undefined });

const opAndValue = fc.oneof(
  fc.tuple(fc.constantFrom('eq', 'neq', 'contains'), fc.oneof(jsonValue, wellFormed)),
  fc.tuple(fc.constantFrom('in', 'not_in'), fc.array(jsonValue, { maxLength: 3 })),
  fc.tuple(fc.constantFrom('lt', 'lte', 'gt', 'gte', 'length_lte', 'length_gte'), finite),
  fc.tuple(fc.constantFrom('starts_with', 'ends_with'), wellFormed),
  fc.tuple(fc.constant('regex'), fc.constantFrom('', 'a', '^c.t$', '(a+)+$', '[[:alpha:]]')),
  fc.tuple(fc.constant('exists'), fc.boolean()),
  fc.tuple(
    fc.constantFrom('host_in', 'host_not_in'),
    fc.subarray(['cdn.example.com', '*.example.com', '[::1]', 'evil.org']),
  ),
);

const time = fc
  .integer({ min: 0, max: 24 * 60 - 1 })
  .map(
    (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
  );
const hours = fc
  .record({
    days: fc.subarray(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], { minLength: 1 }),
    from: time,
    to: fc.oneof(time, fc.constant('24:00')),
  })
  .filter(({ from, to }) => from !== to);

/** A condition on what a call sends: any but those on the time. */
export const argumentPredicate = fc
  .tuple(path, opAndValue, onDeny)
  .map(([at, [op, value], on_deny]) => clean({ path: at, op, value, on_deny }) as Predicate);
const ofTime = fc
  .tuple(fc.constantFrom('during', 'not_during'), hours, onDeny)
  .map(([op, value, on_deny]) => clean({ path: 'time', op, value, on_deny }) as Predicate);

export const predicate = fc.oneof({ arbitrary: argumentPredicate, weight: 6 }, ofTime);

const window = fc.oneof(
  fc.constantFrom('minute', 'hour', 'day', 'month'),
  fc.integer({ min: 1, max: 31_622_400 }),
);
const max = fc.double({ min: 0.001, max: 1e9, noNaN: true });

export const limit = fc
  .record({
    window,
    max,
    scope: fc.constantFrom('grant', 'session', 'all', 'everywhere', undefined),
    counting: fc.oneof(
      fc.constant({ counter: 'calls' }),
      fc.record({ counter: fc.constant('calls'), increment: max }),
      fc.constant({ counter: 'spend', increment_from: 'cost' }),
      fc.record({
        counter: fc.constant('amounts'),
        increment_from: fc.constantFrom('args.n', 'args.list.0'),
      }),
    ),
    on_deny: onDeny,
  })
  .map(({ counting, ...rest }) => clean({ ...rest, ...counting }) as NonNullable<Rule['limits']>[number]);

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

const ruleMembers = {
  deny_if: optional(fc.array(predicate, { maxLength: 2 })),
  require: optional(fc.array(predicate, { maxLength: 2 })),
  limits: optional(
    fc.uniqueArray(limit, {
      maxLength: 2,
      // Two of the same would have to agree in their windows.
      selector: ({ scope = 'grant', increment, increment_from }) =>
        JSON.stringify([scope, increment, increment_from]),
    }),
  ),
  rate_limit: optional(
    fc.oneof(fc.constant('10/minute'), fc.record({ max, window: fc.integer({ min: 1, max: 1000 }) })),
  ),
  require_approval: optional(
    fc.oneof(
      fc.constant(true as const),
      fc.record({
        when: optional(fc.array(predicate, { minLength: 1, maxLength: 2 })),
        timeout: fc.constant('5m'),
      }),
    ),
  ),
  validate_arguments: fc.constantFrom(undefined, false, false, true),
};

const rule = fc
  .record({
    action: fc.constantFrom(undefined, undefined, 'allow', 'deny', 'hide', 'require_approval'),
    reason: onDeny,
    ...ruleMembers,
  })
  .map(clean);

const price = fc.double({ min: 0, max: 10, noNaN: true });
const cost = fc.oneof(
  price,
  fc.record({ cost_from: fc.constantFrom('cost', 'usage.total', 'items.0.usd'), reserve: price }),
);

export const category = fc.constantFrom(undefined, ...categories);

/** Any valid policy document over a handful of tools. */
export const policyDocument = fc
  .record({
    version: fc.constant('1'),
    default: fc.constantFrom('allow', 'deny', 'require_approval'),
    hide: optional(fc.subarray([...toolNames, '*'], { maxLength: 2 })),
    costs: optional(fc.record({ t: cost })),
    all_tools: optional(fc.record(ruleMembers).map(clean)),
    categories: optional(fc.dictionary(fc.constantFrom(...categories), rule, { noNullPrototype: true })),
    tools: fc.dictionary(fc.constantFrom(...toolNames), rule, { noNullPrototype: true }),
  })
  .map((document) => clean(document) as PolicyDocument);

/** Without members that are `undefined`, which JSON does not have. */
function clean(value: object): object {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [name, isPlain(member) ? clean(member) : member]),
  );
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
