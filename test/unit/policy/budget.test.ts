import { describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { budgetOf, parsePolicy, presets, unpriced, withBudget } from '../../../shared/policy/index.ts';

const preset = (id: string) => presets.find((each) => each.id === id)?.document as unknown as Json;
const ASK = preset('ask-before-every-video');

describe('the daily budget', () => {
  it.each([
    { all: 5, atEnd: 'deny' },
    { all: 5, atEnd: 'ask' },
    { each: 2.5, atEnd: 'deny' },
    { all: 5, each: 2, atEnd: 'ask' },
  ] as const)('%j is written as limits that are valid, and read back', (budget) => {
    for (const { document } of presets) {
      const next = withBudget(document as unknown as Json, budget);
      expect(parsePolicy(next)).toMatchObject({ ok: true });
      expect(budgetOf(next)).toEqual(budget);
    }
  });

  it('of $5 is one readable limit, and nothing else of the document changes', () => {
    const next = withBudget(ASK, { all: 5, atEnd: 'deny' });
    expect(next).toEqual({
      ...(ASK as object),
      all_tools: {
        ...(ASK as { all_tools: object }).all_tools,
        limits: [{ counter: 'daily budget', window: 'day', max: 5, increment_from: 'cost', scope: 'all' }],
      },
    });
    expect(withBudget(next, { atEnd: 'deny' })).toEqual(ASK);
  });

  it('of the preset is recognised, and keeps its counter and its words for the agent', () => {
    const autopilot = preset('autopilot-on-a-budget');
    expect(budgetOf(autopilot)).toEqual({ all: 4, atEnd: 'deny' });
    expect(withBudget(autopilot, { all: 9, atEnd: 'ask' })).toMatchObject({
      all_tools: { limits: [{ counter: 'spend', max: 9, when_reached: 'ask', on_deny: expect.any(String) }] },
    });
  });

  it('gives videos a cost where the document gives none, so that it counts', () => {
    expect(
      withBudget({ version: '1', default: 'allow', tools: {} }, { all: 5, atEnd: 'deny' }),
    ).toMatchObject({
      costs: { luma_generate_video: 0.4 },
    });
  });

  it('does not count what has no cost: it is said which tools these are', () => {
    const makers = ['luma_generate_video', 'luma_extend_video'];
    const listed = (costs: object) => ({
      version: '1',
      default: 'deny',
      costs,
      tools: Object.fromEntries(makers.map((name) => [name, {}])),
    });
    expect(unpriced(listed({ luma_extend_video: 0 }) as unknown as Json)).toEqual(['luma_generate_video']);
    const denied = { ...listed({ luma_extend_video: 1 }), hide: ['luma_generate_video'] };
    expect(unpriced(denied as unknown as Json)).toEqual([]);
  });

  it('stays where it stands among the limits', () => {
    const limits = [
      { counter: 'x', window: 'hour', max: 9 },
      daily('a'),
      { counter: 'y', window: 'day', max: 9 },
    ];
    const document = { version: '1', default: 'deny', all_tools: { limits }, tools: {} } as unknown as Json;
    const counters = (next: Json) =>
      (next as { all_tools: { limits: { counter: string }[] } }).all_tools.limits.map(
        ({ counter }) => counter,
      );
    expect(counters(withBudget(document, { all: 7, atEnd: 'deny' }))).toEqual(['x', 'a', 'y']);
  });

  it.each<[string, object]>([
    ['two of one kind', { all_tools: { limits: [daily('a'), daily('b')] } }],
    ['one for each session', { all_tools: { limits: [{ ...daily('a'), scope: 'session' }] } }],
    ['one of a tool', { tools: { luma_generate_video: { limits: [daily('a')] } } }],
    [
      'ends that differ',
      { all_tools: { limits: [daily('a'), { ...daily('b'), scope: 'grant', when_reached: 'ask' }] } },
    ],
    ['more than the field knows', { all_tools: { limits: [{ ...daily('a'), increment: 2 }] } }],
  ])('is custom with %s', (_what, change) => {
    expect(budgetOf({ version: '1', default: 'deny', tools: {}, ...change } as unknown as Json)).toBe(
      'custom',
    );
  });
});

function daily(counter: string) {
  return { counter, window: 'day', max: 5, increment_from: 'cost', scope: 'all' };
}
