/** A policy is rehearsed with the calls of the last seven days, as it is written. */
import { describe, expect, it } from 'vitest';
import { needsChromium } from '../../support/window.ts';
import { expectAccessible } from './pages.ts';
import { policiesPages } from './policies-page.ts';

describe('rehearsing a policy', needsChromium, () => {
  const open = policiesPages();

  it('says that there is nothing to rehearse with', async () => {
    const { page, tab, openPolicy } = await open();
    await openPolicy('Autopilot on a budget');
    await tab('Last 7 days');
    await page.getByText('No call in the last 7 days').waitFor();
    await page.getByText('of every client, for none follows this policy').waitFor();
  });

  it('shows figures and the calls behind each, again as it is changed, and opens one in Activity', async () => {
    const { page, host, window, button, tab, choose, openPolicy } = await open();
    await host.api('guard.set', { mode: 'allow', until: new Date(Date.now() + 3_600_000).toISOString() });
    const client = await host.client();
    const call = (name: string, args: object) => client.callTool({ name, arguments: { ...args } });
    await call('luma_generate_video', { prompt: 'A paper boat <img src=x>' });
    await call('luma_generate_video', { prompt: 'Bearer abcdefghijklmnop' });
    await call('luma_generate_video', {
      prompt: 'To a stranger',
      callback_url: 'https://hooks.example.com/x',
    });
    await call('luma_list_actions', {});
    await client.close();

    await openPolicy('Ask before every video');
    await tab('Last 7 days');
    const rehearsed = page.getByRole('region', { name: 'The last 7 days' });
    await rehearsed
      .getByText(
        'Of 4 calls in the last 7 days, this policy would have denied 1, asked you about 1 and let 1 pass; of 1 it cannot be told.',
      )
      .waitFor();
    await rehearsed.getByText('the calls of First client, which follows it').waitFor();
    expect(await button(/^1 Denied/, rehearsed).getAttribute('aria-pressed')).toBe('true');
    await rehearsed.getByRole('list', { name: '1 that was denied' }).getByText('To a stranger').waitFor();
    await button(/^1 Asks you 1 ran unasked/, rehearsed).click();
    const asked = rehearsed.getByRole('list', { name: '1 that ran without asking you' });
    expect(await asked.innerText()).toMatch(
      /First client wanted to make a video\s+A paper boat <img src=x>[\s\S]*Then: Allowed, \$0\.40/,
    );
    await button(/^1 Cannot be told/, rehearsed).click();
    await rehearsed.getByText('The log does not have all that was sent with it.').waitFor();
    await expectAccessible(window);

    // Not saved.
    await choose('luma_generate_video', 'Deny');
    await rehearsed.getByText('would have denied 3, asked you about none and let 1 pass').waitFor();
    await rehearsed.getByText('It would have saved $0.80.').waitFor();
    await button(/^3 Denied 2 ran/, rehearsed).click();
    const denied = rehearsed.getByRole('list', { name: '2 that ran without asking you' });
    expect(await denied.getByRole('listitem').count()).toBe(2);
    expect((await host.api('policies.get', { id: 'ask-before-every-video' })).version).toBe(1);

    await denied.getByRole('link', { name: 'In Activity' }).last().click();
    const details = page
      .getByRole('dialog', { name: 'The call in full' })
      .or(page.getByRole('region', { name: 'The call in full' }));
    await details.getByText('A paper boat').waitFor();
    await button('Close', details).first().click();
    await page.waitForURL(/#\/activity$/);
    expect(await page.locator('#main img').count()).toBe(0);
  });
});
