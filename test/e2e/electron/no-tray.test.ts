/** A desktop that shows no icons of trays (GNOME without its extension): the window stays reachable. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { needsPanel, openPanel } from '../../support/electron/panel.ts';
import { needsElectron, prepareHome, type RealElectron, startElectron } from '../../support/electron/real.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { needsWindowManager, startWindowManager } from '../../support/screen.ts';
import { needsAll } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';

describe('without a tray', needsAll(needsElectron, needsDesktop, needsWindowManager), () => {
  let desktop: Desktop;
  let manager: { close(): Promise<void> };
  let data: string;
  beforeAll(async () => {
    desktop = await startDesktop();
    manager = await startWindowManager(desktop.env);
  });
  afterAll(async () => {
    await manager?.close();
    await desktop?.close();
  });
  beforeEach(async () => {
    data = temporaryFolder();
    await prepareHome(data);
  });

  /** Starts it; the person presses these buttons of the dialogs that come. */
  async function start(
    answers: number[] = [],
    given: { env?: NodeJS.ProcessEnv; args?: string[]; window?: boolean } = {},
  ): Promise<RealElectron> {
    const env = { ...desktop.env, XDG_CURRENT_DESKTOP: 'ubuntu:GNOME', ...given.env };
    const host = await startElectron(data, { ...given, env });
    onTestFinished(() => host.close());
    await host.app.evaluate(({ dialog }, pressed) => {
      const kept = globalThis as { questions?: string[] };
      kept.questions = [];
      // In the person's stead, who takes a moment.
      dialog.showMessageBox = async (...all: unknown[]) => {
        kept.questions?.push((all.at(-1) as { message: string }).message);
        await new Promise((resolve) => setTimeout(resolve, 100));
        return { response: pressed.shift() ?? 0, checkboxChecked: false };
      };
    }, answers);
    return host;
  }
  const noTray = async ({ call }: RealElectron) => (await call('state.get', {})).desktop?.noTray;
  const close = (app: ElectronApplication) =>
    app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  const windows = (app: ElectronApplication) =>
    app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((window) => ({
        minimised: window.isMinimized(),
        focused: window.isFocused(),
      })),
    );

  test('the window says how to get one; closing it asks once and minimises it; a second start brings it back', async () => {
    const host = await start();
    const { app, page } = host;
    await page
      .getByText('This desktop has no tray: closing this window minimises it, or quits Greenlight.')
      .waitFor();
    await page.getByRole('button', { name: 'What to do' }).click();
    await page.getByText(/gnome-shell-extension-appindicator/).waitFor();
    expect(await noTray(host)).toMatch(/^Nothing on this desktop shows.*minimised instead/);
    await close(app);
    await close(app);
    await expect.poll(() => windows(app)).toEqual([{ minimised: true, focused: false }]);
    expect(await host.questions()).toEqual(['Minimise Greenlight, or quit it?']);
    await app.evaluate(({ app: electron }) => void electron.emit('second-instance', {}, ['greenlight']));
    await expect.poll(() => windows(app)).toEqual([{ minimised: false, focused: true }]);
  });

  test('closing it quits where the person says so', async () => {
    const host = await start([1]);
    await until(async () => (await noTray(host)) !== undefined);
    await close(host.app);
    expect(await host.ended).toEqual({ code: 0, signal: null });
  });

  test('a window whose page went down for good can be closed', async () => {
    const host = await start();
    await until(async () => (await noTray(host)) !== undefined);
    await host.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      // It would be loaded anew.
      contents?.removeAllListeners('render-process-gone');
      contents?.forcefullyCrashRenderer();
    });
    const crashed = () =>
      host.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.isCrashed());
    await until(async () => (await crashed()) === true);
    await close(host.app);
    await until(async () => (await windows(host.app)).length === 0);
    expect(await host.questions()).toEqual([]);
  });

  test('where the panel is gone after the login, a window comes that can be found', needsPanel, async () => {
    const panel = await openPanel(desktop.env);
    const host = await start([], {
      args: ['--at-login'],
      window: false,
      env: { GREENLIGHT_TEST_MINUTE: '200' },
    });
    await panel.shows(({ toolTip }) => toolTip.startsWith('Greenlight: on'));
    expect(await windows(host.app)).toEqual([]);
    const came = host.app.waitForEvent('window');
    panel.close();
    host.usePage(await came);
    await expect.poll(() => windows(host.app)).toEqual([{ minimised: true, focused: false }]);
    await until(async () => (await noTray(host)) !== undefined);
    // And the icon is used again once there is one.
    const another = await openPanel(desktop.env);
    await until(async () => (await noTray(host)) === undefined);
    another.close();
  });

  test.each([
    ['is not installed', () => ({ PATH: emptyFolder() })],
    ['cannot reach a session', () => ({ DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' })],
  ])('is not said where dbus-send %s: the window goes when it is closed', async (_why, env) => {
    const host = await start([], { env: env() });
    await host.page.getByRole('heading', { level: 1 }).waitFor();
    expect(await noTray(host)).toBeUndefined();
    await close(host.app);
    await until(async () => (await windows(host.app)).length === 0);
    expect(await host.questions()).toEqual([]);
  });

  const emptyFolder = () => {
    const folder = join(data, 'bin');
    mkdirSync(folder);
    return folder;
  };
});
