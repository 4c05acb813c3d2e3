/** The phone in Settings, and what is said where its server is away. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { press, startNtfy } from '../../servers/ntfy.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';
import { until } from '../../support/wait.ts';
import { launchChromium, needsChromium } from '../../support/window.ts';
import { copies, expectAccessible, openPage, REFUSED } from './pages.ts';

describe('the phone in Settings', needsChromium, () => {
  let host: BrowserHost;
  let browser: Browser;
  beforeAll(async () => {
    [host, browser] = await Promise.all([startBrowserHost(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await host.stop();
  });

  it('is switched on, tried, and given a new topic', async () => {
    await using ntfy = await startNtfy();
    await host.api('settings.set', { phone: { server: ntfy.url } });
    await using window = await openPage(browser, host, 'settings');
    const { page } = window;
    await page.getByRole('switch', { name: 'Tell my phone when a call waits' }).click();
    await page.getByRole('button', { name: 'Send a test to the phone' }).click();
    await page.getByText('The server took it.').waitFor();
    const { topic } = await host.api('phone.get');
    expect(ntfy.taken).toMatchObject([{ sequence_id: 'test', topic }]);
    expect(await copies(page.getByRole('button', { name: 'Copy the topic' }))).toBe(topic);
    expect(await copies(page.getByRole('button', { name: 'Copy the link' }))).toBe(
      `ntfy://${new URL(ntfy.url).host}/${topic}?secure=false`,
    );
    await page.getByRole('button', { name: 'New topic' }).click();
    await page.getByText('The old topic is told nothing more.').waitFor();
    expect((await host.api('phone.get')).topic).not.toBe(topic);
    await expectAccessible(window);
  });

  it('answers, where the person says so: denies at first, and says who else could allow', async () => {
    await using ntfy = await startNtfy();
    await host.api('settings.set', { phone: { enabled: true, server: ntfy.url, answers: 'none' } });
    const client = await host.client();
    onTestFinished(() => client.close());
    await using window = await openPage(browser, host, 'settings');
    const { page } = window;
    await page.getByRole('switch', { name: 'Answer from the phone' }).click();
    await page.getByText('What you deny there does not run.').waitFor();
    expect((await host.api('settings.get')).phone.answers).toBe('deny');
    await page.getByLabel('What it can answer').selectOption('all');
    // Secrets are in a file here.
    await page.getByText('The phone can deny only: the topic is kept in a file here').waitFor();
    await expectAccessible(window);
    const answer = askForVideo(client, 'A bird in the rain');
    await until(() => ntfy.taken.length === 1);
    expect(ntfy.taken[0]?.actions?.map(({ label }) => label)).toEqual(['Deny']);
    await press(ntfy.taken[0], 'Deny');
    expect((await answer).isError).toBe(true);
    await window.go('activity');
    await page.getByText('You, by phone').first().waitFor();
  });

  it('says who else could allow, where secrets are in a keyring', async () => {
    await host.api('settings.set', {
      phone: { enabled: true, server: 'https://ntfy.example', answers: 'all' },
    });
    await using window = await openPage(browser, host);
    const { page } = window;
    // This host keeps its secrets in a file; one with a keyring says the other thing.
    await page.route('**/phone.get', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), mayAllow: true } });
    });
    await window.go('settings');
    await page.getByText('Whoever runs https://ntfy.example, or learns the topic, can press Allow').waitFor();
    await expectAccessible(window);
  });

  it('takes the address of a server alone', async () => {
    await host.api('settings.set', { phone: { enabled: true } });
    await using window = await openPage(browser, host, 'settings');
    const { page } = window;
    for (const wrong of ['nowhere', 'https://ntfy.sh/my-topic']) {
      await page.getByLabel('ntfy server').fill(wrong);
      await page.getByLabel('ntfy server').press('Enter');
      await page.getByText('no address of a server: such as https://ntfy.sh').waitFor();
    }
    expect(window.problems.splice(0)).toEqual([
      expect.stringMatching(REFUSED),
      expect.stringMatching(REFUSED),
    ]);
  });

  it('a server that is away is said on every page, until there is nothing to tell it', async () => {
    const away = await startNtfy();
    await away.close();
    await host.api('settings.set', { phone: { enabled: true, server: away.url } });
    const client = await host.client();
    onTestFinished(() => client.close());
    await using window = await openPage(browser, host, 'approvals');
    const { page } = window;
    const said = page.getByText(`The ntfy server ${away.url} cannot be reached`);
    const answer = askForVideo(client, 'A cat in the rain');
    await said.waitFor();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await answer;
    await said.waitFor({ state: 'detached' });
    const other = askForVideo(client, 'A dog in the rain');
    await said.waitFor();
    await host.api('settings.set', { phone: { enabled: false } });
    await said.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await other;
  });
});
