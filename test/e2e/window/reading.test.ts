/** The time of a question stands still while its card is before the person, and only then. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';
import { launchChromium, needsChromium, openWindow } from '../../support/window.ts';

describe('a card that is read', needsChromium, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  it('says that its time stands still, and has it run on once nobody is there', async () => {
    await using host = await startBrowserHost();
    await host.api('settings.set', { welcomed: true });
    const client = await host.client();
    await using window = await openWindow(browser, host, { once: true });
    const { page } = window;
    let told = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/api/approvals.read')) told += 1;
    });
    await page.clock.install();
    const answer = askForVideo(client, 'A cat to read about');
    const card = page.getByRole('article', { name: /A cat to read about/ });
    await card.getByText('stands still while you read').waitFor();
    const pending = async () => (await host.api('approvals.list', {})).approvals[0];
    const asked = await pending();
    expect(Date.parse(asked?.expiresAt ?? '')).toBeGreaterThan(Date.parse(asked?.createdAt ?? '') + 300_000);

    // The dialog in which the call is edited is about the same question.
    await card.getByRole('button', { name: 'Edit…' }).click();
    await page.getByRole('dialog').getByText('stands still while you read').waitFor();
    await page.keyboard.press('Escape');

    // A minute without a sign of anybody: nothing is told any more.
    await page.clock.runFor(64_000);
    const before = told;
    expect(before).toBeGreaterThan(5);
    await page.clock.runFor(30_000);
    expect(told).toBe(before);
    const read = page.waitForRequest('**/api/approvals.read');
    await page.mouse.move(300, 300);
    await page.clock.runFor(5_000);
    await read;

    // On another page it is not before the person.
    await window.go('settings');
    const there = told;
    await page.mouse.move(310, 310);
    await page.clock.runFor(12_000);
    expect(told).toBe(there);
    await host.api('approvals.decide', { id: asked?.id ?? '', answer: 'deny' });
    await answer;
    expect(window.problems).toEqual([]);
    await client.close();
  });
});
