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
    await page.getByText('Calls of A paper boat after the rain').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('');
    await page.locator('[role=row][data-index]').first().waitFor();
    const calls = await page.locator('[role=row][data-index]').allInnerTexts();
    expect(calls.at(-1)).toContain('A paper boat after the rain');
    expect(calls.length).toBeGreaterThan(1);
    await expectAccessible(window);
    await page.getByRole('button', { name: 'Show the calls of every video' }).click();
    await page.getByText('Calls of A paper boat').waitFor({ state: 'detached' });
  });

  it('is searched, filtered and sorted; what is typed and chosen at once both count', async () => {
    const { id } = await host.api('clients.create', { label: 'Cursor' });
    await call('luma_generate_video', { prompt: 'A kite over the dunes' });
    const titles = () =>
      page
        .getByRole('list', { name: /^Videos/ })
        .getByRole('listitem')
        .count();
    const shown = (prompt: string) => page.getByRole('listitem').filter({ hasText: prompt });
    await shown('A kite over the dunes').waitFor();
    await page.getByRole('searchbox', { name: 'Search the videos' }).fill('kite');
    await page.getByRole('combobox', { name: 'Order' }).selectOption('dearest');
    await expect.poll(() => page.url()).toContain('text/kite');
    expect(page.url()).toContain('sort/dearest');
    await expect.poll(titles).toBe(1);
    await page.getByRole('combobox', { name: 'Client' }).selectOption(id);
    await page.getByText('No video matches').waitFor();
    await expectAccessible(window);
    await page.getByRole('button', { name: 'Show all videos' }).click();
    await shown('A paper boat after the rain').waitFor();
    const least = page.getByRole('textbox', { name: 'Costs at least, in $' });
    await least.fill('0,41');
    await least.press('Enter');
    await page.getByText('No video matches').waitFor();
    await page.getByRole('textbox', { name: 'Costs at least, in $' }).fill('much');
    expect(
      await page.getByRole('textbox', { name: 'Costs at least, in $' }).getAttribute('aria-invalid'),
    ).toBe('true');
    await page.getByRole('button', { name: 'Show all', exact: true }).click();
    await expect.poll(titles).toBeGreaterThan(1);
  });

  it('opens a day from its bar, the dearest first', async () => {
    const chart = page.locator('.recharts-wrapper').first();
    await chart.locator('.recharts-bar-rectangle').last().waitFor();
    // Today is the last one; the chart may still take its size.
    await expect
      .poll(async () => {
        const { width, height } = (await chart.boundingBox()) ?? { width: 0, height: 0 };
        await chart.click({ position: { x: width - 12, y: height / 2 } });
        return page.url();
      })
      .toMatch(/#\/videos\/day\/\d{4}-\d\d-\d\d\/sort\/dearest$/);
    await page.getByRole('list', { name: 'Videos, dearest first' }).waitFor();
    await page.getByRole('button', { name: 'Show every day' }).click();
    await expect.poll(() => page.url()).not.toContain('day/');
    // Both charts have the same days below.
    const ticks = await page.evaluate<string[]>(
      `[...new Set([...document.querySelectorAll('.recharts-xAxis-tick-labels')].map((axis) => axis.textContent))]`,
    );
    expect(ticks).toHaveLength(1);
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
