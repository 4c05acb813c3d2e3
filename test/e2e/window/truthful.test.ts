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

  it('a card says why it asks, and the log in two clicks why a call was denied, in words from the rule', async () => {
    await using host = await startBrowserHost();
    const { id } = (await host.api('policies.save', {
      name: 'Words',
      document: {
        version: '1',
        default: 'deny',
        tools: {
          luma_generate_video: {
            deny_if: [{ path: 'args.callback_url', op: 'exists', value: true, on_deny: 'Leave it out.' }],
            require_approval: { when: [{ path: 'args.prompt', op: 'contains', value: 'cat' }] },
          },
        },
      },
    })) as { id: string };
    await host.api('settings.set', { welcomed: true, defaultPolicyId: id });
    const client = await host.client();
    await using window = await openWindow(browser, host, { viewport: { width: 1280, height: 760 } });
    const { page } = window;

    const asked = askForVideo(client, 'A cat');
    const card = page.getByRole('article', { name: /A cat/ });
    await card.getByText('Asks because prompt contains cat.').waitFor();
    await card.getByRole('button', { name: 'Deny', exact: true }).click();
    await asked;
    const denied = await client.callTool({
      name: 'luma_generate_video',
      arguments: { prompt: 'A dog', callback_url: 'https://evil.example' },
    });
    // What the agent reads stays what the policy says.
    expect(JSON.stringify(denied.content)).toContain('Leave it out.');

    await page.getByRole('link', { name: 'Activity' }).click();
    await page.getByRole('row').filter({ hasText: 'A dog' }).click();
    const call = page.getByRole('region', { name: 'The call in full' });
    await call.getByText('Denied because callback_url is present.').waitFor();
    await call.getByText('/tools/luma_generate_video/deny_if/0', { exact: true }).waitFor();
    await page.getByRole('row').filter({ hasText: 'A cat' }).click();
    await call.getByText('Asked for because prompt contains cat.').waitFor();
    expect(window.problems).toEqual([]);
    await client.close();
  });
});
