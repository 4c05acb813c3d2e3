import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { launchChromium, needsChromium, type OpenWindow, openWindow } from '../../support/window.ts';

const GENERATE = 'luma_generate_video';

describe('money at hand', needsChromium, () => {
  let browser: Browser;
  let host: BrowserHost;
  let client: Client;
  let window: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    host = await startBrowserHost();
    client = await host.client();
    window = await openWindow(browser, host);
    page = window.page;
  });
  afterEach(async () => {
    expect(window.problems).toEqual([]);
    await window[Symbol.asyncDispose]();
    await client.close();
    await host[Symbol.asyncDispose]();
  });

  const call = (prompt: string) =>
    client.callTool({ name: GENERATE, arguments: { prompt } }, undefined, { timeout: 300_000 });
  const card = (prompt: string) => page.getByRole('article').filter({ hasText: prompt });
  const spent = () => page.getByRole('list', { name: 'Spent', exact: true });
  const passing = () => page.getByRole('list', { name: 'Passes without asking' });

  it('a newcomer sets a daily budget of $5 in three steps, and sees it from then on', async () => {
    await page.getByLabel('Daily budget ($)').click();
    await page.keyboard.type('5');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await spent().getByText('$0.00 of $5.00 today').waitFor();
    const { document } = await host.api('policies.get', { id: 'ask-before-every-video' });
    expect(document).toMatchObject({
      all_tools: { limits: [{ max: 5, window: 'day', scope: 'all', increment_from: 'cost' }] },
    });
    expect(await window.violations()).toEqual([]);

    const answer = call('A cat in the rain');
    const list = card('A cat in the rain').getByRole('list', { name: 'Spent, this call included' });
    await list.getByText('$0.40 of $5.00 today').waitFor();
    await card('A cat in the rain').getByRole('button', { name: 'Allow', exact: true }).click();
    await answer;
    await spent().getByText('$0.40 of $5.00 today').waitFor();
  });

  it('it is set on Clients too, amber from 80 % on, and custom where the policy limits cost otherwise', async () => {
    await host.api('settings.set', { welcomed: true });
    await window.go('clients');
    await page.getByLabel('Daily budget ($)').fill('$1');
    await page.getByLabel('At its end').selectOption('ask');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await spent().getByText('$0.00 of $1.00 today').waitFor();
    expect(await window.violations()).toEqual([]);
    await page.getByLabel('Daily budget ($)').fill('nothing');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await page.getByText('Enter an amount of more than 0').waitFor();

    await window.go('approvals');
    const answers = [call('one'), call('two')];
    for (const prompt of ['one', 'two'])
      await card(prompt).getByRole('button', { name: 'Allow', exact: true }).click();
    await Promise.all(answers);
    const amber = spent().locator('.text-warn').filter({ hasText: '$0.80 of $1.00 today' });
    await amber.waitFor();
    expect(await amber.getAttribute('title')).toMatch(
      /^\$1.00 in 24 hours, \$0.20 left, more free again tomorrow, /,
    );

    const { document, name } = await host.api('policies.get', { id: 'ask-before-every-video' });
    const twice = structuredClone(document) as { all_tools: { limits: object[] } };
    twice.all_tools.limits.push({
      counter: 'x',
      window: 'day',
      max: 3,
      increment_from: 'cost',
      scope: 'all',
    });
    await host.api('policies.save', { id: 'ask-before-every-video', name, document: twice as never });
    await window.go('clients');
    await page.getByText('Custom: in the policy.').waitFor();
  });

  it('the policy editor has the same field', async () => {
    await host.api('settings.set', { welcomed: true });
    await window.go('policies', 'autopilot-on-a-budget');
    const field = page.getByTestId('builder').getByLabel('Daily budget ($)');
    await expect.poll(() => field.inputValue()).toBe('4');
    await field.fill('7');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const limits = async () => (await host.api('limits.list', {})).counters.map(({ max }) => max);
    await host.api('settings.set', { defaultPolicyId: 'autopilot-on-a-budget' });
    await expect.poll(limits).toContain(7);
  });

  it('an allowance has a ceiling, says what it is for, shows amber in the sidebar and ends there with a click', async () => {
    await host.api('settings.set', { welcomed: true });
    await window.go('approvals');
    const first = call('one');
    await card('one').getByRole('button', { name: 'More answers' }).click();
    await page.getByRole('menuitemradio', { name: /any video from/ }).waitFor();
    await page.getByRole('menuitem', { name: 'Allow this and up to $5.00 more' }).waitFor();
    expect(await window.violations()).toEqual([]);
    await page.getByRole('menuitem', { name: 'Allow this and the next 3' }).click();
    await first;
    await passing().getByText('any video without asking').waitFor();
    await passing().getByText('0 of 3 used').waitFor();
    await call('two');
    await passing().getByText('1 of 3 used').waitFor();
    await page.getByRole('region', { name: 'In force for now' }).getByText('1 of 3 used').waitFor();
    expect(await window.violations()).toEqual([]);
    await passing().getByRole('button').click();
    await passing().waitFor({ state: 'detached' });
    const asked = call('three');
    await card('three').waitFor();

    // This prompt alone.
    await card('three').getByRole('button', { name: 'More answers' }).click();
    await page.getByRole('menuitemradio', { name: /this prompt alone/ }).click();
    await page.getByRole('menuitem', { name: 'Allow this for 15 minutes, at most 10' }).click();
    await asked;
    await call('three');
    await passing().getByText('one prompt, unchanged').waitFor();
    const other = call('four');
    await card('four').getByRole('button', { name: 'Deny' }).click();
    await other;
  });
});
