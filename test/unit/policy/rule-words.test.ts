import { describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { evaluate, parsePolicy } from '../../../shared/policy/index.ts';
import { ruleReason, ruleSentence } from '../../../shared/policy/rule-words.ts';

const document: Json = {
  version: '1',
  default: 'require_approval',
  all_tools: {
    deny_if: [{ path: 'args.callback_url', op: 'host_not_in', value: ['hooks.example.com'] }],
    limits: [{ counter: 'spend', window: 'day', max: 5, increment_from: 'cost', scope: 'all' }],
  },
  tools: {
    make: {
      deny_if: [{ path: 'args.callback_url', op: 'exists', value: true, on_deny: 'No webhooks.' }],
      require: [{ path: 'args.image', op: 'host_in', value: ['pictures.example'], absent: true }],
      require_approval: {
        when: [
          { path: 'args.prompt', op: 'length_gte', value: 500 },
          { path: 'args.loop', op: 'eq', value: true },
        ],
      },
      rate_limit: '10/minute',
    },
    ask: { action: 'require_approval' },
    always: { require_approval: true },
    never: { action: 'deny' },
    'with/slash': { require_approval: { when: [{ path: 'args.prompt', op: 'contains', value: 'x' }] } },
  },
};

describe('a rule in words', () => {
  it.each([
    ['/tools/make/deny_if/0', 'callback_url is present'],
    [
      '/all_tools/deny_if/0',
      'callback_url is a URL on none of the hosts hooks.example.com, or is no plain http(s) URL',
    ],
    [
      '/tools/make/require/0',
      'it is let through only if image is absent, or is a URL on one of the hosts pictures.example',
    ],
    ['/tools/make/require_approval', 'prompt has a length of at least 500, or loop is true'],
    ['/tools/make/rate_limit', 'a limit is reached: at most 10 per minute in each session'],
    ['/all_tools/limits/0', 'a limit is reached: at most 5 per day for everyone together, counted in cost'],
    ['/tools/make/validate_arguments', 'the arguments do not fit the tool’s own schema'],
    ['/tools/ask/action', 'the policy asks for every call of this tool'],
    ['/tools/always/require_approval', 'the policy asks for every call of this tool'],
    ['/tools/never/action', 'the policy denies every call of this tool'],
    ['/tools/with~1slash/require_approval', 'prompt contains x'],
    ['/tools/make/require_approval/when/1', 'loop is true'],
    ['/tools/make/require_approval/when/7', 'the policy asks for such a call'],
    ['(also sent)', 'more than arguments is sent, of which the policy says nothing'],
  ])('%s', (rule, words) => {
    expect(ruleReason(rule, document)).toBe(words);
  });

  it('is said as far as the pointer does where the document is not there', () => {
    expect(ruleReason('/tools/make/deny_if/0', undefined)).toBe('it is what the policy denies');
    expect(ruleReason('/tools/make/require_approval', undefined)).toBe(
      'the policy asks for every call of this tool',
    );
    expect(ruleReason('/tools/make/limits/7', document)).toBe('a limit is reached');
    expect(ruleReason('/somewhere/else', document)).toBeUndefined();
    expect(ruleReason('(of a later version)', document)).toBeUndefined();
    expect(ruleReason('', document)).toBeUndefined();
  });

  it('says of a call in the log whether it was denied or asked for', () => {
    const of = (
      rule: string,
      outcome: 'denied' | 'allowed' | 'expired',
      decidedBy: 'policy' | 'person' | 'timeout',
    ) => ruleSentence({ rule, outcome, decidedBy }, document);
    expect(of('/tools/make/deny_if/0', 'denied', 'policy')).toBe('Denied because callback_url is present.');
    expect(of('/tools/ask/action', 'denied', 'person')).toBe(
      'Asked for because the policy asks for every call of this tool.',
    );
    expect(of('(default deny)', 'denied', 'policy')).toBe(
      'Denied because the policy has no rule for this tool.',
    );
    expect(of('(expired)', 'expired', 'timeout')).toBe('It did not run because nobody answered in time.');
    expect(of('', 'allowed', 'policy')).toBe('The policy allows it.');
  });

  it('there is for every rule that a policy reports', () => {
    const parsed = parsePolicy(document);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const schema = { type: 'object', additionalProperties: true } as const;
    for (const [tool, args] of [
      ['make', { callback_url: 'https://a.example' }],
      ['make', { callback_url: 'https://hooks.example.com' }],
      ['make', { image: 'https://evil.example/a.png' }],
      ['make', { loop: true }],
      ['ask', {}],
      ['always', {}],
      ['never', {}],
      ['unlisted', {}],
    ] as const) {
      const { rule } = evaluate(parsed.policy, {
        tool,
        arguments: args,
        inputSchema: schema,
        guard: 'policy',
        minuteOfWeek: 0,
      } as never);
      expect(ruleReason(rule, document), rule).toBeDefined();
    }
  });
});
