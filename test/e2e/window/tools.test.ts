/** Tools that nobody described: how the person sees what they do, corrects it, and is asked. */
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HttpUpstream, type ScriptedTool, startHttpUpstream } from '../../servers/http.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { connectClient } from '../../support/client.ts';
import { launchChromium, needsChromium, type OpenWindow } from '../../support/window.ts';
import { expectAccessible, openPage } from './pages.ts';

const text = { type: 'string' };
const takes = (properties: object) => ({ type: 'object' as const, properties: { ...properties } });
const tools: ScriptedTool[] = [
  { name: 'list_files', description: 'Lists the files of a folder.', inputSchema: takes({ path: text }) },
  { name: 'purge_folder', description: 'Deletes all files.', inputSchema: takes({ path: text }) },
  {
    name: 'run_it',
    title: 'Run it',
    inputSchema: takes({ command: text, [`${'<b>'.repeat(40)}url`]: text }),
  },
  ...Array.from({ length: 20 }, (_, at) => ({ name: `get_item_${at}`, inputSchema: takes({}) })),
];

describe('the tools of a server', needsChromium, () => {
  let host: BrowserHost;
  let browser: Browser;
  let upstream: HttpUpstream;
  let page: Page;
  let window: OpenWindow;

  beforeAll(async () => {
    [host, browser, upstream] = await Promise.all([
      startBrowserHost(),
      launchChromium(),
      startHttpUpstream({ tools }),
    ]);
    await host.api('upstream.set', { kind: 'http', url: upstream.url });
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
    await upstream?.close();
  });
  beforeEach(async () => {
    window = await openPage(browser, host, 'settings');
    page = window.page;
  });
  afterEach(async () => {
    await window[Symbol.asyncDispose]();
    expect(window.problems).toEqual([]);
  });

  const list = () => page.getByRole('table', { name: 'Tools' });
  const row = (name: string) => list().getByRole('row').filter({ hasText: name });
  const choice = (name: string) => page.getByLabel(`What ${name} does`);
  const chosen = (name: string) => choice(name).inputValue();

  it('are shown with what each does and why, the first of many', async () => {
    await row('purge_folder').getByText('Its name says purge.').waitFor();
    expect(await chosen('purge_folder')).toBe('destructive');
    expect(await chosen('list_files')).toBe('read');
    expect(await chosen('run_it')).toBe('execute');
    expect(await row('list_files').innerText()).toContain('Takes a path: path.');
    // Under a column of heads.
    expect(await list().getByRole('row').count()).toBe(13);
    await page.getByRole('button', { name: 'Show all 23' }).click();
    expect(await list().getByRole('row').count()).toBe(24);
    await expectAccessible(window);
  });

  it('have room for their names in a narrow window', async () => {
    for (const width of [320, 375]) {
      await page.setViewportSize({ width, height: 800 });
      await row('purge_folder').getByText('Its name says purge.').waitFor();
      const [whole, name, chooses] = await Promise.all([
        row('purge_folder').boundingBox(),
        row('purge_folder').getByText('purge_folder').boundingBox(),
        choice('purge_folder').boundingBox(),
      ]);
      expect(whole?.height, `${width}`).toBeLessThan(150);
      expect(chooses?.y, `${width}`).toBeGreaterThan((name?.y ?? 0) + (name?.height ?? 0));
      expect(
        await list().evaluate((table) => table.scrollWidth - (table.parentElement?.clientWidth ?? 0)),
      ).toBeLessThanOrEqual(0);
      await expectAccessible(window);
    }
  });

  it('are corrected, and go by their definition again', async () => {
    const held = Promise.withResolvers<void>();
    const sent = page.waitForRequest('**/api/upstream.correctTool');
    await page.route('**/api/upstream.correctTool', async (route) => {
      await held.promise;
      await route.continue();
    });
    await choice('purge_folder').focus();
    await choice('purge_folder').selectOption('Changes');
    await sent;
    // It is shown at once, and the keyboard keeps its place.
    expect(await chosen('purge_folder')).toBe('write');
    expect(await choice('purge_folder').evaluate((it) => it.matches(':focus:enabled'))).toBe(true);
    held.resolve();
    await row('purge_folder').getByText('You chose so.').waitFor();
    expect(await chosen('purge_folder')).toBe('write');
    expect(await choice('purge_folder').evaluate((it) => it.matches(':focus'))).toBe(true);
    await choice('purge_folder').selectOption('As its definition says');
    await row('purge_folder').getByText('Its name says purge.').waitFor();
  });

  it('stand out in a question by what they destroy and run', async () => {
    const saved = await host.api('policies.save', {
      name: 'Ask',
      document: { version: '1', default: 'require_approval', tools: {} },
    });
    if (!('id' in saved)) throw new Error('The policy is not valid.');
    const { token, mcpUrl } = await host.api('clients.create', { label: 'Agent', policyId: saved.id });
    const client = await connectClient(mcpUrl, token);
    const calls = [
      client.callTool({ name: 'purge_folder', arguments: { path: '/var/cache' } }),
      client.callTool({ name: 'run_it', arguments: { command: 'make all' } }),
    ];
    for (const call of calls) call.catch(() => undefined);
    await window.go('approvals');
    await page.getByText('Destroys: Its name says purge.').waitFor();
    await page.getByText('Touches /var/cache').waitFor();
    await page.getByText('Runs a command: make all').waitFor();
    await expectAccessible(window);
    await client.close();
  });
});
