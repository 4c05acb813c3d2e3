/** What is sent beside the arguments (`also`), judged by the policy. */
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { evaluate, parsePolicy } from '../../../shared/policy/index.ts';

function policyOf(rule: JsonObject, more: JsonObject = {}) {
  const parsed = parsePolicy({ version: '1', default: 'deny', tools: { buy: rule }, ...more });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.policy;
}

const judge = (rule: JsonObject, also?: JsonObject, more?: JsonObject) =>
  evaluate(policyOf({ validate_arguments: false, ...rule }, more), {
    tool: 'buy',
    arguments: { usd: 1 },
    also,
    inputSchema: undefined,
    guard: 'policy',
    minuteOfWeek: 0,
  });
const usd = (amount: Json): JsonObject => ({ inputResponses: { amount: { content: { usd: amount } } } });
const path = 'also.inputResponses.amount.content.usd';

describe('a policy that says nothing of it asks', () => {
  test('and one where nothing is sent does not', () => {
    expect(judge({}).outcome).toBe('allow');
    expect(judge({}, {}).outcome).toBe('allow');
  });

  test.each([usd(1), { task: { ttl: 1 } }, { requestState: 's' }, { _meta: { account: 1 } }])(
    '%j',
    (also) => {
      expect(judge({}, also)).toMatchObject({ outcome: 'ask', rule: '(also sent)' });
      expect(judge({}, also)).toMatchObject({ message: expect.stringContaining(Object.keys(also)[0] ?? '') });
    },
  );

  test('a predicate on the arguments says nothing of it, nor one on another member', () => {
    const rule = {
      deny_if: [{ path: 'args.usd', op: 'gt', value: 9 }],
      require: [{ path: 'also.task', op: 'exists', value: false }],
    };
    expect(judge(rule, usd(1))).toMatchObject({ outcome: 'ask', rule: '(also sent)' });
  });

  test('each member wants its own, or one on all of them', () => {
    const on = (...paths: string[]) => ({
      deny_if: paths.map((each) => ({ path: each, op: 'eq', value: 'never' })),
    });
    const also = { ...usd(1), requestState: 's' };
    expect(judge(on('also.inputResponses'), also).outcome).toBe('ask');
    expect(judge(on('also.inputResponses.amount', 'also.requestState'), also).outcome).toBe('allow');
    expect(judge(on('also'), also).outcome).toBe('allow');
    expect(judge({}, also, { all_tools: on('also') }).outcome).toBe('allow');
  });

  test('so does each member of _meta, which have nothing to do with one another', () => {
    const on = (path: string) => ({ deny_if: [{ path, op: 'eq', value: 'never' }] });
    const also = { _meta: { account: 'a', 'vendor/amount': 100_000 } };
    expect(judge(on('also._meta.account'), also)).toMatchObject({
      outcome: 'ask',
      rule: '(also sent)',
      message: expect.stringContaining('("_meta.vendor/amount")'),
    });
    expect(judge(on('also._meta.account'), { _meta: { account: 'a' } }).outcome).toBe('allow');
    expect(judge(on('also._meta'), also).outcome).toBe('allow');
  });
});

describe('predicates reach it', () => {
  test('deny_if', () => {
    const rule = { deny_if: [{ path, op: 'gt', value: 100 }] };
    expect(judge(rule, usd(1)).outcome).toBe('allow');
    expect(judge(rule, usd(101))).toMatchObject({ outcome: 'deny', rule: '/tools/buy/deny_if/0' });
    // A value that the operator cannot be applied to fails closed.
    expect(judge(rule, usd('101')).outcome).toBe('deny');
  });

  test('require, which an absent value does not hold', () => {
    const rule = { require: [{ path, op: 'lte', value: 100 }] };
    expect(judge(rule, usd(100)).outcome).toBe('allow');
    expect(judge(rule).outcome).toBe('deny');
  });

  test('when', () => {
    const rule = { require_approval: { when: [{ path, op: 'gt', value: 10 }] } };
    expect(judge(rule, usd(1)).outcome).toBe('allow');
    expect(judge(rule, usd(11))).toMatchObject({
      outcome: 'ask',
      rule: '/tools/buy/require_approval/when/0',
    });
  });

  test('an argument of that name is another thing', () => {
    const rule = { deny_if: [{ path: 'args.also', op: 'exists', value: true }] };
    expect(judge(rule, usd(1)).outcome).toBe('ask');
  });
});

test.each(['also.arguments', 'also.inputresponses', 'also.*', 'also.', 'Also', 'params.inputResponses'])(
  'a path that nothing can be found at is refused: %s',
  (wrong) => {
    const rule = { deny_if: [{ path: wrong, op: 'exists', value: true }] };
    expect(parsePolicy({ version: '1', default: 'deny', tools: { buy: rule } })).toMatchObject({
      ok: false,
      errors: [{ pointer: '/tools/buy/deny_if/0/path' }],
    });
  },
);

test.each(['also.inputResponses.usd', 'args', 'args.'])('a limit counts no %s', (from) => {
  const limits = [{ counter: 'c', window: 'day', max: 1, increment_from: from }];
  expect(parsePolicy({ version: '1', default: 'deny', tools: { buy: { limits } } }).ok).toBe(false);
});

test('half of a surrogate pair in it is refused, as in the arguments', () => {
  expect(judge({}, { requestState: '\ud800' })).toMatchObject({
    outcome: 'deny',
    rule: '/tools/buy/validate_arguments',
  });
});
