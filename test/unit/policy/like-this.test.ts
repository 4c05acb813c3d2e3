import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../../shared/json.ts';
import {
  alwaysAllowLike,
  askOnlyAbove,
  evaluate,
  presets,
  type SeenCall,
} from '../../../shared/policy/index.ts';
import { policyOf } from './support.ts';

const tool = 'luma_generate_video_from_image';
const on = (host: string) => `https://${host}/a.png`;
const createdAt = '2026-11-30T10:00:00.000Z';
const seen = {
  tool,
  createdAt,
  arguments: { prompt: 'A cat in the rain', start_image_url: on('cdn.example'), end_image_url: null },
};
const always: JsonObject = {
  version: '1',
  default: 'deny',
  costs: { [tool]: 0.4 },
  tools: { [tool]: { require_approval: { timeout: '5m' } } },
};
const schema = { additionalProperties: true };

function judged(document: Json, args: JsonObject, of = tool) {
  return evaluate(policyOf(document), {
    tool: of,
    arguments: args,
    inputSchema: schema,
    guard: 'policy',
    minuteOfWeek: 0,
  });
}
const outcome = (document: Json, args: JsonObject, of = tool) => judged(document, args, of).outcome;
const preset = (id: string) => presets.find((each) => each.id === id)?.document as unknown as JsonObject;

describe('always allow calls like this', () => {
  it('lets through what its sentence says, and asks about the rest', () => {
    const less = alwaysAllowLike(always, seen);
    expect(less?.sentence).toBe(
      'A call of luma_generate_video_from_image is let through without asking if its start_image_url is left out or on cdn.example, and if its end_image_url is left out, and if its callback_url is left out, and if its prompt has fewer than 1,000 characters. What else the policy asks about for every tool, denies or limits stays.',
    );
    const document = less?.document as JsonObject;
    const like = seen.arguments;
    for (const args of [
      like,
      { prompt: 'Another', start_image_url: on('CDN.example') },
      { prompt: 'p'.repeat(999) },
      { ...like, end_image_url: '', callback_url: null },
    ]) {
      expect([args, outcome(document, args)]).toEqual([args, 'allow']);
    }
    for (const args of [
      { ...like, start_image_url: on('evil.example') },
      { ...like, start_image_url: on('sub.cdn.example') },
      { ...like, start_image_url: 'https://cdn.example@evil.example/' },
      { ...like, start_image_url: null },
      { ...like, end_image_url: on('cdn.example') },
      { ...like, callback_url: on('cdn.example') },
      { ...like, prompt: 'p'.repeat(1000) },
    ]) {
      expect([args, outcome(document, args)]).toEqual([args, 'ask']);
    }
    expect(document.tools).toMatchObject({ [tool]: { require_approval: { timeout: '5m' } } });
  });

  it('widens what the policy asks about by as much as the call needs', () => {
    const autopilot = preset('autopilot-on-a-budget');
    const called = { prompt: 'a', start_image_url: on('cdn.example') };
    const less = alwaysAllowLike(autopilot, { tool, arguments: called, createdAt })?.document as JsonObject;
    expect(outcome(less, called)).toBe('allow');
    // What it asks about for every tool it asks about still.
    expect(outcome(less, { ...called, prompt: 'a'.repeat(1200) })).toBe('ask');
    // Again, of another host: both are let through.
    const other = { ...called, start_image_url: on('other.example') };
    expect(outcome(less, other)).toBe('ask');
    const both = alwaysAllowLike(less, { tool, arguments: other, createdAt })?.document as JsonObject;
    for (const host of ['cdn.example', 'other.example'])
      expect(outcome(both, { prompt: 'a', start_image_url: on(host) })).toBe('allow');
    expect(outcome(both, { prompt: 'a', start_image_url: on('third.example') })).toBe('ask');

    const long = withWhen([{ path: 'args.prompt', op: 'length_gte', value: 1000 }]);
    const longer = alwaysAllowLike(long, { tool, arguments: { prompt: 'a'.repeat(1200) }, createdAt })
      ?.document as JsonObject;
    expect(outcome(longer, { prompt: 'b'.repeat(1200) })).toBe('allow');
    expect(outcome(longer, { prompt: 'b'.repeat(1201) })).toBe('ask');
  });

  it.each<[string, Json, SeenCall]>([
    ['does not ask', { ...always, tools: { [tool]: {} } }, seen],
    ['denies', { ...always, tools: {} }, seen],
    ['asks about every tool', { ...always, all_tools: { require_approval: true } }, seen],
    [
      'asks about it for every tool',
      preset('autopilot-on-a-budget'),
      { tool, arguments: { prompt: 'a'.repeat(1200), start_image_url: on('cdn.example') }, createdAt },
    ],
    ['does not look at the schema', { ...always, all_tools: { validate_arguments: false } }, seen],
    ['asks for another reason', withWhen([{ path: 'args.prompt', op: 'contains', value: 'cat' }]), seen],
    [
      'would ask for another reason, too',
      withWhen([
        { path: 'args.start_image_url', op: 'exists', value: true },
        { path: 'args.loop', op: 'eq', value: true },
      ]),
      seen,
    ],
    [
      'cannot say whose address it is',
      always,
      { tool, arguments: { start_image_url: 'cdn.example/a' }, createdAt },
    ],
    [
      'knows nothing of the tool',
      { ...always, tools: { pay: { require_approval: true } } },
      { tool: 'pay', arguments: {}, createdAt },
    ],
    ['is no policy', { version: '2' }, seen],
  ])('is not offered where the policy %s', (_why, document, call) => {
    expect(alwaysAllowLike(document, call)).toBeUndefined();
  });

  it('never lets through more than that, whatever the call', () => {
    const hosts = fc.constantFrom<Json>(
      ...['cdn.example', 'evil.example', 'a.cdn.example', 'cdn.example:8443'].map(on),
      ...['', 'javascript:x', 'http://cdn.example', 'https://u@cdn.example/', null, 5],
    );
    const args = fc.record(
      {
        prompt: fc.oneof(
          fc.constantFrom<Json>('', null, 7),
          fc.integer({ min: 990, max: 1010 }).map((n) => 'a'.repeat(n)),
        ),
        start_image_url: hosts,
        end_image_url: hosts,
        callback_url: hosts,
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<JsonObject>;
    const starts: Json[] = [always, { ...always, default: 'require_approval', tools: {} }];
    for (const id of ['ask-before-every-video', 'autopilot-on-a-budget']) starts.push(preset(id));
    let less = 0;
    fc.assert(
      fc.property(fc.constantFrom(...starts), args, args, (before, first, second) => {
        const after = alwaysAllowLike(before, { tool, arguments: first, createdAt })?.document;
        if (after === undefined) return;
        expect(outcome(after, first)).toBe('allow');
        const [was, is] = [outcome(before, second), outcome(after, second)];
        if (was === is) return;
        // An empty text is no URL: where a host is asked about, nobody knows what it is.
        if (is === 'ask') {
          expect(was).toBe('allow');
          expect(Object.values(second).some((value) => value === '' || value === null)).toBe(true);
          return;
        }
        less += 1;
        expect([was, is]).toEqual(['ask', 'allow']);
        const known = (name: string) => [undefined, null, '', first[name]];
        for (const name of ['start_image_url', 'end_image_url', 'callback_url'])
          expect(known(name).map(hostOf)).toContain(hostOf(second[name]));
        const length = Math.max(999, String(first.prompt ?? '').length);
        expect(String(second.prompt ?? '').length).toBeLessThanOrEqual(length);
      }),
      { numRuns: 4_000 },
    );
    expect(less).toBeGreaterThan(0);
  });
});

describe('ask only above an amount', () => {
  it('lets the tool through, with a limit at whose end it asks', () => {
    const less = askOnlyAbove(always, seen, 2, '$');
    expect(less?.sentence).toContain('no more than $2.00 by it in the last 24 hours, this call included');
    const verdict = judged(less?.document as Json, {
      prompt: 'p'.repeat(5000),
      callback_url: on('evil.example'),
    });
    expect(verdict).toMatchObject({
      outcome: 'allow',
      limits: [
        { scope: 'grant', windowMs: 86_400_000, max: 2, amount: 0.4, counts: 'cost', whenReached: 'ask' },
      ],
    });
  });

  it('denies and limits as before', () => {
    const before = preset('ask-before-every-video');
    const after = askOnlyAbove(before, seen, 2, '$')?.document as JsonObject;
    expect(outcome(after, seen.arguments)).toBe('allow');
    expect(outcome(after, { ...seen.arguments, callback_url: on('evil.example') })).toBe('deny');
    expect(outcome(after, { prompt: 'a' }, 'luma_generate_video')).toBe('ask');
  });

  it('takes a counter of its own', () => {
    const limit = { counter: `${tool} without asking`, window: 'day', max: 3 };
    const taken = { ...always, all_tools: { limits: [limit] } };
    const document = askOnlyAbove(taken, seen, 2, '$')?.document as JsonObject;
    expect(document.tools).toMatchObject({ [tool]: { limits: [{ counter: `${tool} without asking 2` }] } });
  });

  it.each<[string, Json, number]>([
    ['gives the tool no cost', { ...always, costs: {} }, 2],
    ['gives it more than that', always, 0.3],
    ['does not ask', { ...always, tools: { [tool]: {} } }, 2],
  ])('is not offered where the policy %s', (_why, document, amount) => {
    expect(askOnlyAbove(document, seen, amount, '$')).toBeUndefined();
  });
});

function withWhen(when: Json[]): JsonObject {
  return { ...always, tools: { [tool]: { require_approval: { when } } } };
}

function hostOf(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : '';
  return URL.canParse(text) ? new URL(text).hostname : '';
}
