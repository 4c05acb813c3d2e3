/** What the window says is so: of answers under way, of guard modes, of rules; and it says on every page what came. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';

describe('what the window says', needsChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it('a card stays until its answer is taken, and takes no other meanwhile', async () => {
    await using host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    const client = await host.client();
    await using window = await openWindow(browser, host, { once: true });
    const { page } = window;
    let sent = 0;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route('**/api/approvals.decide', async (route) => {
      sent += 1;
      await held;
      await route.continue();
    });
    const answer = askForVideo(client, 'A slow cat');
    const card = page.getByRole('article', { name: /First client wants to make a video.* A slow cat/ });
    const asked = page.waitForRequest('**/api/approvals.decide');
    await card.getByRole('button', { name: 'Allow' }).click();
    await asked;
    await card.locator('button[aria-disabled=true], button:disabled').first().waitFor();
    await card.focus();
    await page.keyboard.press('d');
    expect(await card.count()).toBe(1);
    letGo();
    await card.waitFor({ state: 'detached' });
    expect((await answer).isError).toBeFalsy();
    expect(sent).toBe(1);
    await client.close();
  });

  it('a call that comes is announced on every page', async () => {
    await using host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    const client = await host.client();
    await using window = await openWindow(browser, host);
    const { page } = window;
    for (const name of ['videos', 'policies', 'clients', 'activity', 'settings', 'approvals']) {
      await window.go(name);
      const answer = askForVideo(client, `A cat in ${name}`);
      await page
        .getByRole('status')
        .filter({ hasText: `A cat in ${name}` })
        .waitFor({ state: 'attached' });
      const [approval] = (await host.api('approvals.list', {})).approvals;
      await host.api('approvals.decide', { id: approval?.id ?? '', answer: 'deny' });
      await answer;
    }
    await client.close();
  });

  it('nobody is promised to be asked while everything is blocked', async () => {
    await using host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    await using window = await openWindow(browser, host);
    await host.api('guard.set', { mode: 'block' });
    await window.page
      .getByText('Nothing is asked while everything is blocked: every call is denied.')
      .waitFor();
  });

  it('of every tool it is not said that you are never asked, while tools ask', async () => {
    await using host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    await using window = await openWindow(browser, host);
    await window.go('policies', 'ask-before-every-video');
    const every = window.page.getByRole('region', { name: 'Every tool' });
    await every.getByText('As each tool says').waitFor();
    expect(await every.getByText('Never', { exact: true }).count()).toBe(0);
  });
});
