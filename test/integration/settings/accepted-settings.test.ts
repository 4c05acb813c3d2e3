/** What another program writes into settings.json waits for the person; what was accepted holds. */
import {
  appendFileSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Database, openDatabase } from '../../../main/database/database.ts';
import { createAccepted } from '../../../main/ledger/accepted.ts';
import { type AcceptedSettings, acceptSettings } from '../../../main/settings/accepted-settings.ts';
import { openConfSettings } from '../../../main/settings/settings.ts';
import { digest } from '../../../shared/digest.ts';
import type { Json } from '../../../shared/json.ts';
import { MOST_SERVERS } from '../../../shared/server-id.ts';
import { defaultSettings, type Settings } from '../../../shared/settings.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { createTestLogger, type LogLine } from '../../support/log.ts';
import { until } from '../../support/wait.ts';

let directory: string;
let path: string;
let database: Database;
let settings: AcceptedSettings;
let logs: LogLine[];
let time: number;
/** What is done with settings that the person chose to use. */
let use: (next: Settings, accept: () => void) => void | Promise<void>;

beforeEach(async () => {
  directory = temporaryFolder();
  path = join(directory, 'settings.json');
  logs = [];
  time = 1000;
  use = (_next, accept) => accept();
  onTestFinished(stop);
  await start();
});

function stop(): void {
  settings?.close();
  if (database?.sql.isOpen) database.close();
}

async function start(): Promise<AcceptedSettings> {
  const file = await openConfSettings(directory);
  database = openDatabase(join(directory, 'greenlight.db'));
  const accepted = createAccepted(database);
  settings = acceptSettings({
    file,
    accepted: { get: () => accepted.get('settings'), set: (content) => accepted.set('settings', content) },
    database,
    clock: { now: () => time, after: () => () => {} },
    logger: createTestLogger(logs),
    use: (next, accept) => use(next, accept),
  });
  return settings;
}

async function restart(meanwhile = () => {}): Promise<AcceptedSettings> {
  stop();
  meanwhile();
  return start();
}

const onDisk = (): Settings => JSON.parse(readFileSync(path, 'utf8'));
/** Writes `change` into the file as another program does. */
const edit = (change: Partial<Settings>) => writeFileSync(path, JSON.stringify({ ...onDisk(), ...change }));
const change = () => settings.outside.list()[0];
const noticed = (after: object) =>
  until(() => {
    expect(change()?.after).toMatchObject(after);
    return true;
  });
const answer = (reply: 'use' | 'keep', seen = change()?.digest) =>
  settings.outside.decide('settings', String(seen), reply);
const invalid = () => globSync(join(directory, 'settings.invalid-*.json'));

describe('settings that nobody else changed', () => {
  it('are those of the first run, and those of the file where nothing was accepted yet', async () => {
    expect(settings.get()).toEqual(defaultSettings);
    expect(settings.outside.list()).toEqual([]);
    await restart(() => {
      edit({ theme: 'dark', guard: { mode: 'ask' } });
      rmSync(join(directory, 'greenlight.db'));
      const sql = new DatabaseSync(join(directory, 'greenlight.db'));
      sql.close();
    });
    expect(settings.get()).toMatchObject({ theme: 'dark', guard: { mode: 'ask' } });
    expect(settings.outside.list()).toEqual([]);
  });

  it('are kept by what is set, however often, in the file and at the next start', async () => {
    for (let holdSeconds = 0; holdSeconds < 30; holdSeconds += 1) {
      settings.set({ ...settings.get(), holdSeconds });
      settings.set({
        ...settings.get(),
        guard: { mode: 'allow', until: '2031-01-01T00:00:00Z', end: holdSeconds },
      });
      expect(settings.outside.list()).toEqual([]);
    }
    expect(onDisk()).toEqual(settings.get());
    await restart();
    expect(settings.get()).toMatchObject({ holdSeconds: 29, guard: { mode: 'allow', end: 29 } });
    expect(settings.outside.list()).toEqual([]);
  });

  it('never seem changed while they are set and the file is watched', async () => {
    let told = 0;
    settings.outside.onChange(() => told++);
    for (let holdSeconds = 0; holdSeconds < 100; holdSeconds += 1) {
      settings.set({ ...settings.get(), holdSeconds });
      await new Promise((resolve) => setImmediate(resolve));
    }
    // The watcher has seen all of it once it sees what comes after.
    edit({ theme: 'light' });
    await noticed({ theme: 'light' });
    expect(told).toBe(1);
  });

  it.each<[string, () => void]>([
    ['with a byte order mark', () => writeFileSync(path, `\uFEFF${readFileSync(path, 'utf8')}`)],
    [
      'in another order and layout',
      () =>
        writeFileSync(
          path,
          JSON.stringify(Object.fromEntries(Object.entries(onDisk()).toReversed()), null, 7),
        ),
    ],
    [
      'by a version that knew less',
      () =>
        writeFileSync(
          path,
          JSON.stringify({
            ...onDisk(),
            changedTools: undefined,
            largestCall: undefined,
            uncheckedArguments: undefined,
            answerSeconds: undefined,
            shortcut: undefined,
            askAgainWhenAway: undefined,
            phone: { ...onDisk().phone, answers: undefined },
            notifications: { ...onDisk().notifications, whileSnoozed: undefined },
          }),
        ),
    ],
    [
      'with what Greenlight notes of a guard mode’s end',
      () => edit({ guard: { mode: 'allow', until: '2031-01-01T00:00:00Z', end: 9e15 } }),
    ],
  ])('are no others when they are written %s', async (_how, write) => {
    const guard = { mode: 'allow', until: '2031-01-01T00:00:00Z', end: 5 } as const;
    settings.set({ ...settings.get(), guard, holdSeconds: 7 });
    const before = settings.get();
    await restart(write);
    expect(settings.outside.list()).toEqual([]);
    expect(settings.get()).toEqual(before);
    write();
    settings.set(before);
    expect(settings.outside.list()).toEqual([]);
    expect(settings.get()).toEqual(before);
  });

  it('that an older version accepted are those of this one', async () => {
    const {
      changedTools: _,
      largestCall: __,
      uncheckedArguments: _______,
      answerSeconds: ________,
      shortcut: ____,
      askAgainWhenAway: _____,
      phone: ______,
      ...older
    } = settings.get();
    const { whileSnoozed: ___, ...notifications } = older.notifications;
    createAccepted(database).set('settings', { settings: { ...older, notifications } } as unknown as Json);
    await restart();
    expect(settings.get()).toEqual(defaultSettings);
    expect(settings.outside.list()).toEqual([]);
    expect(settings.lost).toBeUndefined();
  });

  it('cannot be set where the database is held: the file and what was accepted stay as they are', () => {
    const other = new DatabaseSync(join(directory, 'greenlight.db'));
    other.exec('BEGIN IMMEDIATE');
    expect(() => settings.set({ ...settings.get(), theme: 'dark' })).toThrow(/holds the database/);
    other.close();
    expect(settings.get()).toEqual(defaultSettings);
    expect(onDisk()).toEqual(defaultSettings);
    settings.set({ ...settings.get(), theme: 'dark' });
    expect(onDisk().theme).toBe('dark');
  });

  it('cannot be set where the file cannot be written, and stay accepted as they were', async () => {
    rmSync(path);
    mkdirSync(path);
    expect(() => settings.set({ ...settings.get(), theme: 'dark' })).toThrow(/could not write .*Check that/);
    expect(settings.get()).toEqual(defaultSettings);
    rmSync(path, { recursive: true });
    settings.set({ ...settings.get(), holdSeconds: 1 });
    await restart();
    expect(settings.get()).toEqual({ ...defaultSettings, holdSeconds: 1 });
    expect(settings.outside.list()).toEqual([]);
  });

  it('are accepted together with what goes with them, or neither', () => {
    const { sql } = database;
    const note = () => {
      createAccepted(database).set('beside', 1);
      // Who is told of what was written finds the settings that belong to it.
      database.afterCommit(() => expect(settings.get().theme).toBe('dark'));
    };
    const beside = () => sql.prepare("SELECT content FROM accepted WHERE name = 'beside'").get();
    expect(() =>
      settings.set({ ...settings.get(), theme: 'dark' }, () => {
        note();
        throw new Error('not this');
      }),
    ).toThrow('not this');
    expect([settings.get(), onDisk(), beside()]).toEqual([defaultSettings, defaultSettings, undefined]);
    rmSync(path);
    mkdirSync(path);
    expect(() => settings.set({ ...settings.get(), theme: 'dark' }, note)).toThrow(/could not write/);
    expect([settings.get(), beside()]).toEqual([defaultSettings, undefined]);
    rmSync(path, { recursive: true });
    settings.set({ ...settings.get(), theme: 'dark' }, note);
    expect([settings.get().theme, onDisk().theme, beside()]).toEqual(['dark', 'dark', { content: '1' }]);
  });

  it('that came into a transaction which was undone are not accepted', () => {
    expect(() =>
      database.transaction(() => {
        settings.set({ ...settings.get(), theme: 'dark' });
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(settings.get().theme).toBe('system');
  });

  it('are refused where they do not fit the schema', () => {
    expect(() => settings.set({ ...settings.get(), holdSeconds: -1 })).toThrow();
    expect(settings.get()).toEqual(defaultSettings);
    expect(onDisk()).toEqual(defaultSettings);
  });
});

describe('a change by another program', () => {
  it('waits, and holds once the person uses it', async () => {
    let told = 0;
    settings.outside.onChange(() => told++);
    edit({ guard: { mode: 'allow' }, costUnit: 'credits' });
    await noticed({ guard: { mode: 'allow' }, costUnit: 'credits' });
    const after = { ...defaultSettings, guard: { mode: 'allow' }, costUnit: 'credits' };
    expect(settings.outside.list()).toEqual([
      {
        id: 'settings',
        kind: 'settings',
        name: 'Settings',
        path,
        seenAt: 1000,
        before: defaultSettings,
        after,
        digest: digest([defaultSettings, after] as unknown as Json),
      },
    ]);
    expect(settings.get()).toEqual(defaultSettings);
    expect(told).toBe(1);
    await answer('use');
    expect(settings.get()).toEqual(after);
    expect(settings.outside.list()).toEqual([]);
    expect(told).toBe(2);
    await restart();
    expect(settings.get()).toEqual(after);
    expect(settings.outside.list()).toEqual([]);
  });

  it('while Greenlight is stopped waits at the next start, and at the one after', async () => {
    const text = JSON.stringify({
      ...defaultSettings,
      upstream: { kind: 'http', url: 'http://127.0.0.1:9/mcp' },
    });
    await restart(() => writeFileSync(path, text));
    await restart();
    expect(settings.get()).toEqual(defaultSettings);
    expect(change()).toMatchObject({ before: defaultSettings, after: JSON.parse(text) });
    // It is left as it is.
    expect(readFileSync(path, 'utf8')).toBe(text);
    await answer('use');
    expect(readFileSync(path, 'utf8')).toBe(text);
    await restart();
    expect(settings.get()).toEqual(JSON.parse(text));
  });

  it('is undone when the person keeps theirs', async () => {
    edit({ defaultPolicyId: 'other' });
    await noticed({ defaultPolicyId: 'other' });
    await answer('keep');
    expect(onDisk()).toEqual(defaultSettings);
    expect(settings.get()).toEqual(defaultSettings);
    expect(settings.outside.list()).toEqual([]);
    await expect(answer('keep', 'x')).rejects.toThrow(/Nothing .* waits/);
    await expect(answer('use', 'x')).rejects.toThrow(/Nothing .* waits/);
  });

  it('that was changed again between the look and the answer is not used', async () => {
    edit({ guard: { mode: 'ask' } });
    await noticed({ guard: { mode: 'ask' } });
    const seen = change()?.digest;
    edit({ guard: { mode: 'allow', until: '2031-01-01T00:00:00Z' } });
    await expect(answer('use', seen)).rejects.toMatchObject({ code: 'conflict' });
    expect(settings.get()).toEqual(defaultSettings);
    expect(change()).toMatchObject({ after: { guard: { mode: 'allow' } } });
  });

  it('that is changed again while it is put to use is not used', async () => {
    edit({ guard: { mode: 'ask' } });
    await noticed({ guard: { mode: 'ask' } });
    use = async (_next, accept) => {
      await new Promise((resolve) => setImmediate(resolve));
      edit({ guard: { mode: 'allow' } });
      accept();
    };
    await expect(answer('use')).rejects.toMatchObject({ code: 'conflict' });
    expect(settings.get()).toEqual(defaultSettings);
  });

  it('that cannot be put to use goes on waiting', async () => {
    edit({ guard: { mode: 'ask' } });
    await noticed({ guard: { mode: 'ask' } });
    use = () => {
      throw new Error('no');
    };
    await expect(answer('use')).rejects.toThrow('no');
    expect(settings.get()).toEqual(defaultSettings);
    expect(change()).toMatchObject({ after: { guard: { mode: 'ask' } } });
  });

  it('that was changed back does not wait any more', async () => {
    edit({ theme: 'dark' });
    await noticed({ theme: 'dark' });
    edit({ theme: 'system' });
    await until(() => settings.outside.list().length === 0);
    expect(settings.get()).toEqual(defaultSettings);
  });

  it('says the end of a guard mode by the wall clock alone: Greenlight’s own time is its own', async () => {
    edit({ guard: { mode: 'allow', until: '2031-01-01T00:00:00Z', end: 9e15 } });
    await noticed({ guard: { mode: 'allow' } });
    await answer('use');
    expect(settings.get().guard).toEqual({ mode: 'allow', until: '2031-01-01T00:00:00Z' });
    expect(settings.outside.list()).toEqual([]);
  });

  it('is seen in a file that is replaced, and behind a link', async () => {
    const other = join(directory, 'other.json');
    writeFileSync(other, JSON.stringify({ ...defaultSettings, theme: 'dark' }));
    renameSync(other, path);
    await noticed({ theme: 'dark' });
    writeFileSync(other, JSON.stringify({ ...defaultSettings, theme: 'light' }));
    rmSync(path);
    symlinkSync(other, path);
    await noticed({ theme: 'light' });
    writeFileSync(other, JSON.stringify({ ...defaultSettings, costUnit: '€' }));
    await noticed({ costUnit: '€' });
  });

  it('is seen even if the file has the size and the time it had before', async () => {
    const old = new Date(Date.UTC(2020, 0, 1));
    utimesSync(path, old, old);
    await restart();
    edit({ costUnit: '€' });
    utimesSync(path, old, old);
    await noticed({ costUnit: '€' });
  });
});

describe('while a change waits, what the person sets', () => {
  it('holds, and stays beside it in the file', async () => {
    await restart(() =>
      edit({
        upstream: { kind: 'http', url: 'http://127.0.0.1:9/mcp' },
        guard: { mode: 'allow', until: '2031-01-01T00:00:00Z' },
        notifications: {
          enabled: false,
          sound: true,
          whileSnoozed: 'wait',
          quietHours: { on: false, from: '22:00', to: '07:00' },
        },
        costUnit: '€',
      }),
    );
    const outside = onDisk();
    time = 2000;
    settings.set({
      ...settings.get(),
      guard: { mode: 'block' },
      notifications: {
        enabled: true,
        sound: false,
        whileSnoozed: 'wait',
        quietHours: { on: false, from: '22:00', to: '07:00' },
      },
      theme: 'dark',
      upstream: { kind: 'stdio', command: 'luma', args: [], envNames: [] },
    });
    settings.set({ ...settings.get(), holdSeconds: 5 });
    const mine = {
      ...defaultSettings,
      guard: { mode: 'block' },
      notifications: {
        enabled: true,
        sound: false,
        whileSnoozed: 'wait',
        quietHours: { on: false, from: '22:00', to: '07:00' },
      },
      theme: 'dark',
      upstream: { kind: 'stdio', command: 'luma', args: [], envNames: [] },
      holdSeconds: 5,
    };
    expect(settings.get()).toEqual(mine);
    const both = {
      ...mine,
      upstream: outside.upstream,
      guard: outside.guard,
      notifications: {
        enabled: false,
        sound: false,
        whileSnoozed: 'wait',
        quietHours: { on: false, from: '22:00', to: '07:00' },
      },
      costUnit: '€',
    };
    expect(onDisk()).toEqual(both);
    expect(change()).toMatchObject({ seenAt: 1000, before: mine, after: both });
    await restart();
    expect(settings.get()).toEqual(mine);
    expect(change()).toMatchObject({ before: mine, after: both });
    await answer('keep');
    expect(onDisk()).toEqual(mine);
  });

  it('is not lost when another program has written just before', async () => {
    edit({ costUnit: '€' });
    settings.set({ ...settings.get(), theme: 'dark' });
    expect(settings.get()).toEqual({ ...defaultSettings, theme: 'dark' });
    expect(onDisk()).toEqual({ ...defaultSettings, theme: 'dark', costUnit: '€' });
    await answer('use');
    expect(settings.get()).toEqual({ ...defaultSettings, theme: 'dark', costUnit: '€' });
  });

  it('concerns one server, and what waits another, each by its id and member by member', async () => {
    const server = (id: string, more: object = {}) => ({
      id,
      name: id,
      upstream: { kind: 'sandbox' as const },
      policyId: `of-${id}`,
      ...more,
    });
    settings.set({ ...settings.get(), servers: ['a', 'b', 'c', 'd'].map((id) => server(id)) });
    const moved = { upstream: { kind: 'http' as const, url: 'http://127.0.0.1:9/mcp' } };
    // Another program renames a, moves b, removes c and adds e and f.
    edit({
      servers: [server('a', { name: 'A' }), server('b', moved), server('d'), server('e'), server('f')],
    });
    await noticed({ servers: [{ name: 'A' }, moved, {}, {}, {}] });
    let told = 0;
    settings.outside.onChange(() => told++);
    const seen = change()?.digest;
    // The person has another policy judge a, removes b, renames c and adds f, otherwise, and g.
    const mine = [
      server('a', { policyId: 'strict' }),
      server('c', { name: 'C' }),
      server('d'),
      server('f', { name: 'F' }),
      server('g'),
    ];
    settings.set({ ...settings.get(), servers: mine });
    expect(settings.get().servers).toEqual(mine);
    const both = [
      server('a', { name: 'A', policyId: 'strict' }),
      server('d'),
      server('f'),
      server('g'),
      server('e'),
    ];
    expect(onDisk().servers).toEqual(both);
    expect(change()).toMatchObject({ before: { servers: mine }, after: { servers: both } });
    expect(told).toBe(1);
    await expect(answer('use', seen)).rejects.toMatchObject({ code: 'conflict' });
    await restart();
    expect(settings.get().servers).toEqual(mine);
    await answer('use');
    expect(settings.get().servers).toEqual(both);
  });

  it('is told where what waits is the same as before: it would undo something else', async () => {
    edit({ costUnit: '€' });
    await noticed({ costUnit: '€' });
    const [seen, after] = [change()?.digest, change()?.after];
    let told = 0;
    settings.outside.onChange(() => told++);
    settings.set({ ...settings.get(), costUnit: 'credits' });
    expect(change()?.after).toEqual(after);
    expect(told).toBe(1);
    await expect(answer('use', seen)).rejects.toMatchObject({ code: 'conflict' });
    expect(settings.get().costUnit).toBe('credits');
  });

  it('is refused, in words, where both together are no settings', async () => {
    const servers = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, at) => ({
        id: `${prefix}${at}`,
        name: prefix,
        upstream: { kind: 'sandbox' as const },
        policyId: 'none',
      }));
    edit({ servers: servers('a', MOST_SERVERS) });
    await noticed({ servers: servers('a', MOST_SERVERS) });
    const before = onDisk();
    expect(() => settings.set({ ...settings.get(), servers: servers('b', 1) })).toThrow(
      /does not go together with this\. Use that change or keep your settings first/,
    );
    expect(settings.get()).toEqual(defaultSettings);
    expect(onDisk()).toEqual(before);
    settings.set({ ...settings.get(), guard: { mode: 'block' } });
    expect(settings.get().guard).toEqual({ mode: 'block' });
  });

  it('needs no answer any more where it is the same', () => {
    edit({ costUnit: '€' });
    settings.set({ ...settings.get(), costUnit: '€' });
    expect(settings.outside.list()).toEqual([]);
    expect(onDisk().costUnit).toBe('€');
  });
});

describe('a file that is', () => {
  it('not valid while Greenlight runs is a problem, and valid again none', async () => {
    let told = 0;
    settings.outside.onChange(() => told++);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, 30));
    await until(() => settings.problem() !== undefined);
    expect(settings.problem()).toMatch(
      /settings\.json is not valid .* your settings stay as they are\. Mend it/,
    );
    expect(settings.get()).toEqual(defaultSettings);
    expect(told).toBe(1);
    appendFileSync(path, text.slice(30));
    await until(() => settings.problem() === undefined);
    expect(invalid()).toEqual([]);
    expect(told).toBe(2);
  });

  it('not valid is kept beside by what is set', async () => {
    writeFileSync(path, '{"version": ');
    settings.set({ ...settings.get(), theme: 'dark' });
    expect(onDisk()).toEqual({ ...defaultSettings, theme: 'dark' });
    expect(invalid().map((copy) => readFileSync(copy, 'utf8'))).toEqual(['{"version": ']);
    expect(settings.problem()).toBeUndefined();
  });

  it('not valid any more when the person keeps theirs is kept beside', async () => {
    edit({ theme: 'dark' });
    await noticed({ theme: 'dark' });
    writeFileSync(path, '{');
    await answer('keep');
    expect(onDisk()).toEqual(defaultSettings);
    expect(invalid().map((copy) => readFileSync(copy, 'utf8'))).toEqual(['{']);
  });

  it('removed while Greenlight runs is written again', async () => {
    settings.set({ ...settings.get(), theme: 'dark' });
    rmSync(path);
    await until(() => onDisk().theme === 'dark');
    await until(() => logs.some(({ message }) => message.includes('was removed; it is written again')));
    expect(settings.problem()).toBeUndefined();
    expect(settings.outside.list()).toEqual([]);
  });

  it('no file any more is a problem', async () => {
    rmSync(path);
    mkdirSync(path);
    await until(() => settings.problem() !== undefined);
    expect(settings.problem()).toMatch(/cannot be read \(it is no plain file\); your settings stay/);
    rmSync(path, { recursive: true });
    await until(() => settings.problem() === undefined);
    expect(onDisk()).toEqual(defaultSettings);
  });

  it('larger than settings are is a problem, and is not read', async () => {
    writeFileSync(path, ' '.repeat(300 * 1024));
    await until(() => settings.problem() !== undefined);
    expect(settings.problem()).toContain('cannot be read (it is larger than 256 KiB)');
    settings.set({ ...settings.get(), theme: 'dark' });
    expect(settings.problem()).toBeUndefined();
    expect(onDisk().theme).toBe('dark');
  });

  it('not valid at the start is what it always was: its defaults block every call, and are accepted', async () => {
    settings.set({ ...settings.get(), theme: 'dark' });
    await restart(() => writeFileSync(path, '{'));
    const blocked = { ...defaultSettings, guard: { mode: 'block' } };
    expect(settings.get()).toEqual(blocked);
    expect(settings.outside.list()).toEqual([]);
    await restart();
    expect(settings.get()).toEqual(blocked);
    expect(settings.outside.list()).toEqual([]);
  });
});

it('what was accepted and cannot be read any more is told to be lost, and the file holds', async () => {
  await restart(() => {
    const sql = new DatabaseSync(join(directory, 'greenlight.db'));
    sql.exec(`UPDATE accepted SET content = '{"settings": {"version": 9}}'`);
    sql.close();
  });
  expect(settings.lost).toContain('every call is blocked');
  expect(settings.get()).toEqual(defaultSettings);
});

it('nothing is followed after close', async () => {
  settings.close();
  let told = 0;
  settings.outside.onChange(() => told++);
  edit({ theme: 'dark' });
  // Another watcher sees it.
  const first = settings;
  if (database.sql.isOpen) database.close();
  await start();
  edit({ theme: 'light' });
  await noticed({ theme: 'light' });
  expect(told).toBe(0);
  expect(first.get()).toEqual(defaultSettings);
});
