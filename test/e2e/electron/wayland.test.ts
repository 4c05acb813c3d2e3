import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Settings } from '../../../shared/settings.ts';
import { askForVideo } from '../../support/client.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { itemAt, needsPanel, openPanel, type Panel } from '../../support/electron/panel.ts';
import { needsElectron, prepareHome, startElectron } from '../../support/electron/real.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { needsWayland, startWayland, type Wayland } from '../../support/screen.ts';
import { needsAll } from '../../support/skip.ts';

/** The compositor says where windows are, which is above the others, and which one gets the keyboard. */
describe('under Wayland', needsAll(needsElectron, needsDesktop, needsPanel, needsWayland), () => {
  let desktop: Desktop;
  let wayland: Wayland;
  let panel: Panel;
  let data: string;
  beforeAll(async () => {
    desktop = await startDesktop();
    wayland = await startWayland(desktop.env);
    panel = await openPanel(desktop.env);
  });
  afterAll(async () => {
    panel?.close();
    await wayland?.close();
    await desktop?.close();
  });
  beforeEach(() => {
    data = temporaryFolder();
  });

  async function start(settings: Partial<Settings> = {}) {
    await prepareHome(data, settings);
    const env = { ...desktop.env, ...wayland.env, DISPLAY: '' };
    const host = await startElectron(data, { env, args: ['--ozone-platform=wayland', '--disable-gpu'] });
    onTestFinished(() => host.close());
    return host;
  }

  test('no window comes by itself, since it would take the keyboard: what waits stands in the tray', async () => {
    const host = await start();
    await host.page.getByRole('heading', { level: 1 }).waitFor();
    const client = await host.client();
    onTestFinished(() => client.close());
    await host.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await desktop.stopDaemon();
    const answer = askForVideo(client, 'A cat');
    await panel.shows(({ items }) => itemAt(items, '1 problem') !== undefined);
    await panel.shows(({ items }) => itemAt(items, '1 video is waiting') !== undefined);
    const windows = () => host.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
    expect(await windows()).toBe(0);
    await panel.choose('1 video is waiting', 'Claude: “A cat', 'Allow once');
    expect((await answer).isError).not.toBe(true);
    expect(await windows()).toBe(0);
    await desktop.startDaemon();
  });

  test('a shortcut is not asked for, and it is said what can be done', async () => {
    const { app, call } = await start({ shortcut: 'Control+Alt+G' });
    const { desktop: told } = await call('state.get', {});
    expect(told?.noShortcut).toMatch(/^Under Wayland .* Ctrl\+Alt\+G does nothing.*starts Greenlight/);
    const taken = await app.evaluate(({ globalShortcut }) => globalShortcut.isRegistered('Control+Alt+G'));
    expect(taken).toBe(false);
  });
});
