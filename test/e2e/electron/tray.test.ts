import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../shared/json.ts';
import { askForVideo, callForText, connectClient, textOf } from '../../support/client.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { itemAt, needsPanel, openPanel, type Panel } from '../../support/electron/panel.ts';
import { needsElectron, prepareHome, type RealElectron, startElectron } from '../../support/electron/real.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { needsAll } from '../../support/skip.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';
import { until } from '../../support/wait.ts';

/** A whole desktop of Linux: the tray in a panel, notifications in a daemon, and what happens without one. */
describe('on a desktop', needsAll(needsElectron, needsDesktop, needsPanel), () => {
  const folder = folderOfSuite();
  let desktop: Desktop;
  let panel: Panel;
  let host: RealElectron;
  let client: Client;

  beforeAll(async () => {
    desktop = await startDesktop();
    panel = await openPanel(desktop.env);
    await prepareHome(folder());
    host = await startElectron(folder(), { env: desktop.env });
    client = await host.client();
  });
  afterAll(async () => {
    await client?.close();
    await host?.close();
    panel?.close();
    await desktop?.close();
  });

  /** Whether each window is there to be seen, by its address. */
  const windows = () =>
    host.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows().map((window) => ({
        url: window.webContents.getURL(),
        visible: window.isVisible(),
        focused: window.isFocused(),
      })),
    );
  const compact = async () => (await windows()).find(({ url }) => url.includes('?compact'));

  test('the tray says how things stand, and lists all that it can do', async () => {
    const { toolTip, items } = await panel.shows((shown) => shown.toolTip.includes('connected'));
    expect(toolTip).toBe('Greenlight: on, sandbox connected');
    expect(items.map(({ label }) => label).filter(Boolean)).toEqual([
      'Greenlight: on, sandbox connected',
      'Nothing is waiting',
      'Follow the policy',
      'Ask for every call',
      'Allow without asking',
      'Block everything',
      'Snooze notifications',
      'Default policy',
      'Open Greenlight',
      'Copy the MCP address',
      'Start at login',
      'Quit',
    ]);
    expect(itemAt(items, 'Nothing is waiting')?.enabled).toBe(false);
    expect(itemAt(items, 'Allow without asking')?.items?.map(({ label }) => label)).toEqual([
      'for 15 minutes',
      'for 1 hour',
    ]);
    expect(
      itemAt(items, 'Default policy')
        ?.items?.filter(({ ticked }) => ticked)
        .map(({ label }) => label),
    ).toEqual(['Ask before every video']);
  });

  test('a guard mode that is chosen there holds, and alone is ticked', async () => {
    for (const [label, mode] of [
      ['Block everything', 'block'],
      ['Ask for every call', 'ask'],
      ['Follow the policy', 'policy'],
    ] as const) {
      await panel.choose(label);
      const { items } = await panel.shows((shown) => itemAt(shown.items, label)?.ticked === true);
      expect(items.filter(({ ticked }) => ticked).map((item) => item.label)).toEqual([label]);
      expect((await host.call('state.get', {})).guard).toEqual({ mode });
    }
    await panel.choose('Allow without asking', 'for 15 minutes');
    await panel.shows(({ toolTip }) => /allowing without asking \(15 min left\)/.test(toolTip));
    await panel.choose('Follow the policy');
    await panel.shows(({ toolTip }) => toolTip === 'Greenlight: on, sandbox connected');
  });

  test('the default policy is chosen there, and the address copied', async () => {
    const { policies } = await host.call('policies.list', {});
    const other = policies.find(({ isDefault }) => !isDefault);
    const first = policies.find(({ isDefault }) => isDefault);
    for (const { id, name } of [other, first].filter((policy) => policy !== undefined)) {
      await panel.choose('Default policy', name);
      await panel.shows(({ items }) => itemAt(items, 'Default policy', name)?.ticked === true);
      expect((await host.call('state.get', {})).defaultPolicyId).toBe(id);
    }
    await panel.choose('Copy the MCP address');
    const { mcpUrl } = await host.call('state.get', {});
    await expect.poll(() => host.app.evaluate(({ clipboard }) => clipboard.readText())).toBe(mcpUrl);
  });

  test('Details opens the window at the call, and answers nothing', async () => {
    const first = askForVideo(client, 'A cat in the sun');
    await panel.shows((shown) => itemAt(shown.items, '1 video') !== undefined);
    const second = askForVideo(client, 'Drone over a lake');
    await panel.shows((shown) => itemAt(shown.items, '2 videos') !== undefined);
    await panel.choose('2 videos are waiting', 'Claude: “Drone', 'Details');
    await expect
      .poll(() => host.page.evaluate('document.activeElement.closest("[data-approval]")?.textContent'))
      .toContain('Drone over a lake');
    for (const { id } of (await host.call('approvals.list', {})).approvals)
      await host.call('approvals.decide', { id, answer: 'deny' });
    expect([(await first).isError, (await second).isError]).toEqual([true, true]);
    await panel.shows((shown) => itemAt(shown.items, 'Nothing is waiting') !== undefined);
  });

  test('what another program changed stands there, and is kept or used by it', async () => {
    const file = join(folder(), 'policies', 'block-everything.json');
    const before = readFileSync(file, 'utf8');
    const change = (more: object) =>
      writeFileSync(file, JSON.stringify({ ...JSON.parse(before), default: 'allow', ...more }));
    const label = '“Block everything” was changed';
    const inForce = async () => (await host.call('policies.get', { id: 'block-everything' })).version;
    const stands = async (text: string) =>
      panel.shows(({ items }) => JSON.stringify(itemAt(items, label) ?? '').includes(text));
    const gone = () => panel.shows(({ items }) => itemAt(items, label) === undefined);

    change({});
    await stands('default: “deny” → “allow”');
    await panel.choose(label, 'Keep mine');
    await until(() => readFileSync(file, 'utf8') === before);
    await gone();
    expect(await inForce()).toBe(1);
    change({ hide: ['luma_get_task'] });
    await stands('hide');
    await panel.choose(label, 'Use it');
    await gone();
    expect(await inForce()).toBe(2);
  });

  test('what is spent stands there, also by calls that nobody is asked about', async () => {
    const id = 'ask-before-every-video';
    const { document } = await host.call('policies.get', { id });
    const spend = { counter: 'spend', window: 'day', max: 5, scope: 'all', increment_from: 'cost' } as const;
    const capped = {
      ...{ version: '1', default: 'allow', costs: { luma_generate_video: 0.4 }, tools: {} },
      all_tools: { limits: [spend] },
    };
    const save = (name: string, policy: JsonObject) =>
      host.call('policies.save', { id, name, document: policy });
    await save('Capped', capped);
    await panel.shows(({ items }) => itemAt(items, '$0.00 of $5.00 today') !== undefined);
    expect((await askForVideo(client, 'A cat')).isError).not.toBe(true);
    await panel.shows(({ items }) => itemAt(items, '$0.40 of $5.00 today') !== undefined);
    await save('Ask before every video', document as JsonObject);
    await panel.shows(({ items }) => itemAt(items, '$0.40 of $5.00 today') === undefined);
  });

  test('Allow from the menu runs the call that stands above it, and takes the notification away', async () => {
    const answer = askForVideo(client, 'A cat in the rain');
    await desktop.waitForDisplayed(1);
    const { items } = await panel.shows((shown) => itemAt(shown.items, '1 video') !== undefined);
    expect(itemAt(items, '1 video', 'Claude: ')?.items?.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['Claude wants to make a video', '“A cat in the rain”', 'Allow once', 'Deny']),
    );
    await panel.choose('1 video is waiting', 'Claude: “A cat', 'Allow once');
    expect((await answer).isError).not.toBe(true);
    await desktop.waitForDisplayed(0);
    await panel.shows((shown) => itemAt(shown.items, 'Nothing is waiting') !== undefined);
  });

  test('a notification is answered by its buttons', async () => {
    const wanted = askForVideo(client, 'A paper boat');
    await desktop.pressAction('allow');
    expect((await wanted).isError).not.toBe(true);
    const unwanted = askForVideo(client, 'A drone over a lake');
    await desktop.pressAction('deny');
    expect(textOf(await unwanted)).toContain('denied');
    await desktop.waitForDisplayed(0);
  });

  test('with another server, tray and notification say which one a call is for, and which are away', async () => {
    const files = await host.call('servers.add', {
      name: 'Files',
      kind: 'stdio',
      command: process.execPath,
      args: [stdioServer],
    });
    const saved = await host.call('policies.save', {
      name: 'Files: ask for everything',
      document: { version: '1', server: files.id, default: 'require_approval', tools: {} },
    });
    await host.call('servers.update', { id: files.id, policyId: 'id' in saved ? saved.id : '' });
    const { token } = await host.call('clients.create', { label: 'Reader', servers: [files.id] });
    await panel.shows(({ toolTip }) => toolTip === 'Greenlight: on, 2 servers connected');
    const reader = await connectClient(files.url, token);
    onTestFinished(() => reader.close());

    const first = callForText(reader, 'echo', { text: 'to the files' });
    await panel.shows(({ items }) => JSON.stringify(items).includes('Reader wants to call echo on Files'));
    await desktop.waitForDisplayed(1);
    expect((await desktop.notices()).at(-1)?.title).toBe('Reader wants to call echo on Files');
    await desktop.pressAction('allow', 'on Files');
    expect(await first).toContain('to the files');
    const video = askForVideo(client, 'A kite');
    await desktop.pressAction('deny', 'on Luma');
    expect((await video).isError).toBe(true);

    const { items } = await panel.shows((shown) => itemAt(shown.items, 'Nothing is waiting') !== undefined);
    expect(itemAt(items, 'Default policy')?.items?.map(({ label }) => label)).toEqual(['Luma', 'Files']);
    await panel.choose('Default policy', 'Files', 'Files: ask before');
    await panel.shows(
      (shown) => itemAt(shown.items, 'Default policy', 'Files', 'Files: ask before')?.ticked === true,
    );

    await host.call('servers.update', {
      id: files.id,
      kind: 'stdio',
      command: 'greenlight-no-such-program',
      args: [],
    });
    await panel.shows((shown) => itemAt(shown.items, 'Files cannot be reached') !== undefined);
    await host.call('servers.remove', { id: files.id });
    await panel.shows(({ toolTip }) => toolTip === 'Greenlight: on, sandbox connected');
  });

  test('a click on the icon opens the small window with what waits; it goes when the person turns elsewhere', async () => {
    const answer = askForVideo(client, 'A lighthouse');
    await panel.shows((shown) => itemAt(shown.items, '1 video') !== undefined);
    await panel.click();
    await until(async () => (await compact())?.visible === true);
    // What waits, and nothing around it; the keyboard does.
    const page = () => host.app.windows().find((window) => window.url().includes('?compact'));
    await until(() => page() !== undefined);
    const small = page() as Page;
    const card = small.getByRole('article').filter({ hasText: 'A lighthouse' });
    await card.waitFor();
    expect(await small.getByRole('navigation').count()).toBe(0);
    expect(await small.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await card?.getByRole('button', { name: /^Deny/ }).first().click();
    await small.keyboard.press('Enter');
    expect((await answer).isError).toBe(true);
    await host.app.evaluate(({ BrowserWindow }) => {
      const [small, full] = BrowserWindow.getAllWindows().toSorted((one) =>
        one.webContents.getURL().includes('?compact') ? -1 : 1,
      );
      small?.emit('blur');
      full?.focus();
    });
    await until(async () => (await compact()) === undefined);
  });

  test('without a daemon the small window comes, and goes once what it asked is answered', async () => {
    await host.app.evaluate(({ BrowserWindow }) => {
      for (const window of BrowserWindow.getAllWindows()) window.close();
    });
    await desktop.stopDaemon();
    const first = askForVideo(client, 'A cat at night');
    await until(async () => (await compact())?.visible === true);
    await panel.shows((shown) => itemAt(shown.items, '1 problem') !== undefined);
    const second = askForVideo(client, 'A cat at noon');
    await panel.shows((shown) => itemAt(shown.items, '2 videos') !== undefined);
    await panel.choose('2 videos are waiting', 'Claude: “A cat at night', 'Deny');
    expect((await first).isError).toBe(true);
    // The other one still waits; it may have come to the window only after the first one had gone.
    await until(async () => (await compact())?.visible === true);
    await panel.shows((shown) => itemAt(shown.items, '1 video') !== undefined);
    await panel.choose('1 video is waiting', 'Claude: “A cat at noon', 'Allow once');
    expect((await second).isError).not.toBe(true);
    await until(async () => (await compact()) === undefined);
    await desktop.startDaemon();
  });

  test('Quit asks while something waits, stays when told to, and else refuses what waits', async () => {
    interface Kept {
      questions?: string[];
      press?: (button: number) => void;
    }
    await host.app.evaluate(({ dialog }) => {
      const kept = Object.assign(globalThis as Kept, { questions: [] as string[] });
      // In the person's stead, who presses a button when the test says so.
      Object.assign(dialog, {
        showMessageBox({ message }: { message: string }) {
          kept.questions.push(message);
          return new Promise((resolve) => {
            kept.press = (response) => resolve({ response, checkboxChecked: false });
          });
        },
      });
    });
    const questions = () => host.app.evaluate(() => (globalThis as Kept).questions?.length);
    const press = (button: number) =>
      host.app.evaluate((_electron, index) => (globalThis as Kept).press?.(index), button);
    const answer = askForVideo(client, 'A last one');
    await panel.shows((shown) => itemAt(shown.items, '1 video') !== undefined);
    await panel.choose('Quit');
    await panel.choose('Quit');
    await expect.poll(questions).toBe(1);
    await press(1);
    expect(itemAt((await panel.show()).items, '1 video')).toBeDefined();
    // Asked once, however often it was chosen meanwhile.
    expect(await questions()).toBe(1);
    await panel.choose('Quit');
    await expect.poll(questions).toBe(2);
    await press(0);
    expect(textOf(await answer)).toMatch(/stop/i);
    expect(await host.ended).toEqual({ code: 0, signal: null });
    await desktop.waitForDisplayed(0);
  });
});
