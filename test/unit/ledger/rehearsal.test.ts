/** What a policy would have done with calls that are over. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loggedArguments } from '../../../main/gate/redact.ts';
import type { Foreseen } from '../../../main/ledger/foreseen.ts';
import { createRehearsal, type ToolNow } from '../../../main/ledger/rehearsal.ts';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { parsePolicy } from '../../../shared/policy/index.ts';

const fixture = JSON.parse(readFileSync(new URL('../../fixtures/luma-tools.json', import.meta.url), 'utf8'));
const schemas = new Map<string, ToolNow>(
  fixture.tools.map((tool: { name: string; inputSchema: JsonObject }) => [
    tool.name,
    { inputSchema: tool.inputSchema, category: 'spend' as const },
  ]),
);

const MINUTE = 60_000;
const VIDEO = 'luma_generate_video';

function rehearsing(rest: object, known = schemas) {
  const document = { version: '1', default: 'allow', tools: {}, ...rest } as Json;
  const parsed = parsePolicy(document);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  const judge = createRehearsal(parsed.policy, known, '$', (at) => at);
  let at = 0;
  /** One call a minute, by default. */
  return (over: {
    args?: JsonObject | string;
    also?: JsonObject;
    tool?: string;
    ran?: boolean;
    at?: number;
    grantId?: string;
    session?: string;
  }): Foreseen => {
    at += MINUTE;
    const { args = { prompt: 'A cat' }, also, tool = VIDEO, ran = true, grantId = 'g', session } = over;
    return judge(
      {
        at: over.at ?? at,
        server: 'luma',
        grantId,
        session,
        tool,
        arguments: typeof args === 'string' ? args : loggedArguments(args, 'values'),
        also: also && loggedArguments(also, 'values'),
      },
      ran,
    );
  };
}

const woulds = (all: Foreseen[]) => all.map(({ would }) => would);
const limit = (over: object) => ({ counter: 'c', window: 'hour', max: 2, ...over });

describe('a rehearsal judges as the gate does', () => {
  it('by the rules, which it names, with their words', () => {
    const call = rehearsing({
      costs: { [VIDEO]: 0.4 },
      hide: ['luma_list_actions'],
      tools: {
        [VIDEO]: {
          deny_if: [{ path: 'args.callback_url', op: 'exists', value: true, on_deny: 'No webhook.' }],
          require_approval: { when: [{ path: 'args.prompt', op: 'length_gte', value: 10 }] },
        },
        luma_extend_video: { action: 'deny' },
      },
    });
    expect(call({})).toEqual({ would: 'allow', rule: '', message: '' });
    expect(call({ args: { prompt: 'A cat in the rain' } })).toMatchObject({
      would: 'ask',
      rule: `/tools/${VIDEO}/require_approval/when/0`,
    });
    expect(call({ args: { prompt: 'A cat', callback_url: 'https://a.example/' } })).toEqual({
      would: 'deny',
      rule: `/tools/${VIDEO}/deny_if/0`,
      message: 'No webhook.',
    });
    expect(call({ tool: 'luma_list_actions', args: {} })).toMatchObject({ would: 'deny', rule: '(hidden)' });
    expect(call({ args: { prompt: 5 } })).toMatchObject({
      would: 'deny',
      rule: `/tools/${VIDEO}/validate_arguments`,
    });
    expect(call({ also: { task: { ttl: 5 } } })).toMatchObject({ would: 'ask', rule: '(also sent)' });
  });
});

describe('what the log does not have is never guessed', () => {
  const call = rehearsing({
    tools: {
      [VIDEO]: { deny_if: [{ path: 'args.prompt', op: 'contains', value: 'dog' }] },
      luma_extend_video: { action: 'deny' },
    },
  });

  it.each([
    ['a masked secret', loggedArguments({ prompt: 'Bearer abcdefghijklmnop' }, 'values')],
    ['a cut text', loggedArguments({ prompt: 'x'.repeat(20_000) }, 'values')],
    ['names alone', loggedArguments({ prompt: 'A cat' }, 'names')],
    ['a call that says a word for it', loggedArguments({ prompt: 'A [cut] gem' }, 'values')],
  ])('%s', (_what, args) => {
    expect(call({ args })).toEqual({
      would: 'unknown',
      rule: '',
      message: 'The log does not have all that was sent with it.',
    });
    // The tool alone decides.
    expect(call({ args, tool: 'luma_extend_video' })).toMatchObject({ would: 'deny' });
  });

  it('what was sent beside the arguments', () => {
    expect(call({ also: { _meta: { api_key: 'abc' } } }).would).toBe('unknown');
  });

  it('a tool that is offered no more, where its arguments would be checked', () => {
    expect(call({ tool: 'gone' })).toMatchObject({
      would: 'unknown',
      message: expect.stringContaining('tool list'),
    });
    const unchecked = rehearsing({ all_tools: { validate_arguments: false } });
    expect(unchecked({ tool: 'gone' }).would).toBe('allow');
    expect(rehearsing({ default: 'deny' })({ tool: 'gone' })).toMatchObject({
      would: 'deny',
      rule: '(default deny)',
    });
  });

  it('no arguments are known where only names are kept', () => {
    expect(call({ tool: 'luma_list_actions', args: '[]' }).would).toBe('allow');
  });
});

describe('limits count over the calls, in the order of their times', () => {
  it('what would have run, and nothing that would not', () => {
    const call = rehearsing({
      tools: {
        [VIDEO]: {
          deny_if: [{ path: 'args.prompt', op: 'eq', value: 'no' }],
          limits: [limit({ counter: 'videos' })],
        },
      },
    });
    const found = [call({}), call({ args: { prompt: 'no' } }), call({ ran: false }), call({}), call({})];
    expect(woulds(found)).toEqual(['allow', 'deny', 'allow', 'deny', 'deny']);
    expect(found[3]).toMatchObject({
      rule: `/tools/${VIDEO}/limits/0`,
      message: 'The limit “videos” is reached: 2 calls in 1 hour.',
    });
  });

  it('in sliding windows: an amount is free again one window after its call', () => {
    const call = rehearsing({ all_tools: { limits: [limit({ max: 1 })] } });
    const at = (minute: number) => call({ at: minute * MINUTE }).would;
    expect([at(0), at(59), at(60), at(119), at(120)]).toEqual(['allow', 'deny', 'allow', 'deny', 'allow']);
  });

  it('costs, without the errors of their sums', () => {
    const call = rehearsing({
      costs: { [VIDEO]: 0.1 },
      all_tools: { limits: [limit({ increment_from: 'cost', max: 0.3 })] },
    });
    expect(woulds([call({}), call({}), call({}), call({})])).toEqual(['allow', 'allow', 'allow', 'deny']);
  });

  it('by client, by session, or for all', () => {
    const max1 = (scope: string) => rehearsing({ all_tools: { limits: [limit({ scope, max: 1 })] } });
    const calls = [{ grantId: 'a', session: '1' }, { grantId: 'a', session: '2' }, { grantId: 'b' }];
    const seen = (scope: string) => {
      const call = max1(scope);
      return woulds(calls.map((each) => call(each)));
    };
    expect(seen('grant')).toEqual(['allow', 'deny', 'allow']);
    expect(seen('session')).toEqual(['allow', 'allow', 'allow']);
    expect(seen('all')).toEqual(['allow', 'deny', 'deny']);
  });

  it('a call that would be asked counts as it ended in fact', () => {
    const rest = { tools: { [VIDEO]: { require_approval: true, limits: [limit({ max: 1 })] } } };
    const denied = rehearsing(rest);
    expect(woulds([denied({ ran: false }), denied({ ran: false })])).toEqual(['ask', 'ask']);
    const ran = rehearsing(rest);
    expect(woulds([ran({}), ran({})])).toEqual(['ask', 'deny']);
  });

  it('one that asks when it is reached asks, and lets the person go past it', () => {
    const call = rehearsing({ all_tools: { limits: [limit({ max: 1, when_reached: 'ask' })] } });
    const found = [call({}), call({}), call({})];
    expect(woulds(found)).toEqual(['allow', 'ask', 'ask']);
    expect(found[1]).toMatchObject({ rule: '/all_tools/limits/0' });
    const both = rehearsing({
      all_tools: {
        limits: [limit({ max: 1, when_reached: 'ask' }), limit({ counter: 'd', max: 2 })],
      },
    });
    expect(woulds([both({}), both({}), both({})])).toEqual(['allow', 'ask', 'deny']);
  });

  it('one that counts what cannot be told counts nothing', () => {
    const call = rehearsing({ all_tools: { limits: [limit({ max: 1 })] } });
    expect(woulds([call({ args: '["prompt"]' }), call({}), call({})])).toEqual(['unknown', 'allow', 'deny']);
  });
});
