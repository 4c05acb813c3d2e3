import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openConfSettings } from '../../../main/settings/settings.ts';
import { defaultSettings, type Settings } from '../../../shared/settings.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { modeOf, POSIX } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = temporaryFolder();
  path = join(directory, 'settings.json');
});
const onDisk = () => JSON.parse(readFileSync(path, 'utf8'));
const copies = () => readdirSync(directory).filter((name) => name.startsWith('settings.invalid-'));

describe('the settings file', () => {
  it('is created with the defaults on the first run, readable by its owner only', async () => {
    const store = await openConfSettings(directory);
    expect(store.get()).toEqual(defaultSettings);
    expect(store.problem).toBeUndefined();
    expect(onDisk()).toEqual(defaultSettings);
    if (POSIX) expect(modeOf(path)).toBe(0o600);
  });

  it('keeps what was set for the next start', async () => {
    const chosen: Settings = { ...defaultSettings, theme: 'dark', guard: { mode: 'ask' } };
    (await openConfSettings(directory)).set(chosen);
    expect((await openConfSettings(directory)).get()).toEqual(chosen);
    expect(readdirSync(directory)).toEqual(['settings.json']);
  });

  it('loses a member that is taken away', async () => {
    const until = '2030-01-01T00:00:00.000Z';
    const store = await openConfSettings(directory);
    store.set({ ...defaultSettings, guard: { mode: 'allow', until } });
    store.set({ ...defaultSettings, guard: { mode: 'policy' } });
    expect((await openConfSettings(directory)).get().guard).toEqual({ mode: 'policy' });
  });

  it(
    'is taken away from other users when it was readable by them',
    skipUnless(POSIX, 'Windows has no file modes'),
    async () => {
      await openConfSettings(directory);
      chmodSync(path, 0o644);
      await openConfSettings(directory);
      expect(modeOf(path)).toBe(0o600);
    },
  );

  it('is read with a byte order mark', async () => {
    writeFileSync(path, `\uFEFF${JSON.stringify({ ...defaultSettings, theme: 'light' })}`);
    const store = await openConfSettings(directory);
    expect(store.problem).toBeUndefined();
    expect(store.get().theme).toBe('light');
  });

  it('refuses settings that do not fit the schema and keeps the old ones', async () => {
    const store = await openConfSettings(directory);
    expect(() => store.set({ ...defaultSettings, holdSeconds: -1 })).toThrow();
    expect(store.get()).toEqual(defaultSettings);
    expect(onDisk()).toEqual(defaultSettings);
  });

  it('names the path and what to do when it cannot be read', async () => {
    mkdirSync(path);
    await expect(openConfSettings(directory)).rejects.toThrow(/could not read .*settings\.json.*Check that/);
  });
});

describe('an invalid settings file', () => {
  it.each([
    ['cut off', '{"version": 1, "guard": {"mode": "bl'],
    ['empty', ''],
    ['not an object', '[]'],
    ['of an unknown version', JSON.stringify({ ...defaultSettings, version: 2 })],
    ['with a member nobody knows', JSON.stringify({ ...defaultSettings, gaurd: { mode: 'block' } })],
    ['with a guard mode nobody knows', JSON.stringify({ ...defaultSettings, guard: { mode: 'off' } })],
    ['not even text', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ])('%s is kept beside, and every call is blocked', async (_what, content) => {
    writeFileSync(path, content);
    const store = await openConfSettings(directory);

    expect(store.get()).toEqual({ ...defaultSettings, guard: { mode: 'block' } });
    expect(onDisk()).toEqual(store.get());
    const [copy] = copies();
    const kept = join(directory, copy as string);
    expect(readFileSync(kept)).toEqual(Buffer.from(content));
    if (POSIX) expect(modeOf(kept)).toBe(0o600);
    expect(store.problem).toContain('was not valid');
    expect(store.problem).toContain(kept);
    expect(store.problem).toContain('blocks every call');
  });

  it('still blocks when Greenlight starts again', async () => {
    writeFileSync(path, 'x');
    await openConfSettings(directory);
    const again = await openConfSettings(directory);
    expect(again.get().guard.mode).toBe('block');
    expect(again.problem).toBeUndefined();
    expect(copies()).toHaveLength(1);
  });
});

describe('a change of the settings', () => {
  it('is on the disk once it is made', async () => {
    const store = await openConfSettings(directory);
    store.set({ ...store.get(), theme: 'dark' });
    expect(onDisk()).toEqual({ ...defaultSettings, theme: 'dark' });
    expect(store.get()).toEqual(onDisk());
  });

  it('that cannot be written is not made, and says what to do', async () => {
    const store = await openConfSettings(directory);
    rmSync(path);
    mkdirSync(path);
    expect(() => store.set({ ...store.get(), theme: 'dark' })).toThrow(
      /could not write .*settings\.json.*Check that/,
    );
    expect(store.get().theme).toBe('system');
  });

  it('can be made once the file can be written again', async () => {
    const store = await openConfSettings(directory);
    rmSync(path);
    mkdirSync(path);
    expect(() => store.set({ ...store.get(), theme: 'dark' })).toThrow();
    rmSync(path, { recursive: true });
    store.set({ ...store.get(), theme: 'light' });
    expect(onDisk().theme).toBe('light');
  });
});
