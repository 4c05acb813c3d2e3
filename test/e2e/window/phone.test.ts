import { expect, it } from 'vitest';
import { startNtfy } from '../../servers/ntfy.ts';
import { startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, needsChromium } from '../../support/window.ts';
import { expectAccessible, openPage } from './pages.ts';

it('the phone is switched on, tried, and given a new topic', needsChromium, async () => {
  const [host, browser, ntfy] = await Promise.all([startBrowserHost(), launchChromium(), startNtfy()]);
  try {
    await using window = await openPage(browser, host, 'settings');
    const { page } = window;
    await host.api('settings.set', { phone: { server: ntfy.url } });
    await page.getByRole('switch', { name: 'Tell my phone when a call waits' }).click();
    await page.getByRole('button', { name: 'Send a test to the phone' }).click();
    await page.getByText('The server took it.').waitFor();
    const { topic } = await host.api('phone.get');
    expect(ntfy.taken).toMatchObject([{ sequence_id: 'test', topic }]);
    await page.getByText(String(topic)).waitFor();
    await page.getByRole('button', { name: 'New topic' }).click();
    await page.getByText('The old topic is told nothing more.').waitFor();
    expect((await host.api('phone.get')).topic).not.toBe(topic);
    await expectAccessible(page);
  } finally {
    await browser.close();
    await host.stop();
    await ntfy.close();
  }
});
