import { expect, test } from 'vitest';
import { createViews } from '../../main/api/views.ts';
import { denials } from '../../main/gate/denials.ts';
import type { ApprovalRecord } from '../../main/ledger/approvals.ts';

const { approval } = createViews(
  { toWall: (at: number) => at, fromWall: (at: number) => at } as never,
  { inForce: () => undefined },
  { get: () => undefined },
);

function reasonOf(state: ApprovalRecord['state'], reason: string): string | undefined {
  const record: Partial<ApprovalRecord> = {
    state,
    reason,
    arguments: {},
    also: {},
    createdAt: 0,
    expiresAt: 1,
    signals: [],
  };
  return approval(record as ApprovalRecord, 'Client', { waiting: 0 }).reason;
}

test.each([
  ['expired', denials.expired(300_000).reason, 'You did not answer within 5 min.'],
  [
    'withdrawn',
    denials.left.reason,
    'The client cancelled the call or closed the connection while you were being asked.',
  ],
  [
    'withdrawn',
    denials.exchanged.reason,
    'You had Greenlight use another server while this call was waiting for you.',
  ],
  [
    'withdrawn',
    denials.removed.reason,
    'You removed this server from Greenlight while this call was waiting for you.',
  ],
] as const)('why a question is %s the person reads as what they did', (state, reason, words) => {
  expect(reasonOf(state, reason)).toBe(words);
});

test('what the person said stays as they said it', () => {
  expect(reasonOf('denied', 'The user of this file is the user')).toBe('The user of this file is the user');
});
