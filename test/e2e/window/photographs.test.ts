/** Every page and dialog in four sizes and two themes, beside the photographs that are kept of them, and with axe. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { JsonObject } from '../../../shared/json.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { startOAuthUpstream } from '../../servers/oauth.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo, connectClient } from '../../support/client.ts';
import { areApart, comparePhotograph, useOneFont } from '../../support/photographs.ts';
import { until } from '../../support/wait.ts';
import {
  holdStill,
  launchChromium,
  needsChromium,
  type OpenWindow,
  openWindow,
} from '../../support/window.ts';

/** What a large screen, a small one, half of one and the narrowest have; the last also stands for 200 %. CSS pixels. */
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 640, height: 900 },
  { width: 320, height: 640 },
];

/** So much of a long page is on the photograph. */
const LONGEST = 1600;

describe.each(['light', 'dark'] as const)('photographs in %s', needsChromium, (colorScheme) => {
  let browser: Browser;
  let host: BrowserHost;
  let client: Client;
  let window: OpenWindow;
  let page: Page;

  beforeAll(async () => {
    [browser, host] = await Promise.all([launchChromium(), startBrowserHost()]);
    // Whether this machine could show any is not the matter here.
    await host.api('settings.set', { notifications: { enabled: false } });
    client = await host.client(undefined, { name: 'claude-code', version: '2.0.0' });
    window = await openWindow(browser, host, {
      colorScheme,
      reducedMotion: 'reduce',
      locale: 'en-US',
      timezoneId: 'UTC',
      viewport: SIZES[0] as (typeof SIZES)[number],
      once: true,
    });
    page = window.page;
    await useOneFont(page);
    // Nobody reads here: whether a question's time stands still would depend on how long the last photograph took.
    await page.addInitScript('document.hasFocus = () => false');
    await page.reload();
  });
  afterAll(async () => {
    await window?.[Symbol.asyncDispose]();
    await client?.close();
    await Promise.all([browser?.close(), host?.[Symbol.asyncDispose]()]);
  });

  /** Writes over what each run says otherwise: times, and the folders of this one. */
  const sayTheSame = () =>
    page.evaluate(`{
      const words = [
        [/\\d+ min( \\d+ s)? left|\\d+ s left/g, '4 min 30 s left'],
        [/[A-Z][a-z]{2} \\d{1,2}(?!\\d)/g, 'Nov 12'],
        [/\\d{1,2}:\\d{2}(:\\d{2})?\\s[AP]M/g, '10:42 AM'],
        [/\\d+ (s|min|h) ago/g, 'just now'],
        [/glt_[-\\w]{43}/g, 'glt_${'k'.repeat(43)}'],
        [/greenlight-[-\\w]{20,}/g, 'greenlight-${'t'.repeat(32)}'],
        [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '01234567-89ab-4cde-8f01-23456789abcd'],
        [/127\\.0\\.0\\.1:\\d+/g, '127.0.0.1:4747'],
      ];
      const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        let said = text.data.replaceAll(${JSON.stringify(host.home)}, '/home/ann');
        for (const [those, one] of words) said = said.replace(those, one);
        if (said !== text.data) text.data = said;
      }
    }`);

  /** The buttons of which a part is hidden by what is around them, in a direction that does not scroll. */
  const cutOff = () =>
    page.evaluate<string[]>(`[...document.querySelectorAll('button, [role=tab], a')].filter((button) => {
      const { left, right, width } = button.getBoundingClientRect();
      if (width <= 1) return false;
      for (let around = button.parentElement; around; around = around.parentElement) {
        const { overflowX } = getComputedStyle(around);
        if (overflowX === 'auto' || overflowX === 'scroll') return false;
        if (overflowX === 'visible') continue;
        const box = around.getBoundingClientRect();
        if (left < box.left - 1 || right > box.right + 1) return true;
      }
      return left < -1 || right > innerWidth + 1;
    }).map((button) => button.getAttribute('aria-label') ?? button.textContent)`);

  /** The parts that scroll sideways. */
  const tooWide = () =>
    page.evaluate<string[]>(`new Promise((resolve) => requestAnimationFrame(() => resolve(
      [...document.querySelectorAll('main, [role=dialog], html')]
        .filter((part) => part.scrollWidth > part.clientWidth + 1)
        .map((part) => part.tagName + ' ' + part.scrollWidth + ' > ' + part.clientWidth),
    )))`);

  /** Makes the window as high as the page is, so that all of it is on the photograph. */
  async function takeIn(size: { width: number; height: number }): Promise<void> {
    const height = await page.evaluate<number>(`document.querySelector('[role=dialog]')
      ? 0 : document.querySelector('main').scrollHeight`);
    const wanted = Math.min(Math.max(height, size.height), LONGEST);
    if (page.viewportSize()?.width !== size.width || page.viewportSize()?.height !== wanted)
      await page.setViewportSize({ ...size, height: wanted });
  }

  /** Everything that is wrong with what is shown, in each size. */
  async function look(name: string): Promise<string[]> {
    const wrong: string[] = [];
    await page.mouse.move(0, 0);
    await expect.poll(() => page.getByText(/^Loading /).count()).toBe(0);
    // A toast stays for some seconds: whether it is still there depends on the machine.
    await expect
      .poll(() => page.locator('.arrives').getByRole('button', { name: 'Dismiss' }).count())
      .toBe(0);
    for (const size of SIZES) {
      await page.setViewportSize(size);
      await sayTheSame();
      await takeIn(size);
      await holdStill(page);
      await page.evaluate('document.fonts.ready');
      const as = `${name}-${size.width}-${colorScheme}`;
      // A chart takes its size a moment later.
      let wide = await tooWide();
      for (let attempt = 1; attempt <= 20 && wide.length > 0; attempt += 1) wide = await tooWide();
      wrong.push(...wide.map((part) => `${as}: is wider than the window: ${part}`));
      wrong.push(...(await cutOff()).map((button) => `${as}: is cut off: ${button}`));
      wrong.push(...(await window.violations()).map((violation) => `${as}: ${violation}`));
      // The time that is left may have moved on in between, or a part still take its size.
      let different: string | undefined;
      for (let attempt = 1; attempt <= 20; attempt += 1) {
        await sayTheSame();
        // It may have been measured before all of it was there, or while there was more: a window that is higher than the
        // page does not say by how much.
        if (attempt > 1) await page.setViewportSize(size);
        await takeIn(size);
        // Where a page was scrolled to depends on the sizes it had, also behind a dialog.
        await page.evaluate(`document.querySelector('main').scrollTop = 0`);
        different = await comparePhotograph(page, as);
        if (different === undefined) break;
      }
      if (different !== undefined) wrong.push(different);
    }
    await page.setViewportSize(SIZES[0] as (typeof SIZES)[number]);
    return wrong;
  }

  const button = (name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' });
  const choose = async (of: string | RegExp, item: string | RegExp) => {
    await button(of).first().click();
    await page.getByRole('menuitem', { name: item }).first().click();
    await page.getByRole('dialog').waitFor();
  };

  /** What waits: one plain call, and one with all that stands out. */
  async function waiting(): Promise<void> {
    const pending = async () => (await host.api('approvals.list', {})).approvals.length;
    if ((await pending()) === 2) return;
    askForVideo(client, 'A cat in the rain');
    await until(async () => (await pending()) === 1);
    client
      .callTool({
        name: 'luma_generate_video_from_image',
        arguments: {
          prompt: `A lake at dawn, seen from a drone. ${'Mist lies over the water. '.repeat(40)}`,
          start_image_url: 'https://pictures.example/lake.png',
        },
      })
      .catch(() => undefined);
    await until(async () => (await pending()) === 2);
  }

  it('the first run', async () => {
    await window.go('welcome');
    await page.getByText('Sandbox connected:').waitFor();
    expect(await look('welcome')).toEqual([]);
    await host.api('settings.set', { welcomed: true });
  });

  it.each(['approvals', 'videos', 'activity'])('%s, with nothing yet', async (name) => {
    await window.go(name);
    expect(await look(`${name}-empty`)).toEqual([]);
  });

  it('what waits, and how it is answered', async () => {
    const { clients } = await host.api('clients.list');
    await host.api('clients.update', { id: clients[0]?.id ?? '', label: 'Claude Code', holdSeconds: 3600 });
    await waiting();
    await window.go('approvals');
    await page.getByRole('heading', { name: '2 waiting' }).waitFor();
    expect(await look('approvals')).toEqual([]);
    await choose('More answers', 'Deny with a reason…');
    expect(await look('approvals-reason')).toEqual([]);
    await page.keyboard.press('Escape');
    await button('Edit…').first().click();
    await page.getByRole('dialog').waitFor();
    expect(await look('approvals-edit')).toEqual([]);
    await page.keyboard.press('Escape');
  });

  it('the rules that a call leads to, and several at once', async () => {
    await waiting();
    await window.go('approvals');
    const tried = page.getByText(/^In the last 7 days, \d/);
    await choose('More answers', 'Always allow calls like this…');
    await tried.waitFor();
    expect(await look('approvals-always')).toEqual([]);
    await page.keyboard.press('Escape');
    await choose('More answers', 'Ask only above…');
    await tried.waitFor();
    expect(await look('approvals-above')).toEqual([]);
    await page.keyboard.press('Escape');
    await button('More answers').last().click();
    await page.getByRole('menuitem', { name: 'Deny, and never this host…' }).click();
    await page.getByText('In the last 7 days').waitFor();
    expect(await look('approvals-never')).toEqual([]);
    await page.keyboard.press('Escape');
    askForVideo(client, 'A cat at noon');
    await button(/^Allow these 2/).click();
    await page.getByRole('dialog').waitFor();
    expect(await look('approvals-several')).toEqual([]);
    await page.keyboard.press('Escape');
    const last = (await host.api('approvals.list', {})).approvals.at(-1);
    await host.api('approvals.decide', { id: last?.id ?? '', answer: 'deny' });
  });

  it('what became of it', async () => {
    await waiting();
    const { approvals } = await host.api('approvals.list', {});
    for (const { id } of approvals) await host.api('approvals.decide', { id, answer: 'allow' });
    askForVideo(client, 'A street at night');
    await until(async () => (await host.api('approvals.list', {})).approvals.length === 1);
    const [last] = (await host.api('approvals.list', {})).approvals;
    await host.api('approvals.decide', { id: last?.id ?? '', answer: 'deny', reason: 'Not today.' });
    await until(async () => (await host.api('videos.list', {})).videos.length === 2);
    await window.go('approvals');
    await page.getByText('A street at night').first().waitFor();
    expect(await look('approvals-answered')).toEqual([]);
    await window.go('videos');
    await page.getByText('A cat in the rain').first().waitFor();
    await page.locator('.recharts-bar-rectangle').nth(1).waitFor();
    expect(await look('videos')).toEqual([]);
    await window.go('activity');
    await page
      .getByRole('row')
      .or(page.getByRole('listitem'))
      .filter({ hasText: 'A cat in the rain' })
      .first()
      .waitFor();
    expect(await look('activity')).toEqual([]);
    await page.getByRole('row').filter({ hasText: 'A street at night' }).first().click();
    await page.getByText('The call in full').waitFor();
    expect(await look('activity-call')).toEqual([]);
  });

  it('a video is opened after a question', async () => {
    const { videos } = await host.api('videos.list', {});
    for (const { taskId } of videos)
      await until(async () => {
        const answer = await client.callTool({ name: 'luma_get_task', arguments: { task_id: taskId } });
        return JSON.stringify(answer).includes('completed');
      });
    await window.go('videos');
    await button('Open…').first().click();
    await page.getByRole('dialog').waitFor();
    expect(await look('video-open')).toEqual([]);
    await page.keyboard.press('Escape');
  });

  it('policies', async () => {
    await window.go('policies');
    await page.getByRole('link', { name: 'Ask before every video' }).waitFor();
    expect(await look('policies')).toEqual([]);
    await button('New policy').click();
    await page.getByRole('dialog').waitFor();
    expect(await look('policies-new')).toEqual([]);
    await page.keyboard.press('Escape');
    await button('Import').click();
    await page.getByRole('dialog').waitFor();
    expect(await look('policies-import')).toEqual([]);
    await page.keyboard.press('Escape');
    await choose('More about Block everything', 'Rename');
    expect(await look('policies-rename')).toEqual([]);
    await page.keyboard.press('Escape');
    await choose('More about Block everything', 'Delete');
    expect(await look('policies-delete')).toEqual([]);
    await page.keyboard.press('Escape');
    await choose('More about Ask before every video', 'Delete');
    expect(await look('policies-in-use')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Autopilot on a budget', exact: true }).click();
    await page.locator('.cm-content').waitFor();
    expect(await look('policy')).toEqual([]);
    await page.getByRole('tab', { name: 'Try a call' }).click();
    expect(await look('policy-try')).toEqual([]);
    await page.getByRole('tab', { name: 'Versions' }).click();
    await button(/^Version 1/)
      .first()
      .waitFor();
    expect(await look('policy-versions')).toEqual([]);
    await page.getByRole('tab', { name: 'Last 7 days' }).click();
    await page.getByText(/in the last 7 days, this policy would have/).waitFor();
    expect(await look('policy-rehearsal')).toEqual([]);
  });

  it('a policy that is being written', async () => {
    const id = 'look-but-dont-spend';
    await window.go('policies', id);
    await page.getByRole('switch', { name: 'No webhooks' }).click();
    await button('Discard').click();
    await page.getByRole('dialog').waitFor();
    expect(await look('policy-discard')).toEqual([]);
    await page.keyboard.press('Escape');
    const { name, document } = await host.api('policies.get', { id });
    const other = { ...(document as JsonObject), description: 'Written by somebody else meanwhile.' };
    await host.api('policies.save', { id, name, document: other });
    await page.getByText('This policy has changed meanwhile').waitFor();
    expect(await look('policy-conflict')).toEqual([]);
    await button('Compare').click();
    await page.getByRole('dialog').waitFor();
    expect(await look('policy-compare')).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Take theirs' }).click();
    await page.getByRole('tab', { name: 'Versions' }).click();
    await button(/^Version 1/)
      .first()
      .click();
    await button('Restore version 1').click();
    await page.getByRole('dialog').waitFor();
    expect(await look('policy-restore')).toEqual([]);
    await page.keyboard.press('Escape');
  });

  it('a policy that was begun, and not saved', async () => {
    await window.go('policies');
    await button('New policy').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await page.locator('.cm-content').waitFor();
    await window.go('policies');
    await button(/^Discard /).click();
    await page.getByRole('dialog').waitFor();
    expect(await look('policies-discard')).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('a policy that another program changed', async () => {
    const file = join(host.dataDir, 'policies', 'ask-before-every-video.json');
    const before = readFileSync(file, 'utf8');
    // Also where something is wrong here: the others look at a window in which nothing waits.
    onTestFinished(async () => {
      const { changes } = await host.api('outside.list', {});
      for (const { id, digest } of changes) await host.api('outside.decide', { id, digest, answer: 'keep' });
    });
    writeFileSync(file, before.replace('"max": 30,', '"max": 3000,'));
    await window.go('approvals');
    await page.getByRole('group', { name: 'Ask before every video was changed' }).waitFor();
    expect(await look('approvals-outside')).toEqual([]);
    await button(/^Keep mine/).click();
    await page
      .getByRole('group', { name: 'Ask before every video was changed' })
      .waitFor({ state: 'detached' });
  });

  it('the small window beside the tray', async () => {
    await window.go('approvals');
    const { origin } = new URL(page.url());
    // Whatever is found here, the others look at the whole window.
    onTestFinished(async () => void (await page.goto(`${origin}/#/approvals`)));
    await page.goto(`${origin}/?compact#/approvals`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    expect(await look('compact')).toEqual([]);
  });

  it('clients', async () => {
    await window.go('clients');
    await page.getByRole('list', { name: 'Clients' }).getByText('Claude Code').waitFor();
    expect(await look('clients')).toEqual([]);
    await page.getByRole('link', { name: 'Claude Code' }).click();
    await page.getByText('Spent in 30 days').waitFor();
    expect(await look('client')).toEqual([]);
    await window.go('clients');
    await choose('More for Claude Code', 'Rename…');
    expect(await look('clients-rename')).toEqual([]);
    await page.keyboard.press('Escape');
    await choose('More for Claude Code', 'Revoke…');
    expect(await look('clients-revoke')).toEqual([]);
    await page.keyboard.press('Escape');
    await choose('More for Claude Code', 'New token…');
    expect(await look('clients-new-token')).toEqual([]);
    await page.keyboard.press('Escape');
    await button('Create a client').click();
    await page.getByLabel('Label').fill('Painter');
    expect(await look('clients-create')).toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'The token of Painter' }).waitFor();
    expect(await look('clients-token')).toEqual([]);
    await button('Done').click();
    const claude = page.getByRole('listitem', { name: 'Claude Desktop', exact: true });
    const others = page.getByText('Other applications', { exact: true });
    await others.waitFor();
    if (!(await claude.isVisible())) await others.click();
    await claude.getByRole('button', { name: 'Save the bundle…' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await look('clients-bundle')).toEqual([]);
    await page.keyboard.press('Escape');
  });

  it('a client is connected', async () => {
    const folder = join(host.home, '.cursor');
    mkdirSync(folder, { recursive: true });
    const luma = { url: 'https://luma.mcp.acedata.cloud/mcp', headers: { Authorization: 'Bearer secret' } };
    writeFileSync(join(folder, 'mcp.json'), JSON.stringify({ mcpServers: { luma } }, null, 2));
    // What an earlier one left open goes.
    await page.reload();
    await window.go('clients');
    await page.reload();
    const cursor = page.getByRole('listitem', { name: 'Cursor', exact: true });
    await cursor.getByRole('button', { name: 'Connect…' }).click();
    await page.getByRole('dialog').getByText('TOKEN-MADE-WHEN-YOU-APPLY').waitFor();
    expect(await look('clients-connect')).toEqual([]);
    await button('Apply').click();
    await page.getByRole('dialog', { name: 'Cursor is connected' }).waitFor();
    expect(await look('clients-connected')).toEqual([]);
    await button('Done').click();
    await cursor.getByRole('button', { name: 'Undo…' }).click();
    await page.getByRole('dialog').waitFor();
    expect(await look('clients-disconnect')).toEqual([]);
    await button('Undo the change').click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // What it brought along is the upstream now.
    await host.api('upstream.set', { kind: 'sandbox' });
    await page.reload();
    await page.getByRole('heading', { level: 1 }).waitFor();
  });

  it('settings', async () => {
    await window.go('settings');
    await page.getByRole('heading', { name: 'About' }).waitFor();
    await page.getByText('answers and offers 8 tools').waitFor();
    expect(await look('settings')).toEqual([]);
    await button('Copy diagnostics…').click();
    await page
      .getByRole('dialog')
      .getByText(/^Greenlight /)
      .waitFor();
    // What it says is of this machine; the photograph has the same words everywhere.
    await page.evaluate(`document.querySelector('[role=dialog] section').textContent =
      ['Greenlight 0.1.0, browser host', 'System: one', 'Guard mode: policy', '', 'Problems: none'].join('\\n')`);
    expect(await look('settings-diagnostics')).toEqual([]);
    await page.keyboard.press('Escape');
    await host.api('upstream.set', { kind: 'http', url: 'http://127.0.0.1:9/mcp', token: 'secret' });
    // What is known of the server is shown anew meanwhile, and takes the question along.
    const question = page.getByRole('dialog', { name: 'Forget the token?' });
    await expect
      .poll(async () => {
        if ((await question.count()) === 0) await button('Forget the token…').click();
        return question.count();
      })
      .toBe(1);
    expect(await look('settings-forget')).toEqual([]);
    await page.keyboard.press('Escape');
    const server = await startOAuthUpstream();
    onTestFinished(() => server.close());
    await host.api('upstream.set', { kind: 'http', url: server.url });
    await page.reload();
    await button('Sign in…').click();
    const address = page.getByRole('dialog').getByText(/\/authorize\?/);
    await address.waitFor();
    // Where its lines end depends on what is random in it.
    await address.evaluate((element) => {
      element.textContent = 'https://example.com/authorize?response_type=code';
    });
    expect(await look('settings-sign-in')).toEqual([]);
    await page.keyboard.press('Escape');
    await host.api('upstream.set', { kind: 'sandbox' });
  });

  it('the phone, and a counter that is set back', async () => {
    const { clients } = await host.api('clients.list');
    await host.api('clients.update', { id: clients[0]?.id ?? '', policyId: 'autopilot-on-a-budget' });
    await client.callTool({ name: 'luma_generate_video', arguments: { prompt: 'A cat by the sea' } });
    await host.api('settings.set', { phone: { enabled: true, server: 'https://ntfy.example' } });
    await window.go('settings');
    await page.reload();
    const topic = page.getByRole('button', { name: 'Copy the topic' });
    await topic.scrollIntoViewIfNeeded();
    expect(await look('settings-phone')).toEqual([]);
    await button('Reset…').first().click();
    await page.getByRole('dialog').waitFor();
    expect(await look('settings-reset')).toEqual([]);
    await page.keyboard.press('Escape');
  });

  it('several servers', async () => {
    const inputSchema = { type: 'object' as const, properties: { id: { type: 'string' } } };
    const notes = await startHttpUpstream({
      tools: [
        { name: 'search_notes', description: 'Searches your notes.', inputSchema },
        { name: 'delete_note', description: 'Deletes a note for good.', inputSchema },
      ],
    });
    onTestFinished(() => notes.close());
    const { id } = await host.api('servers.add', { name: 'Notes', kind: 'http', url: notes.url });
    const writer = await host.api('clients.create', { label: 'Writer', servers: ['luma', id] });
    await page.reload();
    await window.go('servers');
    const link = page.getByRole('main').getByRole('link', { name: 'Notes' });
    await link.waitFor();
    expect(await look('servers')).toEqual([]);
    await button('Add a server').click();
    await page.getByRole('dialog').waitFor();
    expect(await look('servers-add')).toEqual([]);
    await page.keyboard.press('Escape');
    await link.click();
    await page.getByText('answers and offers 2 tools').waitFor();
    expect(await look('server')).toEqual([]);
    await button('Remove…').click();
    await page.getByRole('dialog').waitFor();
    expect(await look('server-remove')).toEqual([]);
    await page.keyboard.press('Escape');
    await window.go('clients', writer.id);
    await page.getByText('Spent in 30 days').waitFor();
    expect(await look('client-servers')).toEqual([]);
    const agent = await connectClient(writer.servers[1]?.mcpUrl ?? '', writer.token);
    onTestFinished(() => agent.close());
    await agent.callTool({ name: 'search_notes', arguments: {} });
    agent.callTool({ name: 'delete_note', arguments: { id: '7' } }).catch(() => {});
    await window.go('approvals');
    await page.getByText('Destroys: ').waitFor();
    expect(await look('approvals-servers')).toEqual([]);
    const [question] = (await host.api('approvals.list', {})).approvals;
    await host.api('approvals.decide', { id: question?.id ?? '', answer: 'deny', for: 'once' });
    await window.go('activity');
    await page.getByText('delete_note').first().waitFor();
    expect(await look('activity-servers')).toEqual([]);
    await window.go('videos');
    await page.getByText('The default policies of the servers have no daily limit in common.').waitFor();
    await page.locator('.recharts-bar-rectangle').nth(1).waitFor();
    expect(await look('videos-servers')).toEqual([]);
    await window.go('policies');
    await button('Import').click();
    await page
      .getByLabel('Or paste it here')
      .fill('{"version":"1","server":"elsewhere","default":"deny","tools":{}}');
    await page.getByText('There is no such server here').waitFor();
    expect(await look('policies-import-elsewhere')).toEqual([]);
    await page.keyboard.press('Escape');
    await host.api('clients.revoke', { id: writer.id });
    await host.api('servers.remove', { id });
    await page.reload();
  });

  it('a column that broke is noticed, another word is not', async () => {
    await window.go('policies');
    const name = page.getByRole('link', { name: 'Ask before every video' });
    await name.waitFor();
    const shot = async () => {
      await holdStill(page);
      return page.screenshot({ animations: 'disabled' });
    };
    const before = await shot();
    await page.evaluate(`{
      const names = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (names.nextNode()?.data !== 'Ask before every video');
      names.currentNode.data = 'Ask before any video!';
    }`);
    await page.getByText('Ask before any video!').waitFor();
    expect(areApart(before, await shot())).toBe(false);
    for (const broken of [
      'td:nth-child(2), th:nth-child(2) { display: none }',
      'td:nth-child(2), th:nth-child(2) { width: 24px; max-width: 24px; overflow: hidden }',
      'nav { display: none }',
      'main h1 { display: none }',
    ]) {
      await page.evaluate(`{
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(${JSON.stringify(broken)});
        document.adoptedStyleSheets.push(sheet);
      }`);
      const after = await shot();
      await page.evaluate('document.adoptedStyleSheets.pop()');
      expect(areApart(before, after), broken).toBe(true);
    }
  });
});
