import { describe, expect, it } from 'vitest';
import {
  dailyLimits,
  limitsOverAll,
  limitWords,
  overallLimit,
} from '../../../renderer/videos/daily-limits.ts';
import { everyDay } from '../../../renderer/videos/days.ts';
import { filterPath, filterQuery, readFilter, type VideoFilter } from '../../../renderer/videos/filter.ts';
import { presets } from '../../../shared/policy/index.ts';

describe('the days of the charts', () => {
  it('are the last thirty, those without calls as zero', () => {
    const today = new Date(2026, 10, 22, 9).getTime();
    const days = everyDay([{ day: '2026-11-20', calls: 3, cost: 1.2 }], today);
    expect(days).toHaveLength(30);
    expect(days.at(-1)).toEqual({ day: '2026-11-22', calls: 0, cost: 0 });
    expect(days.at(-3)).toEqual({ day: '2026-11-20', calls: 3, cost: 1.2 });
    expect(days[0]?.day).toBe('2026-10-24');
  });

  it('name each day once, also where a clock change makes one longer', () => {
    const days = everyDay([], new Date(2026, 10, 5, 0, 30).getTime());
    expect(new Set(days.map(({ day }) => day)).size).toBe(30);
  });
});

describe('the daily limits of a policy', () => {
  it('are found in the preset with a budget', () => {
    const budget = presets.find(({ id }) => id === 'autopilot-on-a-budget')?.document ?? {};
    const limits = dailyLimits(budget as never);
    expect(limits).toEqual([{ counts: 'cost', max: 4, scope: 'all', counter: 'spend' }]);
    expect(overallLimit(limits, 'cost', ['all'])).toBe(4);
    expect(overallLimit(limits, 'calls', ['all'])).toBeUndefined();
  });

  it('are those over a day that count calls or cost, each call as often as it counts', () => {
    const limit = (more: object) => ({ counter: 'c', window: 'day', max: 10, ...more });
    const document = {
      all_tools: {
        limits: [limit({ scope: 'all' }), limit({ window: 'hour' }), limit({ increment_from: 'args.n' })],
      },
      tools: {
        luma_generate_video: {
          limits: [
            limit({ window: 86_400, increment: 4 }),
            limit({ increment_from: 'cost', scope: 'session' }),
          ],
        },
      },
    };
    expect(dailyLimits(document)).toEqual([
      { counts: 'calls', max: 10, scope: 'all', counter: 'c' },
      { counts: 'calls', max: 2, scope: 'grant', counter: 'c', tool: 'luma_generate_video' },
      { counts: 'cost', max: 10, scope: 'session', counter: 'c', tool: 'luma_generate_video' },
    ]);
  });

  it('hold the chart against the smallest that is on everything', () => {
    const limits = dailyLimits({
      all_tools: {
        limits: [20, 8, 3].map((max, index) => ({
          counter: 'c',
          window: 'day',
          max,
          scope: index === 2 ? 'grant' : 'all',
        })),
      },
      tools: {},
    });
    expect(overallLimit(limits, 'calls', ['all'])).toBe(8);
  });

  it('are over all servers where the policy of each has them; others say nothing of the sum', () => {
    const policy = (...limits: object[]) => ({
      all_tools: { limits: limits.map((limit) => ({ window: 'day', increment_from: 'cost', ...limit })) },
      tools: {},
    });
    const together = { counter: 'all servers', scope: 'everywhere', max: 20 };
    const own = { counter: 'own', scope: 'all', max: 5 };
    const some = { counter: 'some', scope: 'everywhere', max: 2 };
    const shared = limitsOverAll([policy(own, together, some), policy(together), policy(own, together)]);
    expect(shared).toEqual([{ counts: 'cost', ...together }]);
    expect(overallLimit(shared, 'cost', ['everywhere'])).toBe(20);
    // Of one server alone it is not the line.
    expect(overallLimit(dailyLimits(policy(own, { ...together, max: 1 })), 'cost', ['all'])).toBe(5);
    expect(limitsOverAll([policy(together), policy({ ...together, max: 30 })])).toEqual([]);
    expect(limitsOverAll([])).toEqual([]);
  });

  it('are none in a document that is not valid', () => {
    expect(dailyLimits(null)).toEqual([]);
    expect(dailyLimits({ all_tools: { limits: 'many' }, tools: [] })).toEqual([]);
  });

  it('read as sentences', () => {
    const cost = (amount: number) => `$${amount.toFixed(2)}`;
    expect(limitWords({ counts: 'cost', max: 4, scope: 'all', counter: 'c' }, cost)).toBe(
      'At most $4.00 in any 24 hours, all clients together.',
    );
    expect(
      limitWords({ counts: 'calls', max: 1, scope: 'grant', counter: 'c', tool: 'luma_get_task' }, cost),
    ).toBe('At most 1 call in any 24 hours, each client, for “Look up a video”.');
  });
});

describe('which videos are shown', () => {
  it.each<VideoFilter>([
    {},
    { client: 'g1', text: 'a & b', cost: '0,40', sort: 'dearest' },
    { day: '2026-11-22' },
  ])('is read back from the address as it was written: %j', (filter) => {
    expect(readFilter(filterPath(filter))).toEqual(filter);
  });

  it('is all where the address is not understood', () => {
    expect(readFilter(['day', '2026-13-45', 'cost', 'much', 'sort', 'oldest', 'text'])).toEqual({});
  });

  it('is asked for as local days, and amounts as people write them', () => {
    expect(filterQuery({ day: '2026-11-22', cost: '0,40', text: ' cat ' })).toEqual({
      since: new Date(2026, 10, 22).toISOString(),
      until: new Date(2026, 10, 23).toISOString(),
      minCost: 0.4,
      text: 'cat',
    });
  });
});
