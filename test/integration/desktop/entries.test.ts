/** What the system is told of Greenlight: that it starts at login, and what an AppImage is. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { registerAppImage } from '../../../main/desktop/app-image.ts';
import { beforeReady } from '../../../main/desktop/before-ready.ts';
import { setStartAtLogin, startedAtLogin } from '../../../main/desktop/login-item.ts';
import { createFakeElectron, type FakeElectron } from '../../support/electron/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { createTestLogger, type LogLine } from '../../support/log.ts';
import { modeOf } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';

let home: string;
beforeEach(() => {
  home = temporaryFolder();
});

const fake = (options: { packaged?: boolean; openedAtLogin?: boolean } = {}): FakeElectron =>
  createFakeElectron({ appPath: home, userData: home, ...options });

/** Greenlight as it was packed for Linux, at a path that wants to be quoted. */
const linux = (env: NodeJS.ProcessEnv = {}, { app = fake({ packaged: true }) } = {}) => ({
  electron: app.module,
  platform: 'linux' as NodeJS.Platform,
  execPath: '/opt/Green "light" $1/greenlight',
  env,
  home,
});
/** As the runtime of an AppImage sets it up. */
const mounted = () => ({ APPIMAGE: join(home, 'Green light.AppImage'), APPDIR: '/opt/Green "light" $1' });

describe('start at login', () => {
  const entry = () => join(home, '.config/autostart/greenlight.desktop');

  test('on Linux is an autostart entry, and none when it is off', () => {
    setStartAtLogin(linux(), true);
    const written = readFileSync(entry(), 'utf8').split('\n');
    expect(written).toContain('Exec="/opt/Green \\\\"light\\\\" \\\\$1/greenlight" --at-login');
    // So that it does not count once Greenlight was removed.
    expect(written).toContain('TryExec=/opt/Green "light" $1/greenlight');
    setStartAtLogin(linux(), false);
    expect(existsSync(entry())).toBe(false);
    setStartAtLogin(linux(), false);
  });

  test('is where the environment has such entries; a path that is not whole is none', () => {
    setStartAtLogin(linux({ XDG_CONFIG_HOME: join(home, 'elsewhere') }), true);
    expect(existsSync(join(home, 'elsewhere/autostart/greenlight.desktop'))).toBe(true);
    setStartAtLogin(linux({ XDG_CONFIG_HOME: '' }), true);
    expect(existsSync(entry())).toBe(true);
  });

  test('an AppImage is started by its own file, not by the folder it is mounted at', () => {
    setStartAtLogin(linux(mounted()), true);
    expect(readFileSync(entry(), 'utf8')).toContain(`Exec="${home}/Green light.AppImage" --at-login`);
  });

  test('what another AppImage started is no AppImage', () => {
    setStartAtLogin(linux({ ...mounted(), APPDIR: '/tmp/.mount_Cursor' }), true);
    expect(readFileSync(entry(), 'utf8')).toContain('/greenlight" --at-login');
  });

  test('an entry that is a link to nothing is not written through', () => {
    mkdirSync(join(home, '.config/autostart'), { recursive: true });
    symlinkSync(join(home, 'elsewhere'), entry());
    expect(() => setStartAtLogin(linux(), true)).toThrow('a link to something that is not there');
    expect(existsSync(join(home, 'elsewhere'))).toBe(false);
  });

  test('elsewhere the system keeps it', () => {
    const app = fake({ packaged: true });
    setStartAtLogin({ ...linux({}, { app }), platform: 'win32' }, true);
    expect(app.app.loginItem).toEqual({ openAtLogin: true, args: ['--at-login'] });
  });

  test('is left alone in development', () => {
    const app = fake();
    setStartAtLogin(linux({}, { app }), true);
    setStartAtLogin({ ...linux({}, { app }), platform: 'darwin' }, true);
    expect(existsSync(entry())).toBe(false);
    expect(app.app.loginItem).toBeUndefined();
  });

  test('Greenlight knows that the system started it', () => {
    expect(startedAtLogin(fake({ openedAtLogin: true }).app, 'darwin', [])).toBe(true);
    expect(startedAtLogin(fake().app, 'darwin', ['--at-login'])).toBe(false);
    expect(startedAtLogin(fake().app, 'linux', ['greenlight', '--at-login'])).toBe(true);
    expect(startedAtLogin(fake().app, 'win32', ['Greenlight.exe'])).toBe(false);
  });
});

test.each([
  ['win32', true, ['greenlight']],
  ['darwin', true, ['greenlight']],
  // The package's entry says so, or the AppImage's.
  ['linux', true, []],
  // It would be the bare Electron.
  ['win32', false, []],
] as const)(
  'on %s, packed: %s, the schemes that Greenlight asks for are %j',
  (platform, packaged, schemes) => {
    const electron = fake({ packaged });
    beforeReady({ electron: electron.module, env: {}, argv: [], platform });
    expect(electron.app.schemes).toEqual(schemes);
  },
);

const needsXdg = skipUnless(
  process.platform === 'linux' && spawnSync('xdg-mime', ['--version']).status === 0,
  'this machine has no xdg-mime (xdg-utils)',
);

describe('an AppImage', needsXdg, () => {
  const entry = () => join(home, '.local/share/applications/greenlight.desktop');
  const system = () => join(home, 'system');
  const environment = () => ({
    ...process.env,
    HOME: home,
    XDG_DATA_HOME: '',
    XDG_CONFIG_HOME: '',
    XDG_DATA_DIRS: `${mounted().APPDIR}/usr/share:${system()}`,
    XDG_CURRENT_DESKTOP: '',
    ...mounted(),
  });
  const register = async (machine = linux(environment())) => {
    const lines: LogLine[] = [];
    const icon = join(home, 'icon.png');
    writeFileSync(icon, 'a picture');
    await registerAppImage(machine, icon, createTestLogger(lines));
    return lines;
  };

  test('is in the menu, and what opens links; again where it was moved to', async () => {
    expect(await register()).toEqual([]);
    const opener = execFileSync('xdg-mime', ['query', 'default', 'x-scheme-handler/greenlight'], {
      env: { ...environment(), XDG_DATA_HOME: join(home, '.local/share') },
      encoding: 'utf8',
    });
    expect(opener).toBe('greenlight.desktop\n');
    expect(readFileSync(entry(), 'utf8')).toBe(`[Desktop Entry]
Type=Application
Name=Greenlight
Comment=Asks before your AI agents spend
Exec="${home}/Green light.AppImage" %U
TryExec=${home}/Green light.AppImage
Icon=greenlight
Terminal=false
Categories=Utility;
StartupWMClass=greenlight
MimeType=x-scheme-handler/greenlight;
`);
    expect(modeOf(entry())).toBe(0o644);
    const icon = join(home, '.local/share/icons/hicolor/512x512/apps/greenlight.png');
    expect(readFileSync(icon, 'utf8')).toBe('a picture');

    const moved = join(home, 'Greenlight.AppImage');
    await register(linux({ ...environment(), APPIMAGE: moved }));
    expect(readFileSync(entry(), 'utf8')).toContain(`TryExec=${moved}\n`);
  });

  test('leaves the desktop to the package where one is installed', async () => {
    mkdirSync(join(system(), 'applications'), { recursive: true });
    writeFileSync(join(system(), 'applications/greenlight.desktop'), '[Desktop Entry]\n');
    await register();
    expect(existsSync(entry())).toBe(false);
  });

  test.each([
    ['installed', () => linux({ ...environment(), APPIMAGE: undefined, APPDIR: undefined })],
    ['in development', () => linux(environment(), { app: fake() })],
    ['on another system', () => ({ ...linux(environment()), platform: 'darwin' as const })],
  ])('nothing is written where Greenlight is %s', async (_, machine) => {
    await register(machine());
    expect(existsSync(join(home, '.local'))).toBe(false);
  });

  test('what cannot be written is in the log, and nothing else comes of it', async () => {
    writeFileSync(join(home, '.local'), 'no folder');
    expect(await register()).toMatchObject([
      { level: 'warn', message: 'the desktop could not be told of this AppImage' },
    ]);
  });
});
