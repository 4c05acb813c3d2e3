/** What the window says of an answer on the command line, which an agent may have given. */
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { runCli } from '../../support/cli.ts';
import { askForVideo } from '../../support/client.ts';
import { until } from '../../support/wait.ts';
import { launchChromium, needsChromium } from '../../support/window.ts';
import { expectAccessible, openPage } from './pages.ts';

describe('an answer on the command line', needsChromium, () => {
  let host: BrowserHost;
  let browser: Browser;
  beforeAll(async () => {
    [host, browser] = await Promise.all([startBrowserHost(), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await host.stop();
  });

  it('takes the card away, and the log says by what way it came', async () => {
    const client = await host.client();
    onTestFinished(() => client.close());
    await using window = await openPage(browser, host);
    const { page } = window;
    const answer = askForVideo(client, 'A bird in the rain');
    await page.getByText('A bird in the rain').first().waitFor();
    const [waiting] = (await host.api('approvals.list')).approvals;
    const denied = await runCli(['approvals', 'deny', waiting?.id ?? '', '--home', host.dataDir]);
    expect(denied.code).toBe(0);
    expect((await answer).isError).toBe(true);
    await until(async () => !(await page.getByRole('button', { name: 'Allow' }).first().isVisible()));
    await window.go('activity');
    await page.getByText('You, on the command line').first().waitFor();
    await expectAccessible(window);
  });
});
