import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { callForText } from '../../support/client.ts';
import { launchChromium, needsChromium, type OpenWindow } from '../../support/window.ts';
import { expectAccessible, openPage } from './pages.ts';

describe('the page Videos', needsChromium, () => {
  let host: BrowserHost;
  let browser: Browser;
  let client: Client;
  let page: Page;
  let window: OpenWindow;

  beforeAll(async () => {
    [host, browser] = await Promise.all([startBrowserHost(), launchChromium()]);
    await host.api('settings.set', { defaultPolicyId: 'autopilot-on-a-budget' });
    client = await host.client();
  });
  afterAll(async () => {
    await client?.close();
    await browser?.close();
    await host?.stop();
  });
  beforeEach(async () => {
    window = await openPage(browser, host, 'videos');
    page = window.page;
  });
  afterEach(async () => {
    await window[Symbol.asyncDispose]();
    expect(window.problems).toEqual([]);
  });

  /** Calls a tool; its answer as the JSON it holds. */
  async function call(
    name: string,
    args: Record<string, unknown>,
  ): Promise<{ task_id: string; state?: string }> {
    return JSON.parse(await callForText(client, name, args));
  }

  it('says what will appear while there is nothing', async () => {
    await page.getByText('No video yet').waitFor();
    await expectAccessible(window);
  });

  it('shows a video as soon as it is asked for, and its picture once the agent looks it up', async () => {
    await page.getByText('No video yet').waitFor();
    const { task_id } = await call('luma_generate_video', { prompt: 'A paper boat after the rain' });
    const card = page.getByRole('listitem').filter({ hasText: 'A paper boat after the rain' });
    await card.getByText('In the making').waitFor();
    await card.getByText('$0.40').waitFor();
    expect(await card.locator('img').count()).toBe(0);

    // Each look is a row in the log, which shows only so many at once.
    await expect
      .poll(async () => (await call('luma_get_task', { task_id })).state, { interval: 200 })
      .toBe('completed');
    await card.getByText('Ready').waitFor();
    const picture = card.locator('img');
    expect(await picture.getAttribute('src')).toMatch(/^data:image\/svg\+xml/);
    // Drawn, not only named: a picture that cannot be shown has no size of its own.
    await expect
      .poll(() => page.evaluate('document.querySelector("#main img").naturalWidth'))
      .toBeGreaterThan(0);
    await expectAccessible(window);

    // Its address is text; it is opened only after a question that names the host.
    expect(await card.getByRole('link', { name: /sandbox/ }).count()).toBe(0);
    await card.getByRole('button', { name: 'Open…' }).click();
    const question = page.getByRole('dialog', { name: 'Open sandbox.greenlight.invalid?' });
    await question.getByText(/^https:\/\/sandbox\.greenlight\.invalid\/videos\//).waitFor();
    await expectAccessible(window);
    await question.getByRole('button', { name: 'Cancel' }).click();
    expect(page.context().pages()).toHaveLength(1);

    await card.getByRole('link', { name: 'Its calls in the log' }).click();
    await page.locator('[role=row][data-index]').first().waitFor();
    const calls = await page.locator('[role=row][data-index]').allInnerTexts();
    expect(calls.at(-1)).toContain('A paper boat after the rain');
    expect(calls.length).toBeGreaterThan(1);
  });

  it('shows calls and spend per day against the daily limit, as a chart and as a table', async () => {
    await call('luma_generate_video', { prompt: 'A lighthouse in the fog' });
    const [today] = (await host.api('videos.list')).days.filter(({ cost }) => cost > 0);
    const spent = `$${today?.cost.toFixed(2)}`;
    await page.getByText('Limit $4.00').waitFor();
    await page.getByText('At most $4.00 in any 24 hours, all clients together.').waitFor();
    await page.getByText(`${spent} in all, ${spent} today`).waitFor();
    await page.getByRole('radio', { name: 'Table' }).click();
    const table = page.getByRole('table', { name: /per day/ });
    expect(await table.getByRole('row').count()).toBe(31);
    expect(await table.getByRole('row').nth(1).innerText()).toContain(spent);
    await expectAccessible(window);
  });
});
