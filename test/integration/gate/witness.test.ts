/**
 * A database of an earlier time is noticed: whoever kills Greenlight and takes away what was written last must not
 * bring back a client that was revoked.
 */
import { copyFileSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Bench, MINUTE, openBench, refused, ruled, running, SERVERS, SOON, VIDEO } from './setup.ts';

const free = ruled({}, { default: 'allow' });
const limited = ruled({ limits: [{ counter: 'videos', window: 'hour', max: 2 }] }, { default: 'deny' });

const told = ({ core }: Bench) => core.problems.find(({ id }) => id === 'seal')?.message;
const file = ({ core }: Bench, name: string) => join(core.dataDir, name);
const wal = 'greenlight.db-wal';
const stand = 'greenlight.stand';

/** Runs a call to its end. */
async function run(bench: Bench): Promise<void> {
  running(await bench.admit(VIDEO)).finish({ reached: true, result: 'ok', latencyMs: 1 });
  bench.clock.advance(SOON);
}

async function isToldAndBlocked(
  bench: Bench,
  what = /It is from an earlier time than Greenlight left it/,
): Promise<void> {
  expect(told(bench)).toMatch(what);
  expect(told(bench)).toMatch(/Every call is blocked\. .* then choose another guard mode\.$/);
  expect(refused(await bench.admit(VIDEO)).rule).toBe('(blocked by user)');
}

describe('after a kill', () => {
  test.each([
    ['a client was revoked', (bench: Bench) => void bench.core.grants.revoke(other(bench))],
    ['a video was made', run],
    ['a policy was changed', (bench: Bench) => bench.policy(ruled({}, { default: 'deny' }))],
    [
      'a client was blocked',
      (bench: Bench) => void bench.core.allowances.block(bench.grant.id, bench.clock.now() + MINUTE),
    ],
  ])('the write-ahead log was taken away once %s', async (_what, act) => {
    const bench = await openBench(free);
    other(bench);
    // All that is there until now is in the database itself.
    bench.core.database.sql.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    await act(bench);
    const after = await bench.crash(undefined, (copy) => rmSync(join(copy, wal)));
    await isToldAndBlocked(after);
    // It is as it is now: told until the person chooses, and then no more.
    after.core.guard.set({ mode: 'policy' });
    const again = await after.restart();
    expect(told(again)).toBeUndefined();
  });

  test('nothing is told where nothing was taken away, nor where all of it was in the database', async () => {
    const bench = await openBench(limited);
    await run(bench);
    const crashed = await bench.crash();
    expect(told(crashed)).toBeUndefined();
    crashed.core.database.sql.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const again = await crashed.crash(undefined, (copy) => rmSync(join(copy, wal), { force: true }));
    expect(told(again)).toBeUndefined();
  });

  test('what a power failure takes, because nobody flushed it, is not told', async () => {
    const bench = await openBench(free);
    await run(bench);
    const kept = [wal, 'greenlight.db'].map((name) => [name, readFileSync(file(bench, name))] as const);
    const turns = () => bench.core.database.sql.prepare('SELECT turns FROM seals').get()?.turns;
    const before = turns();
    // A call that only reads.
    running(await bench.admit('luma_list_actions', {}));
    expect(turns()).not.toBe(before);
    const after = await bench.crash(undefined, (copy) => {
      for (const [name, bytes] of kept) writeFileSync(join(copy, name), bytes);
    });
    expect(told(after)).toBeUndefined();
  });
});

describe('while Greenlight is stopped', () => {
  test('an older copy of the database is put in its place', async () => {
    const bench = await openBench(limited);
    await run(bench);
    const first = await bench.restart();
    const copy = join(first.core.dataDir, 'copy-of.db');
    await first.core.stop();
    copyFileSync(file(first, 'greenlight.db'), copy);
    const second = await first.restart();
    await run(second);
    await second.core.stop();
    copyFileSync(copy, file(second, 'greenlight.db'));
    await isToldAndBlocked(await second.restart());
  });

  test.each([
    ['is taken away', (path: string) => rmSync(path)],
    [
      'is written by others',
      (path: string) => writeFileSync(path, readFileSync(path, 'utf8').replace(/\d/g, '0')),
    ],
    [
      'leads elsewhere',
      (path: string) => {
        rmSync(path);
        symlinkSync('/etc/hostname', path);
      },
    ],
  ])('what shows of which time it is %s', async (_how, act) => {
    const bench = await openBench(limited);
    await run(bench);
    await bench.core.stop();
    act(file(bench, stand));
    const after = await bench.restart();
    await isToldAndBlocked(
      after,
      /Nothing shows any more .* because greenlight\.stand beside it is gone or not/,
    );
    after.core.guard.set({ mode: 'policy' });
    expect(lstatSync(file(after, stand)).isFile()).toBe(true);
    expect(told(await after.restart())).toBeUndefined();
  });

  test('one that is of an earlier time than the database says nothing', async () => {
    const bench = await openBench(limited);
    const earlier = readFileSync(file(bench, stand));
    await run(bench);
    await bench.core.stop();
    writeFileSync(file(bench, stand), earlier);
    expect(told(await bench.restart())).toBeUndefined();
  });

  test('a new database, made elsewhere, is put in its place', async () => {
    const bench = await openBench(limited);
    const made = await openBench(limited);
    await run(bench);
    made.core.database.sql.exec('DELETE FROM seals; PRAGMA wal_checkpoint(TRUNCATE)');
    await bench.core.stop();
    for (const table of ['grants', 'policies', 'policy_versions', 'accepted', 'time_stand', 'wall_clock'])
      made.core.database.sql.exec(`DELETE FROM ${table}`);
    copyFileSync(file(made, 'greenlight.db'), file(bench, 'greenlight.db'));
    expect(told(await bench.restart())).toBeDefined();
  });
});

/** Another client than the one that calls. */
function other({ core }: Bench): string {
  const found = core.grants.list().find(({ label }) => label === 'Other');
  return found?.id ?? core.grants.create('Other', SERVERS).grant.id;
}
