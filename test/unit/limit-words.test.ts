import { expect, it } from 'vitest';
import { limitWords, standWords } from '../../shared/limit-words.ts';
import { momentWords } from '../../shared/when.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const TOMORROW = NOW + 20 * 3_600_000;
const budget = { max: 5, counts: 'cost', windowSeconds: 86_400 } as const;

it('a limit speaks with its unit, its window, what is left and when', () => {
  const freesAt = new Date(TOMORROW).toISOString();
  expect(standWords({ ...budget, used: 4.8, freesAt }, '$', NOW)).toBe(
    `$5.00 in 24 hours, $0.20 left, more free again ${momentWords(TOMORROW, NOW)}`,
  );
  expect(standWords({ ...budget, used: 5, freesAt }, '$', NOW)).toBe(
    `$5.00 in 24 hours, $0.00 left, free again ${momentWords(TOMORROW, NOW)}`,
  );
  expect(standWords({ ...budget, used: 5.4 }, '$', NOW)).toBe(
    '$5.00 in 24 hours, nothing left, $0.40 over it, the rest is held by open calls',
  );
  expect(standWords({ ...budget, used: 0 }, '$', NOW)).toBe('$5.00 in 24 hours, $5.00 left');
});

it.each([
  [{ max: 1, counts: 'calls', windowSeconds: 60 }, '1 call in 1 minute'],
  [{ max: 30, counts: 'calls', windowSeconds: 3600 }, '30 calls in 1 hour'],
  [{ max: 12, counts: 'cost', windowSeconds: 2_592_000 }, '12 credits in 30 days'],
  [{ max: 9, counts: 'argument', windowSeconds: 90 }, '9 in 1 min 30 s'],
] as const)('%j reads %s', (limit, words) => {
  expect(limitWords(limit, 'credits')).toBe(words);
});
