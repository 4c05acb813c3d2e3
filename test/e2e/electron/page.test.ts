import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CALL } from '../../../main/desktop/window/channels.ts';
import { openConfSettings } from '../../../main/settings/settings.ts';
import { askForVideo, connectClient } from '../../support/client.ts';
import { builtDesktop } from '../../support/electron/build.ts';
import { type DesktopChild, startBundle } from '../../support/electron/child.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { launchChromium, needsChromium } from '../../support/window.ts';

/** Stands in for app://greenlight: Chromium outside Electron cannot be given a scheme of our own. */
const ORIGIN = 'https://greenlight.test';

/**
 * The desktop application without Electron's runtime: the built main bundle in a process with the fake in
 * Electron's place, its built page in a real Chromium with what its app: handler answers, headers and all,
 * and its built preload script between them.
 */
describe('the page of the desktop application', needsChromium, () => {
  let application: string;
  let browser: Browser;
  let data: string;
  let host: DesktopChild;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    [application, browser] = await Promise.all([builtDesktop(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  beforeEach(async () => {
    data = temporaryFolder();
    const settings = await openConfSettings(data);
    settings.set({ ...settings.get(), ports: { mcp: 0, ui: 0 }, welcomed: true });
    host = startBundle(join(application, 'out/main/index.js'), application, data);
    await host.ready();
    problems = [];
  });
  afterEach(async () => {
    await page.context().close();
    host.kill('SIGKILL');
    await host.ended();
    expect(problems).toEqual([]);
  });

  async function open(path: string, size = { width: 1100, height: 780 }): Promise<void> {
    const context = await browser.newContext({ viewport: size });
    page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.route(`${ORIGIN}/**`, async (route) => {
      const url = route.request().url().replace(ORIGIN, 'app://greenlight');
      const { status, headers, text } = await host.tell<{
        status: number;
        headers: Record<string, string>;
        text: string;
      }>({ do: 'fetch', url });
      await route.fulfill({ status, headers, body: text });
    });
    await page.exposeFunction('invokeInMain', (channel: string, ...args: unknown[]) =>
      host.tell({ do: 'invoke', channel, args }),
    );
    await page.exposeFunction('sendToMain', (channel: string) => host.tell({ do: 'subscribe', channel }));
    host.onSent(({ channel, args }) => {
      page
        .evaluate(`globalThis.fromMain?.(${JSON.stringify(channel)}, ${JSON.stringify(args)})`)
        .catch(() => undefined);
    });
    const preload = readFileSync(join(application, 'out/preload/preload.cjs'), 'utf8');
    await page.addInitScript(`{
      const listeners = new Map();
      globalThis.fromMain = (channel, args) => listeners.get(channel)?.({}, ...args);
      const electron = {
        contextBridge: { exposeInMainWorld: (name, api) => { globalThis[name] = api; } },
        ipcRenderer: {
          invoke: (...args) => invokeInMain(...args),
          send: (channel) => sendToMain(channel),
          on: (channel, listener) => listeners.set(channel, listener),
          off: (channel) => listeners.delete(channel),
        },
      };
      ((require, exports, module) => {${preload}})(() => electron, {}, {});
    }`);
    await page.goto(ORIGIN + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }

  async function connect(): Promise<Client> {
    const answer = await host.tell<string>({
      do: 'invoke',
      channel: CALL,
      args: ['clients.create', '{"label":"Claude"}'],
    });
    const { token, mcpUrl } = JSON.parse(answer).result as { token: string; mcpUrl: string };
    return connectClient(mcpUrl, token);
  }

  test('shows a call the moment it comes, and allows it, under the policy of the window', async () => {
    await open('/');
    await page.getByText('Nothing is waiting').waitFor();
    const client = await connect();
    const answer = askForVideo(client, 'A cat in the rain');
    const card = page.getByRole('article').filter({ hasText: 'A cat in the rain' });
    await card
      .getByRole('button', { name: /^Allow/ })
      .first()
      .click();
    expect((await answer).isError).not.toBe(true);
    await page.getByText('Nothing is waiting').waitFor();
    await client.close();
  });

  test('opens at the approval that was clicked elsewhere', async () => {
    const client = await connect();
    const first = askForVideo(client, 'A cat in the rain');
    await host.tray(({ toolTip }) => toolTip.includes('1 call is waiting'));
    const second = askForVideo(client, 'Drone over a lake');
    await host.tray(({ toolTip }) => toolTip.includes('2 calls are waiting'));
    await host.tell({ do: 'choose', path: ['2 videos are waiting', 'Claude: “Drone', 'Details'] });
    const [window] = (await host.tray(() => true)).windows;
    await open((window?.url ?? '').replace('app://greenlight', ''));
    await expect
      .poll(() => page.evaluate('document.activeElement.closest("[data-approval]")?.textContent'))
      .toContain('Drone over a lake');
    for (const prompt of ['Claude: “A cat', 'Claude: “Drone']) {
      const menu = (await host.tray(({ items }) => items?.some((item) => item.includes('waiting')) === true))
        .items;
      const waiting = menu?.find((item) => item.includes('waiting')) ?? '';
      await host.tell({ do: 'choose', path: [waiting, prompt, 'Deny'] });
    }
    expect([(await first).isError, (await second).isError]).toEqual([true, true]);
    await client.close();
  });

  test('beside the tray it is small: what waits, and nothing around it', async () => {
    await open('/?compact#/approvals', { width: 420, height: 560 });
    const client = await connect();
    const answer = askForVideo(client, 'A cat in the rain');
    const card = page.getByRole('article').filter({ hasText: 'A cat in the rain' });
    await card.waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await card.getByRole('button', { name: /^Deny/ }).first().click();
    await page.keyboard.press('Enter');
    expect((await answer).isError).toBe(true);
    await client.close();
  });
});
