import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../shared/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['0s', 0],
  ])('reads %s as %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', 'm', '5 m', '-5m', '1.5h', '5M', '5min', '1h30m', '5m\n', '٥m', '9999999999s'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('formatDuration', () => {
  it.each([
    [0, '0 s'],
    [-5, '0 s'],
    [Number.NaN, '0 s'],
    [1, '1 s'],
    [45_000, '45 s'],
    [59_001, '1 min'],
    [60_000, '1 min'],
    [270_000, '4 min 30 s'],
    [3_599_500, '1 h'],
    [7_200_000, '2 h'],
    [7_201_000, '2 h 1 min'],
    [86_399_000, '1 d'],
    [90_000_000, '1 d 1 h'],
    [30 * 86_400_000, '30 d'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('never promises less than the time there is, and at most one smaller unit more', () => {
    const units = { d: 86_400_000, h: 3_600_000, min: 60_000, s: 1000 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 * 86_400_000 }), (ms) => {
        const text = formatDuration(ms);
        const shown = [...text.matchAll(/(\d+) (d|h|min|s)/g)].reduce(
          (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
          0,
        );
        expect(shown).toBeGreaterThanOrEqual(ms);
        expect(shown - ms).toBeLessThan(3_600_000);
      }),
    );
  });
});
