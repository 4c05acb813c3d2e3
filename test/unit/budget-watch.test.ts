import { expect, it } from 'vitest';
import { watchBudgets } from '../../main/api/budget-watch.ts';
import type { LimitCounter } from '../../shared/contract.ts';
import { createTestClock } from '../support/clock.ts';
import { silent } from '../support/log.ts';

const BUDGET: LimitCounter = {
  id: 'b',
  counter: 'daily budget',
  scope: 'all',
  server: 'luma',
  used: 0,
  max: 5,
  counts: 'cost',
  windowSeconds: 86_400,
  whenReached: 'deny',
  policyIds: ['p'],
};

function watch(used: number, change: Partial<LimitCounter> = {}) {
  const clock = createTestClock();
  const said: string[] = [];
  let counter = { ...BUDGET, ...change, used };
  let warned = 0;
  const moved = watchBudgets({
    clock,
    logger: silent,
    announcer: { say: ({ title, body }) => void said.push(`${title}. ${body}`) },
    counters: () => [counter],
    costUnit: () => '$',
    serverLabel: (id) => (id === 'luma' ? undefined : id),
    warned: () => {
      warned += 1;
    },
  });
  return {
    said,
    warned: () => warned,
    spent(amount: number) {
      counter = { ...counter, used: amount };
      moved();
      moved();
      clock.advance(1_000);
    },
  };
}

it('warns at 80 %, once for each time that it comes there', () => {
  const budget = watch(0);
  budget.spent(3.9);
  expect(budget.said).toEqual([]);
  budget.spent(4);
  budget.spent(4.4);
  budget.spent(5);
  expect(budget.said).toEqual([
    'A budget is nearly used up. All clients together: $4.00 of $5.00 in 24 hours, $1.00 left. Past it calls that cost are denied.',
  ]);
  budget.spent(1);
  budget.spent(4.8);
  expect(budget.said).toHaveLength(2);
  expect(budget.warned()).toBe(2);
});

it('says nothing at a start of what was so before, nor of limits in calls', () => {
  const near = watch(4.5);
  near.spent(4.9);
  expect(near.said).toEqual([]);
  const calls = watch(0, { counts: 'calls' });
  calls.spent(5);
  expect(calls.said).toEqual([]);
});

it('names the client, and says what becomes of calls', () => {
  const budget = watch(0, { scope: 'grant', client: { id: 'g', label: 'Claude' }, whenReached: 'ask' });
  budget.spent(5);
  expect(budget.said).toEqual([
    'A budget is used up. Claude: $5.00 of $5.00 in 24 hours, $0.00 left. Past it you are asked about each call.',
  ]);
});
