/** On a real desktop: another program changes a file, a native notification tells, the person answers. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../support/browser-host.ts';
import { type Desktop, needsDesktop, startDesktop } from '../support/desktop.ts';
import { temporaryFolder } from '../support/folder.ts';

describe('on a desktop', needsDesktop, () => {
  let home: string;
  let desktop: Desktop;
  let host: BrowserHost;

  beforeEach(async () => {
    home = temporaryFolder();
    mkdirSync(join(home, '.cursor'));
    desktop = await startDesktop();
    host = await startBrowserHost({ env: { HOME: home, ...desktop.env } });
  });
  afterEach(async () => {
    await host?.stop();
    await desktop?.close();
  });

  const changes = async () => (await host.api('outside.list')).changes;
  const policy = () => join(host.dataDir, 'policies', 'block-everything.json');
  const version = async () => (await host.api('policies.get', { id: 'block-everything' })).version;

  test('Use it and Keep mine, where the notification says the whole difference', async () => {
    const before = readFileSync(policy(), 'utf8');
    writeFileSync(policy(), before.replace('"deny"', '"allow"'));
    await desktop.pressAction('allow', 'Block everything');
    await expect.poll(version).toBe(2);
    expect(await desktop.notices()).toEqual([
      {
        title: '“Block everything” was changed outside Greenlight',
        body: 'default: “deny” → “allow”',
        urgency: 'NORMAL',
      },
    ]);
    await desktop.waitForDisplayed(0);

    const cursor = join(home, '.cursor', 'mcp.json');
    await host.api('connect.apply', { target: 'cursor' });
    const { mcpServers } = JSON.parse(readFileSync(cursor, 'utf8'));
    const evil = { ...mcpServers.greenlight, url: 'https://evil.example/mcp' };
    writeFileSync(cursor, JSON.stringify({ mcpServers: { greenlight: evil } }));
    await expect.poll(changes).toHaveLength(1);
    await desktop.pressAction('deny', 'Cursor');
    await expect.poll(() => readFileSync(cursor, 'utf8')).toContain(host.ready.mcpUrl);
    await desktop.waitForDisplayed(0);
  });

  test('an answer in the window takes the notification away; so does the end', async () => {
    const before = readFileSync(policy(), 'utf8');
    writeFileSync(policy(), before.replace('"deny"', '"allow"'));
    await desktop.waitForDisplayed(1);
    const [change] = await changes();
    await host.api('outside.decide', {
      id: change?.id ?? '',
      digest: change?.digest ?? '',
      answer: 'keep',
    });
    await desktop.waitForDisplayed(0);

    writeFileSync(join(host.dataDir, 'policies', 'another.json'), before);
    await desktop.waitForDisplayed(1);
    expect((await host.stop()).code).toBe(0);
    await desktop.waitForDisplayed(0);
  });
});
