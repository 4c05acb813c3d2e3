/** What is written together: one commit for what comes, and none taken along by another's failure. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../../main/database/database.ts';
import { createLateWrites, type LateWrites } from '../../../main/ledger/late-writes.ts';
import { createLimits } from '../../../main/ledger/limits.ts';
import type { LimitDemand } from '../../../shared/policy/index.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { lockDatabase } from '../../support/database-lock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';
import { allRan } from '../../support/wait.ts';

let clock: TestClock;
let path: string;
let database: Database;
let writes: LateWrites;
let commits: boolean[];

beforeEach(() => {
  clock = createTestClock();
  path = join(temporaryFolder(), 'greenlight.db');
  database = openDatabase(path);
  onTestFinished(() => database.close());
  database.sql.exec('CREATE TABLE t (name TEXT NOT NULL UNIQUE) STRICT');
  commits = [];
  database.around({
    begun() {},
    committing() {},
    committed: (flushed) => void commits.push(flushed),
    rolledBack() {},
  });
  writes = createLateWrites({ database, clock, logger: silent });
});

const insert = (name: string) => () =>
  database.sql.prepare('INSERT INTO t (name) VALUES (?)').run(name) && name;
const names = () => {
  const other = new DatabaseSync(path, { readOnly: true });
  const found = other.prepare('SELECT name FROM t ORDER BY rowid').all();
  other.close();
  return found.map(({ name }) => name);
};
const unflushed = { flush: () => false };
const flushed = { flush: () => true };
const soon = (name: string, flush = false) => writes.soon(insert(name), { flush });

describe('what comes together', () => {
  it('is one commit, there for everybody when its promise resolves', async () => {
    const all = ['a', 'b', 'c'].map((name) =>
      writes.together(insert(name), unflushed).then((came) => [came, names()]),
    );
    expect(names()).toEqual([]);
    const there = ['a', 'b', 'c'];
    expect(await Promise.all(all)).toEqual(there.map((name) => [name, there]));
    expect(commits).toEqual([false]);
    await writes.together(insert('d'), unflushed);
    expect(commits).toHaveLength(2);
  });

  it('waits for what comes in the next turns, but not for ever', async () => {
    const all: Promise<string>[] = [];
    for (const name of 'abcdefgh') {
      all.push(writes.together(insert(name) as () => string, unflushed));
      await allRan();
    }
    await Promise.all(all);
    expect(names()).toEqual([...'abcdefgh']);
    expect(commits).toHaveLength(2);
  });

  it('is on the disk where one of it must be', async () => {
    await Promise.all([writes.together(insert('a'), unflushed), writes.together(insert('b'), flushed)]);
    expect(commits).toEqual([true]);
  });

  it('is written without the one that fails, which alone hears why', async () => {
    const came = await Promise.allSettled([
      writes.together(insert('a'), unflushed),
      writes.together(() => {
        insert('half')();
        throw new Error('not my day');
      }, unflushed),
      writes.together(insert('b'), unflushed),
    ]);
    expect(came.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(names()).toEqual(['a', 'b']);
  });

  it('is several commits where it takes long', async () => {
    const long = (name: string) => () => {
      clock.advance(11);
      return insert(name)();
    };
    const order: string[] = [];
    await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        writes.together(long(name), unflushed).then((came) => order.push(String(came))),
      ),
    );
    expect(order).toEqual(['a', 'b', 'c']);
    expect(commits).toHaveLength(3);
  });
});

describe('what has happened', () => {
  it('goes with the next, before it, and only with it', async () => {
    soon('end');
    soon('other end', true);
    expect(names()).toEqual([]);
    expect(await writes.together(() => database.sql.prepare('SELECT name FROM t').all(), unflushed)).toEqual([
      { name: 'end' },
      { name: 'other end' },
    ]);
    expect(commits).toEqual([true]);
    clock.advance(60_000);
    expect(commits).toHaveLength(1);
  });

  it('is written a moment later where nothing comes', () => {
    soon('end');
    clock.advance(4);
    expect(names()).toEqual([]);
    clock.advance(1);
    expect(names()).toEqual(['end']);
    soon('next');
    clock.advance(5);
    expect(names()).toEqual(['end', 'next']);
  });

  it('is written at once for whoever is about to read it', () => {
    writes.hurry();
    soon('end', true);
    writes.hurry();
    expect(names()).toEqual(['end']);
    expect(commits).toEqual([true]);
  });

  it('neither fails with a call that fails, nor has one fail', async () => {
    const fails = () => {
      throw new Error('not my day');
    };
    soon('end');
    writes.soon(fails, { flush: false });
    const failed = writes.together(fails, unflushed);
    const fine = writes.together(insert('call'), unflushed);
    await expect(failed).rejects.toThrow('not my day');
    expect(await fine).toBe('call');
    expect(names()).toEqual(['end', 'call']);
    expect(writes.count()).toBe(0);
  });

  it('waits while it cannot be written, in order, and is written before what comes next is judged by it', async () => {
    const lock = lockDatabase(path);
    soon('first');
    clock.advance(5);
    expect(writes.trouble()).toContain('greenlight.db');
    soon('second');
    await expect(writes.together(insert('refused'), unflushed)).rejects.toThrow();
    expect(writes.count()).toBe(2);
    lock();
    expect(await writes.together(insert('call'), unflushed)).toBe('call');
    expect(writes.trouble()).toBeUndefined();
    expect(names()).toEqual(['first', 'second', 'call']);
  });

  it('is all written at a stop', async () => {
    soon('end');
    const last = writes.together(insert('last'), unflushed);
    writes.stop();
    expect(names()).toEqual(['end', 'last']);
    expect(await last).toBe('last');
  });
});

describe('a call that begins in a transaction', () => {
  const demand: LimitDemand = {
    rule: '/r',
    counter: 'c',
    scope: 'all',
    windowMs: 60_000,
    max: 3,
    amount: 1,
  };
  const scopes = { server: 'luma', grant: 'g', session: undefined };
  const used = (limits: ReturnType<typeof createLimits>) => {
    const { settled, held } = limits.usedBy('["all","c"]', 60_000);
    return { settled, held };
  };

  it('counts as long as it is open, through rollbacks and resets, and once when it has ended', () => {
    const limits = createLimits(database, clock);
    const begin = (owner: string) => limits.begin(owner, [demand], scopes);
    begin('open');
    begin('over');
    limits.settle('over');
    expect(() =>
      database.transaction(() => {
        begin('never');
        limits.release('open');
        throw new Error('not my day');
      }),
    ).toThrow('not my day');
    expect(used(limits)).toEqual({ settled: 1, held: 1 });
    limits.reset('["all","c"]');
    expect(used(limits)).toEqual({ settled: 0, held: 1 });
    expect(used(createLimits(database, clock))).toEqual({ settled: 1, held: 0 });
    clock.advance(90_000);
    limits.settle('open');
    expect(used(limits)).toEqual({ settled: 1, held: 0 });
    // Its end is what counts, also for who reads it again.
    expect(used(createLimits(database, clock))).toEqual({ settled: 1, held: 0 });
    clock.advance(59_999);
    expect(used(createLimits(database, clock)).settled).toBe(1);
    clock.advance(1);
    expect(used(createLimits(database, clock)).settled).toBe(0);
  });

  it('gives back what it took, in memory and on the disk', () => {
    const limits = createLimits(database, clock);
    limits.begin('a', [demand], scopes);
    limits.release('a');
    expect(used(limits)).toEqual({ settled: 0, held: 0 });
    expect(used(createLimits(database, clock))).toEqual({ settled: 0, held: 0 });
  });
});
