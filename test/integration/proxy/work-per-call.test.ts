/**
 * What a call costs does not grow with what is remembered, as far as that can be counted: statements of SQLite, and
 * how each finds its rows. How long they take is the bench's (`npm run bench:growth`).
 */
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from '../../../main/api/api.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { seedActivity } from '../../bench/seed-activity.ts';
import { connectOf } from '../../support/connect.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { addServer, connectTo, useServers } from '../../support/servers.ts';

const RUNS = ['run', 'get', 'all', 'iterate'] as const;

/** The text of each statement that runs while `work` does, in order. */
async function statementsDuring(work: () => Promise<void>): Promise<string[]> {
  const found: string[] = [];
  const originals = RUNS.map((name) => StatementSync.prototype[name]);
  for (const [at, name] of RUNS.entries()) {
    const original = originals[at] as (...args: unknown[]) => unknown;
    Object.assign(StatementSync.prototype, {
      [name](this: StatementSync, ...args: unknown[]) {
        found.push(this.sourceSQL);
        return original.apply(this, args);
      },
    });
  }
  try {
    await work();
  } finally {
    for (const [at, name] of RUNS.entries())
      Object.assign(StatementSync.prototype, { [name]: originals[at] });
  }
  return found;
}

function policy(conditions: number): JsonObject {
  const limits = [{ counter: 'calls', window: 'day', max: 1_000_000 }];
  const deny = Array.from({ length: conditions }, (_, at) => ({
    path: 'args.prompt',
    op: 'eq',
    value: `${at}`,
  }));
  return {
    version: '1',
    default: 'deny',
    all_tools: { limits },
    tools: { luma_generate_video: { deny_if: deny, limits }, luma_get_task: { limits } },
  };
}

/** So many calls of each kind, one after the other, on a connection of their own. */
async function call(greenlight: TestGreenlight, times: number, on?: Client): Promise<void> {
  const client = on ?? (await greenlight.connect());
  for (let at = 0; at < times; at++) {
    const { isError } = await client.callTool({
      name: 'luma_generate_video',
      arguments: { prompt: `A paper boat, take ${at}` },
    });
    if (isError) throw new Error('The call was denied.');
    await client.callTool({ name: 'luma_get_task', arguments: { task_id: 'none' } });
  }
}

const TIMES = 20;

describe('the work of a call', () => {
  const folder = folderOfSuite();
  let small: TestGreenlight;
  let large: TestGreenlight;
  /** Statements that the calls ran in each. */
  let inSmall: string[];
  let inLarge: string[];

  beforeAll(async () => {
    small = await startGreenlight({ policy: policy(1) });
    const dataDir = join(folder(), 'data');
    seedActivity(dataDir, 2_000);
    // A seeded log was written by nobody who had its keys: it is blocked until somebody chooses.
    large = await startGreenlight({
      dataDir,
      policy: policy(200),
      settings: { guard: { mode: 'policy' } },
    });
    for (let at = 0; at < 200; at++) large.core.grants.create(`Client ${at}`);
    // What a first call reads once, and what has counted toward the limits.
    await call(small, 1);
    await call(large, 5 * TIMES);
    inSmall = await statementsDuring(() => call(small, TIMES));
    inLarge = await statementsDuring(() => call(large, TIMES));
  });
  afterAll(async () => {
    await small.stop();
    await large.stop();
  });

  test('takes no more statements with a long log, many grants and rules, and full counters', () => {
    expect(inSmall.length).toBeGreaterThan(TIMES);
    // A write that is put off may fall into one or the other.
    expect(inLarge.length).toBeLessThan(inSmall.length * 1.2);
  });

  test('takes as many for the last call as for the first', async () => {
    const more = await statementsDuring(() => call(large, 3 * TIMES));
    expect(more.length).toBeLessThan(inLarge.length * 3 * 1.2);
  });

  test('takes no more statements while a window is open', async () => {
    const told: string[] = [];
    const close = createApi(large.core, 'browser', connectOf(large.core, folder())).subscribe((event) =>
      told.push(event),
    );
    const open = await statementsDuring(() => call(large, TIMES));
    // Row by row, or, where they are many, that there are.
    await expect.poll(() => told).toContainEqual(expect.stringMatching(/^(activity|changed)$/));
    close();
    expect(open.length).toBeLessThan(inLarge.length * 1.2);
  });

  test('takes no more statements at the last of ten servers than at luma', async () => {
    const ids = Array.from({ length: 9 }, (_, at) => `server-${at}`);
    for (const id of ids)
      await addServer(large, id, { kind: 'sandbox' }, { policy: { ...policy(200), server: id } });
    useServers(large, large.grant, 'luma', ...ids);
    const client = await connectTo(large, 'server-8', large.token);
    await call(large, 1, client);
    const there = await statementsDuring(() => call(large, TIMES, client));
    expect(there.length).toBeLessThan(inLarge.length * 1.2);
    expect(there.join()).toContain('activity');
  });

  test('finds every row by an index: no statement looks through a table', () => {
    using database = new DatabaseSync(join(large.dataDir, 'greenlight.db'), { readOnly: true });
    database.function('turn_seal', { varargs: true }, () => null);
    const plans = [...new Set(inLarge)]
      .filter((sql) => !/^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)\b/i.test(sql))
      .map((sql) => ({ sql, steps: database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() }));
    expect(plans.length).toBeGreaterThan(3);
    // The first row in the order of the table is found at once.
    const first = (sql: string, steps: { detail?: unknown }[]) =>
      / LIMIT 1$/.test(sql) && !steps.some(({ detail }) => /TEMP B-TREE/.test(`${detail}`));
    const scans = plans.filter(
      ({ sql, steps }) => !first(sql, steps) && steps.some(({ detail }) => /^SCAN /.test(`${detail}`)),
    );
    expect(scans).toEqual([]);
  });
});
