/** A policy is watched for a client: chosen on its page, told in Activity. */
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, needsChromium, type OpenWindow } from '../../support/window.ts';
import { expectAccessible, openPage } from './pages.ts';

describe('watching a policy', needsChromium, () => {
  let host: BrowserHost;
  let browser: Browser;
  let window: OpenWindow | undefined;
  let page: Page;

  beforeAll(async () => {
    [host, browser] = await Promise.all([startBrowserHost(), launchChromium()]);
  });
  afterEach(async () => {
    await window?.[Symbol.asyncDispose]();
    expect(window?.problems).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
  });

  it('is chosen on the client’s page, and says in Activity what it would have done', async () => {
    window = await openPage(browser, host, 'clients');
    page = window.page;
    await page.getByRole('link', { name: 'First client' }).click();
    const choice = page.getByLabel('Policy to watch');
    await choice.selectOption({ label: 'Block everything' });
    await page.getByText('A policy is watched from now on for First client.', { exact: true }).waitFor();
    await expectAccessible(window);
    const client = await host.client();
    await client.callTool({ name: 'luma_list_actions', arguments: {} });
    await client.close();

    await page.getByRole('link', { name: 'What it would have denied' }).click();
    await page.getByText('1 call that matches').waitFor();
    expect(await page.getByLabel('Watched policy').inputValue()).toBe('deny');
    await page.locator('[role=row][data-index]').first().click();
    const details = page.getByRole('region', { name: 'The call in full' });
    await expect
      .poll(() => details.innerText())
      .toMatch(/Watched policy\s+Would have denied[\s\S]*Block everything, version 1/);
    await expectAccessible(window);
    await page.getByLabel('Watched policy').selectOption('ask');
    await page.getByText('No call matches').waitFor();

    await window.go('clients');
    await page.getByText('Watches “Block everything”').waitFor();
    await page.getByRole('link', { name: 'First client' }).click();
    await choice.selectOption({ label: 'None' });
    await page.getByText('No policy is watched for First client.', { exact: true }).waitFor();
    expect((await host.api('clients.list')).clients[0]).not.toHaveProperty('watchedPolicyId');
  });
});
