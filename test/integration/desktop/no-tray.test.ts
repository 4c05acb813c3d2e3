/** A desktop that shows no icons of trays (GNOME without its extension): the window stays reachable. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { askForTray } from '../../../main/desktop/tray/presence.ts';
import { createTestClock } from '../../support/clock.ts';
import { needsDesktop, startDesktop } from '../../support/desktop.ts';
import {
  startTestDesktop,
  type TestDesktop,
  type TestDesktopOptions,
} from '../../support/electron/desktop.ts';
import { needsPanel, openPanel } from '../../support/electron/panel.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { skipUnless } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';

const NO_SERVICE =
  'echo "Error org.freedesktop.DBus.Error.ServiceUnknown: The name org.kde.StatusNotifierWatcher was not provided" >&2; exit 1';
const SHOWS = 'echo "   variant       boolean true"';

const needsShell = skipUnless(process.platform !== 'win32', 'Windows has no shell scripts');

describe('without a tray', needsShell, () => {
  let host: TestDesktop;
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => host.stop());

  /** What `dbus-send` answers from now on. */
  const answer = (script: string) => {
    const program = join(folder, 'dbus-send');
    writeFileSync(program, `#!/bin/sh\n${script}\n`);
    chmodSync(program, 0o755);
  };
  const start = async (options: TestDesktopOptions = {}) => {
    const env = {
      PATH: `${folder}:${process.env.PATH}`,
      XDG_CURRENT_DESKTOP: 'GNOME',
      GREENLIGHT_SECRETS: 'file',
    };
    host = await startTestDesktop({ platform: 'linux', env, ...options });
    return host;
  };
  const noTray = async () => (await host.call('state.get', {})).desktop?.noTray;

  test('the window says how to get one, and closing it asks, and minimises it', async () => {
    answer(NO_SERVICE);
    const { electron } = await start();
    await until(async () => (await noTray()) !== undefined);
    expect(await noTray()).toMatch(
      /^Nothing on this desktop shows.*gnome-shell-extension-appindicator.*minimised instead/,
    );
    const [window] = electron.windows;
    window?.close();
    window?.close();
    await until(() => window?.minimized === true);
    expect(electron.questions).toEqual([
      {
        message: 'Minimise Greenlight, or quit it?',
        detail: expect.stringContaining('no tray'),
        buttons: ['Minimise', 'Quit Greenlight'],
      },
    ]);
    expect(window?.isDestroyed()).toBe(false);
    // A second start brings it back.
    electron.app.emit('second-instance', {}, ['greenlight']);
    expect(window?.minimized).toBe(false);
    expect(window?.focused).toBe(true);
  });

  test('closing it quits where the person says so', async () => {
    answer(NO_SERVICE);
    const { electron } = await start();
    await until(async () => (await noTray()) !== undefined);
    electron.answers.push(1);
    electron.windows[0]?.close();
    await until(() => electron.app.exited === 0);
  });

  test('a window whose page went down for good can be closed', async () => {
    answer(NO_SERVICE);
    const { electron } = await start();
    await until(async () => (await noTray()) !== undefined);
    const [window] = electron.windows;
    if (window) window.contents.crashed = true;
    window?.close();
    expect(window?.isDestroyed()).toBe(true);
  });

  test('where the panel is gone, or never came after the login, a window comes that can be found', async () => {
    answer(SHOWS);
    const clock = createTestClock(Date.now());
    const { electron } = await start({ clock, argv: ['greenlight', '--at-login'] });
    expect(electron.windows).toEqual([]);
    answer(NO_SERVICE);
    await until(async () => {
      clock.advance(60_000);
      return electron.windows.length === 1;
    });
    await until(() => electron.windows[0]?.minimized === true);
    expect(electron.windows[0]).toMatchObject({ visible: true, focused: false });
    expect(await noTray()).toBeDefined();
    // And the icon is used again once there is one.
    answer(SHOWS);
    await until(async () => {
      clock.advance(60_000);
      return (await noTray()) === undefined;
    });
  });

  test.each([
    ['is not installed', undefined],
    ['cannot reach a session', 'echo "Failed to open connection to session message bus" >&2; exit 1'],
  ])('is not said where dbus-send %s', async (_why, script) => {
    if (script !== undefined) answer(script);
    await start({ env: { PATH: folder, GREENLIGHT_SECRETS: 'file' } });
    expect(await askForTray('linux', { PATH: folder })).toBe('unknown');
    expect(await noTray()).toBeUndefined();
  });
});

describe('a real session bus', needsDesktop, () => {
  test('tells whether a panel shows icons', needsPanel, async () => {
    const desktop = await startDesktop();
    try {
      const env = { ...process.env, ...desktop.env };
      expect(await askForTray('linux', env)).toBe('missing');
      const panel = await openPanel(desktop.env);
      expect(await askForTray('linux', env)).toBe('there');
      panel.close();
      await until(async () => (await askForTray('linux', env)) === 'missing');
    } finally {
      await desktop.close();
    }
  });
});
