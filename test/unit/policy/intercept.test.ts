import { describe, expect, it } from 'vitest';
import { importIntercept, presets } from '../../../shared/policy/index.ts';
import { decision, fixture, judge, policyOf } from './support.ts';

const tool = (rules: string) =>
  importIntercept(
    `version: "1"\ndefault: deny\ntools:\n  t:\n    rules:\n${rules.replaceAll(/^/gm, '      ')}`,
  );
const rule = (result: ReturnType<typeof importIntercept>) => result.document?.tools.t;
const noted = (result: ReturnType<typeof importIntercept>) => result.notes.map((note) => note.pointer);

describe('importing an Intercept policy', () => {
  const imported = importIntercept(fixture('policies/intercept-github.yaml'));

  it('turns rules, conditions, rates, hide and default into a policy', () => {
    expect(imported.errors).toEqual([]);
    expect(imported.document).toEqual({
      version: '1',
      description: "A policy in Intercept's format, for the importer",
      default: 'allow',
      hide: ['transfer_repository'],
      all_tools: { limits: [{ counter: '*.rate_limit', max: 60, window: 'minute', scope: 'all' }] },
      tools: {
        create_issue: {
          limits: [
            {
              counter: 'create_issue.rate_limit',
              max: 5,
              window: 'hour',
              scope: 'all',
              on_deny: 'Five issues an hour are enough',
            },
          ],
          require: [{ path: 'args.label', op: 'in', value: ['bug', 'docs'] }],
        },
        create_charge: {
          limits: [
            {
              counter: 'create_charge.daily_spend',
              window: 'day',
              max: 1_000_000,
              scope: 'all',
              increment_from: 'args.amount',
              on_deny: "The day's budget is used up",
            },
          ],
        },
        delete_repository: { action: 'deny', reason: 'Repositories are not deleted by agents' },
      },
    });
  });

  it('notes what is not quite the same: names, and windows that slide', () => {
    expect(noted(imported)).toEqual([
      '/tools/create_issue/rules/0/name',
      '/tools/create_issue/rules/0/rate_limit',
      '/tools/create_issue/rules/1/name',
      '/tools/create_charge/rules/0/name',
      '/tools/create_charge/rules/0/conditions/0',
      '/tools/delete_repository/rules/0/name',
      '/tools/*/rules/0/name',
      '/tools/*/rules/0/rate_limit',
    ]);
  });

  it('judges as the original would', () => {
    const policy = policyOf(imported.document);
    const inputSchema = { additionalProperties: true };
    const call = (name: string, args = {}) => decision(judge(policy, args, { tool: name, inputSchema }));
    expect(call('create_issue', { label: 'bug' })).toBe('allow');
    expect(call('create_issue', { label: 'feature' })).toBe('deny /tools/create_issue/require/0');
    expect(call('create_charge', { amount: 5 })).toBe('allow');
    expect(call('create_charge')).toBe('deny /tools/create_charge/limits/0');
    expect(call('delete_repository')).toBe('deny /tools/delete_repository/action');
    expect(call('transfer_repository')).toBe('hidden (hidden)');
    expect(call('anything_else')).toBe('allow');
  });

  it('a denial of every tool denies every tool', () => {
    const result = importIntercept(
      'default: allow\ntools:\n  "*":\n    rules:\n      - action: deny\n        on_deny: No.',
    );
    const verdict = judge(policyOf(result.document), {}, { inputSchema: {} });
    expect(verdict).toMatchObject({ outcome: 'deny', rule: '/all_tools/deny_if/0', message: 'No.' });
  });

  it.each([
    ['an unknown action', '- action: quarantine', '/tools/t/rules/0/action'],
    ['a rate that is none', '- rate_limit: often', '/tools/t/rules/0/rate_limit'],
    ['a rule that is none', '- always', '/tools/t/rules/0'],
    ['conditions that are none', '- conditions: x', '/tools/t/rules/0/conditions'],
  ])('%s denies the tool, and is noted', (_, rules, pointer) => {
    const result = tool(rules);
    expect(rule(result)?.action).toBe('deny');
    expect(noted(result)).toContain(pointer);
  });

  it('a condition on a counter that cannot be a limit asks instead, and is noted', () => {
    for (const condition of [
      '{ path: state.other.n, op: lte, value: 5 }',
      '{ path: state.t.n, op: neq, value: 5 }',
      '{ path: state.t.n, op: lte, value: many }',
    ]) {
      const result = tool(`- conditions: [${condition}]\n  state: { counter: n, window: day }`);
      expect(rule(result)?.require_approval).toBe(true);
      expect(noted(result)).toEqual(['/tools/t/rules/0/conditions/0', '/tools/t/rules/0/state']);
    }
  });

  it('takes Intercept’s limit for all tools together as one, which each tool counts in', () => {
    const global = (name: string, path: string) =>
      importIntercept(
        `default: allow\ntools:\n  ${name}:\n    rules:\n      - on_deny: Slower.\n        conditions: [{ path: ${path}, op: lte, value: 60 }]\n        state: { counter: calls_per_minute, window: minute }`,
      );
    const result = global('"*"', 'state._global.calls_per_minute');
    expect(result.document?.all_tools).toEqual({
      limits: [
        { counter: '*.calls_per_minute', window: 'minute', max: 60, scope: 'all', on_deny: 'Slower.' },
      ],
    });
    expect(noted(result)).toEqual(['/tools/*/rules/0/conditions/0']);
    for (const name of ['one', 'another'])
      expect(judge(policyOf(result.document), {}, { tool: name, inputSchema: {} })).toMatchObject({
        outcome: 'allow',
        limits: [{ counter: '*.calls_per_minute', max: 60 }],
      });
    // Of one tool it is not that tool's own counter.
    const other = global('t', 'state._global.calls_per_minute');
    expect(other.document?.tools.t).toEqual({ require_approval: true });
  });

  it('less than becomes at most one less, and unknown parts of a counter are noted', () => {
    const result = tool(
      '- conditions: [{ path: state.t.n, op: lt, value: 5 }]\n  state: { counter: n, window: day, increment: 1, ttl: 3 }',
    );
    expect(rule(result)?.limits).toEqual([
      { counter: 't.n', window: 'day', max: 4, scope: 'all', increment: 1 },
    ]);
    expect(noted(result)).toContain('/tools/t/rules/0/state/ttl');
  });

  it('approval is asked for, unknown keys are noted at every level', () => {
    const result = importIntercept(
      'version: "1"\ndefault: deny\nmode: shadow\ntools:\n  t:\n    owner: me\n    rules:\n      - action: require_approval\n        severity: high\n        conditions: [{ path: args.n, op: gt, value: 1 }]',
    );
    expect(rule(result)).toEqual({
      require: [{ path: 'args.n', op: 'gt', value: 1 }],
      require_approval: true,
    });
    expect(noted(result)).toEqual([
      '/mode',
      '/tools/t/owner',
      '/tools/t/rules/0/severity',
      '/tools/t/rules/0/action',
    ]);
  });

  it('a default that is left out is Intercept’s own, and noted', () => {
    const result = importIntercept('tools:\n  t: { rules: [] }');
    expect(result.document?.default).toBe('allow');
    expect(noted(result)).toEqual(['/default']);
  });

  it.each([
    ['no YAML', 'a: [', ''],
    ['no map', '- a', '/tools'],
    ['no tools', 'version: "1"', '/tools'],
    ['an unknown default', 'default: maybe\ntools: {}', '/default'],
    [
      'an unknown operator',
      'default: deny\ntools: { t: { rules: [{ conditions: [{ path: args.x, op: like, value: a }] }] } }',
      '/tools/t/require/0/op',
    ],
    [
      'a number that does not survive',
      'default: deny\ntools: { t: { rules: [{ conditions: [{ path: args.x, op: in, value: [1, 9007199254740993] }] }] } }',
      '/tools/t/rules/0/conditions/0/value/1',
    ],
    ['a tool of the prototype', 'default: deny\ntools: { __proto__: { rules: [] } }', '/tools/__proto__'],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcd'[index]}`).join(',')}]`).join('\n')}\ntools: {}`,
      '',
    ],
  ])('%s is an error, and gives no policy', (_, yaml, pointer) => {
    const result = importIntercept(yaml);
    expect(result.document).toBeUndefined();
    expect(result.errors.map((error) => error.pointer)).toEqual([pointer]);
  });

  it('does not take one of our own documents for one of Intercept’s and lose its rules', () => {
    const result = importIntercept(JSON.stringify(presets[0]?.document));
    expect(noted(result)).toContain('/all_tools');
    expect(noted(result)).toContain('/tools/luma_generate_video/require_approval');
  });
});
