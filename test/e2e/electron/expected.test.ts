/** What people expect of a desktop application, on a real Electron. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Settings } from '../../../shared/settings.ts';
import { askForVideo, textOf } from '../../support/client.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { itemAt, needsPanel, openPanel, type PanelItem } from '../../support/electron/panel.ts';
import { needsElectron, prepareHome, type RealElectron, startElectron } from '../../support/electron/real.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { skipUnless } from '../../support/skip.ts';

/** Presses keys as a keyboard does, whatever has the focus. */
function pressKeys(env: NodeJS.ProcessEnv, keys: string): void {
  const { status, stderr } = spawnSync('xdotool', ['key', keys], { env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`xdotool: ${stderr}`);
}

const needsKeys = skipUnless(
  spawnSync('xdotool', ['version']).status === 0,
  'keys are pressed with xdotool, which is not installed',
);

describe('the desktop application', needsElectron, () => {
  const folder = folderOfSuite();
  const running = new Set<RealElectron>();

  afterEach(async () => {
    await Promise.all([...running].map((host) => host.close()));
    running.clear();
  });

  /** Starts it on a home of its own. */
  async function start(settings: Partial<Settings> = {}, env: NodeJS.ProcessEnv = {}): Promise<RealElectron> {
    const home = mkdtempSync(join(folder(), 'home-'));
    await prepareHome(home, settings);
    const host = await startElectron(home, { env });
    running.add(host);
    await host.page.getByRole('heading', { level: 1 }).waitFor();
    return host;
  }

  /** A client that asks for a video, once it stands in the window. */
  async function ask({ client: connect, page }: RealElectron) {
    const client = await connect();
    const answer = askForVideo(client);
    await page.getByText('A cat in the rain').first().waitFor();
    return { client, answer };
  }

  describe('on a desktop', needsDesktop, () => {
    let desktop: Desktop;
    beforeEach(async () => {
      desktop = await startDesktop();
    });
    afterEach(() => desktop?.close());

    const windows = (app: ElectronApplication) =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
    const close = (app: ElectronApplication) =>
      app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());

    test('the tray pauses a client that waits, and snoozes notifications', needsPanel, async () => {
      const panel = await openPanel(desktop.env);
      const labels = (items: readonly PanelItem[]) => items.map(({ label }) => label);
      try {
        const host = await start({}, desktop.env);
        const { page } = host;
        const { client, answer } = await ask(host);
        await panel.shows(({ items }) => itemAt(items, '1 video is waiting') !== undefined);
        await panel.choose('1 video is waiting', 'Pause this client: Claude');
        expect(textOf(await answer)).toContain('The user has paused this client.');
        await panel.shows(({ items }) => labels(items).includes('Claude is paused'));
        await page.getByText('Claude is paused: its calls are denied').waitFor();
        await panel.choose('Claude is paused', 'Resume');

        await panel.shows(({ items }) => labels(items).includes('Nothing is waiting'));
        await panel.choose('Snooze notifications', 'for 1 hour');
        await page.getByText(/^Notifications are snoozed until /).waitFor();
        const second = askForVideo(client);
        await page.getByText('A cat in the rain').first().waitFor();
        const { toolTip } = await panel.shows((shown) => shown.toolTip.includes('1 call is waiting'));
        expect(toolTip).toContain('Notifications snoozed until');
        expect(await desktop.displayed()).toBe(0);
        await panel.choose('Notifications snoozed', 'End now');
        await desktop.waitForDisplayed(1);

        // What is on the screen goes, and comes back; calls that come meanwhile are denied where the person chose so.
        await panel.shows(({ items }) => itemAt(items, 'Snooze notifications') !== undefined);
        const denies = ['Snooze notifications', 'Calls that need you are denied'] as const;
        await panel.choose(...denies);
        await panel.shows(({ items }) => itemAt(items, ...denies)?.ticked === true);
        await panel.choose('Snooze notifications', 'until tomorrow');
        await desktop.waitForDisplayed(0);
        const { snooze } = await host.call('state.get', {});
        expect(new Date(snooze?.until ?? '').getHours()).toBe(8);
        expect(textOf(await askForVideo(client, 'A dog'))).toContain('not to be disturbed');
        expect(await desktop.displayed()).toBe(0);
        await panel.choose('Notifications snoozed', 'End now');
        await desktop.waitForDisplayed(1);
        await desktop.pressAction('deny', 'Claude');
        expect((await second).isError).toBe(true);
        await client.close();
      } finally {
        panel.close();
      }
    });

    test(
      'a shortcut is chosen by pressing it, brings the oldest call forward, and answers nothing',
      needsKeys,
      async () => {
        const host = await start({}, desktop.env);
        const { app, page, call } = host;
        await page.evaluate(`location.hash = '#/settings'`);
        await page.getByRole('button', { name: 'Shortcut: Off: choose keys…' }).click();
        await page.keyboard.press('Control+C');
        await page.getByText(/^Hold two of Ctrl, Alt, Shift/).waitFor();
        await page.keyboard.press('Control+Alt+KeyG');
        await page.getByRole('button', { name: 'Shortcut: Ctrl+Alt+G' }).waitFor();
        expect((await call('settings.get', {})).shortcut).toBe('Control+Alt+G');
        expect((await call('state.get', {})).desktop?.noShortcut).toBeUndefined();

        await page.evaluate(`location.hash = '#/approvals'`);
        const { client, answer } = await ask(host);
        const id = (await call('approvals.list', {})).approvals[0]?.id ?? '';
        await page.evaluate(`location.hash = '#/settings'`);
        await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
        const shown = () =>
          app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((each) => each.isVisible()));
        expect(await shown()).toEqual([false]);
        pressKeys(desktop.env, 'ctrl+alt+g');
        await expect.poll(shown).toEqual([true]);
        await expect.poll(() => page.url()).toBe(`app://greenlight/#/approvals/${id}`);
        expect((await call('state.get', {})).pending).toBe(1);

        // What one program has, another does not get, and says so where it is chosen.
        const second = await start({ shortcut: 'Control+Alt+G' }, desktop.env);
        await second.page.evaluate(`location.hash = '#/settings'`);
        await second.page.getByText(/^Ctrl\+Alt\+G does nothing here: /).waitFor();

        await call('approvals.decide', { id, answer: 'deny' });
        expect((await answer).isError).toBe(true);
        await client.close();
      },
    );

    test('with a tray, the window goes, and the icon stays', needsPanel, async () => {
      const panel = await openPanel(desktop.env);
      try {
        const { app, client: connect } = await start({}, desktop.env);
        const client = await connect();
        await panel.shows(({ toolTip }) => toolTip.startsWith('Greenlight: on'));
        await close(app);
        await expect.poll(() => windows(app)).toBe(0);
        await panel.shows(({ toolTip }) => toolTip.startsWith('Greenlight: on'));
        expect((await client.listTools()).tools.length).toBeGreaterThan(0);
        await client.close();
      } finally {
        panel.close();
      }
    });

    test('a page that goes down again and again is let go, and the proxy goes on', needsPanel, async () => {
      const panel = await openPanel(desktop.env);
      try {
        const host = await start({}, desktop.env);
        const { app } = host;
        const client = await host.client();
        await panel.shows(({ toolTip }) => toolTip.startsWith('Greenlight: on'));
        await app.evaluate(({ BrowserWindow, dialog }) => {
          const kept = Object.assign(globalThis, { loads: 0, questions: [] as string[] });
          BrowserWindow.getAllWindows()[0]?.webContents.on('did-finish-load', () => {
            kept.loads += 1;
          });
          // In the person's stead.
          dialog.showMessageBox = async (...all: unknown[]) => {
            kept.questions.push((all.at(-1) as { message: string }).message);
            return { response: 0, checkboxChecked: false };
          };
        });
        const goDown = () =>
          app.evaluate(({ BrowserWindow }) =>
            BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer(),
          );
        const loads = () => app.evaluate(() => (globalThis as unknown as { loads: number }).loads);
        for (const times of [1, 2, 3]) {
          await goDown();
          await expect.poll(loads).toBe(times);
        }
        await goDown();
        await expect.poll(() => windows(app)).toBe(0);
        expect(await host.questions()).toEqual(['The window of Greenlight stopped working.']);
        expect((await client.listTools()).tools.length).toBeGreaterThan(0);
        await client.close();
      } finally {
        panel.close();
      }
    });
  });

  test('an error that nothing caught refuses what waits, and is told once nothing runs', async () => {
    const host = await start();
    const { app, call, ended, log } = host;
    const { mcpUrl } = await call('state.get', {});
    const { answer } = await ask(host);
    // The person copies the details, then quits.
    await app.evaluate(({ clipboard, dialog }) => {
      const answers = ['Copy details', 'Quit'];
      const write = clipboard.writeText.bind(clipboard);
      const told = { message: '', detail: '', buttons: [] as string[], copied: '' };
      clipboard.writeText = (text: string) => {
        told.copied = text;
        return write(text);
      };
      dialog.showMessageBoxSync = (options) => {
        const { message, detail, buttons = [] } = options as Electron.MessageBoxSyncOptions;
        Object.assign(told, { message, detail, buttons });
        const answer = answers.shift() ?? 'Quit';
        if (answer === 'Quit') process.stderr.write(`told ${JSON.stringify(told)}\n`);
        return buttons.indexOf(answer);
      };
      setTimeout(() => {
        throw new Error('a mistake');
      });
      setTimeout(() => {
        throw new Error('another one, while it ends');
      });
    });
    expect(textOf(await answer)).toContain('Greenlight');
    expect((await ended).code).toBe(1);
    await expect(fetch(mcpUrl)).rejects.toThrow();
    const told = JSON.parse(/^told (.*)$/m.exec(log())?.[1] ?? '{}');
    expect(told).toMatchObject({
      message: 'Greenlight met an error of its own and stopped.',
      detail: expect.stringMatching(/^Calls that waited were refused.*\n\nError: a mistake$/),
      buttons: ['Restart', 'Copy details', 'Quit'],
    });
    expect(told.copied).toMatch(/^Greenlight .*, desktop host\nRuns on: Electron /);
    expect(told.copied).toContain('Error: a mistake');
  });
});
