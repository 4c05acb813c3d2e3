import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askForVideo } from '../../support/client.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { needsPanel, openPanel, type Panel } from '../../support/electron/panel.ts';
import {
  builtApplication,
  needsElectron,
  prepareHome,
  type RealElectron,
  runtime,
  startElectron,
} from '../../support/electron/real.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { needsAll, skipUnless } from '../../support/skip.ts';

const given = process.env.GREENLIGHT_ELECTRON_APPLICATION;
const hasThread = skipUnless(
  given === undefined || existsSync(join(given, 'out/main/log-worker.js')),
  'the application that was given has no out/main/log-worker.js: build main/ledger/log-worker.ts beside its main process',
);

/** The real thing: Electron with its own windows and tray, the built application, a real client. */
const linux = process.platform === 'linux';

const needs = linux ? needsAll(needsElectron, needsDesktop, needsPanel) : needsElectron;

describe('the desktop application in Electron', needs, () => {
  const folder = folderOfSuite();
  let data: string;
  let desktop: Desktop | undefined;
  let panel: Panel | undefined;
  let host: RealElectron;

  beforeAll(async () => {
    data = folder();
    await prepareHome(data);
    if (linux) {
      // Without a panel a window that is closed would only be minimised.
      desktop = await startDesktop();
      panel = await openPanel(desktop.env);
    }
    host = await startElectron(data, { env: desktop?.env ?? {} });
  });
  afterAll(async () => {
    await host?.close();
    panel?.close();
    await desktop?.close();
  });

  /** Starts it once more, as the person or the system does, and waits until that one has ended. */
  const startAgain = async (...args: string[]) => {
    const again = spawn(runtime.program, [...runtime.args, await builtApplication(), ...args], {
      env: { ...process.env, ...desktop?.env, GREENLIGHT_HOME: data, GREENLIGHT_SECRETS: 'file' },
      stdio: 'ignore',
    });
    const [code] = await once(again, 'exit');
    return code;
  };

  test('shows its window from app://, and the tray says that it is on', async () => {
    expect(host.page.url()).toBe('app://greenlight/');
    await expect.poll(() => host.page.title()).toContain('Greenlight');
    await expect.poll(host.toolTip).toBe('Greenlight: on, sandbox connected');
  });

  test('gives the page nothing but the bridge', async () => {
    const found = await host.page.evaluate(() =>
      ['require', 'process', 'module', 'Buffer', 'greenlight'].filter((name) => name in globalThis),
    );
    expect(found).toEqual(['greenlight']);
    // In a task of the page's own: what the driver evaluates is exempt from the page's policy.
    const refused = `new Promise((resolve) => setTimeout(() => {
      try { resolve(String(new Function('return 1')())); } catch (error) { resolve(error.name); }
    }))`;
    expect(await host.page.evaluate(refused)).toBe('EvalError');
  });

  test('a call waits in the window and the tray, and runs once it is allowed', async () => {
    const client = await host.client();
    const answer = askForVideo(client);
    await expect.poll(host.toolTip).toContain('1 call is waiting');
    await host.page.getByText('A cat in the rain').first().waitFor();
    await host.page
      .getByRole('button', { name: /^Allow/ })
      .first()
      .click();
    expect((await answer).isError).not.toBe(true);
    await expect.poll(host.toolTip).toBe('Greenlight: on, sandbox connected');
    await client.close();
  });

  test('the log is read by the thread that is built beside the main process', hasThread, async () => {
    expect((await host.call('activity.query', {})).rows).toMatchObject([
      { outcome: 'allowed', result: 'ok' },
    ]);
    expect(await host.call('activity.verify', {})).toEqual({ valid: true, rows: 1 });
  });

  test('an export is saved under a title that says what it is', async () => {
    await host.app.evaluate(
      ({ session }, file) => {
        session.defaultSession.once('will-download', (_event, item) => {
          const kept = globalThis as { saveDialogTitle?: string | undefined };
          kept.saveDialogTitle = item.getSaveDialogOptions().title;
          // In the person's stead: no dialog is shown then.
          item.setSavePath(file);
        });
      },
      join(data, 'saved.csv'),
    );
    await host.page.evaluate(`{
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(['at,tool\\n']));
      link.download = 'greenlight-activity.csv';
      link.click();
    }`);
    await expect.poll(() => existsSync(join(data, 'saved.csv'))).toBe(true);
    const title = await host.app.evaluate(() => (globalThis as { saveDialogTitle?: string }).saveDialogTitle);
    expect(title).toBe('Save greenlight-activity.csv');
  });

  test('what another program wrote into the settings waits in the window, and goes when the person keeps theirs', async () => {
    const file = join(data, 'settings.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(before), holdSeconds: 46 }));
    const change = host.page.getByRole('group', { name: 'Settings was changed' });
    await change.getByText(/"holdSeconds": 46/).waitFor();
    expect((await host.call('settings.get', {})).holdSeconds).toBe(45);
    await change.getByRole('button', { name: 'Keep mine' }).click();
    await change.waitFor({ state: 'detached' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(before));
  });

  test('a page that goes down is loaded again, and works', async () => {
    const loaded = host.page.waitForEvent('load');
    await host.app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
    });
    await loaded.catch(() => undefined);
    await expect
      .poll(() =>
        host.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.isCrashed()),
      )
      .toBe(false);
    const said = (code: string) =>
      host.app.evaluate(
        ({ BrowserWindow }, text) => BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(text),
        code,
      );
    await expect.poll(() => said('document.querySelector("h1")?.textContent')).toBeTruthy();
    expect(
      await said('greenlight.call("state.get", "{}").then((text) => JSON.parse(text).result.host)'),
    ).toBe('desktop');
  });

  test('stays in the tray when its window is closed, and shows it again on a second start, which ends', async () => {
    const windows = () => host.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
    await host.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await expect.poll(windows).toBe(0);
    await expect.poll(host.toolTip).toContain('Greenlight: on');
    const again = host.app.waitForEvent('window');
    expect(await startAgain()).toBe(0);
    host.usePage(await again);
    expect(host.page.url()).toBe('app://greenlight/');
    await expect.poll(windows).toBe(1);
  });

  test('a link opens the approval that it names, and answers nothing', async () => {
    const client = await host.client('Cursor');
    const answer = askForVideo(client, 'A paper boat');
    await expect.poll(host.toolTip).toContain('1 call is waiting');
    const [approval] = (await host.call('approvals.list', {})).approvals;
    const id = approval?.id as string;
    await startAgain(`greenlight://approval/${id}?answer=allow`);
    expect(host.page.url()).not.toContain(id);
    await startAgain(`greenlight://approval/${id}`);
    await expect.poll(() => host.page.url()).toBe(`app://greenlight/#/approvals/${id}`);
    expect((await host.call('approvals.list', {})).approvals).toHaveLength(1);
    await host.call('approvals.decide', { id, answer: 'deny' });
    expect((await answer).isError).toBe(true);
    await client.close();
  });

  test.each([
    'greenlight://approval/ID/allow',
    'greenlight://approval/ID#allow',
    'greenlight://allow/ID',
    'greenlight://approvals.decide/?id=ID&answer=allow',
    'greenlight://guard/allow',
    'greenlight://approval/00000000-0000-4000-8000-000000000000',
    'greenlight://approval/../../ID',
    'greenlight://approval/ID%22%20onload=',
  ])('the hostile link %s opens the window and answers nothing', async (link) => {
    const client = await host.client('Zed');
    const answer = askForVideo(client, 'A hostile boat');
    await expect.poll(host.toolTip).toContain('1 call is waiting');
    const [approval] = (await host.call('approvals.list', {})).approvals;
    const id = approval?.id as string;
    const before = host.page.url();
    // As it comes from a second start.
    await host.app.evaluate(
      ({ app }, hostile) => void app.emit('second-instance', {}, ['greenlight', hostile]),
      link.replace('ID', id),
    );
    expect((await host.call('approvals.list', {})).approvals).toMatchObject([{ id }]);
    expect((await host.call('state.get', {})).guard).toEqual({ mode: 'policy' });
    expect(host.page.url()).toBe(before);
    await host.call('approvals.decide', { id, answer: 'deny' });
    expect((await answer).isError).toBe(true);
    await client.close();
  });

  test('quits', async () => {
    await host.app.evaluate(({ app }) => app.quit()).catch(() => undefined);
    expect(await host.ended).toEqual({ code: 0, signal: null });
  });
});
