import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';

describe.each(['light', 'dark'] as const)('the window in %s, for everybody', needsChromium, (colorScheme) => {
  let browser: Browser;
  let host: BrowserHost;
  let client: Client;
  beforeAll(async () => {
    [browser, host] = await Promise.all([launchChromium(), startBrowserHost()]);
    client = await host.client();
    await host.api('settings.set', { welcomed: true });
  });
  afterAll(async () => {
    await client?.close();
    await Promise.all([browser?.close(), host?.[Symbol.asyncDispose]()]);
  });
  const open = (width = 1100) =>
    openWindow(browser, host, { colorScheme, reducedMotion: 'reduce', viewport: { width, height: 760 } });
  const ask = (args: Record<string, string>, tool = 'luma_generate_video') =>
    void client
      .callTool({ name: tool, arguments: args }, undefined, { timeout: 300_000 })
      .catch(() => undefined);

  it('has no violation on the first run', async () => {
    await host.api('settings.set', { welcomed: false });
    for (const width of [1100, 480]) {
      await using window = await open(width);
      await window.page.getByText('Sandbox connected:').waitFor();
      expect(await window.violations()).toEqual([]);
      await window.page.getByRole('radio', { name: 'Hosted Luma' }).click();
      expect(await window.violations()).toEqual([]);
    }
    await host.api('settings.set', { welcomed: true });
  });

  it('has no violation on the empty page, nor in the guard menu, in any guard mode', async () => {
    await using window = await open();
    expect(await window.violations()).toEqual([]);
    await window.page.getByRole('button', { name: /^Guard mode/ }).click();
    await window.page.getByRole('menu').waitFor();
    expect(await window.violations()).toEqual([]);
    await window.page.keyboard.press('Escape');
    for (const mode of ['ask', 'allow', 'block'] as const) {
      await host.api('guard.set', { mode });
      await window.page.getByRole('main').getByRole('button', { name: 'Follow the policy' }).waitFor();
      expect(await window.violations()).toEqual([]);
    }
    await host.api('guard.set', { mode: 'policy' });
  });

  it('has no violation on approvals, their menu and each dialog, wide and narrow', async () => {
    ask({ prompt: 'A cat \u202Ein the rain', aspect_ratio: '16:9' });
    ask(
      { prompt: 'A lake', start_image_url: 'https://pictures.example/a.png' },
      'luma_generate_video_from_image',
    );
    for (const width of [1100, 480]) {
      await using window = await open(width);
      const { page } = window;
      await page.getByRole('heading', { name: '2 waiting' }).waitFor();
      expect(await window.violations()).toEqual([]);
      const card = page.getByRole('article').filter({ hasText: 'A lake' });
      await card.getByRole('button', { name: 'More answers' }).click();
      await page.getByRole('menu').waitFor();
      expect(await window.violations()).toEqual([]);
      await page.getByRole('menuitem', { name: 'Deny with a reason…' }).click();
      await page.getByRole('dialog').waitFor();
      expect(await window.violations()).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await card.getByRole('button', { name: 'Edit…' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('The same as JSON').fill('{ "prompt": 1, ');
      await dialog.getByText('This is not valid JSON').waitFor();
      expect(await window.violations()).toEqual([]);
      await page.keyboard.press('Escape');
    }
  });

  it('has no violation once there are answers, allowances and a message', async () => {
    ask({ prompt: 'A mill by the sea' });
    await using window = await open();
    const { page } = window;
    await page.getByRole('article').first().getByRole('button', { name: 'More answers' }).click();
    await page.getByRole('menuitem', { name: /block this client/ }).click();
    await page.getByRole('button', { name: 'Unblock' }).waitFor();
    expect(await window.violations()).toEqual([]);
    await page.getByRole('button', { name: 'Unblock' }).click();
    await page.getByText('The block is over.').first().waitFor();
    expect(await window.violations()).toEqual([]);
  });

  it('moves nothing where less motion is asked for, and shows the time in words', async () => {
    ask({ prompt: 'A slow river' });
    await using window = await open();
    const card = window.page.getByRole('article').filter({ hasText: 'A slow river' });
    await card.getByText(/min.* left/).waitFor();
    const moving = await window.page.evaluate(
      `document.getAnimations().filter(({ playState }) => playState === 'running').length`,
    );
    expect(moving).toBe(0);
  });

  it('lets Tab go round all that a dialog has, tooltips and all, in both directions', async () => {
    await using window = await open();
    const { page } = window;
    const focused = async () =>
      (await page.evaluate(`(() => {
        const { tagName, ariaLabel, textContent, labels } = document.activeElement;
        return tagName + ' ' + (ariaLabel || labels?.[0]?.textContent || textContent.slice(0, 40));
      })()`)) as string;
    for (const [place, opens] of [
      ['settings', 'Add a server…'],
      ['clients', 'Create a client'],
    ] as const) {
      await window.go(place);
      await page.getByRole('button', { name: opens }).click();
      await page.getByRole('dialog').waitFor();
      for (const key of ['Tab', 'Shift+Tab']) {
        const first = await focused();
        const passed = new Set([first]);
        do {
          await page.keyboard.press(key);
          // What is told on focus goes again as the focus does.
          if ((await focused()) === 'BUTTON Close')
            await page.locator('[data-radix-popper-content-wrapper]').waitFor();
          passed.add(await focused());
          expect(await focused(), [...passed].join(', ')).not.toMatch(/^(?:DIV|BODY)/);
        } while ((await focused()) !== first && passed.size < 30);
        expect(await focused(), [...passed].join(', ')).toBe(first);
        expect([...passed]).toContain('BUTTON Close');
        expect([...passed]).toContain('BUTTON Cancel');
      }
      await page.keyboard.press('Escape');
      // The tooltip goes first.
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    }
  });

  it('tells a screen reader what has come to wait', async () => {
    await using window = await open();
    await window.page.getByRole('heading', { level: 1 }).waitFor();
    ask({ prompt: 'A new moon' });
    await window.page.getByRole('status').filter({ hasText: 'wants to make a video: A new moon' }).waitFor();
  });
});
