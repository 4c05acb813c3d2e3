/** Setting up a client application through the API, in a home folder of the test's own. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { temporaryFolder } from '../../support/folder.ts';

let home: string;
let host: BrowserHost;

beforeEach(async () => {
  home = temporaryFolder();
  mkdirSync(join(home, '.cursor'));
  // No program is found there: none is started, or fetched from the internet.
  host = await startBrowserHost({ env: { HOME: home, PATH: home } });
});

afterEach(async () => {
  await host.stop();
});

const config = () => join(home, '.cursor', 'mcp.json');
const target = async () => (await host.api('connect.targets')).targets.find(({ id }) => id === 'cursor');

test('preview, apply, use, undo', async () => {
  const theirs = '{\n  "mcpServers": { "files": { "command": "files" } }\n}\n';
  writeFileSync(config(), theirs);
  expect(await target()).toMatchObject({ detected: true, connected: false, path: config(), undoable: false });
  const preview = await host.api('connect.preview', { target: 'cursor' });
  expect(preview).toMatchObject({ path: config(), before: theirs });
  expect(preview.after).toContain(host.ready.mcpUrl);
  expect(preview.snippet).toContain(host.ready.mcpUrl);
  expect(readFileSync(config(), 'utf8')).toBe(theirs);

  const applied = await host.api('connect.apply', { target: 'cursor' });
  expect(readFileSync(applied.backup as string, 'utf8')).toBe(theirs);
  expect(await target()).toMatchObject({ connected: true, undoable: true });
  const { mcpServers } = JSON.parse(readFileSync(config(), 'utf8'));
  expect(Object.keys(mcpServers)).toHaveLength(2);
  const token = /glt_[\w-]+/.exec(readFileSync(config(), 'utf8'))?.[0];
  const client = await host.client(token);
  expect((await client.listTools()).tools).toHaveLength(8);
  await client.close();
  expect((await host.api('clients.list')).clients.find(({ id }) => id === applied.clientId)).toMatchObject({
    label: 'Cursor',
  });

  // Connected once more: the token that stood in the file before is nobody's now.
  const again = await host.api('connect.apply', { target: 'cursor' });
  await expect(host.client(token)).rejects.toThrow();
  const open = async () =>
    (await host.api('clients.list')).clients
      .filter(({ revokedAt }) => revokedAt === undefined)
      .map(({ id }) => id);
  expect(await open()).toContain(again.clientId);
  expect(await open()).not.toContain(applied.clientId);

  expect(await host.api('connect.undo', { target: 'cursor' })).toEqual({ path: config() });
  expect(readFileSync(config(), 'utf8')).toBe(theirs);
  expect(await open()).not.toContain(again.clientId);
  await expect(host.api('connect.undo', { target: 'cursor' })).rejects.toMatchObject({ status: 404 });
});

test('a file that is not valid is left alone, and no client is left behind', async () => {
  writeFileSync(config(), '{ broken');
  await expect(host.api('connect.apply', { target: 'cursor' })).rejects.toMatchObject({
    message: expect.stringContaining('mcp.json'),
  });
  expect(readFileSync(config(), 'utf8')).toBe('{ broken');
  const clients = (await host.api('clients.list')).clients.filter(({ revokedAt }) => revokedAt === undefined);
  expect(clients.map(({ label }) => label)).toEqual(['First client']);
  await expect(host.api('connect.preview', { target: 'none' })).rejects.toMatchObject({ status: 404 });
});

test('taking over moves the token of a direct entry into the vault', async () => {
  const luma = { command: 'uvx', args: ['mcp-luma'], env: { ACEDATACLOUD_API_TOKEN: 'luma-secret' } };
  writeFileSync(config(), JSON.stringify({ mcpServers: { luma } }));
  expect(await target()).toMatchObject({ direct: ['luma'] });
  const applied = await host.api('connect.apply', { target: 'cursor', takeOver: true });
  const after = readFileSync(config(), 'utf8');
  expect(after).not.toContain('luma-secret');
  expect(after).toContain(host.ready.mcpUrl);
  expect(applied.notes.join(' ')).toContain('backup');
  expect(await host.api('upstream.get')).toMatchObject({
    settings: { kind: 'stdio', command: 'uvx', envNames: ['ACEDATACLOUD_API_TOKEN'] },
  });
  expect(readFileSync(join(host.dataDir, 'settings.json'), 'utf8')).not.toContain('luma-secret');
  expect(statSync(applied.backup as string).mode & 0o077).toBe(0);
  expect(existsSync(config())).toBe(true);
});

test('a client known to wait is held for an hour from when it is connected; others as the settings say', async () => {
  const held = async (target: string) => {
    const { clientId } = await host.api('connect.apply', { target });
    return (await host.api('clients.list')).clients.find(({ id }) => id === clientId)?.holdSeconds;
  };
  expect(await held('cursor')).toBe(45);
  for (const target of ['claude-code', 'codex', 'gemini-cli']) expect(await held(target)).toBe(3600);
});

test('an entry that another program changed: kept, it has a new token of the same client, with its policy', async () => {
  const { clientId } = await host.api('connect.apply', { target: 'cursor' });
  await host.api('clients.update', { id: clientId, policyId: 'block-everything' });
  const tokenIn = () => /glt_[\w-]+/.exec(readFileSync(config(), 'utf8'))?.[0];
  const before = tokenIn();
  const window = await host.events();
  writeFileSync(
    config(),
    JSON.stringify({ mcpServers: { greenlight: { url: 'https://evil.example/mcp' } } }),
  );
  await expect.poll(async () => (await host.api('outside.list')).changes).toHaveLength(1);
  const [change] = (await host.api('outside.list')).changes;
  expect(change).toMatchObject({ id: 'client:cursor', kind: 'client', name: 'Cursor', path: config() });
  expect((await host.api('state.get')).problems).toEqual([
    {
      id: 'outside',
      message: 'What Greenlight wrote into the configuration of “Cursor” was changed outside Greenlight.',
    },
  ]);
  await window.next('changed', ({ what }) => what === 'outside');
  window.close();

  await host.api('outside.decide', { id: 'client:cursor', digest: '', answer: 'keep' });
  expect(tokenIn()).not.toBe(before);
  await expect(host.client(before)).rejects.toThrow();
  const client = await host.client(tokenIn());
  expect((await client.listTools()).tools).toBeDefined();
  await client.close();
  const clients = (await host.api('clients.list')).clients;
  expect(clients.filter(({ label }) => label === 'Cursor')).toMatchObject([
    { id: clientId, policyId: 'block-everything' },
  ]);
  expect((await host.api('outside.list')).changes).toEqual([]);
  expect((await host.api('state.get')).problems).toEqual([]);

  // Its client was revoked meanwhile: there is a new one.
  await host.api('clients.revoke', { id: clientId });
  writeFileSync(config(), '{}');
  await expect.poll(async () => (await host.api('outside.list')).changes).toHaveLength(1);
  await host.api('outside.decide', { id: 'client:cursor', digest: '', answer: 'keep' });
  const again = await host.client(tokenIn());
  await again.close();
});

test('an entry that the person uses stays, and connecting again ends what waits', async () => {
  await host.api('connect.apply', { target: 'cursor' });
  const mine = JSON.stringify({ mcpServers: { greenlight: { url: host.ready.mcpUrl, timeout: 9 } } });
  writeFileSync(config(), mine);
  await expect.poll(async () => (await host.api('outside.list')).changes).toHaveLength(1);
  const [change] = (await host.api('outside.list')).changes;
  await host.api('outside.decide', { id: 'client:cursor', digest: change?.digest ?? '', answer: 'use' });
  expect(readFileSync(config(), 'utf8')).toBe(mine);
  expect((await host.api('outside.list')).changes).toEqual([]);

  writeFileSync(config(), '{}');
  await expect.poll(async () => (await host.api('outside.list')).changes).toHaveLength(1);
  await host.api('connect.apply', { target: 'cursor' });
  expect((await host.api('outside.list')).changes).toEqual([]);
});
