import { describe, expect, it } from 'vitest';
import { evaluate, isHidden } from '../../../shared/policy/index.ts';
import { decision, json, judge, lumaSchema, policyOf, withRule } from './support.ts';

const always = { path: 'args', op: 'exists', value: true };
const never = { path: 'args', op: 'exists', value: false };
const limit = { counter: 'calls', window: 'minute', max: 1 };
/** A rule to which every step applies at once. */
const everything = {
  deny_if: [always],
  require: [never],
  limits: [{ ...limit, increment_from: 'args.none' }],
  require_approval: true,
};
const schema = { type: 'object', properties: { known: { type: 'string' } } };

describe('the order of judgement', () => {
  it('1. blocked by the person outranks hiding', () => {
    const policy = withRule({ ...everything, action: 'hide' });
    expect(decision(judge(policy, {}, { guard: 'block' }))).toBe('deny (blocked by user)');
  });

  it('3. hidden outranks action, default and guard modes; by name, by action and by star', () => {
    for (const policy of [
      withRule({ ...everything, action: 'deny' }, { hide: ['t'] }),
      withRule({ ...everything, action: 'hide' }),
      withRule(everything, { hide: ['*'] }),
      withRule({}, { hide: ['t'], tools: {} }),
    ]) {
      expect(decision(judge(policy, {}, { guard: 'ask' }))).toBe('hidden (hidden)');
      expect(isHidden(policy, 't', () => 'read')).toBe(true);
    }
    expect(isHidden(withRule({}, { hide: ['T', 'tt'] }), 't', () => 'read')).toBe(false);
  });

  it('4. a tool that is not listed is denied by default, whatever all_tools says', () => {
    const policy = withRule({}, { all_tools: everything });
    expect(decision(judge(policy, {}, { tool: 'other' }))).toBe('deny (default deny)');
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'T'])(
    '4. no tool is listed by an inherited or similar name (%j)',
    (tool) => {
      expect(decision(judge(withRule({}), {}, { tool }))).toBe('deny (default deny)');
    },
  );

  it('5. action deny outranks arguments, predicates, limits and approval; its reason is told', () => {
    const policy = withRule({
      ...everything,
      validate_arguments: true,
      action: 'deny',
      reason: 'Not cleared.',
    });
    expect(judge(policy, { odd: 1 }, { inputSchema: schema })).toEqual({
      outcome: 'deny',
      rule: '/tools/t/action',
      message: 'Not cleared.',
    });
  });

  it('6. arguments that do not fit outrank predicates', () => {
    const policy = withRule({ ...everything, validate_arguments: true }, { all_tools: everything });
    expect(decision(judge(policy, { odd: 1 }, { inputSchema: schema }))).toBe(
      'deny /tools/t/validate_arguments',
    );
  });

  it('7. deny_if of all_tools, then of the tool, outranks every requirement', () => {
    const all = { deny_if: [never, always], require: [never] };
    expect(decision(judge(withRule(everything, { all_tools: all })))).toBe('deny /all_tools/deny_if/1');
    expect(decision(judge(withRule(everything, { all_tools: { require: [never] } })))).toBe(
      'deny /tools/t/deny_if/0',
    );
  });

  it('8. require of all_tools, then of the tool, outranks limits', () => {
    const rule = { ...everything, deny_if: [] };
    expect(decision(judge(withRule(rule, { all_tools: { require: [always, never] } })))).toBe(
      'deny /all_tools/require/1',
    );
    expect(decision(judge(withRule(rule)))).toBe('deny /tools/t/require/0');
  });

  it('9. a limit whose amount cannot be known outranks approval', () => {
    const rule = { ...everything, deny_if: [], require: [always] };
    expect(decision(judge(withRule(rule)))).toBe('deny /tools/t/limits/0');
  });

  it('10. asks by require_approval of all_tools, of the tool, by action, by default, by guard mode', () => {
    const asking = { action: 'require_approval', require_approval: true };
    const all = { all_tools: { require_approval: true, validate_arguments: false } };
    expect(decision(judge(withRule(asking, all)))).toBe('ask /all_tools/require_approval');
    expect(decision(judge(withRule(asking)))).toBe('ask /tools/t/require_approval');
    expect(decision(judge(withRule({ action: 'require_approval' }), {}, { guard: 'ask' }))).toBe(
      'ask /tools/t/action',
    );
    const byDefault = withRule({}, { default: 'require_approval', all_tools: { validate_arguments: false } });
    expect(decision(judge(byDefault, {}, { tool: 'other', guard: 'ask' }))).toBe(
      'ask (default require_approval)',
    );
    expect(decision(judge(withRule({}), {}, { guard: 'ask' }))).toBe('ask (ask for every call)');
  });

  it('10. a listed tool is not asked about because of the default', () => {
    expect(decision(judge(withRule({}, { default: 'require_approval' })))).toBe('allow');
  });

  it('10. guard mode allow leaves the verdict: the gate answers in the person’s stead', () => {
    expect(decision(judge(withRule({ require_approval: true }), {}, { guard: 'allow' }))).toBe(
      'ask /tools/t/require_approval',
    );
    expect(decision(judge(withRule({ action: 'deny' }), {}, { guard: 'allow' }))).toBe(
      'deny /tools/t/action',
    );
  });

  it('10. a call that matches no when is not asked about', () => {
    const rest = { path: 'args.m', op: 'exists', value: true };
    const rule = {
      require_approval: { when: [rest, { path: 'args.n', op: 'gt', value: 5 }], timeout: '1m' },
    };
    expect(decision(judge(withRule(rule), { n: 5 }))).toBe('allow');
    expect(decision(judge(withRule(rule), {}))).toBe('allow');
    expect(decision(judge(withRule(rule), { n: 6 }))).toBe('ask /tools/t/require_approval/when/1');
    expect(decision(judge(withRule(rule), { n: 'six' }))).toBe('ask /tools/t/require_approval/when/1');
    expect(decision(judge(withRule(rule), { n: 6, m: 1 }))).toBe('ask /tools/t/require_approval/when/0');
  });

  it('11. allows with an empty rule', () => {
    expect(judge(withRule({}))).toEqual({
      outcome: 'allow',
      rule: '',
      message: '',
      limits: [],
      cost: undefined,
      timeoutMs: 300_000,
    });
  });
});

describe('approval timeouts', () => {
  const timeout = (rule: object, all: object) => {
    const verdict = judge(withRule(rule, { all_tools: all }));
    return verdict.outcome === 'ask' ? verdict.timeoutMs : verdict.outcome;
  };

  it.each([
    [{ require_approval: true }, {}, 300_000],
    [{ require_approval: { timeout: '30s' } }, { require_approval: { timeout: '1h' } }, 30_000],
    [{ require_approval: true }, { require_approval: { timeout: '1h' } }, 3_600_000],
    [{}, { require_approval: { timeout: '24h' } }, 86_400_000],
  ])('%j under %j waits %i ms', (rule, all, ms) => {
    expect(timeout(rule, all)).toBe(ms);
  });
});

describe('limits', () => {
  const demands = (rule: object, more: object = {}, args = {}) => {
    const verdict = judge(withRule(rule, more), args);
    return verdict.outcome === 'allow' ? verdict.limits : decision(verdict);
  };

  it('are demanded of all_tools first, then of the tool, with every default filled in', () => {
    expect(
      demands(
        {
          limits: [{ ...limit, window: 90, scope: 'all', increment: 2, on_deny: 'Slow down.' }],
          rate_limit: '10/hour',
        },
        { all_tools: { limits: [limit], rate_limit: { max: 5, window: 60 } } },
      ),
    ).toEqual([
      { rule: '/all_tools/limits/0', counter: 'calls', scope: 'grant', windowMs: 60_000, max: 1, amount: 1 },
      {
        rule: '/all_tools/rate_limit',
        counter: 'rate_limit:*',
        scope: 'session',
        windowMs: 60_000,
        max: 5,
        amount: 1,
      },
      {
        rule: '/tools/t/limits/0',
        counter: 'calls',
        scope: 'all',
        windowMs: 90_000,
        max: 1,
        amount: 2,
        onDeny: 'Slow down.',
      },
      {
        rule: '/tools/t/rate_limit',
        counter: 'rate_limit:t',
        scope: 'session',
        windowMs: 3_600_000,
        max: 10,
        amount: 1,
      },
    ]);
  });

  it.each([
    ['minute', 60_000],
    ['hour', 3_600_000],
    ['day', 86_400_000],
    ['month', 30 * 86_400_000],
    [1, 1000],
    [1.5, 1500],
    [366 * 86_400, 366 * 86_400_000],
  ])('a window of %s is %i ms', (window, windowMs) => {
    expect(demands({ limits: [{ ...limit, window }] })).toMatchObject([{ windowMs }]);
  });

  it('two that share counter and scope stay two demands', () => {
    const limits = [limit, { ...limit, window: 'day', max: 9 }];
    expect(demands({ limits })).toMatchObject([{ max: 1 }, { max: 9 }]);
  });

  it('count the cost that the policy lists, and nothing for a tool without one', () => {
    const limits = [{ ...limit, increment_from: 'cost' }];
    expect(demands({ limits }, { costs: { t: 0.4 } })).toMatchObject([{ amount: 0.4 }]);
    expect(demands({ limits }, { costs: { other: 1 } })).toEqual([]);
    expect(demands({ limits }, { costs: { t: 0 } })).toEqual([]);
  });

  it.each([
    ['{"n":7.5}', [{ amount: 7.5 }]],
    ['{"n":0}', []],
    ['{"n":-0}', []],
  ])('count the argument they name: %s', (args, expected) => {
    expect(demands({ limits: [{ ...limit, increment_from: 'args.n' }] }, {}, json(args))).toMatchObject(
      expected,
    );
  });

  it.each(['{}', '{"n":-1}', '{"n":"1"}', '{"n":null}', '{"n":[1]}'])(
    'deny when the argument they count is not a number of at least 0: %s',
    (args) => {
      const limits = [limit, { ...limit, counter: 'amounts', increment_from: 'args.n' }];
      expect(demands({ limits }, {}, json(args))).toBe('deny /tools/t/limits/1');
    },
  );

  it('are demanded of a call that is asked about too, with its cost', () => {
    const policy = withRule({ limits: [limit], require_approval: true }, { costs: { t: 2 } });
    expect(judge(policy)).toMatchObject({ outcome: 'ask', cost: 2, limits: [{ counter: 'calls' }] });
  });
});

describe('messages', () => {
  const message = (rule: object, args: string) => judge(withRule(rule), json(args)).message;
  const x = (op: string, value: unknown, more = {}) => ({ path: 'args.x', op, value, ...more });

  it('on_deny is said in the policy’s own words', () => {
    const on_deny = 'Webhooks are not allowed.';
    expect(message({ deny_if: [x('exists', true, { on_deny })] }, '{"x":1}')).toBe(on_deny);
    expect(message({ require: [x('exists', true, { on_deny })] }, '{}')).toBe(on_deny);
    expect(message({ deny_if: [x('gt', 1, { on_deny })] }, '{"x":"?"}')).toBe(on_deny);
    const limits = [{ ...limit, increment_from: 'args.x', on_deny }];
    expect(message({ limits }, '{}')).toBe(on_deny);
  });

  it('generated ones name the argument, the condition and what to do', () => {
    expect(message({ deny_if: [x('exists', true)] }, '{"x":1}')).toBe(
      'The policy does not allow the argument "x". Leave it out and call again.',
    );
    expect(message({ require: [x('lte', 5)] }, '{"x":6}')).toBe(
      'The policy requires that the argument "x" must be at most 5. Correct it and call again.',
    );
    expect(message({ require: [x('in', ['a', 'b'])] }, '{}')).toContain('be one of "a" or "b"');
  });

  it('do not hand the person’s list of hosts to the agent', () => {
    const hosts = Array.from({ length: 9 }, (_, index) => `h${index}.example.com`);
    const required = message({ require: [x('host_in', hosts)] }, '{"x":"https://evil.org/"}');
    expect(required).toContain('h0.example.com');
    expect(required).not.toContain('h3.example.com');
    expect(message({ deny_if: [x('host_not_in', hosts)] }, '{"x":"https://evil.org/"}')).not.toContain('h0.');
  });

  it('stay short whatever the agent sends', () => {
    const tool = 'x'.repeat(100_000);
    expect(judge(withRule({}), {}, { tool }).message.length).toBeLessThan(400);
    const name = 'n'.repeat(100_000);
    const policy = withRule({ validate_arguments: true });
    expect(judge(policy, { [name]: 1 }, { inputSchema: schema }).message.length).toBeLessThan(600);
  });
});

describe('totality', () => {
  it('an internal failure is a denial', () => {
    const broken = {} as Parameters<typeof evaluate>[0];
    const verdict = evaluate(broken, {
      tool: 't',
      arguments: {},
      inputSchema: undefined,
      guard: 'policy',
      minuteOfWeek: 0,
    });
    expect(decision(verdict)).toBe('deny (internal error)');
  });

  it('judges the example of the policy language as it says', () => {
    const policy = policyOf({
      version: '1',
      default: 'deny',
      tools: {
        luma_generate_video_from_image: {
          deny_if: [
            { path: 'args.callback_url', op: 'exists', value: true, on_deny: 'Webhooks are not allowed.' },
          ],
          require: [{ path: 'args.start_image_url', op: 'host_in', value: ['cdn.example.com'] }],
          require_approval: { timeout: '5m' },
        },
        luma_get_task: {},
      },
    });
    const tool = 'luma_generate_video_from_image';
    const call = (args: object) =>
      decision(judge(policy, args as never, { tool, inputSchema: lumaSchema(tool) }));
    const start_image_url = 'https://cdn.example.com/a.png';
    expect(call({ prompt: 'a cat', start_image_url })).toBe(`ask /tools/${tool}/require_approval`);
    expect(call({ prompt: 'a cat', start_image_url, callback_url: 'https://evil.org' })).toBe(
      `deny /tools/${tool}/deny_if/0`,
    );
    expect(call({ prompt: 'a cat', start_image_url: 'https://cdn.example.com@evil.org/' })).toBe(
      `deny /tools/${tool}/require/0`,
    );
    expect(call({ prompt: 'a cat', start_image_url, callbackUrl: 'x' })).toBe(
      `deny /tools/${tool}/validate_arguments`,
    );
  });
});
