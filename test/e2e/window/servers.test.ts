/** The window with several servers: the sandbox, one that a command starts, and one at an address. */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Browser, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { echoTool, type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo, callForText, connectClient } from '../../support/client.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';
import { launchChromium, needsChromium, type OpenWindow } from '../../support/window.ts';
import { copies, expectAccessible, openPage, REFUSED } from './pages.ts';

describe('several servers in the window', needsChromium, () => {
  let host: BrowserHost;
  let browser: Browser;
  let web: HttpUpstream;
  let window: OpenWindow;
  let page: Page;
  const clients: Client[] = [];

  beforeAll(async () => {
    [host, browser, web] = await Promise.all([startBrowserHost(), launchChromium(), startHttpUpstream()]);
    await host.api('settings.set', { welcomed: true });
  });
  afterAll(async () => {
    await browser?.close();
    await host?.stop();
    await web?.close();
  });
  beforeEach(async () => {
    window = await openPage(browser, host, 'approvals');
    page = window.page;
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await window[Symbol.asyncDispose]();
    // Before anything is expected: what one test leaves behind, the next would fail of.
    const { servers } = await host.api('servers.list');
    for (const { id } of servers.slice(1)) await host.api('servers.remove', { id });
    expect(window.problems).toEqual([]);
  });

  const dialog = (name: string) => page.getByRole('dialog', { name });
  const links = () => page.getByRole('navigation', { name: 'Pages' });
  const sidebar = (name: string) => links().getByRole('link', { name, exact: true });

  /** The server of the command, and one at an address, and a client that may use both beside Luma. */
  async function addBoth() {
    const files = await host.api('servers.add', {
      name: 'Files',
      kind: 'stdio',
      command: process.execPath,
      args: [stdioServer],
    });
    const http = await host.api('servers.add', { name: 'Web', kind: 'http', url: web.url });
    const grant = await host.api('clients.create', {
      label: 'Claude',
      servers: ['luma', files.id, http.id],
    });
    return { files, http, grant };
  }

  /** Lets a server ask for each call, whatever its tools do. */
  async function askForAll(id: string): Promise<void> {
    const saved = await host.api('policies.save', {
      name: `All of ${id}`,
      document: { version: '1', server: id, default: 'require_approval', tools: {} },
    });
    if (!('id' in saved)) throw new Error(JSON.stringify(saved));
    await host.api('servers.update', { id, policyId: saved.id });
  }

  async function clientAt(url: string, token: string): Promise<Client> {
    const client = await connectClient(url, token);
    clients.push(client);
    return client;
  }

  it('has no page for them with Luma alone; the first is added from the settings, tested, and given to a client', async () => {
    const { id: claude } = await host.api('clients.create', { label: 'Painter' });
    await sidebar('Settings').click();
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
    await page.getByText('Sandbox connected').waitFor();
    expect(await sidebar('Servers').count()).toBe(0);

    await page.getByRole('button', { name: 'Add a server…' }).click();
    const adding = dialog('Add a server');
    await adding.getByRole('button', { name: 'Add and test' }).click();
    await adding.getByText('Enter what it is to be called.').waitFor();
    await adding.getByRole('textbox', { name: 'Name' }).fill('Files');
    await adding.getByRole('textbox', { name: 'Address' }).fill('example.com/mcp');
    await page.keyboard.press('Enter');
    await adding.getByText('Enter the whole address, starting with https:// or http://.').waitFor();
    await expectAccessible(window);
    await adding.getByRole('radio', { name: 'By command' }).click();
    await adding.getByRole('textbox', { name: 'Command' }).fill(process.execPath);
    const argument = adding.getByRole('textbox', { name: 'Arguments' });
    await argument.fill(`-c "serve --api-key q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5"`);
    await adding.getByText('This seems to hold a secret. Give it as a variable below').waitFor();
    await argument.fill(`"${stdioServer}" --api-key q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5`);
    await adding.getByText('This seems to hold a secret').waitFor({ state: 'detached' });
    await adding.getByText('What seems to be a secret in it is kept with the secrets').waitFor();
    await adding.getByRole('textbox', { name: 'Environment variables' }).fill('SECRET=only here');
    await page.keyboard.press('Tab');
    await adding.getByRole('button', { name: 'Add and test' }).click();

    const added = dialog('Files is added');
    await added.getByText('scripted 1.2.3 answers and offers 12 tools.').waitFor();
    await added.getByRole('button', { name: 'Test', exact: true }).click();
    await added.getByRole('button', { name: 'Test', exact: true }).waitFor();
    await added.getByRole('checkbox', { name: 'Painter' }).click();
    await expectAccessible(window);
    await added.getByRole('button', { name: 'Let them use it' }).click();

    await page.getByRole('heading', { level: 1, name: 'Files' }).waitFor();
    expect(page.url()).toContain('#/servers/files');
    await sidebar('Servers').waitFor();
    await page.getByText('2 servers connected').waitFor();
    const { clients: all } = await host.api('clients.list');
    expect(all.find(({ id }) => id === claude)?.servers.map(({ id }) => id)).toEqual(['luma', 'files']);
    const { settings } = await host.api('upstream.get', { server: 'files' });
    expect(settings).toMatchObject({ args: [stdioServer, '--api-key', `\${env:ARG_API_KEY}`] });
    for (const hidden of ['only here', 'q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5'])
      expect(JSON.stringify([settings, await host.api('settings.get')])).not.toContain(hidden);
  });

  it('says of one that does not answer what is wrong, by its name', async () => {
    await page.goto(page.url().replace(/#.*/, '#/settings'));
    await page.getByRole('button', { name: 'Add a server…' }).click();
    const adding = dialog('Add a server');
    await adding.getByRole('textbox', { name: 'Name' }).fill('Nowhere');
    await adding.getByRole('textbox', { name: 'Address' }).fill('http://127.0.0.1:9/mcp');
    await adding.getByRole('textbox', { name: 'Token' }).fill('never-shown');
    await adding.getByRole('button', { name: 'Add and test' }).click();
    const added = dialog('Nowhere is added');
    await added.getByText(/nothing listens there/).waitFor();
    await added.getByRole('button', { name: 'Sign in…' }).waitFor();
    await added.getByRole('button', { name: 'Done' }).click();
    // Its own page says it once, every other one by its name.
    await page.getByRole('heading', { level: 1, name: 'Nowhere' }).waitFor();
    await page.getByText(/nothing listens there/).waitFor();
    await page.getByText('Nowhere cannot be reached').waitFor();
    // The page of Servers says it too, and nothing of Luma.
    await sidebar('Servers').click();
    await page.getByText(/^Nowhere: .*nothing listens there/).waitFor();
    const row = (name: string) =>
      page.getByRole('list', { name: 'Servers' }).getByRole('listitem', { name, exact: true });
    await row('Nowhere').getByText('Cannot be reached').waitFor();
    await row('Luma').getByText('Connected').waitFor();
    await expectAccessible(window);
    expect(await page.content()).not.toContain('never-shown');
  });

  it('adds one with headers and a secret in its address, keeps them while it is changed, and forgets them', async () => {
    const hub = await startHttpUpstream();
    onTestFinished(() => hub.close());
    const secret = 'q7Rk2mZp9Xw4Lt6Vb8Nc3Hs5';
    await page.goto(page.url().replace(/#.*/, '#/settings'));
    await page.getByRole('button', { name: 'Add a server…' }).click();
    const adding = dialog('Add a server');
    await adding.getByRole('textbox', { name: 'Name' }).fill('Hub');
    await adding.getByRole('textbox', { name: 'Address' }).fill(`${hub.url}?api_key=${secret}`);
    await adding.getByText('What seems to be a secret in it is kept with the secrets').waitFor();
    await adding.getByRole('textbox', { name: 'Headers' }).fill('X-Key tr0ub4dor');
    await adding.getByRole('button', { name: 'Add and test' }).click();
    await adding.getByText('“X-Key tr0ub4dor” is no Name: value.').waitFor();
    await adding.getByRole('textbox', { name: 'Headers' }).fill('X-Key: tr0ub4dor');
    await expectAccessible(window);
    await adding.getByRole('button', { name: 'Add and test' }).click();
    const added = dialog('Hub is added');
    await added.getByText('scripted 1.2.3 answers and offers 1 tool.').waitFor();
    await added.getByRole('button', { name: 'Done' }).click();
    const sent = () => [hub.received.at(-1)?.path, hub.received.at(-1)?.headers['x-key']];
    expect(sent()).toEqual([`/mcp?api_key=${secret}`, 'tr0ub4dor']);

    await page.getByRole('heading', { level: 1, name: 'Hub' }).waitFor();
    const address = page.getByRole('textbox', { name: 'Address' });
    expect(await address.inputValue()).toBe(`${hub.url}?api_key=\${env:ARG_ADDRESS}`);
    await page.getByText('ARG_ADDRESS stands for what is kept with the secrets.').waitFor();
    await page.getByText('Kept with the secrets: X-Key. What is entered here takes the place').waitFor();
    await expectAccessible(window);
    await address.fill(`${await address.inputValue()}&x=1`);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(sent).toEqual([`/mcp?api_key=${secret}&x=1`, 'tr0ub4dor']);
    for (const hidden of [secret, 'tr0ub4dor']) expect(await page.content()).not.toContain(hidden);

    await page.getByRole('button', { name: 'Forget the secrets…' }).click();
    const question = dialog('Forget the secrets?');
    await expectAccessible(window);
    await question.getByRole('button', { name: 'Forget the secrets' }).click();
    await page.getByText('The values of ARG_ADDRESS, X-Key are forgotten.').first().waitFor();
    await page.getByText('Nothing is kept for ARG_ADDRESS. Enter the whole address.').waitFor();
    await page
      .getByText(/^The value of ARG_ADDRESS, which stands in the address/)
      .first()
      .waitFor();
  });

  it('names those that do not answer in one strip, on every page but the one that lists them', async () => {
    const add = (at: number) =>
      host.api('servers.add', { name: `Away ${at}`, kind: 'http', url: `http://127.0.0.1:9/${at}` });
    for (const at of [1, 2]) await add(at);
    const strip = (words: string) => page.getByRole('status').getByText(words);
    await strip('2 servers cannot be reached: Away 1, Away 2.').waitFor();
    for (const at of [3, 4, 5]) await add(at);
    await strip('5 servers cannot be reached: Away 1, Away 2, Away 3 and 2 more.').waitFor();
    await page.setViewportSize({ width: 375, height: 800 });
    const height = async () => (await page.getByRole('status').first().boundingBox())?.height;
    expect(await height()).toBeLessThan(100);
    await expectAccessible(window);

    await page.getByRole('link', { name: 'Look at them' }).click();
    const list = page.getByRole('list', { name: 'Servers' });
    await list
      .getByText(/nothing listens there/)
      .nth(4)
      .waitFor();
    expect(await strip('cannot be reached').count()).toBe(0);
    // The page of one tells of it, and of the others there is one strip.
    await list.getByRole('link', { name: 'Away 2' }).click();
    await strip('4 other servers cannot be reached: Away 1, Away 3, Away 4 and 1 more.').waitFor();

    const shut = await startHttpUpstream({ token: 'right' });
    onTestFinished(() => shut.close());
    await host.api('servers.add', { name: 'Shut', kind: 'http', url: shut.url });
    await strip('5 other servers cannot be used: Away 1').waitFor();
  });

  it('can be left while one is added, which is in the list all the same', async () => {
    await addBoth();
    await window.go('servers');
    const held = Promise.withResolvers<void>();
    const added = Promise.withResolvers<void>();
    await page.route('**/api/servers.add', async (route) => {
      const response = await route.fetch();
      added.resolve();
      await held.promise;
      await route.fulfill({ response });
    });
    const row = (name: string) =>
      page.getByRole('list', { name: 'Servers' }).getByRole('listitem', { name, exact: true });
    const leave = {
      Cancel: () => dialog('Add a server').getByRole('button', { name: 'Cancel' }).click(),
      Escape: () => page.keyboard.press('Escape'),
    };
    for (const [name, away] of Object.entries(leave)) {
      await page.getByRole('button', { name: 'Add a server' }).click();
      const adding = dialog('Add a server');
      await adding.getByRole('textbox', { name: 'Name' }).fill(name);
      await adding.getByRole('textbox', { name: 'Address' }).fill(web.url);
      await adding.getByRole('button', { name: 'Add and test' }).click();
      await adding.getByRole('button', { name: 'Connecting…' }).waitFor();
      await added.promise;
      await away();
      await adding.waitFor({ state: 'detached' });
      await row(name).getByText('Connected').waitFor();
    }
    const answered = page.waitForResponse('**/api/servers.add');
    held.resolve();
    await answered;
    await page.unroute('**/api/servers.add');
    // One that is refused after that is told all the same.
    const refused = Promise.withResolvers<void>();
    await page.route('**/api/servers.add', async (route) => {
      await refused.promise;
      await route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'No room.' } } });
    });
    await page.getByRole('button', { name: 'Add a server' }).click();
    const adding = dialog('Add a server');
    await adding.getByRole('textbox', { name: 'Name' }).fill('Refused');
    await adding.getByRole('textbox', { name: 'Address' }).fill(web.url);
    const sent = page.waitForRequest('**/api/servers.add');
    await adding.getByRole('button', { name: 'Add and test' }).click();
    await sent;
    await adding.getByRole('button', { name: 'Cancel' }).click();
    await adding.waitFor({ state: 'detached' });
    refused.resolve();
    await page.getByText('Refused could not be added. Add it again to see why.').first().waitFor();
    expect(window.problems.splice(0)).toEqual([expect.stringMatching(REFUSED)]);
    await page.unroute('**/api/servers.add');
    await row('Escape').getByRole('link').click();
    await page.getByRole('heading', { level: 1, name: 'Escape' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  it('lets no other way be chosen while one is added; then says what is loaded, and what could not be', async () => {
    await window.go('settings');
    await page.getByRole('button', { name: 'Add a server…' }).click();
    const adding = dialog('Add a server');
    await adding.getByRole('textbox', { name: 'Name' }).fill('Slow');
    await adding.getByRole('textbox', { name: 'Address' }).fill(web.url);
    const held = Promise.withResolvers<void>();
    const sent = page.waitForRequest('**/api/servers.add');
    await page.route('**/api/servers.add', async (route) => {
      await held.promise;
      await route.continue();
    });
    await page.route('**/api/clients.list', (route) =>
      route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'It is not there.' } } }),
    );
    await adding.getByRole('button', { name: 'Add and test' }).click();
    await sent;
    expect(await adding.getByRole('radiogroup').getAttribute('aria-disabled')).toBe('true');
    await adding.getByRole('radio', { name: 'By command' }).click({ force: true });
    await adding.getByRole('textbox', { name: 'Address' }).waitFor();
    held.resolve();

    const added = dialog('Slow is added');
    await added.getByRole('alert').getByText('Your clients could not be loaded.').waitFor();
    expect(await added.getByText('There is no client yet').count()).toBe(0);
    await expectAccessible(window);
    await page.unroute('**/api/clients.list');
    await added.getByRole('button', { name: 'Try again' }).click();
    await added.getByRole('checkbox').first().waitFor();

    // Its page says nothing of what it does not know.
    const known = Promise.withResolvers<void>();
    for (const method of ['clients.list', 'policies.list'])
      await page.route(`**/api/${method}`, async (route) => {
        await known.promise;
        await route.continue();
      });
    await added.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Loading what was done with it').waitFor();
    await page.getByText('Loading the policies').waitFor();
    expect(await page.getByText('Nobody').count()).toBe(0);
    expect(await page.getByText('This policy is gone').count()).toBe(0);
    known.resolve();
    await page.getByText('Nobody').waitFor();
    await page.getByLabel('Policy', { exact: true }).waitFor();
    expect(window.problems.splice(0).filter((problem) => !REFUSED.test(problem))).toEqual([]);
  });

  it('says what of the servers and their policies could not be loaded', async () => {
    await addBoth();
    for (const method of ['policies.list', 'videos.list', 'servers.spent'])
      await page.route(`**/api/${method}`, (route) =>
        route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'It is not there.' } } }),
      );
    await window.go('servers');
    const alert = (text: string) => page.getByRole('alert').filter({ hasText: text });
    await alert('The policies could not be loaded.').waitFor();
    await alert('What was spent could not be loaded.').waitFor();
    await page.getByRole('list', { name: 'Servers' }).getByRole('link', { name: 'Web' }).click();
    await page.getByRole('heading', { level: 1, name: 'Web' }).waitFor();
    await alert('What was done with it, and by whom, could not be loaded.').waitFor();
    await alert('The policies could not be loaded.').waitFor();
    await expectAccessible(window);
    expect(window.problems.splice(0).filter((problem) => !REFUSED.test(problem))).toEqual([]);
  });

  it('adds one that a client has already, with its secrets, which the window never sees', async () => {
    await mkdir(join(host.home, '.cursor'), { recursive: true });
    await writeFile(
      join(host.home, '.cursor', 'mcp.json'),
      JSON.stringify({
        mcpServers: {
          shop: { url: web.url, headers: { Authorization: 'Bearer shop-secret' } },
          here: { command: './here.js' },
        },
      }),
    );
    await window.go('settings');
    await page.getByRole('button', { name: 'Add a server…' }).click();
    const adding = dialog('Add a server');
    await adding.getByRole('radio', { name: 'From your clients' }).click();
    const found = adding.getByRole('list', { name: 'Servers of your clients' });
    await found.getByText('In Cursor').first().waitFor();
    await expectAccessible(window);
    expect(await found.getByRole('button').allInnerTexts()).toEqual(['Add']);
    await found.getByRole('button', { name: 'Add shop' }).click();
    await dialog('shop is added')
      .getByText(/answers and offers 1 tool/)
      .waitFor();
    await dialog('shop is added').getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { level: 1, name: 'shop' }).waitFor();
    expect(await page.content()).not.toContain('shop-secret');
    expect(web.received.at(-1)?.headers.authorization).toBe('Bearer shop-secret');
    await rm(join(host.home, '.cursor'), { recursive: true });
  });

  it('shows the budget for all servers before those of one', async () => {
    const { http, grant } = await addBoth();
    const limit = { window: 'day', increment_from: 'cost' };
    const saved = await host.api('policies.save', {
      name: 'Priced',
      document: {
        version: '1',
        server: http.id,
        default: 'allow',
        costs: { echo: 0.4 },
        all_tools: {
          limits: [
            { ...limit, counter: 'all servers', scope: 'everywhere', max: 20 },
            { ...limit, counter: 'web', scope: 'all', max: 5 },
          ],
        },
        tools: {},
      },
    });
    if (!('id' in saved)) throw new Error(JSON.stringify(saved));
    await host.api('servers.update', { id: http.id, policyId: saved.id });
    await callForText(await clientAt(http.url, grant.token), 'echo', { text: 'paid' });
    await sidebar('Servers').click();
    await page
      .getByRole('region', { name: 'Budget for all' })
      .getByText('$0.40 of $20.00 today, all servers')
      .waitFor();
    const row = page
      .getByRole('list', { name: 'Servers' })
      .getByRole('listitem', { name: 'Web', exact: true });
    await row.getByText('$0.40 of $5.00 today').waitFor();
    await row.getByText('$0.40 today', { exact: true }).waitFor();
    expect(await page.getByText(/^\S+ today$/).count()).toBe(1);
    await expect
      .poll(() =>
        page.getByRole('list', { name: 'Spent', exact: true }).getByRole('listitem').allInnerTexts(),
      )
      .toEqual(['$0.40 of $20.00 today, all servers', 'Web: $0.40 of $5.00 today']);
    await row.getByRole('link', { name: 'Web' }).click();
    await expect
      .poll(() => page.locator('dl > div').filter({ hasText: 'Spent today' }).locator('dd').innerText())
      .toBe('$0.40');
    // In the charts the line is of what they show: the sum of all, or the chosen server alone.
    await window.go('videos');
    const lines = () =>
      page
        .locator('.recharts-wrapper')
        .getByText(/^Limit /)
        .allTextContents();
    await page.getByText('The default policies of the servers have no daily limit in common.').waitFor();
    expect(await lines()).toEqual([]);
    await page.getByLabel('Server', { exact: true }).selectOption({ label: 'Web' });
    await page.getByText('Daily limits of the default policy on Web, Priced').waitFor();
    await page.getByText('At most $20.00 in any 24 hours, all clients on all servers together.').waitFor();
    await expect.poll(lines).toEqual(['Limit $5.00']);
    await expectAccessible(window);
    await page.getByRole('radio', { name: 'Table' }).click();
    await page.getByRole('table').getByRole('link').first().click();
    await expect.poll(() => page.url()).toMatch(/#\/videos\/server\/web\/day\/[-\d]+\/sort\/dearest$/);
    // Once the policy of each has it, it is one of the sum.
    const { servers: each } = await host.api('servers.list');
    for (const { id, policyId } of each.filter((server) => server.id !== http.id)) {
      const { name, document } = await host.api('policies.get', { id: policyId });
      onTestFinished(async () => void (await host.api('policies.save', { id: policyId, name, document })));
      const all_tools = {
        limits: [{ ...limit, counter: 'all servers', scope: 'everywhere', max: 20 }],
      };
      const next = { version: '1', server: id, default: 'allow', all_tools, tools: {} };
      await host.api('policies.save', { id: policyId, name, document: next });
    }
    await page.getByRole('radio', { name: 'Chart' }).click();
    await window.go('videos');
    await page.getByText('Daily limits over all servers, in the default policy of each:').waitFor();
    await expect.poll(lines).toEqual(['Limit $20.00']);
    // Luma's own page has none of that.
    await window.go('servers', 'luma');
    await page.getByRole('heading', { level: 1, name: 'Luma' }).waitFor();
    await expect
      .poll(() => page.locator('dl > div').filter({ hasText: 'Spent today' }).locator('dd').innerText())
      .toBe('$0.00');
    await expectAccessible(window);
  });

  it('renames one, gives it another default policy, and removes it once that is confirmed', async () => {
    const { http } = await addBoth();
    await host.api('policies.save', {
      name: 'Free',
      document: { version: '1', server: http.id, default: 'allow', tools: {} },
    });
    await window.go('servers', http.id);
    await page.getByRole('heading', { level: 1, name: 'Web' }).waitFor();
    expect(await copies(page.getByRole('button', { name: 'Copy the address' }))).toBe(http.url);
    await page.getByText('Claude', { exact: true }).waitFor();

    const policy = page.getByLabel('Policy', { exact: true });
    await expect.poll(() => policy.locator('option').allInnerTexts()).toContain('Free');
    expect(await policy.locator('option').allInnerTexts()).not.toContain('Ask before every video');
    await policy.selectOption({ label: 'Free' });
    await page.getByText('“Free” judges on Web by default now.').first().waitFor();
    const policyId = async () =>
      (await host.api('servers.list')).servers.find(({ id }) => id === http.id)?.policyId;
    expect(await policyId()).not.toBe(http.policyId);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(policyId).toBe(http.policyId);

    await page.getByRole('button', { name: 'Rename…' }).click();
    await page.keyboard.type('The web');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'The web' }).waitFor();

    await page.getByRole('button', { name: 'Remove…' }).click();
    await expectAccessible(window);
    await dialog('Remove The web?').getByText('What was logged stays', { exact: false }).waitFor();
    await dialog('Remove The web?').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { level: 1, name: 'Servers' }).waitFor();
    await page.getByText('The web is removed.').first().waitFor();
    // What had the focus went with it: the page has it, and what is undone meanwhile says that it cannot be.
    const focused = () => page.evaluate('document.activeElement.id');
    await expect.poll(focused).toBe('main');
    await page.getByText('Renamed to The web.').first().waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('The web could not be renamed again: it may be gone.').first().waitFor();
    expect(window.problems.splice(0).filter((problem) => !REFUSED.test(problem))).toEqual([]);
    await page.getByRole('link', { name: 'Files', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Files' }).waitFor();
    await expect.poll(focused).toBe('main');
    expect((await host.api('servers.list')).servers.map(({ id }) => id)).toEqual(['luma', 'files']);
  });

  it('names the server on each card, in the log and its filter, and on what may run', async () => {
    const { files, http, grant } = await addBoth();
    for (const { id } of [files, http]) await askForAll(id);
    const [one, other] = await Promise.all([
      clientAt(files.url, grant.token),
      clientAt(http.url, grant.token),
    ]);
    const luma = await clientAt(host.ready.mcpUrl, grant.token);
    const said = callForText(one, 'echo', { text: 'from files' });
    await page.getByText('Claude wants to call echo on Files').first().waitFor();
    const elsewhere = callForText(other, 'echo', { text: 'from the web' });
    const made = askForVideo(luma, 'A kite');
    const card = (text: string) => page.getByRole('article').filter({ hasText: text });
    await card('from the web').getByText('wants to call echo on Web').waitFor();
    await card('A kite').getByText('wants to make a video on Luma').waitFor();
    await expectAccessible(window);

    await card('from files')
      .getByRole('button', { name: /^Allow/ })
      .click();
    expect(await said).toContain('from files');
    // What is allowed on one server is nothing on another.
    await card('from the web').getByRole('button', { name: 'More answers' }).click();
    await page.getByRole('menuitemradio', { name: 'This is any call of echo on Web from Claude' }).waitFor();
    await page.getByRole('menuitemradio', { name: 'This is this call alone, unchanged' }).waitFor();
    // Only what the policy of the server could say is offered.
    for (const name of ['Always allow calls like this…', 'Ask only above…'])
      expect(await page.getByRole('menuitem', { name }).count(), name).toBe(0);
    await page.getByRole('menuitem', { name: /Allow this and the next 3/ }).click();
    expect(await elsewhere).toContain('from the web');
    await page.getByText(/may run without asking: any call of echo on Web/).waitFor();
    await card('A kite').getByRole('button', { name: /^Deny/ }).click();
    await made;

    // Its page says what it asked for on any of them; what is Luma's alone says so.
    await window.go('clients', grant.id);
    const last = page.getByRole('region', { name: 'What it asked for last' });
    await last.getByRole('listitem').filter({ hasText: 'Files · echo' }).getByText('Allowed').waitFor();
    await last.getByRole('listitem').filter({ hasText: 'A kite' }).getByText('Denied').waitFor();
    await expectAccessible(window);
    await window.go('clients');
    await page.getByRole('region', { name: 'Daily budget on Luma' }).waitFor();
    await window.go('settings');
    for (const name of ['Upstream of Luma', 'Tools of Luma'])
      await page.getByRole('region', { name, exact: true }).waitFor();
    await window.go('servers');
    await page.getByRole('region', { name: 'Budget for all' }).getByText('policy of each server').waitFor();
    await expectAccessible(window);

    await sidebar('Activity').click();
    const rows = page.getByRole('grid').getByRole('row');
    await rows.filter({ hasText: 'Files · echo' }).waitFor();
    await rows.filter({ hasText: 'Web · echo' }).filter({ hasText: 'from the web' }).waitFor();
    await rows.filter({ hasText: 'Luma · Make a video' }).waitFor();
    const tools = () => page.getByLabel('Tool', { exact: true }).locator('option').allInnerTexts();
    await expect
      .poll(tools)
      .toEqual(expect.arrayContaining(['Make a video (luma_generate_video)', 'echo', 'steps']));
    await page.getByLabel('Server', { exact: true }).selectOption({ label: 'Web' });
    await expect.poll(tools).toEqual(['Every tool', 'echo']);
    await expect.poll(() => rows.filter({ hasText: 'Files · echo' }).count()).toBe(0);
    await rows.filter({ hasText: 'Web · echo' }).filter({ hasText: 'from the web' }).click();
    await page.getByRole('region', { name: 'The call in full' }).getByText('echo on Web').waitFor();
    // What was logged keeps saying whose it was when the server is gone.
    await host.api('servers.remove', { id: http.id });
    await host.api('servers.remove', { id: files.id });
    await rows.filter({ hasText: 'web · echo' }).filter({ hasText: 'from the web' }).waitFor();
    await expect.poll(() => sidebar('Servers').count()).toBe(0);
  });

  it('does not take what another server calls like a tool of Luma’s for one', async () => {
    await web.setTools([{ ...echoTool, name: 'luma_get_task', title: undefined }]);
    try {
      const { http, grant } = await addBoth();
      await askForAll(http.id);
      const client = await clientAt(http.url, grant.token);
      const asked = client.callTool({ name: 'luma_get_task', arguments: {} });
      asked.catch(() => undefined);
      await page.getByRole('article').getByText('wants to call luma_get_task on Web').waitFor();
      await page.getByRole('button', { name: /^Deny/ }).first().click();
      await asked;
    } finally {
      await web.setTools([echoTool]);
    }
  });

  it('makes a client for chosen servers, shows its addresses, and changes what it may use', async () => {
    const { files, http } = await addBoth();
    await host.api('policies.save', {
      name: 'Web, free',
      document: { version: '1', server: http.id, default: 'allow', tools: {} },
    });
    await window.go('clients');
    await page.getByRole('button', { name: 'Create a client' }).click();
    const create = dialog('Create a client');
    await create.getByRole('textbox', { name: 'Label' }).fill('Third');
    await create.getByRole('checkbox', { name: 'Web' }).click();
    await create.getByRole('checkbox', { name: 'Luma' }).click();
    expect(await create.getByRole('checkbox', { name: 'Web' }).isDisabled()).toBe(true);
    await create.getByLabel('Policy on Web').selectOption({ label: 'Web, free' });
    await expectAccessible(window);
    await create.getByRole('button', { name: 'Create' }).click();
    const token = dialog('The token of Third');
    await token.getByText(http.url).first().waitFor();
    await expect.poll(() => token.locator('pre').last().innerText()).toContain(`"${http.url}"`);
    expect(await token.innerText()).not.toContain(files.url);
    const secret = await copies(token.getByRole('button', { name: 'Copy the token' }));
    await token.getByRole('button', { name: 'Done' }).click();
    const client = await clientAt(http.url, secret);
    expect(await callForText(client, 'echo', { text: 'free' })).toContain('free');
    await expect(connectClient(host.ready.mcpUrl, secret)).rejects.toThrow();

    const row = page.getByRole('list', { name: 'Clients' }).getByRole('listitem', { name: 'Third' });
    await row.getByRole('link', { name: 'Web' }).click();
    await page.getByRole('heading', { level: 1, name: 'Third' }).waitFor();
    await page.getByRole('checkbox', { name: 'Files' }).click();
    await page.getByText('What Third may use is saved.').first().waitFor();
    await page.getByRole('list', { name: 'Its addresses' }).getByText(files.url).waitFor();
    // A policy for another server has nothing to say of its calls.
    const watch = page.getByLabel('Policy to watch');
    const watchable = () => watch.locator('option').allInnerTexts();
    await expect.poll(watchable).toContain('Files: ask before it changes anything');
    expect(await watchable()).toContain('Web, free');
    expect(await watchable()).not.toContain('Block everything');
    await watch.selectOption({ label: 'Files: ask before it changes anything' });
    await page.getByText('A policy is watched from now on for Third.').first().waitFor();
    // What is watched keeps its name where its server may not be used any more.
    await page.getByRole('checkbox', { name: 'Files' }).click();
    await expect.poll(watchable).toContain('Files: ask before it changes anything');
    expect(await watch.evaluate((select) => select.selectedOptions[0]?.label)).toBe(
      'Files: ask before it changes anything',
    );
    await page.getByRole('checkbox', { name: 'Files' }).click();
    await page.getByRole('list', { name: 'Its addresses' }).getByText(files.url).waitFor();
    await expectAccessible(window);
    const { clients: all } = await host.api('clients.list');
    expect(all.find(({ label }) => label === 'Third')?.servers).toMatchObject([
      { id: files.id, followsDefault: true },
      { id: http.id, followsDefault: false },
    ]);
  });

  it('lets a client whose only server was removed use Luma, also once that is the only one', async () => {
    const files = await host.api('servers.add', {
      name: 'Files',
      kind: 'stdio',
      command: process.execPath,
      args: [stdioServer],
    });
    const { id, token } = await host.api('clients.create', { label: 'Reader', servers: [files.id] });
    await host.api('servers.remove', { id: files.id });
    await expect(connectClient(host.ready.mcpUrl, token)).rejects.toThrow();

    await window.go('clients');
    const row = page.getByRole('list', { name: 'Clients' }).getByRole('listitem', { name: 'Reader' });
    const choose = row.getByRole('link', { name: 'None: choose one' });
    await choose.waitFor();
    // No policy of Luma’s is said of it, as though it could be used.
    expect(await row.getByLabel('Policy', { exact: true }).count()).toBe(0);
    await choose.click();
    await page.getByText('it is refused until it may use another', { exact: false }).waitFor();
    await expectAccessible(window);
    await page.getByRole('checkbox', { name: 'Luma' }).click();
    await page.getByText('What Reader may use is saved.').first().waitFor();
    expect(await page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    // As of any client now.
    await page.getByLabel('Policy', { exact: true }).waitFor();
    await expect.poll(() => page.getByRole('checkbox', { name: 'Luma' }).count()).toBe(0);
    const { clients: all } = await host.api('clients.list');
    expect(all.find((client) => client.id === id)?.servers).toMatchObject([
      { id: 'luma', followsDefault: true },
    ]);
    await clientAt(host.ready.mcpUrl, token);
    // The window may have asked for the tools of the server while it went.
    expect(window.problems.splice(0).filter((problem) => !REFUSED.test(problem))).toEqual([]);
  });

  it('makes a policy for a server, with its tools, and says of each which it is for', async () => {
    const { http } = await addBoth();
    await window.go('policies');
    await page.getByRole('button', { name: 'New policy' }).click();
    const making = dialog('New policy');
    await making.getByLabel('For the server').selectOption({ label: 'Web' });
    await making.getByRole('textbox', { name: 'Name' }).fill('Web rules');
    await making.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Not saved yet').waitFor();
    const builder = page.getByTestId('builder');
    await builder.getByText('echo', { exact: true }).first().waitFor();
    expect(await builder.innerText()).not.toContain('luma_');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/Version 1, used by/).waitFor();
    const { policies } = await host.api('policies.list');
    expect(policies.find(({ name }) => name === 'Web rules')?.server).toBe(http.id);

    await page.getByRole('button', { name: 'More about Web rules' }).click();
    await page.getByRole('menuitem', { name: 'Make it the default' }).click();
    await page.getByText('“Web rules” is the default now.').first().waitFor();
    const { servers } = await host.api('servers.list');
    expect(servers.map(({ id, policyId }) => [id, policyId]).at(-1)).toEqual([
      http.id,
      policies.find(({ name }) => name === 'Web rules')?.id,
    ]);

    await window.go('policies');
    await page.getByLabel('Server', { exact: true }).selectOption({ label: 'Web' });
    await page.getByRole('row', { name: /Web rules Web Default/ }).waitFor();
    await expect.poll(() => page.getByRole('row', { name: /Ask before every video/ }).count()).toBe(0);
    await expectAccessible(window);
  });

  it.each([1, 3])('imports a policy for a server that is not here, beside %i that are', async (count) => {
    if (count > 1) await addBoth();
    await window.go('policies');
    await page.getByRole('button', { name: 'Import' }).click();
    const importing = dialog('Import a policy');
    const source = importing.getByRole('textbox', { name: 'Or paste it here' });
    const document = { version: '1', default: 'allow', tools: {} };
    await source.fill(JSON.stringify(document));
    await importing.getByText('This is a policy; it is taken as it is.').waitFor();
    const server = importing.getByLabel('For the server');
    expect(await server.count()).toBe(count > 1 ? 1 : 0);
    await source.fill(JSON.stringify({ ...document, server: 'elsewhere' }));
    await expect.poll(() => server.inputValue()).toBe('elsewhere');
    const hint = importing.getByText('There is no such server here', { exact: false });
    await hint.waitFor();
    await expectAccessible(window);
    await server.selectOption({ label: 'Luma' });
    await hint.waitFor({ state: 'detached' });
    await server.selectOption({ label: 'elsewhere' });
    await hint.waitFor();
    await importing.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Not saved yet').waitFor();
    await expect.poll(() => page.locator('.cm-content').innerText()).toContain('"server": "elsewhere"');
    await page.getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  it('shows the changed tools of a server, and accepts them', async () => {
    const { http } = await addBoth();
    await web.setTools([{ ...echoTool, description: 'Another one now.' }]);
    try {
      await host.api('servers.test', { id: http.id });
      await sidebar('Servers').click();
      await page.getByText('1 changed tool').click();
      await page.getByRole('link', { name: 'Web', exact: true }).click();
      await page.getByRole('button', { name: 'Accept echo' }).click();
      await page.getByText('The tool is accepted.').first().waitFor();
      await expect
        .poll(async () => (await host.api('servers.list')).servers.map(({ changedTools }) => changedTools))
        .toEqual([0, 0, 0]);
    } finally {
      await web.setTools([echoTool]);
    }
  });

  it('fits a narrow window, and shows a hostile name as text', async () => {
    await addBoth();
    await host.api('servers.add', {
      name: `<b>x</b> \u202eright${'-long'.repeat(8)}`,
      kind: 'http',
      url: web.url,
    });
    await page.setViewportSize({ width: 320, height: 640 });
    const places = [
      { place: ['servers'], shows: '<b>x</b>' },
      { place: ['servers', 'files'], shows: 'Default policy' },
      { place: ['clients'], shows: 'Luma, Files, Web' },
      { place: ['policies'], shows: 'Ask before every video' },
    ];
    for (const { place, shows } of places) {
      await window.go(...place);
      await page.getByText(shows).first().waitFor();
      expect(
        await page.evaluate(
          "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.querySelector('#main'))",
        ),
        place.join('/'),
      ).toBe(0);
    }
    expect(await page.locator('b').count()).toBe(0);
  });
});
