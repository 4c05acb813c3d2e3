/** What is over is let go while Greenlight runs, not only when it starts: it may run for months. */
import { expect, test } from 'vitest';
import { openDatabase } from '../../../main/database/database.ts';
import { createGrants } from '../../../main/ledger/grants.ts';
import { createSessions } from '../../../main/ledger/sessions.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';
import { silent } from '../../support/log.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test('sessions, tasks, allowances and what was counted go, each at its time', async () => {
  const clock = createTestClock();
  const upstream = await startHttpUpstream();
  const greenlight = await startGreenlight({
    clock,
    upstream: upstream.url,
    policy: {
      version: '1',
      default: 'allow',
      all_tools: { limits: [{ counter: 'calls', window: 'month', max: 5, scope: 'session' }] },
      tools: {},
    },
  });
  try {
    const { core, grant } = greenlight;
    const client = await greenlight.connect();
    await client.callTool({ name: 'echo', arguments: {} });
    core.allowances.allow(
      { grantId: grant.id, server: 'luma', tool: 'echo' },
      { until: core.clock.now() + DAY },
    );
    core.database.sql
      .prepare('INSERT INTO tasks (task_id, grant_id, call_id, created_at) VALUES (?, ?, ?, ?)')
      .run('"a task"', grant.id, 'a call', core.clock.now());
    const left = () =>
      Object.fromEntries(
        ['sessions', 'tasks', 'allowances', 'quota_events'].map((table) => [
          table,
          // Of amounts, what they come to: they are merged as they age.
          core.database.sql
            .prepare(
              `SELECT ${table === 'quota_events' ? 'coalesce(sum(amount), 0)' : 'count(*)'} AS n FROM ${table}`,
            )
            .get()?.n,
        ]),
      );
    const pass = (days: number) => {
      // The machine sleeps, so that not every hour of it is lived through.
      clock.sleep(days * DAY);
      clock.advance(HOUR);
    };
    const after = (days: number) => {
      pass(days);
      return left();
    };
    expect(left()).toEqual({ sessions: 1, tasks: 1, allowances: 1, quota_events: 1 });
    expect(after(2)).toEqual({ sessions: 1, tasks: 1, allowances: 0, quota_events: 1 });
    // It counts still, though nothing of the counter was in memory.
    const four = await Promise.all(Array.from({ length: 4 }, () => client.callTool({ name: 'echo' })));
    expect(four.some(({ isError }) => isError)).toBe(false);
    expect(await client.callTool({ name: 'echo' })).toMatchObject({ isError: true });
    // In use 29 days later, so that it stays.
    pass(29);
    await client.listTools();
    expect(after(2)).toMatchObject({ sessions: 1, tasks: 1 });
    await client.close();
    expect(after(31)).toMatchObject({ sessions: 0, tasks: 1, quota_events: 5 });
    expect(after(30)).toMatchObject({ tasks: 0, quota_events: 5 });
    expect(after(300)).toMatchObject({ quota_events: 0 });
  } finally {
    await greenlight.stop();
    await upstream.close();
  }
});

test('a grant keeps a thousand sessions: the one that was unused for longest makes room', () => {
  const clock = createTestClock();
  const database = openDatabase(`${temporaryFolder()}/greenlight.db`);
  const sessions = createSessions(database, clock);
  const grants = createGrants(database, clock, silent);
  const { id: mine } = grants.create('Mine').grant;
  const { id: other } = grants.create('Other').grant;
  const session = (grantId: string) => ({
    server: 'luma',
    grantId,
    clientName: undefined,
    clientVersion: undefined,
  });
  sessions.open('theirs', session(other));
  for (let n = 0; n < 1000; n += 1) {
    clock.advance(1);
    sessions.open(`${n}`, session(mine));
  }
  clock.advance(1);
  expect(sessions.find('luma', '0', mine)).toBeDefined();
  sessions.open('1000', session(mine));
  expect(['0', '1', '2', '1000'].map((id) => sessions.find('luma', id, mine) !== undefined)).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect(sessions.find('luma', 'theirs', other)).toBeDefined();
  expect(database.sql.prepare('SELECT count(*) AS rows FROM sessions').get()?.rows).toBe(1001);
  database.close();
});
