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
