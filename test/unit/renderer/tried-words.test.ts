import { expect, it } from 'vitest';
import { triedWords } from '../../../renderer/feed/tried-words.ts';
import type { RehearsedGroup, Result } from '../../../shared/contract.ts';

const group = (would: RehearsedGroup['would'], calls: number, cost = 0): RehearsedGroup => ({
  ...{ would, calls, cost, asked: true, ran: true, newest: [] },
});
const rehearsed = (...groups: RehearsedGroup[]): Result<'policies.rehearse'> => ({
  calls: groups.reduce((total, { calls }) => total + calls, 0),
  groups,
});

it('says what would have been otherwise, and nothing else', () => {
  const before = rehearsed(group('ask', 12, 4.8), group('allow', 3));
  const tried = (...after: RehearsedGroup[]) => triedWords(before, rehearsed(...after), '$');
  expect(tried(group('allow', 15, 4.8))).toBe('In the last 7 days, 12 calls ($4.80) more would have passed.');
  expect(tried(group('ask', 11, 4.4), group('deny', 1, 0.4), group('allow', 3))).toBe(
    'In the last 7 days, 1 call ($0.40) more would have been denied.',
  );
  expect(triedWords(before, before, '$')).toBe('In the last 7 days, nothing would have been otherwise.');
  expect(triedWords(rehearsed(), rehearsed(), '$')).toBe(
    'In the last 7 days there was no call to try it with.',
  );
  expect(triedWords(before, { ...rehearsed(group('allow', 2), group('ask', 13)), cut: true }, '$')).toBe(
    'Of the newest 15 calls, 1 call more would have been asked about.',
  );
});
