import { afterEach, expect, test, vi } from 'vitest';
import { signalsOf } from '../../../main/gate/stands-out.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('of thousands of addresses only some are read, a webhook among them wherever it stands, and all count', () => {
  const read = vi.spyOn(URL, 'parse');
  const urls = Array.from({ length: 9000 }, (_, n) => `https://host${n}.example/`);
  const signals = signalsOf({
    arguments: { urls, callback_url: ' https://hook.example/' },
    also: {},
    cost: undefined,
    costUnit: '$',
    first: false,
  });
  expect(signals.map(({ text }) => text)).toEqual([
    'Sends the result to hook.example (callback_url)',
    ...Array.from({ length: 9 }, (_, n) => `Names an address at host${n}.example`),
    'Names 8991 more addresses; look through the arguments',
  ]);
  // Each takes microseconds, on the one thread that all clients share.
  expect(read.mock.calls.length).toBeLessThanOrEqual(500);
});
