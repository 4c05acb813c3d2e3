/** What other programs changed, as the person sees and answers it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';
import { launchChromium, needsChromium, type OpenWindow } from '../../support/window.ts';
import { expectAccessible, openPage, REFUSED } from './pages.ts';

const NAME = 'Ask before every video';

describe('what another program changed', needsChromium, () => {
  let browser: Browser;
  let host: BrowserHost;
  let window: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => browser?.close());
  afterEach(async () => {
    await window?.[Symbol.asyncDispose]();
    await host?.stop();
  });

  async function start(): Promise<void> {
    host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    window = await openPage(browser, host, 'clients');
    page = window.page;
  }

  const file = () => join(host.dataDir, 'policies', 'ask-before-every-video.json');
  const edit = (from: string, to: string) => {
    const text = readFileSync(file(), 'utf8');
    expect(text).toContain(from);
    writeFileSync(file(), text.replace(from, to));
  };
  const shown = () => page.getByRole('group', { name: `${NAME} was changed` });
  const version = async () => (await host.api('policies.get', { id: 'ask-before-every-video' })).version;

  it('is told on every page, shown with the difference, and counts once it is used', async () => {
    await start();
    edit('"max": 30,', '"max": 3000,');
    await page.getByText(`“${NAME}” was changed outside Greenlight`).waitFor();
    await page.getByRole('link', { name: 'Look at it' }).click();
    await shown().getByText('Until you answer, what you accepted stays in force.').waitFor();
    const difference = shown().getByRole('region', { name: `What changed in ${NAME}` });
    await difference.getByText(/added:.*"max": 3000,/).waitFor();
    await difference.getByText(/removed:.*"max": 30,/).waitFor();
    await expectAccessible(window);
    await page.setViewportSize({ width: 360, height: 640 });
    await expectAccessible(window);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(await version()).toBe(1);

    await shown().getByRole('button', { name: 'Use it' }).click();
    await page.getByText('It is in force now.', { exact: true }).waitFor();
    await shown().waitFor({ state: 'detached' });
    await page.getByText('was changed outside Greenlight').waitFor({ state: 'detached' });
    expect(await version()).toBe(2);
    expect(window.problems).toEqual([]);
  });

  it('is written over by what was accepted when the person keeps that; the keys for calls do not reach it', async () => {
    await start();
    const before = readFileSync(file(), 'utf8');
    const client = await host.client();
    const call = askForVideo(client, 'A cat');
    edit('"max": 30,', '"max": 3000,');
    await window.go('approvals');
    await shown().waitFor();
    await page.getByRole('article').waitFor();
    // Neither answers for the other.
    await shown().getByRole('button', { name: 'Use it' }).focus();
    await page.keyboard.press('a');
    await page.keyboard.press('d');
    expect((await host.api('approvals.list')).approvals).toMatchObject([{ state: 'pending' }]);
    await page.getByRole('article').getByRole('button', { name: 'Deny' }).click();
    expect((await call).isError).toBe(true);
    expect((await host.api('outside.list')).changes).toHaveLength(1);
    await shown().getByRole('button', { name: 'Keep mine' }).click();
    await page.getByText('Yours was written back.', { exact: true }).waitFor();
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(JSON.parse(before));
    expect(await version()).toBe(1);
    await client.close();
    expect(window.problems).toEqual([]);
  });

  it('that changed again since it was shown is not used, but shown anew', async () => {
    await start();
    await window.go('approvals');
    edit('"max": 30,', '"max": 3000,');
    await shown()
      .getByText(/"max": 3000,/)
      .waitFor();
    // The window hears of nothing any more, as between two looks.
    await page.route('**/api/outside.decide', async (route) => {
      edit('"max": 3000,', '"max": 4000,');
      await route.continue();
    });
    await shown().getByRole('button', { name: 'Use it' }).click();
    await page.getByText(/has changed again since it was shown/).waitFor();
    await shown()
      .getByText(/"max": 4000,/)
      .waitFor();
    expect(await version()).toBe(1);
    expect(window.problems).toEqual([expect.stringMatching(REFUSED)]);
  });
});
