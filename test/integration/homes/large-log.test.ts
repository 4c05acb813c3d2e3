/** A start does not read a large log; whether it is whole is found out once, while Greenlight runs. */
import {
  closeSync,
  constants,
  cpSync,
  existsSync,
  globSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import type { Worker } from 'node:worker_threads';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, test } from 'vitest';
import { markDamaged, openDatabase } from '../../../main/database/database.ts';
import { migrations } from '../../../main/database/migrations.ts';
import { createWholeCheck } from '../../../main/ledger/whole-check.ts';
import { askedCall, callOf } from '../../support/calls.ts';
import { startChild } from '../../support/child.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { lockDatabase } from '../../support/database-lock.ts';
import { folderOfSuite, temporaryFolder } from '../../support/folder.ts';
import { askAll, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { silent } from '../../support/log.ts';
import { skipUnless } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';

/** Page size of the database. */
const PAGE = 4096;
/** When the whole check is due (ms). */
const LATER = 90_000;
const HOUR = 3_600_000;
/** More than are noted as finished at one go. */
const ROWS = 30_000;

const folder = folderOfSuite();
const original = () => join(folder(), 'home');
let dataDir: string;
let path: string;
let clock: TestClock;

const call = (n: number, size: number) =>
  askedCall({
    id: `call-${n}`,
    at: Date.UTC(2026, 0, 1),
    arguments: JSON.stringify({ n: 'x'.repeat(size) }),
  });

/** A Greenlight that was used, with a log of some 30 MB. */
beforeAll(async () => {
  const { core, stop } = await startGreenlight({ dataDir: original(), clock: createTestClock() });
  core.database.transaction(() => {
    for (let n = 0; n < ROWS; n += 1)
      core.activity.open(call(n, 600), { outcome: 'denied', rule: '', forwarded: false });
  });
  while (core.activity.noteFinished());
  await stop();
});
beforeEach(() => {
  dataDir = temporaryFolder();
  cpSync(original(), dataDir, { recursive: true, mode: constants.COPYFILE_FICLONE });
  path = join(dataDir, 'greenlight.db');
  clock = createTestClock();
});

async function start(): Promise<TestGreenlight> {
  const greenlight = await startGreenlight({ dataDir, clock });
  onTestFinished(() => greenlight.stop());
  return greenlight;
}

/** The numbers of the pages of `name`, a table or an index, in their order. */
function pagesOf(name: string): number[] {
  const sql = new DatabaseSync(path, { readOnly: true });
  const pages = sql.prepare("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'").all(name);
  sql.close();
  return pages.map(({ pageno }) => Number(pageno));
}

/** Overwrites a page with garbage; returns what puts back what was there. */
function damage(page: number): () => void {
  const write = (content: Buffer) => {
    const file = openSync(path, 'r+');
    writeSync(file, content, 0, PAGE, (page - 1) * PAGE);
    closeSync(file);
  };
  const before = Buffer.alloc(PAGE);
  const file = openSync(path, 'r');
  readSync(file, before, 0, PAGE, (page - 1) * PAGE);
  closeSync(file);
  write(Buffer.alloc(PAGE, 0xa5));
  return () => write(before);
}

function damageLog(): void {
  const pages = pagesOf('activity');
  damage(pages[pages.length >> 1] ?? 0);
}

const problemOf = ({ core }: TestGreenlight) => core.problems.find(({ id }) => id === 'database')?.message;
const checks = ({ logs }: TestGreenlight) =>
  logs.filter(({ message }) => message === 'all of the database was checked').length;
const admit = ({ core, grant }: TestGreenlight) => core.gate.admit(callOf(grant));

async function blocks(greenlight: TestGreenlight): Promise<void> {
  expect(greenlight.core.guard.current()).toEqual({ mode: 'block' });
  expect(await admit(greenlight)).toMatchObject({
    kind: 'denied',
    denial: { rule: '(blocked by user)' },
  });
}

/** Runs until the whole check has found what {@link damage} did. */
async function found(greenlight: TestGreenlight): Promise<string> {
  clock.advance(LATER);
  await until(() => problemOf(greenlight) !== undefined);
  return String(problemOf(greenlight));
}

describe('opening the database', () => {
  it('finds damage in every table but those of the log, and in their indexes', () => {
    const sql = new DatabaseSync(path, { readOnly: true });
    const roots = sql.prepare('SELECT name, tbl_name, rootpage FROM sqlite_schema WHERE rootpage > 0').all();
    sql.close();
    const missed = roots.filter(({ rootpage }) => {
      const mend = damage(Number(rootpage));
      try {
        openDatabase(path).close();
        return true;
      } catch (error) {
        expect(String(error)).toMatch(/not a database that Greenlight can read/);
        return false;
      } finally {
        mend();
      }
    });
    expect(new Set(missed.map(({ tbl_name }) => tbl_name))).toEqual(
      new Set(['activity', 'activity_chain', 'videos']),
    );
    expect(roots.length).toBeGreaterThan(30);
  });

  it('reads little of a large one', skipUnless(process.platform === 'linux', 'it reads /proc'), async () => {
    const program = new URL('../database/count-reads.ts', import.meta.url).pathname;
    const read = async () => Number(await text(startChild(process.execPath, [program, path]).stdout));
    expect(await read()).toBeLessThan(statSync(path).size / 10);
    markDamaged(path);
    expect(await read()).toBeGreaterThan(statSync(path).size);
  });

  it('reads all of one that was found damaged, until it has been whole once', () => {
    expect(openAndClose()).toBe(false);
    markDamaged(path);
    expect(openAndClose()).toBe(true);
    expect(openAndClose()).toBe(false);
    markDamaged(path);
    damageLog();
    for (let again = 0; again < 2; again += 1) expect(openAndClose).toThrow(/not a database/);
  });

  it.each([
    `PRAGMA user_version = ${migrations.length - 1}`,
    'PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM',
  ])('reads all of one of an earlier version (%s), before anything is written anew', (earlier) => {
    const sql = new DatabaseSync(path);
    sql.exec(earlier);
    sql.close();
    damageLog();
    expect(openAndClose).toThrow(/not a database that Greenlight can read/);
  });

  function openAndClose(): boolean {
    const database = openDatabase(path);
    database.close();
    return database.checkedWhole;
  }
});

test('a start looks through what was not noted as finished once, not at each start', async () => {
  const sql = new DatabaseSync(path);
  sql.exec('DELETE FROM activity_finished');
  sql.close();
  const { core } = await start();
  expect(core.database.sql.prepare('SELECT seq FROM activity_finished').get()?.seq).toBe(ROWS);
});

test('what is finished is noted to the end while Greenlight runs', async () => {
  const { core } = await start();
  core.database.transaction(() => {
    for (let n = ROWS; n < 2 * ROWS; n += 1)
      core.activity.open(call(n, 0), { outcome: 'denied', rule: '', forwarded: false });
  });
  clock.advance(HOUR + 100);
  expect(core.database.sql.prepare('SELECT seq FROM activity_finished').get()?.seq).toBe(2 * ROWS);
});

describe('a log that is whole', () => {
  it('is checked once', async () => {
    const greenlight = await start();
    clock.advance(LATER - 1);
    expect(checks(greenlight)).toBe(0);
    clock.advance(1);
    await until(() => checks(greenlight) === 1);
    expect(problemOf(greenlight)).toBeUndefined();
    expect(greenlight.core.guard.current()).toEqual({ mode: 'policy' });
    clock.advance(48 * HOUR);
    // What would have been asked of the thread then is answered after this.
    await greenlight.core.activity.verify();
    expect(checks(greenlight)).toBe(1);
  });

  it('is not checked later where the start has, nor once Greenlight stopped', async () => {
    const check = (checkedWhole: boolean) =>
      createWholeCheck({ path, database: { checkedWhole }, clock, logger: silent, damaged: () => {} });
    check(true);
    expect(clock.pending()).toBe(0);
    const due = check(false);
    expect(clock.pending()).toBe(1);
    await due.close();
    expect(clock.pending()).toBe(0);
  });

  it('may be checked as Greenlight stops', async () => {
    const greenlight = await start();
    clock.advance(LATER);
    await greenlight.stop();
    expect(problemOf(greenlight)).toBeUndefined();
    expect(clock.pending()).toBe(0);
    expect(checks(await start())).toBe(0);
  });
});

describe.each(['activity', 'sqlite_autoindex_activity_1', 'activity_chain'])('with damage in %s', (name) => {
  test('the start goes on, the check finds it, and the next start puts the file aside', async () => {
    const pages = pagesOf(name);
    damage(pages[pages.length >> 1] ?? 0);
    const greenlight = await start();
    expect(greenlight.core.problems).toEqual([]);
    expect(await admit(greenlight)).toMatchObject({ kind: 'run' });
    greenlight.usePolicy(askAll());
    await admit(greenlight);
    const { id } = await greenlight.asked();
    expect(await found(greenlight)).toMatch(/is damaged \(.*\), so Greenlight blocks every call/);
    expect(greenlight.core.approvals.get(id)?.state).toBe('withdrawn');
    await blocks(greenlight);
    expect(greenlight.core.settings.get().guard).toEqual({ mode: 'block' });
    await greenlight.stop();
    const damaged = readFileSync(path);

    const next = await start();
    const [copy = ''] = globSync(join(dataDir, 'greenlight.invalid-*.db'));
    expect(readFileSync(copy).equals(damaged)).toBe(true);
    expect(problemOf(next)).toContain(copy);
    await blocks(next);
    expect(existsSync(join(dataDir, 'greenlight.damaged'))).toBe(false);
    next.core.guard.set({ mode: 'policy' });
    expect(next.core.problems).toEqual([]);
    await next.stop();
    expect((await start()).core.problems).toEqual([]);
  });
});

describe('damage that is found while Greenlight runs', () => {
  it('blocks where that cannot be written, and stays told when the person chose another mode', async () => {
    damageLog();
    const greenlight = await start();
    const { core } = greenlight;
    const modes: string[] = [];
    core.guard.onChange(({ mode }) => modes.push(`${mode} ${problemOf(greenlight) !== undefined}`));
    const letGo = lockDatabase(path);
    clock.advance(LATER);
    await until(() => problemOf(greenlight) !== undefined);
    letGo();
    // Which of the two files can be written does not matter to it.
    expect(modes).toEqual(['block true']);
    await blocks(greenlight);
    core.guard.set({ mode: 'policy' });
    expect(core.guard.current()).toEqual({ mode: 'policy' });
    expect(problemOf(greenlight)).toMatch(/start it again/);
  });

  it('is found by the start itself in what a start reads of the log', async () => {
    damage(pagesOf('activity_chain').at(-1) ?? 0);
    const greenlight = await start();
    expect(problemOf(greenlight)).toMatch(/was damaged .* it is kept as/);
    await blocks(greenlight);
    expect(globSync(join(dataDir, 'greenlight.invalid-*.db'))).toHaveLength(1);
  });
});

test('a database that cannot be read is told, and checked again in an hour', async () => {
  const away = join(dataDir, 'away.db');
  cpSync(path, away);
  rmSync(path);
  const found: string[] = [];
  const threads: Worker[] = [];
  const onThread = (thread: Worker) => threads.push(thread);
  process.on('worker', onThread);
  onTestFinished(() => void process.off('worker', onThread));
  const check = createWholeCheck({
    path,
    database: { checkedWhole: false },
    clock,
    logger: silent,
    damaged: (problem) => found.push(problem),
  });
  onTestFinished(check.close);
  clock.advance(LATER);
  await until(() => check.problem() !== undefined);
  expect(check.problem()).toMatch(/could not be found out: .* tries again in an hour/);
  cpSync(away, path);
  clock.advance(HOUR);
  await until(() => check.problem() === undefined);
  // Each on a thread that ended.
  expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  expect(found).toEqual([]);
});
