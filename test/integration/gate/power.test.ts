/** What a person relies on is on the disk before it is told; a power failure does not take it back. */
import { expect, test } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { allow, answer, type Bench, CAT, openBench, ruled, running, SECOND, VIDEO } from './setup.ts';

const LOOP = { ...CAT, loop: true };
const READ = 'luma_get_task';
const document: Json = {
  version: '1',
  default: 'allow',
  costs: { [VIDEO]: 0.4 },
  tools: {
    [VIDEO]: {
      require_approval: { when: [{ path: 'args.loop', op: 'eq', value: true }] },
      limits: [{ counter: 'spend', window: 'day', max: 10, increment_from: 'cost' }],
    },
    [READ]: { require_approval: { when: [{ path: 'args.task_id', op: 'eq', value: 'asked' }] } },
  },
};

/** Hands out a ticket for a call of `tool`; what is returned has the agent call again. */
function ticket({ ask, admit, core, clock }: Bench, tool: string, args: Record<string, string | boolean>) {
  const asked = ask(tool, args);
  clock.advance(45 * SECOND);
  core.gate.decide(asked.approvalId, allow);
  return () => running(admit(tool, args));
}

const cases: [string, 'FULL' | 'NORMAL', (bench: Bench) => () => unknown][] = [
  [
    'a revocation',
    'FULL',
    ({ core, grant }) =>
      () =>
        core.grants.revoke(grant.id),
  ],
  [
    'a rotated token',
    'FULL',
    ({ core, grant }) =>
      () =>
        core.grants.rotate(grant.id),
  ],
  [
    'a new client',
    'FULL',
    ({ core }) =>
      () =>
        core.grants.create('Other', undefined),
  ],
  ['a used ticket', 'FULL', (bench) => ticket(bench, VIDEO, LOOP)],
  ['a used ticket of a call that only reads', 'FULL', (bench) => ticket(bench, READ, { task_id: 'asked' })],
  [
    'an end of an allowance',
    'FULL',
    ({ core, grant, clock }) => {
      const { id } = core.allowances.allow(grant.id, VIDEO, { until: clock.now() + SECOND });
      return () => core.allowances.revoke(id);
    },
  ],
  [
    'the answer to a question',
    'FULL',
    ({ ask, core }) => {
      const { approvalId } = ask(VIDEO, LOOP);
      return () => core.gate.decide(approvalId, { answer: 'deny', for: 'block-15m' });
    },
  ],
  [
    'the row of a call that spends',
    'FULL',
    ({ admit }) =>
      () =>
        running(admit(VIDEO)),
  ],
  [
    'the row of a call of a tool that nobody knows',
    'FULL',
    ({ admit }) =>
      () =>
        admit('other'),
  ],
  [
    'settled spend',
    'FULL',
    ({ admit }) => {
      const run = running(admit(VIDEO));
      return () => answer(run);
    },
  ],
  [
    'the spend of two calls that end together',
    'FULL',
    ({ admit }) => {
      const runs = [running(admit(VIDEO)), running(admit(VIDEO))];
      return () => {
        for (const run of runs) answer(run);
      };
    },
  ],
  ['a policy', 'FULL', (bench) => () => bench.policy(ruled({}))],
  [
    'the row of a call that only reads',
    'NORMAL',
    ({ admit }) =>
      () =>
        running(admit(READ, { task_id: 't' })),
  ],
  [
    'when a client was last used',
    'NORMAL',
    ({ core, grant }) =>
      () =>
        core.grants.seen(grant.id),
  ],
];

test.each(cases)('%s is committed with synchronous = %s', async (_, level, arrange) => {
  const bench = await openBench(document);
  const { database } = bench.core;
  const act = arrange(bench);
  // The level stays what the last commit had: the other one, before it.
  database.transaction(() => {}, { flush: level === 'NORMAL' });
  act();
  expect(database.sql.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: level === 'FULL' ? 2 : 1 });
});
