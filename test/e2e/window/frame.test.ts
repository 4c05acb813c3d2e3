import { cp, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';

const PAGES = ['Approvals', 'Videos', 'Policies', 'Clients', 'Activity', 'Settings'];

describe('the frame of the window', needsChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it('leads to six pages, in a wide window and in a narrow one', async () => {
    await using host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    for (const width of [1100, 480]) {
      await using window = await openWindow(browser, host, { viewport: { width, height: 700 } });
      const { page } = window;
      for (const name of PAGES) {
        await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
        await page.getByRole('heading', { level: 1, name }).waitFor();
        expect(page.url()).toContain(`#/${name.toLowerCase()}`);
        expect(await page.title()).toBe(`${name} · Greenlight`);
        const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
        expect(await page.evaluate(tooWide)).toBe(0);
      }
      await page.goBack();
      await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor();
      await page.getByRole('button', { name: 'Guard mode: Follow the policy' }).waitFor();
      expect(window.problems).toEqual([]);
    }
  });

  it('shows and changes the guard mode, here and in every other window', async () => {
    await using host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    await using window = await openWindow(browser, host);
    await using other = await openWindow(browser, host);
    const { page } = window;
    const choose = async (name: string) => {
      await page.getByRole('button', { name: /^Guard mode/ }).click();
      await page.getByRole('menuitemradio', { name }).click();
    };
    const client = await host.client();
    const generate = () => askForVideo(client, 'A cat');

    await choose('Allow without asking for 15 min');
    await page.getByText(/run without asking for 1[45] min/).waitFor();
    await other.page.getByRole('button', { name: 'Guard mode: Allow without asking' }).waitFor();
    expect((await generate()).isError).toBeFalsy();
    const { guard } = await host.api('state.get', {});
    const left = Date.parse(guard.until ?? '') - Date.now();
    expect(left).toBeGreaterThan(13 * 60_000);
    expect(left).toBeLessThan(16 * 60_000);

    await choose('Block everything');
    await other.page.getByText('Everything is blocked.').waitFor();
    expect(JSON.stringify((await generate()).content)).toContain('Greenlight: denied.');

    await choose('Ask for every call');
    await page.getByText('Every call is asked about').waitFor();
    const answer = client.callTool({ name: 'luma_list_actions', arguments: {} });
    await page.getByRole('article').getByRole('button', { name: 'Allow' }).click();
    expect((await answer).isError).toBeFalsy();

    await page.getByRole('main').getByRole('button', { name: 'Follow the policy' }).click();
    await other.page.getByRole('button', { name: 'Guard mode: Follow the policy' }).waitFor();
    expect((await host.api('state.get', {})).guard.mode).toBe('policy');
    expect([...window.problems, ...other.problems]).toEqual([]);
    await client.close();
  });

  it('says so when Greenlight stops, and wants the new address once it runs again', async () => {
    await using first = await startBrowserHost();
    await first.api('settings.set', { welcomed: true });
    const port = new URL(first.uiOrigin).port;
    await using window = await openWindow(browser, first);
    const { page } = window;
    await page.getByText('Sandbox connected').waitFor();
    // A copy of the data directory outlives the process; a lock and a socket cannot be copied.
    const kept = temporaryFolder();
    const filter = (from: string) => !from.endsWith('.lock') && basename(from) !== 'command';
    await cp(first.dataDir, kept, { recursive: true, filter });
    await first.stop();
    await page.getByText('Greenlight does not answer.').first().waitFor();
    await page.getByText('Greenlight is not running').first().waitFor();
    const off = page.getByRole('button', { name: 'Try it with a test call' });
    expect(await off.getAttribute('aria-disabled')).toBe('true');

    await using second = await startBrowserHost({ dataDir: kept, args: ['--ui-port', port] });
    await page.getByRole('heading', { name: 'This page’s key is no longer valid' }).waitFor();
    await page.goto(second.ready.uiUrl);
    await page.getByText('Sandbox connected').waitFor();
    await page.getByRole('button', { name: 'Try it with a test call' }).click();
    await page.getByRole('article').getByRole('button', { name: 'Deny' }).click();
    await page.getByText('The test call was refused. The agent read:').waitFor();
  });

  it('without its key shows nothing but what to do', async () => {
    await using host = await startBrowserHost();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(host.uiOrigin);
    await page.getByRole('heading', { name: 'This page needs its key' }).waitFor();
    await page.goto(`${host.uiOrigin}/#key=wrong`);
    await page.getByRole('heading', { name: 'This page’s key is no longer valid' }).waitFor();
    await context.close();
  });
});

describe('the first load of the built window', () => {
  it('needs at most 250 KiB of compressed script', async () => {
    const root = new URL('../../../out/renderer/', import.meta.url);
    const html = await readFile(new URL('index.html', root), 'utf8');
    const entry = [...html.matchAll(/<(?:script|link rel="modulepreload")[^>]* (?:src|href)="([^"]+\.js)"/g)];
    expect(entry.length).toBeGreaterThan(0);
    const loaded = new Map<string, number>();
    const queue = entry.map(([, path]) => new URL(path ?? '', root));
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      const name = fileURLToPath(file);
      if (loaded.has(name)) continue;
      const script = await readFile(name, 'utf8');
      loaded.set(name, gzipSync(script).length);
      // Static imports only: `import(...)` waits for its page.
      for (const [, path] of script.matchAll(
        /(?:^|[;}])(?:import|export)[^()]*?(?:from)?["'](\.[^"']+\.js)["']/g,
      ))
        queue.push(new URL(path ?? '', file));
    }
    const total = [...loaded.values()].reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50 * 1024);
    expect(total).toBeLessThanOrEqual(250 * 1024);
  });
});
