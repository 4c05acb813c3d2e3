/** The five tasks of a newcomer, counted in clicks (docs/tasks.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../shared/json.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { textOf } from '../../support/client.ts';
import { createTestClock } from '../../support/clock.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';
import { launchChromium, needsChromium, type OpenWindow, openWindow } from '../../support/window.ts';

const VIDEO = 'luma_generate_video';
const PICTURE = 'luma_generate_video_from_image';

/** The clicks that the document promises, by the first words of its tasks. */
const promised = new Map(
  [
    ...readFileSync(new URL('../../../docs/tasks.md', import.meta.url), 'utf8').matchAll(
      /^\| ([^|]+?) \| (\d+) \|/gm,
    ),
  ].map(([, task = '', clicks]) => [task, Number(clicks)]),
);

describe('a newcomer', needsChromium, () => {
  const folder = folderOfSuite();
  let browser: Browser;
  let host: BrowserHost;
  let client: Client;
  let window: OpenWindow;
  let page: Page;
  let clicks: number;

  beforeAll(async () => {
    browser = await launchChromium();
    // Yesterday, by the sandbox: two clients, three videos.
    const yesterday = new Date();
    yesterday.setDate(yesterday.getDate() - 1);
    yesterday.setHours(12, 0, 0, 0);
    const clock = createTestClock(yesterday.getTime());
    const before = await startGreenlight({ dataDir: join(folder(), 'data'), clock, policy: null });
    const { core, connect } = before;
    const policy = {
      version: '1',
      default: 'allow',
      costs: { [VIDEO]: 0.4, [PICTURE]: 0.9 },
      tools: {},
    };
    before.usePolicy(policy);
    for (const [label, tool, args] of [
      ['Claude', VIDEO, { prompt: 'A cat' }],
      ['Cursor', PICTURE, { prompt: 'A dog', start_image_url: 'https://cdn.example/a.png' }],
      ['Claude', VIDEO, { prompt: 'A bird' }],
    ] as const) {
      const { token } = core.grants.create(label);
      const agent = await connect({ token });
      const made = (await agent.callTool({ name: tool, arguments: args })) as CallToolResult;
      expect(textOf(made)).toContain('task_id');
    }
    core.settings.set({ ...core.settings.get(), defaultPolicyId: 'ask-before-every-video', welcomed: true });
    clock.advance(2 * 60_000);
    await before.stop();
  });
  afterAll(() => browser?.close());

  beforeEach(async () => {
    host = await startBrowserHost({ dataDir: join(folder(), 'data') });
    const { token } = await host.api('clients.create', { label: 'Claude Code' });
    client = await host.client(token);
    window = await openWindow(browser, host);
    page = window.page;
    clicks = 0;
  });
  afterEach(async () => {
    expect(window.problems).toEqual([]);
    await window[Symbol.asyncDispose]();
    await client.close();
    await host[Symbol.asyncDispose]();
  });

  const click = async (what: Locator, options: Parameters<Locator['click']>[0] = {}) => {
    await what.click(options);
    clicks += 1;
  };
  const goTo = (name: string) => click(page.getByRole('link', { name, exact: true }));
  const call = (args: JsonObject) =>
    client.callTool({ name: VIDEO, arguments: args }, undefined, {
      timeout: 300_000,
    }) as Promise<CallToolResult>;

  it('answers a question', async () => {
    const answer = call({ prompt: 'A lighthouse' });
    const card = page.getByRole('article').filter({ hasText: 'A lighthouse' });
    await click(card.getByRole('button', { name: 'Allow', exact: true }));
    expect((await answer).isError).toBeFalsy();
    expect(clicks).toBe(promised.get('Answer a question'));
  });

  it('sets a daily budget of $5', async () => {
    await goTo('Clients');
    await click(page.getByLabel('Daily budget ($)'));
    await page.keyboard.type('5');
    await click(page.getByRole('button', { name: 'Set', exact: true }));
    await page.getByRole('list', { name: 'Spent', exact: true }).getByText('of $5.00 today').waitFor();
    expect(clicks).toBe(promised.get('Set a daily budget of $5'));
  });

  it('lets webhooks go to one host only', async () => {
    await goTo('Policies');
    await click(page.getByRole('link', { name: 'Ask before every video' }));
    await click(page.getByLabel('Webhook hosts', { exact: true }));
    await page.keyboard.type('hooks.example.com');
    await click(page.getByRole('button', { name: 'Save', exact: true }));
    await page.getByText(/Saved/).first().waitFor();
    expect(clicks).toBe(promised.get('Webhooks to one host only'));
    const denied = textOf(await call({ prompt: 'A', callback_url: 'https://evil.example/' }));
    expect(denied).toContain('Greenlight: denied.');
    const asked = call({ prompt: 'A webhook', callback_url: 'https://hooks.example.com/done' });
    await page.getByRole('link', { name: /^Approvals/ }).click();
    const card = page.getByRole('article').filter({ hasText: 'A webhook' });
    await card.getByRole('button', { name: 'Deny', exact: true }).click();
    expect(textOf(await asked)).toContain('denied');
  });

  it('finds who made yesterday’s most expensive video', async () => {
    await goTo('Videos');
    const chart = page.locator('.recharts-wrapper').first();
    await chart.locator('.recharts-bar-rectangle').first().waitFor();
    // Of thirty bars the last but one; the chart may still take its size.
    await expect
      .poll(async () => {
        const bars = await chart.locator('.recharts-cartesian-grid').first().boundingBox();
        const all = await chart.boundingBox();
        if (bars === null || all === null) return '';
        const x = bars.x - all.x + (bars.width / 30) * 28.5;
        await chart.click({ position: { x, y: all.height / 2 } });
        return page.url();
      })
      .toMatch(/#\/videos\/day\/\d{4}-\d\d-\d\d\/sort\/dearest$/);
    clicks += 1;
    const first = page.getByRole('list', { name: 'Videos, dearest first' }).getByRole('listitem').first();
    await first.getByText('A dog').waitFor();
    expect(await first.innerText()).toMatch(/\$0\.90[\s\S]*Cursor/);
    expect(clicks).toBe(promised.get("Who made yesterday's most expensive video?"));
  });

  it('sees why a call was denied', async () => {
    const answer = textOf(await call({ prompt: 'A leak', callback_url: 'https://evil.example/' }));
    expect(answer).toContain('Greenlight: denied.');
    await goTo('Activity');
    await click(page.getByRole('row').filter({ hasText: 'A leak' }).first());
    const details = page.getByRole('region', { name: 'The call in full' });
    await details
      .getByText(/callback_url/)
      .first()
      .waitFor();
    expect(await details.innerText()).toMatch(/Webhooks are not allowed|on one of the hosts|callback_url/);
    expect(clicks).toBe(promised.get('Why was a call denied?'));
  });

  it('finds each of them in the document', () => {
    expect([...promised.values()]).toEqual([1, 3, 4, 2, 2]);
  });
});
