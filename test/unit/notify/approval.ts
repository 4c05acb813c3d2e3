import type { AskedOnPhone } from '../../../main/notify/phone/phone.ts';
import type { Approval } from '../../../shared/contract.ts';

/** An approval that waits, with `members` instead of the usual ones. */
export function approvalOf(members: Partial<Approval & { on: string }>): Approval & { on?: string } {
  return {
    id: 'a1',
    state: 'pending',
    client: { id: 'c1', label: 'Claude' },
    server: 'luma',
    tool: 'luma_generate_video',
    arguments: { prompt: 'A cat in the rain' },
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-01T00:05:00.000Z',
    signals: [],
    policy: { id: 'p1', version: 1 },
    rule: '/default',
    waiting: 1,
    ticket: false,
    ...members,
  };
}

/** Likewise, as the phone is told of it. */
export function askedOnPhone(members: Partial<AskedOnPhone>): AskedOnPhone {
  return { ...approvalOf({}), digest: 'd1', expiresAt: Number.MAX_SAFE_INTEGER, ...members };
}
