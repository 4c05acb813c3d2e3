import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ElectronApplication, _electron as electron, type Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openConfSettings } from '../../main/settings/settings.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { askForVideo, connectClient } from '../support/client.ts';
import { builtDesktop, repository } from '../support/electron/build.ts';
import { electronRuntime } from '../support/electron/runtime.ts';
import { folderOfSuite } from '../support/folder.ts';
import { skipUnless } from '../support/skip.ts';

const program = electronRuntime();
const needsElectron = skipUnless(
  program !== undefined,
  'Electron’s runtime is not installed: npx install-electron',
);

/** An application that was built already, for a runtime that cannot load the project's own bundle. */
const given = process.env.GREENLIGHT_ELECTRON_APPLICATION;

const hasThread = skipUnless(
  given === undefined || existsSync(join(given, 'out/main/log-worker.js')),
  'the application that was given has no out/main/log-worker.js: build main/ledger/log-worker.ts beside its main process',
);

async function buildForElectron(): Promise<string> {
  const application = join(repository, 'out', `test-electron-${process.pid}`);
  rmSync(application, { recursive: true, force: true });
  cpSync(await builtDesktop(), application, { recursive: true, verbatimSymlinks: true });
  const { name, productName, version, type } = packageJson;
  writeFileSync(
    join(application, 'package.json'),
    JSON.stringify({ name, productName, version, type, main: 'out/main/index.js' }),
  );
  return application;
}

/** The real thing: Electron with its own windows and tray, the built application, a real client. */
describe('the desktop application in Electron', needsElectron, () => {
  const folder = folderOfSuite();
  let data: string;
  let application: string;
  let app: ElectronApplication;
  let page: Page;

  beforeAll(async () => {
    data = folder();
    const settings = await openConfSettings(data);
    settings.set({ ...settings.get(), ports: { mcp: 0, ui: 0 }, welcomed: true });
    application = given ?? (await buildForElectron());
    app = await electron.launch({
      executablePath: program as string,
      args: [
        // The sandbox of Chromium wants user namespaces, which hosted runners of GitHub forbid.
        ...(process.platform === 'linux' && process.env.CI ? ['--no-sandbox'] : []),
        '-r',
        join(repository, 'test/support/electron/watch-tray.cjs'),
        application,
      ],
      env: { ...process.env, GREENLIGHT_HOME: data, GREENLIGHT_SECRETS: 'file' } as Record<string, string>,
    });
    page = await app.firstWindow();
  });
  afterAll(async () => {
    await app?.close();
    if (application && !given) rmSync(application, { recursive: true, force: true });
  });

  const toolTip = () => app.evaluate(() => (globalThis as { trayToolTip?: string }).trayToolTip);
  /** Calls a method over the bridge, as the page does. */
  const call = async (method: string, params: object) => {
    const answer = await page.evaluate(
      ([name, text]) =>
        (
          globalThis as unknown as { greenlight: { call(name: string, text: string): Promise<string> } }
        ).greenlight.call(name, text),
      [method, JSON.stringify(params)] as const,
    );
    return JSON.parse(answer).result;
  };

  test('shows its window from app://, and the tray says that it is on', async () => {
    expect(page.url()).toBe('app://greenlight/');
    await expect.poll(() => page.title()).toContain('Greenlight');
    await expect.poll(toolTip).toBe('Greenlight: on, sandbox connected');
  });

  test('gives the page nothing but the bridge', async () => {
    const found = await page.evaluate(() =>
      ['require', 'process', 'module', 'Buffer', 'greenlight'].filter((name) => name in globalThis),
    );
    expect(found).toEqual(['greenlight']);
    // In a task of the page's own: what the driver evaluates is exempt from the page's policy.
    const refused = `new Promise((resolve) => setTimeout(() => {
      try { resolve(String(new Function('return 1')())); } catch (error) { resolve(error.name); }
    }))`;
    expect(await page.evaluate(refused)).toBe('EvalError');
  });

  test('a call waits in the window and the tray, and runs once it is allowed', async () => {
    const { token, mcpUrl } = await call('clients.create', { label: 'Claude' });
    const client = await connectClient(mcpUrl, token);
    const answer = askForVideo(client);
    await expect.poll(toolTip).toContain('1 call is waiting');
    await page.getByText('A cat in the rain').first().waitFor();
    await page
      .getByRole('button', { name: /^Allow/ })
      .first()
      .click();
    expect((await answer).isError).not.toBe(true);
    await expect.poll(toolTip).toBe('Greenlight: on, sandbox connected');
    await client.close();
  });

  test('the log is read by the thread that is built beside the main process', hasThread, async () => {
    expect((await call('activity.query', {})).rows).toMatchObject([{ outcome: 'allowed', result: 'ok' }]);
    expect(await call('activity.verify', {})).toEqual({ valid: true, rows: 1 });
  });

  test('what another program wrote into the settings waits in the window, and goes when the person keeps theirs', async () => {
    const file = join(data, 'settings.json');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(before), holdSeconds: 46 }));
    const change = page.getByRole('group', { name: 'Settings was changed' });
    await change.getByText(/"holdSeconds": 46/).waitFor();
    expect((await call('settings.get', {})).holdSeconds).toBe(45);
    await change.getByRole('button', { name: 'Keep mine' }).click();
    await change.waitFor({ state: 'detached' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(before));
  });

  test('stays in the tray when its window is closed, and shows it again on a second start', async () => {
    await page.close();
    expect(app.windows()).toEqual([]);
    await expect.poll(toolTip).toContain('Greenlight: on');
    const again = app.waitForEvent('window');
    await app.evaluate(({ app: running }) => running.emit('activate'));
    page = await again;
    expect(page.url()).toBe('app://greenlight/');
  });

  test('quits', async () => {
    const ended = new Promise<number | null>((resolve) => app.process().once('exit', resolve));
    await app.evaluate(({ app: running }) => running.quit()).catch(() => undefined);
    expect(await ended).toBe(0);
  });
});
