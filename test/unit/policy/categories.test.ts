/** Rules by what a tool does, costs that the answer says, and a budget over all servers: what the language says of a call. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import {
  askBeforeItChanges,
  evaluate,
  isHidden,
  parsePolicy,
  type Verdict,
} from '../../../shared/policy/index.ts';
import { ruleReason } from '../../../shared/policy/rule-words.ts';
import { type Category, categories } from '../../../shared/tool-category.ts';

const schema = { type: 'object', additionalProperties: true };

function compiled(document: object) {
  const parsed = parsePolicy({ version: '1', default: 'deny', tools: {}, ...document });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.policy;
}

function judge(document: object, category: Category | undefined, tool = 't', args = {}): Verdict {
  const call = {
    tool,
    category,
    arguments: args,
    inputSchema: schema,
    guard: 'policy',
    minuteOfWeek: 0,
  } as const;
  return evaluate(compiled(document), call);
}

const short = ({ outcome, rule }: Verdict) => `${outcome} ${rule}`;
const errorsOf = (document: object) => {
  const parsed = parsePolicy({ version: '1', default: 'deny', tools: {}, ...document });
  return parsed.ok ? [] : parsed.errors;
};

describe('categories', () => {
  const document = {
    default: 'require_approval',
    categories: {
      read: {},
      write: { require_approval: { when: [{ path: 'args.n', op: 'gt', value: 1 }] } },
      destructive: { action: 'deny', reason: 'Nothing is destroyed here.' },
      execute: { action: 'hide' },
    },
    tools: { listed: { action: 'require_approval' } },
  };

  it('judge a tool that is not listed, by what it does', () => {
    expect(short(judge(document, 'read'))).toBe('allow ');
    expect(short(judge(document, 'write', 't', { n: 2 }))).toBe(
      'ask /categories/write/require_approval/when/0',
    );
    expect(short(judge(document, 'write', 't', { n: 1 }))).toBe('allow ');
    expect(judge(document, 'destructive')).toMatchObject({
      outcome: 'deny',
      rule: '/categories/destructive/action',
      message: 'Nothing is destroyed here.',
    });
    expect(judge(document, 'execute').outcome).toBe('hidden');
    // One that has no rule is like any other that is not listed.
    expect(short(judge(document, 'spend'))).toBe('ask (default require_approval)');
    expect(short(judge({ ...document, default: 'deny' }, 'spend'))).toBe('deny (default deny)');
  });

  it('say nothing of a tool that is listed', () => {
    for (const category of [...categories, undefined])
      expect(short(judge(document, category, 'listed')), category).toBe('ask /tools/listed/action');
  });

  it('let nothing through while nobody knows what the tool does', () => {
    for (const by of ['allow', 'require_approval', 'deny'])
      expect(judge({ ...document, default: by }, undefined), by).toMatchObject({
        outcome: 'deny',
        rule: '/categories',
        unread: true,
      });
    expect(judge({ default: 'allow' }, undefined).outcome).toBe('allow');
  });

  it('hide tools, and are asked for what a tool does only where that matters', () => {
    const never = () => {
      throw new Error('asked');
    };
    expect(isHidden(compiled(document), 'listed', never)).toBe(false);
    expect(isHidden(compiled({ categories: { read: {} } }), 't', never)).toBe(false);
    expect(isHidden(compiled(document), 't', () => 'execute')).toBe(true);
    expect(isHidden(compiled(document), 't', () => 'read')).toBe(false);
  });

  it('count in counters of their own by the short form, and share counters as other rules do', () => {
    const verdict = judge({ categories: { read: { rate_limit: '10/minute' } } }, 'read');
    expect(verdict).toMatchObject({
      limits: [{ counter: 'rate_limit:*read', rule: '/categories/read/rate_limit' }],
    });
    const cost = { counter: 'c', window: 'day', max: 1, increment_from: 'cost' };
    const calls = { counter: 'c', window: 'day', max: 1 };
    expect(errorsOf({ categories: { read: { limits: [cost] }, write: { limits: [calls] } } })).toMatchObject([
      { pointer: '/categories/write/limits/0/counter' },
    ]);
  });

  it('are refused where they are none', () => {
    expect(errorsOf({ categories: { reed: {} } })).toEqual([
      { pointer: '/categories/reed', message: '"reed" is not known here; did you mean "read"?' },
    ]);
    expect(errorsOf({ categories: { read: true } })).toMatchObject([{ pointer: '/categories/read' }]);
    expect(errorsOf({ categories: { read: { acton: 'deny' } } })).toMatchObject([
      { pointer: '/categories/read/acton' },
    ]);
    expect(errorsOf({ categories: [] })).toMatchObject([{ pointer: '/categories' }]);
  });

  it('are said in words', () => {
    expect(ruleReason('/categories/write/require_approval', document as Json)).toMatch(
      /^n is greater than 1/,
    );
    expect(ruleReason('/categories/destructive/action', document as Json)).toBe(
      'the policy denies every call of a tool that destroys',
    );
    expect(ruleReason('/categories', document as Json)).toBe('nobody knows yet what this tool does');
  });

  it('never loosen what a tool that is listed may do, nor what all tools may', () => {
    const rule = fc.constantFrom<object>(
      {},
      { action: 'deny' },
      { action: 'hide' },
      { require_approval: true },
    );
    const rules = fc.record(Object.fromEntries(categories.map((name) => [name, rule])), { requiredKeys: [] });
    const rank = { allow: 0, ask: 1, deny: 2, hidden: 3 };
    fc.assert(
      fc.property(
        rules,
        rule,
        fc.constantFrom(...categories, undefined),
        fc.boolean(),
        (by, own, category, all) => {
          const document = {
            default: 'allow',
            tools: { t: own },
            ...(all && { all_tools: { require_approval: true } }),
          };
          expect(judge({ ...document, categories: by }, category)).toEqual(judge(document, category));
          const unlisted = { ...document, tools: {} };
          expect(rank[judge({ ...unlisted, categories: by }, category).outcome]).toBeGreaterThanOrEqual(
            rank[judge(unlisted, category).outcome],
          );
        },
      ),
    );
  });

  it('of a new server: what only reads goes through, all else is asked for', () => {
    const { server, ...rest } = askBeforeItChanges('files', 'Files');
    expect(compiled({ server, ...rest }).server).toBe('files');
    expect(categories.map((category) => [category, judge(rest, category).outcome])).toEqual([
      ['read', 'allow'],
      ['write', 'ask'],
      ['destructive', 'ask'],
      ['execute', 'ask'],
      ['spend', 'ask'],
    ]);
  });
});

describe('a cost that the answer says', () => {
  const limits = [{ counter: 'spend', window: 'day', max: 2, increment_from: 'cost' }];
  const priced = (cost: Json) => ({ costs: { t: cost }, tools: { t: { limits } } });

  it('is demanded with what is held until then, also where that is nothing', () => {
    expect(judge(priced({ cost_from: 'usage.total' }), 'spend')).toMatchObject({
      outcome: 'allow',
      cost: undefined,
      costFrom: { path: ['usage', 'total'], reserve: undefined },
      limits: [{ amount: 0, counts: 'cost' }],
    });
    expect(judge(priced({ cost_from: 'items.0.price', reserve: 0.5 }), 'spend')).toMatchObject({
      costFrom: { path: ['items', '0', 'price'], reserve: 0.5 },
      limits: [{ amount: 0.5 }],
    });
    // As it was for one that is known.
    expect(judge(priced(0.4), 'spend')).toMatchObject({ cost: 0.4, limits: [{ amount: 0.4 }] });
    expect(judge(priced(0), 'spend')).toMatchObject({ cost: 0, limits: [] });
  });

  it.each(['', '.', 'a..b', 'a.*.b', 'a[0]', ' a', 'a\u200b', 'a.b '])('at %j is nowhere', (path) => {
    expect(errorsOf(priced({ cost_from: path }))).toMatchObject([{ pointer: '/costs/t/cost_from' }]);
  });

  it('is refused with what makes no sense', () => {
    expect(errorsOf(priced({ cost_from: 'a', reserve: -1 }))).toMatchObject([
      { pointer: '/costs/t/reserve' },
    ]);
    expect(errorsOf(priced({ cost_form: 'a' }))[0]?.message).toMatch(/cost_from/);
    expect(errorsOf(priced('0.4'))).toMatchObject([{ pointer: '/costs/t' }]);
  });
});

it('a limit over all servers is of everyone everywhere', () => {
  const limit = { counter: 'all', window: 'day', max: 5, scope: 'everywhere' };
  expect(judge({ default: 'allow', all_tools: { limits: [limit] } }, 'read')).toMatchObject({
    limits: [{ scope: 'everywhere', counter: 'all' }],
  });
  expect(errorsOf({ all_tools: { limits: [{ ...limit, scope: 'world' }] } })).toMatchObject([
    { pointer: '/all_tools/limits/0/scope' },
  ]);
});

it('the server of a policy is one of Greenlight’s addresses', () => {
  expect(compiled({}).server).toBe('luma');
  expect(compiled({ server: 'my-files' }).server).toBe('my-files');
  for (const server of ['', 'My', 'a/b', 7, null])
    expect(errorsOf({ server })).toMatchObject([{ pointer: '/server' }]);
});
