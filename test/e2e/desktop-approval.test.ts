/** The whole way on a real desktop: a client's call, a native notification, the person's press, the answer. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../support/browser-host.ts';
import { askForVideo } from '../support/client.ts';
import { type Desktop, needsDesktop, startDesktop } from '../support/desktop.ts';
import { temporaryFolder } from '../support/folder.ts';
import { modeOf } from '../support/mode.ts';

describe('on a desktop', needsDesktop, () => {
  let root: string;
  let desktop: Desktop;
  let host: BrowserHost;
  let client: Client;

  beforeEach(async () => {
    root = temporaryFolder();
    // Stands in for the person's browser, and keeps what it was asked to open. xdg-open prefers what the
    // machine's own settings name, hence no settings.
    const bin = join(root, 'bin');
    mkdirSync(bin);
    const browser = join(bin, 'browser');
    writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >> ${root}/opened\n`, { mode: 0o755 });
    writeFileSync(join(bin, 'xdg-mime'), '#!/bin/sh\n', { mode: 0o755 });
    const PATH = `${bin}${delimiter}${process.env.PATH}`;
    desktop = await startDesktop();
    host = await startBrowserHost({ env: { ...desktop.env, BROWSER: browser, PATH } });
    client = await host.client();
  });

  afterEach(async () => {
    await client?.close();
    await host?.stop();
    await desktop?.close();
  });

  const video = (prompt: string) => askForVideo(client, prompt);
  const tasks = async () => (await host.api('videos.list')).videos.map(({ prompt }) => prompt);

  test('Allow runs the call, Deny does not; the notification tells who wants what', async () => {
    const wanted = video('A cat in the rain');
    await desktop.pressAction('allow');
    const made = await wanted;
    expect(made.isError).not.toBe(true);
    expect(JSON.stringify(made.content)).toContain('task_id');
    const [notice] = await desktop.notices();
    expect(notice?.title).toContain('First client');
    expect(notice?.body).toContain('A cat in the rain');
    await desktop.waitForDisplayed(0);

    const unwanted = video('A drone over a lake');
    await desktop.pressAction('deny');
    const refused = await unwanted;
    expect(refused.isError).toBe(true);
    expect(JSON.stringify(refused.content)).toContain('Greenlight: denied.');

    expect(await tasks()).toEqual(['A cat in the rain']);
    expect((await host.api('activity.query')).rows).toMatchObject([
      { outcome: 'denied', decidedBy: 'person' },
      { outcome: 'allowed', decidedBy: 'person', result: 'ok' },
    ]);
    expect((await host.api('state.get')).notifier).toMatchObject({ working: true });
  });

  test('a click opens the window at the approval, which is still to be answered there', async () => {
    const wanted = video('A cat in the snow');
    await desktop.pressAction('default');
    const opened = () => (existsSync(`${root}/opened`) ? readFileSync(`${root}/opened`, 'utf8') : '');
    const [approval] = (await host.api('approvals.list')).approvals;
    // The browser is given a private file that leads to the window: the key stays off the command line.
    await expect.poll(opened).toContain('open.html');
    expect(opened()).not.toContain(host.key);
    const file = opened().trim().replace('file://', '');
    expect(modeOf(file)).toBe(0o600);
    const page = readFileSync(file, 'utf8').replaceAll('&#38;', '&');
    expect(page).toContain(`${host.uiOrigin}/#key=${host.key}&approval=${approval?.id}`);
    await host.api('approvals.decide', { id: approval?.id as string, answer: 'allow' });
    expect((await wanted).isError).not.toBe(true);
  });

  test('an answer in the window takes the notification away', async () => {
    const wanted = video('A cat in the fog');
    await desktop.waitForDisplayed(1);
    const [approval] = (await host.api('approvals.list')).approvals;
    await host.api('approvals.decide', { id: approval?.id as string, answer: 'deny' });
    await desktop.waitForDisplayed(0);
    expect((await wanted).isError).toBe(true);
  });

  test('a daemon that goes away is said in the state, and the approval stays answerable', async () => {
    await desktop.stopDaemon();
    const wanted = video('A cat at night');
    await expect
      .poll(async () => (await host.api('state.get')).notifier)
      .toMatchObject({ working: false, message: expect.stringMatching(/\S/) });
    const [approval] = (await host.api('approvals.list')).approvals;
    await host.api('approvals.decide', { id: approval?.id as string, answer: 'allow' });
    expect((await wanted).isError).not.toBe(true);
  });

  test('stopping takes the notifications away', async () => {
    const wanted = video('A cat in the morning');
    await desktop.waitForDisplayed(1);
    expect((await host.stop()).code).toBe(0);
    await desktop.waitForDisplayed(0);
    expect((await wanted).isError).toBe(true);
  });
});

test('without any notifier the approval is answerable, and the state says what is missing', async () => {
  const empty = temporaryFolder();
  await using host = await startBrowserHost({ env: { PATH: empty } });
  const client = await host.client();
  const wanted = askForVideo(client, 'A cat');
  const window = await host.events();
  await expect
    .poll(async () => (await host.api('state.get')).notifier)
    .toMatchObject({ working: false, message: expect.stringMatching(/notify-send|notification/) });
  const [approval] = (await host.api('approvals.list')).approvals;
  await host.api('approvals.decide', { id: approval?.id as string, answer: 'allow' });
  expect((await wanted).isError).not.toBe(true);
  window.close();
  await client.close();
});
