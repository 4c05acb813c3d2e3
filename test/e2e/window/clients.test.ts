import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';
import { launchChromium, needsChromium, type OpenWindow } from '../../support/window.ts';
import { copies, expectAccessible, openPage, REFUSED } from './pages.ts';

const LUMA_TOKEN = 'luma-0123456789abcdef';
const CURSOR = `{
  // kept by hand
  "mcpServers": {
    "luma": {
      "url": "https://luma.mcp.acedata.cloud/mcp",
      "headers": { "Authorization": "Bearer ${LUMA_TOKEN}" }
    },
    "files": { "command": "npx", "args": ["files"] }
  }
}
`;

describe('the page Clients', needsChromium, () => {
  let host: BrowserHost;
  let browser: Browser;
  let page: Page;
  let window: OpenWindow;

  beforeAll(async () => {
    [host, browser] = await Promise.all([startBrowserHost(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
  });
  beforeEach(async () => {
    window = await openPage(browser, host, 'clients');
    page = window.page;
  });
  afterEach(async () => {
    await window[Symbol.asyncDispose]();
    expect(window.problems).toEqual([]);
  });

  const row = (label: string) =>
    page.getByRole('list', { name: 'Clients' }).getByRole('listitem', { name: label, exact: true });
  const dialog = (name: string) => page.getByRole('dialog', { name });

  /** Unfolds the other applications, where they are not: they are there folded or not as soon as their title is. */
  async function unfolded(applications: Locator): Promise<void> {
    const title = page.getByText('Other applications', { exact: true });
    await title.waitFor();
    if (!(await applications.isVisible())) await title.click();
  }

  async function more(label: string, item: string): Promise<void> {
    await row(label)
      .getByRole('button', { name: `More for ${label}` })
      .click();
    await page.getByRole('menuitem', { name: item }).click();
  }

  /** The token that the open dialog shows, and the dialog closed. */
  async function shownToken(label: string): Promise<string> {
    const shown = dialog(`The token of ${label}`);
    await shown.waitFor();
    const token = await copies(shown.getByRole('button', { name: 'Copy the token' }));
    await expect.poll(() => shown.locator('pre').last().innerText()).toContain(token);
    await shown.getByRole('button', { name: 'Done' }).click();
    await shown.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(token);
    return token;
  }

  it('shows a client on a page of its own: what it spent, what was denied, what it asked for last', async () => {
    const { id, token } = await host.api('clients.create', { label: 'Painter' });
    const client = await host.client(token, { name: 'painter', version: '3' });
    await host.api('guard.set', { mode: 'allow' });
    await askForVideo(client, 'A kite over the dunes');
    await host.api('guard.set', { mode: 'block' });
    await askForVideo(client, 'Never made');
    await host.api('guard.set', { mode: 'policy' });
    await client.close();
    await row('Painter').getByRole('link', { name: 'Painter' }).click();
    await page.getByRole('heading', { level: 1, name: 'Painter' }).waitFor();
    expect(page.url()).toContain(`#/clients/${id}`);
    const figure = (name: string) =>
      page.locator('dl > div').filter({ hasText: name }).locator('dd').innerText();
    await expect.poll(() => figure('Spent today')).toBe('$0.40');
    expect(await figure('Spent in 30 days')).toBe('$0.40');
    expect(await figure('Calls that ran in 30 days')).toBe('1');
    expect(await figure('Denied in the log')).toBe('1');
    await page
      .getByRole('listitem')
      .filter({ hasText: 'A kite over the dunes' })
      .getByText('$0.40')
      .waitFor();
    // Its policy and its hold time are set here too.
    await page.getByLabel('Held').selectOption({ label: '2 min' });
    await page.getByText('Calls of Painter are held for another time now.').first().waitFor();
    const { clients } = await host.api('clients.list');
    expect(clients.find((each) => each.id === id)?.holdSeconds).toBe(120);
    await expectAccessible(window);
    await page.getByRole('link', { name: 'All its videos' }).click();
    await page.getByRole('list', { name: 'Videos, newest first' }).waitFor();
    await page.goBack();
    await page.locator('dd').getByRole('link', { name: '1', exact: true }).click();
    await page.getByText('1 call that matches').waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'All clients' }).click();
    await row('Painter').waitFor();
  });

  it('pauses a client, shows it, and resumes it', async () => {
    const { id } = await host.api('clients.create', { label: 'Pi' });
    await row('Pi').waitFor();
    await more('Pi', 'Pause');
    await row('Pi').getByText('Paused: its calls are denied').waitFor();
    await expectAccessible(window);
    const paused = async () =>
      (await host.api('clients.list')).clients.find((client) => client.id === id)?.paused;
    expect(await paused()).toBe(true);
    await window.go('approvals');
    const inForce = page.getByRole('region', { name: 'In force for now' });
    await inForce.getByText('Pi is paused: its calls are denied · until you resume it').waitFor();
    await inForce.getByRole('button', { name: 'Resume' }).click();
    await inForce.waitFor({ state: 'detached' });
    expect(await paused()).toBe(false);

    await window.go('clients');
    await more('Pi', 'Pause');
    await row('Pi').getByRole('button', { name: 'Resume' }).click();
    await row('Pi').getByText('Paused').waitFor({ state: 'detached' });
    await page.getByText('Pi is resumed: its calls are judged again.', { exact: true }).waitFor();
    expect(await paused()).toBe(false);
    await host.api('clients.revoke', { id });
  });

  /** Whether the proxy lets `token` in, asked by a real client. */
  async function isLetIn(token: string): Promise<boolean> {
    try {
      const client = await host.client(token, { name: 'cursor', version: '3.1' });
      await client.listTools();
      await client.callTool({ name: 'luma_list_actions', arguments: {} });
      await client.close();
      return true;
    } catch {
      return false;
    }
  }

  it('gives a client that it does not know its entry in the form that it takes', async () => {
    const applications = page.getByRole('list', { name: 'Other applications' });
    await unfolded(applications);
    const another = applications.getByRole('listitem', { name: 'Another client', exact: true });
    await another.getByRole('button', { name: 'Get a snippet…' }).click();
    await dialog('Create a client').getByLabel('Label').fill('Zebra');
    await page.keyboard.press('Enter');
    const shown = dialog('The token of Zebra');
    await shown.getByText('"type": "http"').waitFor();
    await shown.getByLabel('Snippet for').selectOption({ label: 'Zebra: TOML' });
    await shown.getByText('[mcp_servers.greenlight').first().waitFor();
    await shown.getByText('Enter it where Zebra keeps its MCP servers, then start Zebra again.').waitFor();
    await expectAccessible(window);
    await shown.getByRole('button', { name: 'Done' }).click();
    const { clients } = await host.api('clients.list');
    await host.api('clients.revoke', { id: clients.find(({ label }) => label === 'Zebra')?.id ?? '' });
  });

  it('hands out the bundle for Claude Desktop, and the token that it asks for', async () => {
    const applications = page.getByRole('list', { name: 'Other applications' });
    await unfolded(applications);
    const claude = applications.getByRole('listitem', { name: 'Claude Desktop', exact: true });
    await claude.getByRole('button', { name: 'Save the bundle…' }).click();
    const shown = dialog('A bundle for Claude Desktop');
    const download = page.waitForEvent('download');
    await shown.getByRole('button', { name: 'Save the bundle' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('greenlight.mcpb');
    const { content } = await host.api('connect.bundle');
    expect((await readFile(await file.path())).toString('base64')).toBe(content);

    await shown.getByRole('button', { name: 'Make a token' }).click();
    await shown.getByText(/^glt_/).waitFor();
    await expectAccessible(window);
    expect(await isLetIn(await shown.getByText(/^glt_/).innerText())).toBe(true);
    await shown.getByRole('button', { name: 'Done' }).click();
    await row('Claude Desktop').waitFor();
    const { clients } = await host.api('clients.list');
    await host.api('clients.revoke', {
      id: clients.find(({ label }) => label === 'Claude Desktop')?.id ?? '',
    });
  });

  it('takes a client from its first token to its end', async () => {
    await page.getByRole('button', { name: 'Create a client' }).click();
    await dialog('Create a client').getByLabel('Label').fill('Cursor at work');
    await expectAccessible(window);
    await page.keyboard.press('Enter');
    await dialog('The token of Cursor at work').getByText('Snippet for').waitFor();
    await expectAccessible(window);
    const first = await shownToken('Cursor at work');
    expect(await isLetIn(first)).toBe(true);
    await row('Cursor at work')
      .getByText('Last used just now, 1 call today, calls itself cursor 3.1')
      .waitFor();

    await more('Cursor at work', 'New token…');
    await expectAccessible(window);
    await page.getByRole('button', { name: 'Make a new token' }).click();
    const second = await shownToken('Cursor at work');
    expect(await isLetIn(first)).toBe(false);
    expect(await isLetIn(second)).toBe(true);

    await more('Cursor at work', 'Rename…');
    await dialog('Rename the client').getByLabel('Label').fill('Cursor');
    await page.keyboard.press('Enter');
    await row('Cursor').waitFor();

    await more('Cursor', 'Revoke…');
    await expectAccessible(window);
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    // Behind it no row is there for anybody.
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await row('Cursor').waitFor({ state: 'detached' });
    expect(await isLetIn(second)).toBe(false);
    await page.getByText(/^\d revoked clients?$/).click();
    await page.getByRole('table', { name: 'Revoked clients' }).getByText('Cursor', { exact: true }).waitFor();
    await expectAccessible(window);
  });

  it('changes the policy and the hold time at once, and takes it back', async () => {
    const grant = await host.api('clients.create', { label: 'Night shift' });
    const now = async () => (await host.api('clients.list')).clients.find(({ id }) => id === grant.id);
    await row('Night shift').getByLabel('Policy').selectOption('look-but-dont-spend');
    await expect.poll(async () => (await now())?.policyId).toBe('look-but-dont-spend');
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => (await now())?.policyId).toBe('ask-before-every-video');
    expect((await now())?.followsDefault).toBe(true);
    await row('Night shift').getByLabel('Held').selectOption({ label: '2 min' });
    await expect.poll(async () => (await now())?.holdSeconds).toBe(120);
  });

  it('shows what was chosen until the list has it', async () => {
    const grant = await host.api('clients.create', { label: 'Day shift' });
    const now = async () => (await host.api('clients.list')).clients.find(({ id }) => id === grant.id);
    const policy = row('Day shift').getByLabel('Policy');
    const hold = row('Day shift').getByLabel('Held');
    await policy.waitFor();
    const held = Promise.withResolvers<void>();
    await page.route('**/api/clients.list', async (route) => {
      await held.promise;
      await route.continue();
    });
    await policy.selectOption({ label: 'Block everything' });
    await expect.poll(async () => (await now())?.policyId).toBe('block-everything');
    await hold.selectOption({ label: '2 min' });
    await expect.poll(async () => (await now())?.holdSeconds).toBe(120);
    const chosen = async () => [
      await policy.evaluate((select) => select.selectedOptions[0]?.label),
      await hold.inputValue(),
    ];
    expect(await chosen()).toEqual(['Block everything', '120']);
    held.resolve();
  });

  it('takes a client back to the default policy, whichever that is', async () => {
    const grant = await host.api('clients.create', { label: 'Guest', policyId: 'look-but-dont-spend' });
    const now = async () => (await host.api('clients.list')).clients.find(({ id }) => id === grant.id);
    const policy = row('Guest').getByLabel('Policy');
    const shown = () => policy.evaluate((select) => select.selectedOptions[0]?.label);
    await expect.poll(shown).toBe("Look but don't spend");
    expect(await policy.locator('option').first().innerText()).toBe(
      'Default policy (Ask before every video)',
    );

    await policy.selectOption({ label: 'Default policy (Ask before every video)' });
    await page.getByText('Guest follows the default policy now.', { exact: true }).waitFor();
    expect(await now()).toMatchObject({ policyId: 'ask-before-every-video', followsDefault: true });
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(now).toMatchObject({ policyId: 'look-but-dont-spend', followsDefault: false });
    await expect.poll(shown).toBe("Look but don't spend");

    await policy.selectOption({ index: 0 });
    await expect.poll(now).toMatchObject({ followsDefault: true });
    await host.api('settings.set', { defaultPolicyId: 'block-everything' });
    await expect.poll(shown).toBe('Default policy (Block everything)');
    expect(await now()).toMatchObject({ policyId: 'block-everything', followsDefault: true });
    await host.api('settings.set', { defaultPolicyId: 'ask-before-every-video' });
  });

  it('creates a client with a policy of its own, or with the default one', async () => {
    const create = async (label: string, policy?: string) => {
      await page.getByRole('button', { name: 'Create a client' }).click();
      const form = dialog('Create a client');
      await form.getByLabel('Label').fill(label);
      if (policy !== undefined) await form.getByLabel('Policy').selectOption({ label: policy });
      await page.keyboard.press('Enter');
      await shownToken(label);
      return (await host.api('clients.list')).clients.find((client) => client.label === label);
    };
    expect(await create('With its own', 'Ask before every video')).toMatchObject({
      policyId: 'ask-before-every-video',
      followsDefault: false,
    });
    expect(await create('With the default')).toMatchObject({
      policyId: 'ask-before-every-video',
      followsDefault: true,
    });
  });

  it('shows the exact change to a configuration, makes it, and undoes it', async () => {
    const folder = join(host.home, '.cursor');
    const file = join(folder, 'mcp.json');
    await mkdir(folder, { recursive: true });
    await writeFile(file, CURSOR);
    await page.reload();
    const cursor = page.getByRole('listitem', { name: 'Cursor', exact: true });
    await cursor.getByText('Cursor also reaches Luma directly, as luma.').waitFor();
    await expectAccessible(window);

    await cursor.getByRole('button', { name: 'Connect…' }).click();
    const connect = dialog('Connect Cursor');
    const change = connect.getByRole('region', { name: /^The change to/ });
    await change.getByText('TOKEN-MADE-WHEN-YOU-APPLY').first().waitFor();
    expect(await change.innerText()).not.toContain(LUMA_TOKEN);
    await expectAccessible(window);
    // The direct way is closed unless the person leaves it open.
    await change.getByText(/removed:.*"luma"/).waitFor();
    expect(await change.innerText()).not.toContain(LUMA_TOKEN);
    await connect.getByRole('button', { name: 'Show secrets' }).click();
    await change.getByText(LUMA_TOKEN).waitFor();
    await connect.getByRole('checkbox', { name: /^Take over/ }).click();
    // Its other server stays as it is, too.
    await connect.getByRole('checkbox', { name: 'files' }).click();
    expect(await readFile(file, 'utf8')).toBe(CURSOR);

    await connect.getByRole('button', { name: 'Apply' }).click();
    await dialog('Cursor is connected').waitFor();
    await expectAccessible(window);
    const written = await readFile(file, 'utf8');
    expect(written).toContain('// kept by hand');
    const token =
      /Bearer (glt_[^"]+|[^"]{20,})"/.exec(written.slice(written.indexOf('greenlight')))?.[1] ?? '';
    expect(written).toContain(host.ready.mcpUrl);
    expect(await isLetIn(token)).toBe(true);
    expect((await readdir(folder)).length).toBe(2);

    await page.getByRole('button', { name: 'Done' }).click();
    await cursor.getByText('Connected').waitFor();
    await cursor.getByRole('button', { name: 'Undo…' }).click();
    await expectAccessible(window);
    await dialog('Disconnect Cursor?').getByText('grant is revoked').waitFor();
    await page.getByRole('button', { name: 'Undo the change' }).click();
    await cursor.getByText('Found').waitFor();
    expect(await isLetIn(token)).toBe(false);
    expect(await readFile(file, 'utf8')).toBe(CURSOR);
    expect(existsSync(file)).toBe(true);
  });

  it('protects all servers of a client but one that it cannot, and says why; undone, they are as they were', async () => {
    const folder = join(host.home, '.kiro', 'settings');
    const file = join(folder, 'mcp.json');
    const servers = {
      files: { command: process.execPath, args: [stdioServer], env: { SCRIPTED_TOKEN: LUMA_TOKEN } },
      docs: { url: 'http://127.0.0.1:9/mcp' },
      asks: { command: 'npx', args: ['./server.js'] },
      // What is switched off is nowhere said to be reached.
      off: { command: 'npx', args: ['off'], disabled: true },
    };
    await mkdir(folder, { recursive: true });
    const before = JSON.stringify({ mcpServers: servers }, null, 2);
    await writeFile(file, before);
    await page.reload();
    const kiro = page.getByRole('listitem', { name: 'Kiro', exact: true });
    await kiro.getByRole('button', { name: 'Connect…' }).click();
    const connect = dialog('Connect Kiro');
    await connect.getByText('“./server.js” in its command line is relative').waitFor();
    expect(await connect.getByRole('checkbox', { name: 'asks' }).isDisabled()).toBe(true);
    await connect.getByText(/“files” goes behind Greenlight, which starts/).waitFor();
    expect(await connect.innerText()).not.toContain(LUMA_TOKEN);
    await expectAccessible(window);
    await connect.getByRole('checkbox', { name: 'docs' }).click();
    await connect.getByRole('button', { name: 'Protect 1 of 2' }).waitFor();
    await connect.getByRole('checkbox', { name: 'docs' }).click();
    await connect.getByText(/“docs” goes behind Greenlight/).waitFor();
    // Another program is quicker: what it made of an entry is not what the person saw.
    await writeFile(file, before.replace(':9/mcp', ':10/mcp'));
    await connect.getByRole('button', { name: 'Protect all of them' }).click();
    await connect.getByText('was changed by another program since it was shown').waitFor();
    await connect.getByText('http://127.0.0.1:10/mcp').first().waitFor();
    expect((await host.api('servers.list')).servers).toHaveLength(1);
    await connect.getByRole('button', { name: 'Protect all of them' }).click();
    const done = dialog('Kiro is connected');
    await done.getByText('files, docs').waitFor();
    await done.getByText('Not those to “asks”: no policy, no question, no log.').waitFor();
    // The preview of what is no more may be refused, too.
    const problems = window.problems.splice(0);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.filter((problem) => !REFUSED.test(problem))).toEqual([]);
    // The list behind the dialog has changed too; a role is nowhere there.
    await page.locator('li[aria-label="Kiro"] button').getByText('Connect again…').waitFor();
    await expectAccessible(window);
    await done.getByRole('button', { name: 'Done' }).click();
    const { mcpServers } = JSON.parse(await readFile(file, 'utf8'));
    expect(mcpServers.files.url).toBe(`${host.ready.mcpUrl}/files`);
    expect(mcpServers.asks).toEqual(servers.asks);
    expect((await host.api('servers.list')).servers.map(({ id }) => id)).toEqual(['luma', 'files', 'docs']);

    // One that came since is told, and goes behind it as well.
    mcpServers.late = { url: 'http://127.0.0.1:9/late' };
    await writeFile(file, JSON.stringify({ mcpServers }, null, 2));
    await page.reload();
    await kiro.getByText('Reached past Greenlight, which cannot stand before it: “asks”.').waitFor();
    await kiro.getByText('Another MCP server of Kiro is not behind Greenlight.').waitFor();
    await kiro.getByRole('button', { name: 'Protect… the other servers of Kiro' }).click();
    await connect.getByRole('button', { name: 'Protect it' }).click();
    await done.getByRole('button', { name: 'Done' }).click();

    // One that is removed leaves its entry behind: that is told before, and after, and put right.
    await window.go('servers', 'files');
    await page.getByRole('button', { name: 'Remove…' }).click();
    const remove = dialog('Remove files?');
    await remove.getByText('Kiro still has an entry that leads there').waitFor();
    await expectAccessible(window);
    await remove.getByRole('button', { name: 'Remove' }).click();
    await remove.waitFor({ state: 'detached' });
    await window.go('clients');
    await kiro.getByText('“files” in its file leads to a server that Greenlight has no more').waitFor();
    await kiro.getByRole('button', { name: 'Connect again… Kiro, for what leads nowhere' }).click();
    await connect.getByText('so “files” is again what it was before').waitFor();
    await connect.getByText('Behind it already: docs, late.').waitFor();
    expect(await connect.innerText()).not.toContain(LUMA_TOKEN);
    await expectAccessible(window);
    await connect.getByRole('button', { name: 'Apply' }).click();
    await done.getByText('Not those to “files”, “asks”: no policy, no question, no log.').waitFor();
    await done.getByRole('button', { name: 'Done' }).click();
    const again = JSON.parse(await readFile(file, 'utf8')).mcpServers;
    expect(again.files).toEqual(servers.files);
    expect(again.docs.url).toBe(`${host.ready.mcpUrl}/docs`);

    await kiro.getByRole('button', { name: 'Undo…' }).click();
    await page.getByText('Its other servers are reached directly again').waitFor();
    await page.getByRole('button', { name: 'Undo the change' }).click();
    await kiro.getByText('Found').waitFor();
    const after = JSON.parse(await readFile(file, 'utf8'));
    expect(after.mcpServers).toEqual({
      ...servers,
      docs: { url: 'http://127.0.0.1:10/mcp' },
      late: { url: 'http://127.0.0.1:9/late' },
    });
    for (const id of ['docs', 'late']) await host.api('servers.remove', { id });
  });

  it('shows the change to what another program made of a file before it was shown', async () => {
    const folder = join(host.home, '.kiro', 'settings');
    const file = join(folder, 'mcp.json');
    await mkdir(folder, { recursive: true });
    await writeFile(file, '{ "mcpServers": { "docs": { "url": "http://127.0.0.1:9/mcp" } } }');
    await page.reload();
    const kiro = page.getByRole('listitem', { name: 'Kiro', exact: true });
    await kiro.waitFor();
    await page.route(
      '**/*connect.preview*',
      async (route) => {
        await writeFile(file, '{ "mcpServers": { "docs": { "url": "http://127.0.0.1:10/mcp" } } }');
        await route.continue();
      },
      { times: 1 },
    );
    await kiro.getByRole('button', { name: 'Connect…' }).click();
    const connect = dialog('Connect Kiro');
    await connect.getByText(/“docs” goes behind Greenlight.* http:\/\/127\.0\.0\.1:10\/mcp/).waitFor();
    expect(await connect.getByRole('alert').count()).toBe(0);
    expect(
      await connect.getByRole('button', { name: 'Protect it' }).getAttribute('aria-disabled'),
    ).toBeNull();
    expect(window.problems.splice(0)).toEqual([expect.stringMatching(REFUSED)]);
    await rm(file);
  });

  it('says what is wrong with a configuration that cannot be read, and changes nothing', async () => {
    const folder = join(host.home, '.codeium', 'windsurf');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'mcp_config.json'), '{ "mcpServers": { oops');
    await page.reload();
    await page.getByRole('listitem', { name: 'Windsurf' }).getByRole('button', { name: 'Connect…' }).click();
    await dialog('Connect Windsurf')
      .getByRole('alert')
      .getByText(/mcp_config\.json/)
      .waitFor();
    expect(
      await dialog('Connect Windsurf').getByRole('button', { name: 'Apply' }).getAttribute('aria-disabled'),
    ).toBe('true');
    expect(window.problems.splice(0)).toEqual([expect.stringMatching(REFUSED)]);
  });
});
