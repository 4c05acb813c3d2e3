/** Reading the log beside the thread that judges calls: a real thread, on a real database. */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from '../../../main/database/database.ts';
import { type Activity, createActivity } from '../../../main/ledger/activity.ts';
import { createAnchor } from '../../../main/ledger/anchor.ts';
import { GENESIS } from '../../../main/ledger/chain.ts';
import { createLogReader, type LogReader } from '../../../main/ledger/log-reader.ts';
import { localDay } from '../../../renderer/text/time.ts';
import { seedActivity } from '../../bench/seed-activity.ts';
import { askedCall } from '../../support/calls.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { createTestLogger, type LogLine, silent } from '../../support/log.ts';

const CALLS = 3000;

const folder = folderOfSuite();
let path: string;
let database: Database;
let log: LogReader;
let activity: Activity;

/** Of a log of which nothing was pruned. */
const WHOLE = { link: 0, hash: GENESIS, seq: 0 };

beforeAll(() => {
  const dataDir = join(folder(), 'data');
  path = join(dataDir, 'greenlight.db');
  seedActivity(dataDir, CALLS);
  database = openDatabase(path);
  log = createLogReader(path, silent);
  activity = createActivity(database, {
    time: { toWall: (at) => at },
    logger: silent,
    log,
    anchor: createAnchor(database),
  });
});
afterAll(async () => {
  await log.close();
  database.close();
});

const everything = { filter: {}, count: true };
const idsOf = ({ rows }: { rows: { id: string }[] }) => rows.map(({ id }) => id);

/** Writes one finished call. */
function call(id: string, args: object = {}): void {
  activity.open(askedCall({ id, at: Date.now(), arguments: JSON.stringify(args) }), {
    outcome: 'denied',
    rule: '',
    forwarded: false,
  });
}

describe('the log of calls, far down', () => {
  it('passes over rows to any place, counted from a page that new calls do not move', async () => {
    const first = await log.ask('page', { ...everything, limit: 100 });
    expect(first).toMatchObject({ total: CALLS, next: CALLS - 99 });
    expect(first.rows[0]).toMatchObject({ id: `seed-${CALLS - 1}` });
    const far = await log.ask('page', {
      filter: {},
      limit: 50,
      before: Number(first.next),
      skip: 2000,
      count: false,
    });
    expect(idsOf(far)).toEqual(Array.from({ length: 50 }, (_, index) => `seed-${CALLS - 1 - 2100 - index}`));
    expect(far).not.toHaveProperty('total');
  });

  it('passes over what the filter leaves, and ends where the log ends', async () => {
    const filter = { outcome: 'denied' as const };
    const all = await log.ask('page', { filter, limit: 1000, count: true });
    const total = Number(all.total);
    expect(all.rows).toHaveLength(total);
    expect(all.rows.every(({ outcome }) => outcome === 'denied')).toBe(true);
    const { next: before } = await log.ask('page', { filter, limit: 1, count: false });
    const behind = (skip: number) =>
      log.ask('page', { filter, limit: 10, before: Number(before), skip, count: false });
    const end = await behind(total - 4);
    expect(end.rows).toEqual(all.rows.slice(-3));
    expect(end).not.toHaveProperty('next');
    expect((await behind(total)).rows).toEqual([]);
  });

  it('is counted up to 1,000 where something is looked for', async () => {
    const many = await log.ask('page', { filter: { tool: 'luma_get_task' }, limit: 2, count: true });
    expect(many).toMatchObject({ total: 1000, more: true });
    const few = await log.ask('page', { filter: { text: 'take 1500)' }, limit: 2, count: true });
    expect(few).toMatchObject({ total: 1 });
    expect(few).not.toHaveProperty('more');
  });

  it('is found by time, to the row', async () => {
    const at = (row: number) =>
      Number(database.sql.prepare('SELECT at FROM activity WHERE seq = ?').get(row)?.at);
    const filter = { since: at(1000), until: at(1010) };
    const found = await log.ask('page', { filter, limit: 100, count: true });
    expect(idsOf(found)).toEqual(Array.from({ length: 10 }, (_, index) => `seed-${1008 - index}`));
    expect(found.total).toBe(10);
  });

  it('is added up by day, as often as it is asked', async () => {
    const [now, since] = [Date.now(), Date.now() - 30 * 86_400_000];
    const days = await log.ask('days', { since, now });
    const forwarded = database.sql
      .prepare('SELECT count(*) AS calls, sum(cost) AS cost FROM activity WHERE forwarded = 1')
      .get();
    expect(days.reduce((sum, { calls }) => sum + calls, 0)).toBe(forwarded?.calls);
    expect(days.reduce((sum, { cost }) => sum + cost, 0)).toBeCloseTo(Number(forwarded?.cost));
    expect(days.map(({ day }) => day)).toEqual(days.map(({ day }) => day).toSorted());
    expect(await log.ask('days', { since, now: now + 1 })).toEqual(days);
  });

  it('tells what was spent on each server today', async () => {
    const [now, since] = [Date.now(), Date.now() - 30 * 86_400_000];
    const spent = async () => {
      const all = await log.ask('spent', { since, now });
      return Object.fromEntries(all.map(({ server, cost }) => [server, cost]));
    };
    const costs = async (server: string) =>
      (await log.ask('days', { since, now, server })).find(({ day }) => day === localDay(now))?.cost;
    const first = Number(
      database.sql.prepare('SELECT max(seq) AS seq FROM activity WHERE cost > 0').get()?.seq,
    );
    const set = database.sql.prepare('UPDATE activity SET server = ? WHERE seq = ?');
    const before = await spent();
    set.run('files', first);
    try {
      const { luma = 0, files, ...others } = await spent();
      expect([luma, files, others]).toEqual([(await costs('luma')) ?? 0, await costs('files'), {}]);
      expect(luma + (files ?? 0)).toBeCloseTo(before.luma ?? 0);
    } finally {
      set.run(null, first);
    }
  });

  it('is whole: what the benchmark measures is a log that verifies', async () => {
    expect(await activity.verify()).toEqual({ valid: true, rows: CALLS });
  });
});

describe('the thread', () => {
  it('leaves the one that judges free: calls are written while the log is verified and searched', async () => {
    const events: string[] = [];
    const verified = activity.verify().then(({ valid }) => events.push(`verified ${valid}`));
    const search = log
      .ask('page', { filter: { text: 'found nowhere' }, limit: 100, count: true })
      .then(({ rows }) => events.push(`searched ${rows.length}`));
    // Each waits for one turn of this thread's event loop, and for nothing else.
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      call(`meanwhile-${turn}`);
      events.push('written');
    }
    await Promise.all([verified, search]);
    expect(events.slice(0, 5)).toEqual(Array(5).fill('written'));
    expect(events.slice(5).toSorted()).toEqual(['searched 0', 'verified true']);
  });

  it('answers what is short while something long goes on', async () => {
    const events: string[] = [];
    const long = activity.verify().then(() => events.push('long'));
    await log.ask('row', { id: 'seed-1' });
    events.push('short');
    await long;
    expect(events).toEqual(['short', 'long']);
  });

  it('does not go on with what nobody waits for', async () => {
    const over = new AbortController();
    const given = activity.verify(over.signal);
    over.abort();
    await expect(given).rejects.toMatchObject({ code: 'conflict' });
    await expect(log.ask('count', undefined, over.signal)).rejects.toMatchObject({ code: 'conflict' });
    expect(await log.ask('count', undefined)).toBeGreaterThan(CALLS);
  });

  it('lets the write-ahead log begin anew, however long it reads', async () => {
    const verified = activity.verify();
    const large = 'x'.repeat(15_000);
    // Several times what is kept before it is written into the database.
    for (let written = 0; written < 2000; written++) {
      call(`large-${written}`, { large });
      if (written % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await verified).valid).toBe(true);
    expect(statSync(`${path}-wal`).size).toBeLessThan(12 * 1024 * 1024);
  });

  it('that comes to an end is an error in words, and is started again for the next', async () => {
    const lines: LogLine[] = [];
    const mortal = createLogReader(path, createTestLogger(lines));
    const post = vi.spyOn(Worker.prototype, 'postMessage');
    const asked = mortal.ask('verify', { end: { link: 5000, seq: CALLS }, anchor: WHOLE });
    const [thread] = post.mock.contexts as Worker[];
    post.mockRestore();
    await Promise.all([
      expect(asked).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('unexpected end'),
      }),
      thread?.terminate(),
    ]);
    expect(await mortal.ask('count', undefined)).toBeGreaterThanOrEqual(CALLS);
    await mortal.close();
  });

  it('says in words that the database cannot be read', async () => {
    const none = createLogReader(join(folder(), 'nowhere', 'greenlight.db'), silent);
    await expect(none.ask('count', undefined)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('cannot be opened'),
    });
    await none.close();
    await expect(none.ask('count', undefined)).rejects.toThrow('Greenlight is stopping');
  });

  it('keeps no process alive', async () => {
    const module = new URL('../../../main/ledger/log-reader.ts', import.meta.url).href;
    const program = `
      import { createLogReader } from ${JSON.stringify(module)};
      const until = setInterval(() => {}, 1000);
      const log = createLogReader(${JSON.stringify(path)}, console);
      console.log((await log.ask('row', { id: 'seed-1' })).id);
      clearInterval(until);
    `;
    // It would never end.
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout.trim()).toBe('seed-1');
  });

  it('refuses what is still asked when it is closed', async () => {
    const closing = createLogReader(path, silent);
    const asked = closing.ask('verify', { end: { link: 5000, seq: CALLS }, anchor: WHOLE });
    await closing.close();
    await expect(asked).rejects.toThrow('Greenlight is stopping');
  });
});

describe('what is large', () => {
  it('is cut in a list, where small rows stay as they are, and whole by itself', async () => {
    const prompt = `begins ${'very '.repeat(1_000_000)}large`;
    call('small', { prompt: 'small' });
    for (let row = 0; row < 20; row++) call(`huge-${row}`, { ['__proto__']: 1, prompt, after: 'it' });
    const { rows } = await log.ask('page', { ...everything, limit: 100 });
    expect(JSON.stringify(rows).length).toBeLessThan(1.2 * 1024 * 1024);
    expect(rows[0]).toMatchObject({
      id: 'huge-19',
      cut: true,
      arguments: { prompt: expect.stringMatching(/^begins very .*…$/), after: 'it' },
    });
    const small = rows.find(({ id }) => id === 'small');
    expect(small).toMatchObject({ arguments: { prompt: 'small' } });
    expect(small).not.toHaveProperty('cut');
    const whole = await log.ask('row', { id: 'huge-19' });
    expect(whole?.arguments).toEqual({ ['__proto__']: 1, prompt, after: 'it' });
    expect(whole).not.toHaveProperty('cut');
  });

  it('makes the pieces of an export short, each row whole', async () => {
    const sizes: number[] = [];
    let before: number | undefined;
    let lines = 0;
    do {
      const { content, next } = await log.ask('piece', {
        filter: {},
        format: 'jsonl',
        ...(before !== undefined && { before }),
      });
      sizes.push(content.length);
      lines += content.split('\n').length - 1;
      before = next;
    } while (before !== undefined);
    expect(lines).toBe(await log.ask('count', undefined));
    // One row of five million characters by itself, and no more.
    expect(Math.max(...sizes)).toBeLessThan(6_000_000);
    expect(sizes.filter((size) => size > 4_000_000)).toHaveLength(20);
  });
});

describe('the write-ahead log', () => {
  const sizeOf = (file: string) => statSync(file).size;

  it('is copied into the file by the thread, while the thread that commits waits for no disk', async () => {
    const file = join(folder(), 'copied.db');
    const written = openDatabase(file);
    const reader = createLogReader(file, silent);
    written.checkpointBy(reader.checkpoint);
    written.sql.exec('CREATE TABLE large (content)');
    const insert = written.sql.prepare('INSERT INTO large VALUES (zeroblob(20000))');
    const size = sizeOf(file);
    for (let round = 0; round < 200; round += 1)
      written.transaction(() => void insert.run(), { flush: false });
    // Past what a commit would have copied itself, had it not been taken off it.
    expect(sizeOf(`${file}-wal`)).toBeGreaterThan(200 * 20_000);
    await expect.poll(() => sizeOf(file), { timeout: 30_000 }).toBeGreaterThan(size + 200 * 20_000);
    // What others write would be told by it, and have all sealed rows read anew.
    const version = written.sql.prepare('PRAGMA data_version');
    const before = version.get();
    reader.checkpoint();
    await reader.ask('page', { filter: {}, limit: 1, count: false });
    expect(version.get()).toEqual(before);
    await reader.close();
    written.close();
  });

  it('is left to the thread that commits once the other came to an end', async () => {
    const reader = createLogReader(path, silent);
    const started = vi.spyOn(Worker.prototype, 'postMessage');
    await reader.ask('page', { ...everything, limit: 1 });
    const worker = started.mock.contexts[0] as Worker;
    await worker.terminate();
    started.mockClear();
    reader.checkpoint();
    expect(started).not.toHaveBeenCalled();
    expect(await reader.ask('page', { ...everything, limit: 1 })).toMatchObject({ rows: [{}] });
    started.mockRestore();
    await reader.close();
  });
});
