import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { startChild } from '../../support/child.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { skipUnless } from '../../support/skip.ts';

const script = join(import.meta.dirname, 'open-with-keyring.ts');
let directory: string;

beforeEach(() => {
  directory = temporaryFolder();
});
interface Opened {
  description: string;
  results: unknown[];
  warnings: string[];
}

/** Opens the vault in a process started by `command` in `env`, and does `steps` with it. */
async function openIn(command: string[], env: NodeJS.ProcessEnv, steps: string[][]): Promise<Opened> {
  const [program, ...args] = [...command, process.execPath, script];
  const { GREENLIGHT_SECRETS: _, ...rest } = { ...process.env, ...env };
  const child = startChild(program as string, args, rest);
  child.stdin.end(JSON.stringify({ directory, steps }));
  return JSON.parse((await text(child.stdout)).trim().split('\n').at(-1) ?? '');
}

const works = (program: string) => spawnSync(program, ['--version']).status === 0;
const hasSecretService =
  process.platform === 'linux' && works('dbus-run-session') && works('gnome-keyring-daemon');

const needsKeyring = skipUnless(
  hasSecretService,
  'the system keyring needs Linux, dbus-run-session and gnome-keyring-daemon: apt-get install dbus gnome-keyring',
);

describe('with a system keyring', needsKeyring, () => {
  /** A private session bus with an unlocked keyring on it; both end with the command. */
  const session = () => {
    const home = join(directory, 'home');
    mkdirSync(home, { recursive: true });
    return openIn.bind(
      null,
      [
        'dbus-run-session',
        '--',
        'sh',
        '-c',
        'printf test | gnome-keyring-daemon --unlock --components=secrets >&2; exec "$@"',
        'sh',
      ],
      { HOME: home, XDG_DATA_HOME: join(home, 'data'), XDG_RUNTIME_DIR: home },
    );
  };
  const file = () => join(directory, 'secrets.json');

  it('secrets are kept there, for the next start too, and in no file', async () => {
    const open = session();
    const first = await open([
      ['get', 'luma'],
      ['set', 'luma', 'tøken'],
      ['set', 'other', 'x'],
      ['delete', 'other'],
      ['delete', 'other'],
      ['get', 'other'],
    ]);
    expect(first).toEqual({
      description: 'the system keyring',
      results: [null, null, null, null, null, null],
      warnings: [],
    });
    expect((await open([['get', 'luma']])).results).toEqual(['tøken']);
    expect(readdirSync(directory)).toEqual(['home']);
  });

  it('secrets that were put into the file move into it', async () => {
    writeFileSync(file(), JSON.stringify({ version: 1, secrets: { luma: 'token', other: 'x' } }));
    const open = session();
    const opened = await open([
      ['get', 'luma'],
      ['get', 'other'],
    ]);
    expect(opened.results).toEqual(['token', 'x']);
    expect(existsSync(file())).toBe(false);
  });

  it('a file that is not one of secrets stays', async () => {
    writeFileSync(file(), 'mine');
    const opened = await session()([['get', 'luma']]);
    expect(opened).toMatchObject({ results: [null], warnings: [expect.stringContaining('stay in a file')] });
    expect(readFileSync(file(), 'utf8')).toBe('mine');
  });
});

describe(
  'without a system keyring',
  skipUnless(process.platform === 'linux', 'other systems always have one'),
  () => {
    const expectFile = ({ description, results }: Opened) => {
      expect(description).toBe(
        `a file only you can read (${join(directory, 'secrets.json')}); no system keyring was found`,
      );
      expect(results).toEqual([null, 'token']);
      expect(existsSync(join(directory, 'secrets.json'))).toBe(true);
    };
    const steps = [
      ['set', 'luma', 'token'],
      ['get', 'luma'],
    ];

    it('secrets are kept in a file, not in the kernel’s keyring, which forgets', async () => {
      const address = `unix:path=${join(directory, 'nobody')}`;
      expectFile(await openIn([], { DBUS_SESSION_BUS_ADDRESS: address }, steps));
    });

    it('a session bus that never answers keeps Greenlight neither from starting nor from ending', async () => {
      const silent = createServer(() => {}).listen(join(directory, 'bus'));
      try {
        const address = `unix:path=${join(directory, 'bus')}`;
        expectFile(await openIn([], { DBUS_SESSION_BUS_ADDRESS: address }, steps));
      } finally {
        silent.close();
      }
    });
  },
);
