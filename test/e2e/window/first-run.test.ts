import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';

describe('the first run', needsChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it('leads from nothing to the first approval on the sandbox, and does not come back', async () => {
    await using host = await startBrowserHost();
    await using window = await openWindow(browser, host);
    const { page } = window;
    await page.getByRole('heading', { level: 1, name: 'Welcome to Greenlight' }).waitFor();
    expect(await page.getByRole('radio', { name: 'Sandbox' }).isChecked()).toBe(true);
    await page.getByText('Sandbox connected: 8 tools.').waitFor();
    await page.getByRole('button', { name: 'Try it with a test call' }).click();
    const card = page.getByRole('feed').getByRole('article');
    await card.getByText('A paper boat').waitFor();
    await card.focus();
    await page.keyboard.press('a');
    await page
      .getByText('The test call ran in the sandbox, and nothing was spent. The agent read:')
      .waitFor();
    await page.getByText('That is all there is to it.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('region', { name: 'Answered lately' }).waitFor();
    expect((await host.api('settings.get', {})).welcomed).toBe(true);
    expect(window.problems).toEqual([]);

    await using again = await openWindow(browser, host);
    await again.page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
  });

  it('sees the first call of a client that was connected by hand', async () => {
    await using host = await startBrowserHost();
    await using window = await openWindow(browser, host);
    const client = await host.client();
    const answer = askForVideo(client, 'A kite');
    await window.page.getByRole('article').filter({ hasText: 'A kite' }).getByText('Deny').click();
    expect(JSON.stringify((await answer).content)).toContain('Greenlight: denied.');
    await window.page.getByText('That is all there is to it.').waitFor();
    await client.close();
  });

  it('can be skipped', async () => {
    await using host = await startBrowserHost();
    await using window = await openWindow(browser, host);
    await window.page.getByRole('button', { name: 'Skip', exact: true }).click();
    await window.page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
    expect((await host.api('settings.get', {})).welcomed).toBe(true);
    await window.page.reload();
    await window.page.getByRole('heading', { level: 1, name: 'Approvals' }).waitFor();
  });

  it('keeps the token of an upstream in the vault, and says when the upstream cannot be reached', async () => {
    // No uvx is found there: nothing is downloaded, nothing is called.
    await using host = await startBrowserHost({ env: { PATH: '/nowhere' } });
    await using window = await openWindow(browser, host);
    const { page } = window;
    await page.getByRole('radio', { name: 'Local mcp-luma' }).click();
    await page.getByText('Until then calls go on as before: Sandbox connected.').waitFor();
    const connect = page.getByRole('button', { name: 'Connect', exact: true });
    expect(await connect.getAttribute('aria-disabled')).toBe('true');
    await page.getByLabel('Luma token').fill('not-a-real-token');
    await connect.click();
    await page.getByText('Local server cannot be reached.').first().waitFor();
    const { settings } = await host.api('upstream.get', {});
    expect(settings).toEqual({
      kind: 'stdio',
      command: 'uvx',
      args: ['mcp-luma'],
      envNames: ['ACEDATACLOUD_API_TOKEN'],
    });
    expect(JSON.stringify(await host.api('settings.get', {}))).not.toContain('not-a-real-token');
    await page.getByRole('radio', { name: 'Sandbox' }).click();
    await page.getByText('Sandbox connected: 8 tools.').waitFor();
  });
});
