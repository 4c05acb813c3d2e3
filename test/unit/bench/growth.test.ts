import { expect, test } from 'vitest';
import { describeGrowth } from '../../bench/parts/growth.ts';

const SIZES = [0, 10, 100, 1_000];

test.each([
  ['the same', SIZES.map(() => 100), 'does not grow'],
  ['the same but for noise', [100, 92, 117, 109], 'does not grow'],
  ['each costs as much', SIZES.map((size) => 100 + size), '×11.0, 1000 µs for 1,000 rows; linearly'],
  [
    'each costs less',
    SIZES.map((size) => 100 + 10 * Math.sqrt(size * 10)),
    '×11.0, 1000 µs for 1,000 rows; slower than linearly',
  ],
  [
    'each costs more',
    SIZES.map((size) => 100 + size ** 2 / 100),
    '×101.0, 10000 µs for 1,000 rows; faster than linearly',
  ],
  ['noise before', [100, 99, 104, 150], '×1.5, 50 µs for 1,000 rows; seen only at the largest'],
  ['nothing', SIZES.map(() => Number.NaN), 'not measured'],
])('%s', (_, costs, said) => {
  expect(describeGrowth(SIZES, costs, 'rows')).toBe(said);
});
