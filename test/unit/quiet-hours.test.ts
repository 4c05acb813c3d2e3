import { describe, expect, it } from 'vitest';
import { isTimeOfDay, quietAt } from '../../shared/quiet-hours.ts';

/** The local time on a day of November 2026, in ms. */
const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).getTime();
const night = { on: true, from: '22:00', to: '07:00' };

describe('quiet hours over midnight', () => {
  it.each([
    ['before', at(10, 21, 59), { from: at(10, 22) }],
    ['at their beginning', at(10, 22), { until: at(11, 7) }],
    ['before midnight', at(10, 23, 59), { until: at(11, 7) }],
    ['after midnight', at(11, 0), { until: at(11, 7) }],
    ['at their end', at(11, 7), { from: at(11, 22) }],
    ['on the last day of a month', at(30, 23), { until: at(31, 7) }],
  ])('%s', (_when, now, expected) => {
    expect(quietAt(night, now)).toEqual(expected);
  });
});

describe('quiet hours within a day', () => {
  const lunch = { on: true, from: '12:00', to: '13:30' };
  it.each([
    ['before', at(10, 11), { from: at(10, 12) }],
    ['within', at(10, 13, 29), { until: at(10, 13, 30) }],
    ['after', at(10, 13, 30), { from: at(11, 12) }],
  ])('%s', (_when, now, expected) => {
    expect(quietAt(lunch, now)).toEqual(expected);
  });
});

it('there are none where they are off, and where they end when they begin', () => {
  expect(quietAt({ ...night, on: false }, at(10, 23))).toBeUndefined();
  expect(quietAt({ on: true, from: '08:00', to: '08:00' }, at(10, 8))).toBeUndefined();
});

it.each([
  ['07:05', true],
  ['23:59', true],
  ['24:00', false],
  ['7:05', false],
  ['07:60', false],
  ['', false],
])('%j is a time of day: %s', (text, is) => {
  expect(isTimeOfDay(text)).toBe(is);
});
