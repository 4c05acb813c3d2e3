/** What a person relies on is on the disk before it is told; a power failure does not take it back. */
import { expect, test } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import {
  allow,
  answer,
  type Bench,
  CAT,
  openBench,
  ruled,
  running,
  SECOND,
  SERVER,
  SERVERS,
  SOON,
  VIDEO,
} from './setup.ts';

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
async function ticket(
  { ask, admit, core, clock }: Bench,
  tool: string,
  args: Record<string, string | boolean>,
) {
  const asked = await ask(tool, args);
  clock.advance(45 * SECOND);
  core.gate.decide(asked.approvalId, allow);
  return async () => running(await admit(tool, args));
}

type Act = () => unknown;

const cases: [string, 'FULL' | 'NORMAL', (bench: Bench) => Act | Promise<Act>][] = [
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
        core.grants.create('Other', SERVERS),
  ],
  ['a used ticket', 'FULL', (bench) => ticket(bench, VIDEO, LOOP)],
  ['a used ticket of a call that only reads', 'FULL', (bench) => ticket(bench, READ, { task_id: 'asked' })],
  [
    'an end of an allowance',
    'FULL',
    ({ core, grant, clock }) => {
      const { id } = core.allowances.allow(
        { grantId: grant.id, server: SERVER, tool: VIDEO },
        { until: clock.now() + SECOND },
      );
      return () => core.allowances.revoke(id);
    },
  ],
  [
    'the answer to a question',
    'FULL',
    async ({ ask, core }) => {
      const { approvalId } = await ask(VIDEO, LOOP);
      return () => core.gate.decide(approvalId, { answer: 'deny', for: 'block-15m' });
    },
  ],
  [
    'the row of a call that spends',
    'FULL',
    ({ admit }) =>
      async () =>
        running(await admit(VIDEO)),
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
    async ({ admit }) => {
      const run = running(await admit(VIDEO));
      return () => answer(run);
    },
  ],
  [
    'the spend of two calls that end together',
    'FULL',
    async ({ admit }) => {
      const runs = [running(await admit(VIDEO)), running(await admit(VIDEO))];
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
      async () =>
        running(await admit(READ, { task_id: 't' })),
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
  const act = await arrange(bench);
  // The level stays what the last commit had: the other one, before it.
  database.transaction(() => {}, { flush: level === 'NORMAL' });
  await act();
  bench.clock.advance(SOON);
  expect(database.sql.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: level === 'FULL' ? 2 : 1 });
});
