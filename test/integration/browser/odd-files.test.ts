/** What stands where Greenlight's own files belong, and is none of them. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../shared/settings.ts';
import { type BrowserHost, runBrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { POSIX } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';

let dataDir: string;
let elsewhere: string;
beforeEach(() => {
  dataDir = temporaryFolder();
  elsewhere = temporaryFolder();
});

const start = () => startBrowserHost({ dataDir });
const fails = async () => {
  const args = ['--json', '--no-open', '--port', '0', '--ui-port', '0', '--home', dataDir];
  const { code, stderr } = await runBrowserHost(args);
  expect(code).toBe(1);
  return stderr;
};

const files = ['settings.json', 'secrets.json', 'greenlight.db', 'greenlight.lock'];

describe.each(files)('%s', (name) => {
  test('as a link to a file that is not there: nothing is made there, and the start says so', async () => {
    const target = join(elsewhere, 'missing', name);
    symlinkSync(target, join(dataDir, name));
    const said = await fails();
    expect(said).toContain(join(dataDir, name));
    expect(said).toMatch(/is a link to something that is not there|is no plain file/);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test(
    'as a pipe: the start does not hang, and says so',
    skipUnless(POSIX, 'Windows has no such pipes'),
    async () => {
      execFileSync('mkfifo', [join(dataDir, name)]);
      expect(await fails()).toMatch(/is no plain file/);
    },
  );
});

test('settings that a person keeps elsewhere are used and written there, and the log says so', async () => {
  const target = join(elsewhere, 'settings.json');
  writeFileSync(target, JSON.stringify({ ...defaultSettings, theme: 'light' }));
  symlinkSync(target, join(dataDir, 'settings.json'));
  await using host = await start();
  expect((await host.api('settings.get')).theme).toBe('light');
  await host.api('settings.set', { theme: 'dark' });
  expect(JSON.parse(readFileSync(target, 'utf8')).theme).toBe('dark');
  expect(lstatSync(join(dataDir, 'settings.json')).isSymbolicLink()).toBe(true);
  await host.logged('what a link leads to is used');
  expect((await host.api('diagnostics.get')).text).toContain('what a link leads to is used');
});

test('a link that takes the place of the settings while Greenlight runs is not written through', async () => {
  await using host: BrowserHost = await start();
  rmSync(join(dataDir, 'settings.json'));
  symlinkSync(join(elsewhere, 'missing', 'settings.json'), join(dataDir, 'settings.json'));
  await expect(host.api('guard.set', { mode: 'block' })).rejects.toThrow(/could not write .*is a link to/);
  expect(existsSync(join(elsewhere, 'missing'))).toBe(false);
});

test('a policy that is a pipe, or a link to nothing, is told, and the others are in force', async () => {
  mkdirSync(join(dataDir, 'policies'));
  if (POSIX) execFileSync('mkfifo', [join(dataDir, 'policies', 'pipe.json')]);
  symlinkSync(join(elsewhere, 'missing', 'x.json'), join(dataDir, 'policies', 'nothing.json'));
  await using host = await start();
  const { problems } = await host.api('state.get');
  const expected = POSIX ? ['policy:nothing', 'policy:pipe'] : ['policy:nothing'];
  expect(
    problems
      .map(({ id }) => id)
      .filter((id) => id.startsWith('policy'))
      .toSorted(),
  ).toEqual(expected);
  expect((await host.api('policies.list')).policies.length).toBeGreaterThan(3);
  expect(readdirSync(elsewhere)).toEqual([]);
});
