/** The log has an end: what is too old or too much is pruned, and what is left verifies. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../main/database/database.ts';
import { createActivity } from '../../../main/ledger/activity.ts';
import { createAnchor } from '../../../main/ledger/anchor.ts';
import { createLogReader } from '../../../main/ledger/log-reader.ts';
import { createRetention, type Keep } from '../../../main/ledger/retention.ts';
import { seedActivity } from '../../bench/seed-activity.ts';
import { askedCall } from '../../support/calls.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';
import { silent } from '../../support/log.ts';
import { skipUnless } from '../../support/skip.ts';
import { allow, answer, type Bench, HOLD, MINUTE, openBench, running, SOON, VIDEO } from '../gate/setup.ts';

const DAY = 24 * 60 * MINUTE;
const MIB = 1024 * 1024;
const open = { version: '1', default: 'allow', tools: { [VIDEO]: { require_approval: true } } } as const;

/** When pruning begins, a second after a look (ms): the settings were changed, which is looked at 10 ms later. */
const FIRST_LOOK = MINUTE - 1000 + 10;

/** A log in a file of its own, with what prunes it. */
function openLog(directory: string, keep: Keep) {
  const path = join(directory, 'greenlight.db');
  const database = openDatabase(path);
  const machine = createTestClock(Date.now());
  const clock = { ...machine, toWall: (at: number) => at, fromWall: (at: number) => at, wallGained: () => 0 };
  const anchor = createAnchor(database);
  const log = createLogReader(path, silent);
  const activity = createActivity(database, { time: clock, logger: silent, log, anchor });
  let slices = 0;
  const counting = {
    ...database,
    transaction: ((work, options) => {
      slices += 1;
      return database.transaction(work, options);
    }) as typeof database.transaction,
  };
  const retention = createRetention({
    database: counting,
    clock,
    logger: silent,
    anchor,
    keep: () => keep,
    verifying: activity.verifying,
  });
  let closed = false;
  const close = () => {
    retention.stop();
    if (!closed) database.close();
    closed = true;
  };
  onTestFinished(close);
  onTestFinished(log.close);
  const count = () => Number(database.sql.prepare('SELECT count(*) AS n FROM activity').get()?.n);
  /** What a file takes on the disk. */
  const size = () => statSync(path).size + (existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0);
  return { path, database, clock, anchor, activity, retention, close, count, size, slices: () => slices };
}

function seeded(count: number): string {
  const directory = temporaryFolder();
  seedActivity(directory, count);
  return directory;
}

async function makeCalls({ admit, clock }: Bench, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) answer(running(await admit('luma_list_actions', {})));
  clock.advance(SOON);
}

/** Calls that are old enough to go, and two that are not. */
async function openOld(calls = 500): Promise<Bench> {
  const bench = await openBench(open);
  const { core, clock } = bench;
  core.settings.set({
    ...core.settings.get(),
    activity: { ...core.settings.get().activity, keepFor: '90 days' },
  });
  await makeCalls(bench, calls);
  clock.advance(1000);
  clock.sleep(91 * DAY);
  await makeCalls(bench, 2);
  return bench;
}

const anchorOf = ({ core }: Bench) => core.database.sql.prepare('SELECT * FROM log_anchor').get();

describe('by size', () => {
  test('the oldest calls go until what is used fits, and the file gets smaller', async () => {
    const directory = seeded(8_000);
    const { clock, count, activity, retention, size, close, path, anchor } = openLog(directory, {
      keepFor: 'for ever',
      atMost: 2,
    });
    const before = size();
    expect(before).toBeGreaterThan(4 * MIB);
    clock.advance(5 * MINUTE);
    expect(retention.used().bytes).toBeLessThanOrEqual(2 * MIB);
    expect(retention.used().bytes).toBeGreaterThan(1.5 * MIB);
    const kept = count();
    expect(kept).toBeGreaterThan(1_000);
    expect(await activity.verify()).toEqual({ valid: true, rows: kept, from: retention.used().from });
    expect(anchor.get().seq).toBe(8_000 - kept);
    close();
    expect(statSync(path).size).toBeLessThanOrEqual(2.2 * MIB);
  });

  test('where one call is larger than all that may be used, it alone is left, and numbers go on', async () => {
    const directory = seeded(300);
    const log = openLog(directory, { keepFor: 'for ever', atMost: 1 });
    const at = Date.now();
    const decision = { outcome: 'denied', rule: '', forwarded: false } as const;
    log.activity.open(
      askedCall({ id: 'large', at, arguments: JSON.stringify('x'.repeat(2 * MIB)) }),
      decision,
    );
    log.clock.advance(2 * MINUTE);
    expect(log.count()).toBe(1);
    expect(() => log.activity.complete('seed-1', { result: 'ok' })).toThrow('no call');
    log.activity.open(askedCall({ id: 'next', at }), decision);
    log.clock.advance(2 * MINUTE);
    expect(log.database.sql.prepare('SELECT seq, id FROM activity').all()).toEqual([
      { seq: 302, id: 'next' },
    ]);
    expect(await log.activity.verify()).toMatchObject({ valid: true, rows: 1 });
    log.close();
    expect(statSync(log.path).size).toBeLessThan(MIB);
    const again = openLog(directory, { keepFor: 'for ever', atMost: 1 });
    again.activity.open(askedCall({ id: 'after', at }), decision);
    expect(again.database.sql.prepare('SELECT max(seq) AS seq FROM activity').get()).toEqual({ seq: 303 });
    expect(await again.activity.verify()).toMatchObject({ valid: true, rows: 2 });
  });

  test('takes twice as many slices for twice as many calls', () => {
    const slices = [4_000, 8_000].map((count) => {
      const log = openLog(seeded(count), { keepFor: 'for ever', atMost: 0 });
      log.clock.advance(10 * MINUTE);
      expect(log.count()).toBe(1);
      return log.slices();
    }) as [number, number];
    expect(slices[1] / slices[0]).toBeGreaterThan(1.7);
    expect(slices[1] / slices[0]).toBeLessThan(2.3);
  });

  test('calls that all ended after the last of them was asked go too', async () => {
    const bench = await openBench(open);
    const calls = await Promise.all(Array.from({ length: 700 }, () => bench.admit('luma_list_actions', {})));
    for (const call of calls) answer(running(call));
    bench.clock.advance(1000);
    bench.clock.sleep(366 * DAY);
    await makeCalls(bench, 1);
    bench.clock.advance(2 * MINUTE);
    expect(bench.rows().map(({ seq }) => seq)).toEqual([701]);
    expect(await bench.core.activity.verify()).toMatchObject({ valid: true, rows: 1 });
  });
});

describe('by age', () => {
  test('older calls go with their answers, what is newer stays, and calls go on', async () => {
    const bench = await openBench(open);
    const { core, clock, ask, rows } = bench;
    core.gate.decide((await ask(VIDEO)).approvalId, { answer: 'deny', for: 'once' });
    await makeCalls(bench, 300);
    clock.advance(1000);
    clock.sleep(366 * DAY);
    await makeCalls(bench, 2);
    clock.advance(FIRST_LOOK);
    expect(anchorOf(bench)?.seq).toBeGreaterThan(0);
    expect(rows().length).toBeGreaterThan(2);
    await makeCalls(bench, 3);
    expect(await core.activity.verify()).toMatchObject({ valid: true, rows: rows().length });
    clock.advance(MINUTE);
    expect(rows().map(({ seq }) => seq)).toEqual([302, 303, 304, 305, 306]);
    expect(core.database.sql.prepare('SELECT * FROM approvals').all()).toEqual([]);
    expect(await core.activity.verify()).toMatchObject({ valid: true, rows: 5, from: rows()[0]?.at });
    expect(core.problems).toEqual([]);
    const again = await bench.restart();
    expect(again.core.problems).toEqual([]);
    expect(await again.core.activity.verify()).toMatchObject({ valid: true, rows: 5 });
  });

  test('what is not finished stays, and all that came after it', async () => {
    const bench = await openBench(open);
    await makeCalls(bench, 10);
    const run = running(await bench.admit('luma_list_actions', {}));
    await makeCalls(bench, 10);
    bench.clock.sleep(400 * DAY);
    await makeCalls(bench, 1);
    bench.clock.advance(2 * MINUTE);
    expect(bench.rows()[0]?.seq).toBe(11);
    answer(run);
    bench.clock.advance(2 * MINUTE);
    expect(bench.rows().map(({ seq }) => seq)).toEqual([22]);
    expect(await bench.core.activity.verify()).toMatchObject({ valid: true, rows: 1 });
  });

  test('a kill between two slices leaves a log that verifies, and pruning goes on', async () => {
    const bench = await openOld();
    bench.clock.advance(FIRST_LOOK - 10);
    const crashes: Bench[] = [];
    for (let step = 0; step < 3; step += 1) {
      bench.clock.advance(10);
      crashes.push(await bench.crash());
    }
    for (const crashed of crashes) {
      expect(crashed.rows().length).toBeGreaterThan(100);
      expect(crashed.core.problems).toEqual([]);
      expect(crashed.rows()[0]?.seq).toBe(Number(anchorOf(crashed)?.seq) + 1);
      expect(await crashed.core.activity.verify()).toMatchObject({
        valid: true,
        rows: crashed.rows().length,
      });
    }
    bench.clock.advance(2 * MINUTE);
    for (const crashed of crashes) {
      expect(crashed.rows().map(({ seq }) => seq)).toEqual([501, 502]);
      expect(await crashed.core.activity.verify()).toMatchObject({ valid: true, rows: 2 });
    }
  });

  test('waits while the log is verified', async () => {
    const bench = await openOld();
    const verifying = bench.core.activity.verify();
    bench.clock.advance(2 * MINUTE);
    expect(bench.rows()).toHaveLength(502);
    expect(await verifying).toEqual({ valid: true, rows: 502 });
    bench.clock.advance(2 * MINUTE);
    expect(bench.rows()).toHaveLength(2);
  });
});

/** Has the log of `bench` be too large, whatever is in it. */
function tooLarge({ core }: Bench): void {
  const { get } = core.settings;
  core.settings.get = () => ({ ...get(), activity: { ...get().activity, atMost: 0 as 256 } });
}

describe('what may still run', () => {
  const patient = { ...open, tools: { [VIDEO]: { require_approval: { timeout: '24h' } } } };
  const isKept = ({ core, rows }: Bench, approvalId: string) => ({
    approval: core.database.sql.prepare('SELECT state FROM approvals WHERE id = ?').get(approvalId)?.state,
    rows: rows().filter((row) => row.approval_id === approvalId).length,
  });

  test.each([
    ['age', (bench: Bench) => bench.clock.sleep(400 * DAY)],
    ['size', tooLarge],
  ])('stays in the log that is pruned by %s: an approval that waits', async (_, time) => {
    const bench = await openBench(patient);
    await makeCalls(bench, 5);
    const { approvalId } = await bench.ask(VIDEO);
    bench.clock.advance(HOLD);
    await makeCalls(bench, 5);
    time(bench);
    // Before anybody notices that the machine slept, and ends it.
    bench.core.retention.look();
    bench.clock.advance(100);
    expect(bench.rows().map(({ seq }) => seq)).toEqual([6, 7, 8, 9, 10, 11]);
    expect(isKept(bench, approvalId)).toEqual({ approval: 'pending', rows: 1 });
    expect(await bench.core.activity.verify()).toMatchObject({ valid: true, rows: 6 });
  });

  test('stays in the log that is pruned by size: a ticket, which still works once; then its calls go', async () => {
    const bench = await openBench(patient);
    tooLarge(bench);
    const { approvalId } = await bench.ask(VIDEO);
    bench.clock.advance(HOLD);
    // Asked long before the calls that are kept, had it not stayed itself.
    bench.clock.sleep(23 * 60 * MINUTE);
    bench.core.gate.decide(approvalId, allow);
    await makeCalls(bench, 5);
    bench.clock.advance(2 * MINUTE);
    expect(isKept(bench, approvalId)).toEqual({ approval: 'allowed', rows: 1 });
    const next = await bench.crash();
    tooLarge(next);
    next.clock.advance(2 * MINUTE);
    expect(isKept(next, approvalId)).toEqual({ approval: 'allowed', rows: 1 });
    answer(running(await next.admit(VIDEO)));
    expect((await next.admit(VIDEO)).kind).toBe('wait');
    next.clock.advance(2 * MINUTE);
    expect(isKept(next, approvalId)).toMatchObject({ rows: 0 });
    expect(await next.core.activity.verify()).toMatchObject({ valid: true, rows: next.rows().length });
  });

  test('a ticket stays where others changed what the log says of its call', async () => {
    const bench = await openBench(patient);
    const { approvalId } = await bench.ask(VIDEO);
    bench.clock.advance(HOLD);
    bench.clock.sleep(DAY - 3 * MINUTE);
    bench.core.gate.decide(approvalId, allow);
    bench.core.database.sql.exec('UPDATE activity SET approval_id = NULL WHERE seq = 1');
    tooLarge(bench);
    bench.clock.sleep(6 * MINUTE);
    await makeCalls(bench, 2);
    bench.clock.advance(2 * MINUTE);
    expect(bench.rows().map(({ seq }) => seq)).toEqual([3]);
    expect(isKept(bench, approvalId)).toEqual({ approval: 'allowed', rows: 0 });
    running(await bench.admit(VIDEO));
  });
});

test('what is under way ends as ever where all before it was pruned, also after a kill', async () => {
  const bench = await openBench(open);
  await makeCalls(bench, 10);
  running(await bench.admit('luma_list_actions', {}));
  bench.clock.sleep(400 * DAY);
  await makeCalls(bench, 1);
  bench.clock.advance(2 * MINUTE);
  expect(bench.rows().map(({ seq }) => seq)).toEqual([11, 12]);
  const next = await bench.crash();
  expect(next.core.problems).toEqual([]);
  expect(next.rows()).toMatchObject([{ seq: 11, result: 'interrupted' }, { seq: 12 }]);
});

describe('what will never end', () => {
  /** Everything is old; a new call in each of `benches`, and all that may go has gone. */
  async function makeOld(...benches: [Bench, ...Bench[]]): Promise<void> {
    const [{ clock }] = benches;
    clock.sleep(400 * DAY);
    for (const bench of benches) await bench.admit('luma_list_actions', {});
    clock.advance(2 * MINUTE);
  }

  test('a call that waited for an approval that others changed goes in its time', async () => {
    const bench = await openBench(open);
    const { approvalId } = await bench.ask(VIDEO);
    bench.clock.advance(HOLD);
    const next = await bench.crash((sql) =>
      sql.exec("UPDATE approvals SET state = 'allowed', ticket_until = 9000000000000000"),
    );
    expect(next.approval(approvalId).state).toBe('interrupted');
    expect(next.rows()).toMatchObject([{ outcome: 'waiting' }]);
    await makeOld(next);
    expect(next.rows()).toMatchObject([{ seq: 2 }]);
    expect(await next.core.activity.verify()).toMatchObject({ valid: true, rows: 1 });
  });

  test('so does one that an earlier version never told of the answer', () => {
    const log = openLog(temporaryFolder(), { keepFor: '90 days', atMost: 256 });
    const at = log.clock.now();
    const waiting = { outcome: 'waiting', rule: '', approvalId: 'over', forwarded: false } as const;
    log.activity.open(askedCall({ id: 'told', at }), waiting);
    log.clock.sleep(91 * DAY);
    const denied = { outcome: 'denied', rule: '', forwarded: false } as const;
    log.activity.open(askedCall({ id: 'new', at: log.clock.now() }), denied);
    log.clock.advance(2 * MINUTE);
    expect(log.database.sql.prepare('SELECT id FROM activity').all()).toEqual([{ id: 'new' }]);
  });

  test.each([
    ['waits', "UPDATE activity SET outcome = 'pending' WHERE seq = 3"],
    ['is under way', 'UPDATE activity SET result = NULL WHERE seq = 3'],
  ])('so does one of which others say that it %s', async (_, change) => {
    const bench = await openBench(open);
    await makeCalls(bench, 5);
    // Noted as finished, or not: a start looks for it, or does not.
    const noted = await (await bench.crash()).crash((sql) => sql.exec(change));
    const found = await bench.crash((sql) => sql.exec(change));
    expect(found.core.problems.map(({ message }) => message).join()).toContain('the row 3');
    for (const next of [noted, found]) {
      expect(next.rows()).toHaveLength(5);
      expect(await next.core.activity.verify()).toMatchObject({ valid: false });
    }
    await makeOld(noted, found);
    for (const next of [noted, found]) {
      expect(next.rows()).toMatchObject([{ seq: 6 }]);
      expect(await next.core.activity.verify()).toMatchObject({ valid: true, rows: 1 });
    }
  });
});

describe('what goes with the calls of its time', () => {
  const video = (taskId: string) => JSON.stringify({ task_id: taskId, state: 'pending' });

  test('videos: those of kept calls stay', async () => {
    const bench = await openBench({ version: '1', default: 'allow', tools: {} });
    const { core, clock } = bench;
    const videos = () => core.database.sql.prepare('SELECT task_id FROM videos ORDER BY created_at').all();
    core.settings.set({
      ...core.settings.get(),
      activity: { ...core.settings.get().activity, keepFor: '90 days' },
    });
    for (const taskId of ['old', 'kept', 'new']) {
      answer(running(await bench.admit(VIDEO)), video(taskId));
      clock.advance(SOON);
      clock.sleep(50 * DAY);
    }
    expect(videos()).toEqual([{ task_id: 'old' }, { task_id: 'kept' }, { task_id: 'new' }]);
    clock.sleep(-20 * DAY);
    clock.advance(2 * MINUTE);
    expect(bench.rows().map(({ task_id }) => task_id)).toEqual(['kept', 'new']);
    expect(videos()).toEqual([{ task_id: 'kept' }, { task_id: 'new' }]);
  });

  test('versions of a policy: the newest 100 stay, and those that kept calls name', async () => {
    const bench = await openBench(open);
    const { core, clock } = bench;
    core.settings.set({
      ...core.settings.get(),
      activity: { ...core.settings.get().activity, keepFor: '90 days' },
    });
    const version = () => Number(core.policies.inForce('test')?.version);
    const saveUpTo = (last: number) => {
      while (version() < last) bench.policy({ ...open, description: `After ${version()}` });
    };
    const kept = () =>
      core.database.sql
        .prepare("SELECT version FROM policy_versions WHERE policy_id = 'test' ORDER BY version")
        .all()
        .map((row) => Number(row.version));
    const named = () => new Set(bench.rows().map((row) => row.policy_version));

    saveUpTo(30);
    await makeCalls(bench, 1);
    clock.sleep(50 * DAY);
    await makeCalls(bench, 1);
    saveUpTo(40);
    await makeCalls(bench, 1);
    clock.sleep(50 * DAY);
    saveUpTo(250);
    await makeCalls(bench, 1);
    clock.advance(2 * MINUTE);
    expect(bench.rows()).toHaveLength(3);
    expect(named()).toEqual(new Set([30, 40, 250]));
    expect(kept()).toEqual(Array.from({ length: 221 }, (_, index) => 30 + index));
    clock.sleep(100 * DAY);
    await makeCalls(bench, 1);
    clock.advance(2 * MINUTE);
    expect(bench.rows()).toHaveLength(1);
    expect(kept()).toEqual(Array.from({ length: 100 }, (_, index) => 151 + index));
  });
});

describe('what others did', () => {
  test.each([
    ['removed', 'DELETE FROM log_anchor'],
    [
      'moved ahead, with what came before cut off',
      `UPDATE log_anchor SET
        (link, hash) = (SELECT link, hash FROM activity_chain WHERE link = (SELECT min(link) FROM activity_chain WHERE seq = 502) - 1), seq = 501;
      DELETE FROM activity WHERE seq <= 501;
      DELETE FROM activity_chain WHERE link <= (SELECT link FROM log_anchor)`,
    ],
  ])('an anchor that was %s is told, and no log verifies by it', async (_, change) => {
    const bench = await openOld();
    bench.clock.advance(2 * MINUTE);
    expect(bench.rows()).toHaveLength(2);
    const after = await bench.crash((sql) => sql.exec(change));
    expect(after.core.problems.map(({ id }) => id)).toContain('seal');
    expect(await after.core.activity.verify()).toMatchObject({ valid: false });
  });

  test('an older anchor that was put back is told, and no log verifies by it', async () => {
    const bench = await openOld();
    bench.clock.advance(FIRST_LOOK);
    const older = anchorOf(bench) as Record<string, string | number>;
    expect(older.seq).toBeLessThan(500);
    bench.clock.advance(2 * MINUTE);
    const after = await bench.crash((sql) => {
      sql
        .prepare('UPDATE log_anchor SET link = ?, hash = ?, seq = ?, at = ?, seal = ?')
        .run(...['link', 'hash', 'seq', 'at', 'seal'].map((name) => older[name] ?? null));
    });
    expect(after.core.problems.map(({ id }) => id)).toContain('seal');
    expect(await after.core.activity.verify()).toMatchObject({ valid: false });
  });

  test('a log that was cut with an anchor made for it does not verify while Greenlight runs either', async () => {
    const bench = await openOld(50);
    const other = new DatabaseSync(join(bench.directory, 'greenlight.db'));
    other.exec(`INSERT INTO log_anchor SELECT 1, link, hash, 10, 0, 'x' FROM activity_chain WHERE link = 20;
      DELETE FROM activity WHERE seq <= 10; DELETE FROM activity_chain WHERE link <= 20`);
    other.close();
    expect(await bench.core.activity.verify()).toMatchObject({ valid: false });
  });

  test.each([
    ['a row', 'DELETE FROM activity WHERE seq = 5'],
    ['a link', 'DELETE FROM activity_chain WHERE link = 9'],
    ['the first rows', 'DELETE FROM activity WHERE seq < 5; DELETE FROM activity_chain WHERE seq < 5'],
  ])('where %s was removed, pruning stops, and so hides nothing', async (_, forgery) => {
    const bench = await openOld(50);
    bench.core.database.sql.exec(forgery);
    bench.clock.advance(5 * MINUTE);
    expect(bench.rows().length).toBeGreaterThan(40);
    expect(bench.core.problems.map(({ message }) => message).join()).toContain('no older call is removed');
    expect(await bench.core.activity.verify()).toMatchObject({ valid: false });
  });
});

const videosOfBefore = `
  CREATE TABLE videos (
    task_id TEXT PRIMARY KEY, video_id TEXT, state TEXT NOT NULL, prompt TEXT, tool TEXT NOT NULL, grant_id TEXT NOT NULL,
    activity_id TEXT NOT NULL, approval_id TEXT, created_at INTEGER NOT NULL, video_url TEXT, thumbnail_url TEXT, cost REAL
  ) STRICT;
  CREATE INDEX videos_by_time ON videos (created_at);`;

test('a home of before with 100,000 calls begins to give space back, verifies, and shrinks', {
  timeout: 180_000,
}, async () => {
  const directory = temporaryFolder();
  cpSync('test/fixtures/homes/0.1.0-november/data', directory, { recursive: true });
  seedActivity(directory, 100_000);
  const path = join(directory, 'greenlight.db');
  const raw = new DatabaseSync(path);
  const { user_version: schema } = raw.prepare('PRAGMA user_version').get() as { user_version: number };
  raw.exec(`DROP TABLE ceilings; DROP TABLE log_anchor; DROP INDEX tasks_by_call; ALTER TABLE grants DROP COLUMN watched_policy_id; ALTER TABLE activity DROP COLUMN watched; ALTER TABLE activity DROP COLUMN answered_by; ALTER TABLE sessions DROP COLUMN opened_with;
    ALTER TABLE grants DROP COLUMN servers; ALTER TABLE sessions DROP COLUMN server; ALTER TABLE approvals DROP COLUMN server; ALTER TABLE allowances DROP COLUMN server; ALTER TABLE activity DROP COLUMN server;
    DROP TABLE videos; DROP TABLE tool_categories; ${videosOfBefore}
    PRAGMA user_version = ${schema - 7};
    PRAGMA auto_vacuum = NONE; VACUUM`);
  raw.close();
  const log = openLog(directory, { keepFor: 'for ever', atMost: 10 });
  expect(log.database.sql.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 });
  const all = log.count();
  expect(all).toBeGreaterThan(100_000);
  expect(await log.activity.verify()).toEqual({ valid: true, rows: all });
  expect(log.size()).toBeGreaterThan(40 * MIB);
  log.clock.advance(10 * MINUTE);
  expect(await log.activity.verify()).toMatchObject({ valid: true, rows: log.count() });
  log.close();
  expect(statSync(path).size).toBeLessThanOrEqual(11 * MIB);
});

describe('a home of before', () => {
  /** As versions wrote it that gave nothing back, in `directory`. */
  function ofBefore(directory: string): string {
    const path = join(directory, 'greenlight.db');
    const raw = new DatabaseSync(path);
    raw.exec('PRAGMA auto_vacuum = NONE; VACUUM');
    raw.close();
    return path;
  }
  const givesBack = (sql: DatabaseSync) => sql.prepare('PRAGMA auto_vacuum').get()?.auto_vacuum === 2;

  test('which uses more than can be rewritten in a few seconds waits for a start at which it uses less', () => {
    const path = ofBefore(seeded(1));
    const raw = new DatabaseSync(path);
    raw.exec(
      'PRAGMA synchronous = OFF; CREATE TABLE much (blob); INSERT INTO much VALUES (zeroblob(257 * 1048576))',
    );
    raw.close();
    const large = openDatabase(path);
    expect(givesBack(large.sql)).toBe(false);
    large.sql.exec('DELETE FROM much');
    large.close();
    const small = openDatabase(path);
    expect(givesBack(small.sql)).toBe(true);
    small.close();
    expect(statSync(path).size).toBeLessThan(MIB);
  });

  const disk = join(tmpdir(), `greenlight-small-disk-${process.pid}`);
  const mount = (size: string) => {
    mkdirSync(disk, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', disk], { stdio: 'ignore' });
  };
  const umount = () => {
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true, force: true });
  };
  const mountable = (() => {
    try {
      mount('1m');
      umount();
      return true;
    } catch {
      return false;
    }
  })();

  test(
    'on a disk that has no room for it starts all the same, leaves the room that there is, and the next start tries again',
    skipUnless(mountable, 'mounting a small disk needs the superuser and Linux'),
    async () => {
      const directory = seeded(10_000);
      const first = await startGreenlight({ dataDir: directory });
      // It misses the settings beside the calls.
      first.core.guard.set({ mode: 'policy' });
      await first.stop();
      ofBefore(directory);
      mount('16m');
      onTestFinished(umount);
      cpSync(directory, disk, { recursive: true });
      const free = () => Number(execFileSync('stat', ['-f', '-c', '%a', disk])) * 4096;
      const filler = join(disk, 'filler');
      writeFileSync(filler, Buffer.alloc(free() - 3 * MIB));
      const full = await startGreenlight({ dataDir: disk });
      onTestFinished(full.stop);
      expect(full.core.problems).toEqual([]);
      expect(givesBack(full.core.database.sql)).toBe(false);
      expect(free()).toBeGreaterThan(2 * MIB);
      await full.stop();
      rmSync(filler);
      const mended = await startGreenlight({ dataDir: disk });
      onTestFinished(mended.stop);
      expect(givesBack(mended.core.database.sql)).toBe(true);
      expect(mended.core.problems).toEqual([]);
      expect(await mended.core.activity.verify()).toEqual({ valid: true, rows: 10_000 });
      await mended.stop();
    },
  );
});
