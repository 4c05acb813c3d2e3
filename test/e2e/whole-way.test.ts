/** A person with a browser tab: a client's call appears in the window, is allowed there, and runs. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowserHost } from '../support/browser-host.ts';
import { askForVideo } from '../support/client.ts';
import { launchChromium, needsChromium, openWindow } from '../support/window.ts';

/** Runs in the page, as script that an agent's text had smuggled in would. */
const ATTACK = `(async () => {
  const violations = [];
  const fetchRefused = new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', (event) => {
      violations.push(event.effectiveDirective);
      if (event.effectiveDirective === 'connect-src') resolve();
    });
  });
  const inline = document.createElement('script');
  try {
    inline.textContent = 'window.injected = true';
    document.body.append(inline);
  } catch (error) {
    violations.push(String(error));
  }
  await fetch('https://evil.example/').catch(() => {});
  await fetchRefused;
  return { violations, injected: 'injected' in globalThis };
})()`;

describe('the window in Chromium', needsChromium, () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser.close();
  });

  test('a waiting call is allowed by a click and its client gets the answer', async () => {
    await using host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    await using window = await openWindow(browser, host);
    const { page, problems } = window;
    const client = await host.client();
    const call = askForVideo(client);
    await page.getByText('A cat in the rain').first().waitFor();
    await page
      .getByRole('button', { name: /^Allow/ })
      .first()
      .click();
    const answer = await call;
    expect(answer.isError).not.toBe(true);
    expect(JSON.stringify(answer.content)).toContain('task_id');
    // What the Content-Security-Policy refuses is an error in the console.
    expect(problems).toEqual([]);
    // The key does not stay in the address, where it would end up in the history and on screenshots.
    expect(page.url()).not.toContain(host.key);
    await client.close();
    await host.stop();
  });

  test('the policy lets no script in, inline or from elsewhere, and no other site frame the page', async () => {
    await using host = await startBrowserHost();
    await using window = await openWindow(browser, host);
    const { page } = window;
    const refused = await page.evaluate<{ violations: string[]; injected: boolean }>(ATTACK);
    expect(refused.injected).toBe(false);
    expect(refused.violations.join()).toContain('connect-src');

    await page.goto('about:blank');
    await page.setContent(`<iframe src="${host.uiOrigin}/"></iframe>`);
    const frame = page.frames().find((each) => each !== page.mainFrame());
    await frame?.waitForLoadState().catch(() => {});
    expect(await frame?.locator('#root').count()).toBe(0);
    await host.stop();
  });
});
