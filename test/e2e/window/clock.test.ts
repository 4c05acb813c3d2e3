/** A page whose machine has another time than Greenlight's: what it shows and sends is by Greenlight's. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("a page with another clock than the host's", needsChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it.each([
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
  ])('shows and sends what is so: %s', async (_which, ahead) => {
    await using host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    const client = await host.client();
    await using window = await openWindow(browser, host, { once: true });
    const { page } = window;
    await page.clock.install({ time: Date.now() + ahead });
    await page.reload();

    const answer = askForVideo(client, 'A cat in time');
    const card = page.getByRole('article', { name: /A cat in time/ });
    await card.getByText(/^(5 min|4 min \d+ s) left$/).waitFor();
    expect(
      await card
        .locator('.time-bar')
        .evaluate((bar) => parseFloat(bar.style.cssText.split('--elapsed:')[1] ?? '')),
    ).toBeLessThan(MINUTE);
    await card.getByRole('button', { name: 'Deny', exact: true }).click();
    await answer;
    await page.getByText('just now').first().waitFor();

    await page.getByRole('button', { name: /^Guard mode/ }).click();
    await page.getByRole('menuitemradio', { name: 'Allow without asking for 15 min' }).click();
    await page.getByText(/run without asking for 1[45] min/).waitFor();
    const { guard } = await host.api('state.get', {});
    expect(Math.abs(Date.parse(guard.until ?? '') - Date.now() - 15 * MINUTE)).toBeLessThan(5 * MINUTE);

    await window.go('settings');
    await page.getByRole('button', { name: 'Snooze notifications' }).click();
    await page.getByRole('menuitem', { name: 'For 30 minutes' }).click();
    await page.getByRole('button', { name: 'End the snooze' }).waitFor();
    const { snooze } = await host.api('state.get', {});
    expect(Math.abs(Date.parse(snooze?.until ?? '') - Date.now() - 30 * MINUTE)).toBeLessThan(5 * MINUTE);

    await window.go('activity', 'last', 'hour');
    await page.getByRole('row', { name: /A cat in time/ }).waitFor();
    expect(window.problems).toEqual([]);
    await client.close();
  });
});
