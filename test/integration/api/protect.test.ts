/** Protecting a client's servers through the API: they are added, reached with the client's token, and taken back where anything fails. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { startHttpUpstream } from '../../servers/http.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { connectClient } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';

const secret = 'sk-0123456789abcdef0123';
let home: string;
let host: BrowserHost;

beforeEach(async () => {
  home = temporaryFolder();
  for (const folder of ['.cursor', '.codeium/windsurf']) mkdirSync(join(home, folder), { recursive: true });
  // No program is found there: none is started, or fetched from the internet.
  host = await startBrowserHost({ env: { HOME: home, PATH: home, XDG_CONFIG_HOME: join(home, '.config') } });
});

afterEach(async () => {
  await host.stop();
});

const cursor = () => join(home, '.cursor/mcp.json');
const windsurf = () => join(home, '.codeium/windsurf/mcp_config.json');
const scripted = { command: process.execPath, args: [stdioServer], env: { SCRIPTED_TOKEN: secret } };
const put = (servers: object, path = cursor()) =>
  writeFileSync(path, `${JSON.stringify({ mcpServers: servers }, null, 2)}\n`);
const servers = (path = cursor()) => JSON.parse(readFileSync(path, 'utf8')).mcpServers;
const tokenIn = (name: string, path?: string) =>
  servers(path)[name].headers.Authorization.slice('Bearer '.length);
const foundIn = async (target: string) =>
  (await host.api('connect.targets')).targets.find(({ id }) => id === target)?.servers ?? [];
const all = async (target = 'cursor') =>
  (await foundIn(target))
    .filter(({ refused, luma, greenlight }) => !refused && !luma && !greenlight)
    .map(({ at }) => at);
const protect = async (target = 'cursor') =>
  host.api('connect.apply', { target, protect: await all(target) });
const ids = async () => (await host.api('servers.list')).servers.map(({ id }) => id);
const active = async () =>
  (await host.api('clients.list')).clients.filter(({ revokedAt }) => revokedAt === undefined);

test('a server goes behind Greenlight, is reached under its old name, and comes back', async () => {
  put({ 'My tools': scripted, docs: { url: 'http://127.0.0.1:9/mcp' } });
  const before = readFileSync(cursor(), 'utf8');
  const preview = await host.api('connect.preview', { target: 'cursor', protect: await all() });
  expect(preview.notes.join('\n')).toContain('“My tools” goes behind Greenlight, which starts');
  expect(preview.notes.join('\n')).toContain('Sign in, or enter a token, under Servers.');
  expect(await ids()).toEqual(['luma']);

  const applied = await protect();
  expect(applied.servers).toEqual(['my-tools', 'docs']);
  expect(await ids()).toEqual(['luma', 'my-tools', 'docs']);
  expect(servers()['My tools'].url).toBe(`${host.ready.mcpUrl}/my-tools`);
  expect(preview.after.replaceAll('TOKEN-MADE-WHEN-YOU-APPLY', tokenIn('docs'))).toBe(
    readFileSync(cursor(), 'utf8'),
  );

  const token = tokenIn('My tools');
  expect(tokenIn('greenlight')).toBe(token);
  const client = await connectClient(servers()['My tools'].url, token, {});
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('env');
  await client.close();
  const known = (await active()).find(({ id }) => id === applied.clientId);
  expect(known?.servers.map(({ id }) => id)).toEqual(['luma', 'my-tools', 'docs']);
  // It has its secret, and nothing else of Greenlight's has.
  expect((await host.api('servers.list')).servers[1]?.settings).toMatchObject({
    envNames: ['SCRIPTED_TOKEN'],
  });
  for (const name of readdirSync(host.dataDir).filter((file) => /settings|connect/.test(file)))
    expect(readFileSync(join(host.dataDir, name), 'utf8')).not.toContain(secret);
  expect(JSON.stringify([preview.notes, applied])).not.toContain(secret);

  await host.api('connect.undo', { target: 'cursor' });
  expect(readFileSync(cursor(), 'utf8')).toBe(before);
  await expect(connectClient(`${host.ready.mcpUrl}/my-tools`, token, {})).rejects.toThrow();
});

test('a secret among arguments is kept with the secrets, and is there when the program starts', async () => {
  const told = join(home, 'told');
  const program = join(home, 'program.mjs');
  writeFileSync(
    program,
    `import { writeFileSync } from 'node:fs';
    writeFileSync(${JSON.stringify(told)}, JSON.stringify(process.argv.slice(2)));
    await import(${JSON.stringify(stdioServer)});`,
  );
  put({
    db: { command: process.execPath, args: [program, `postgres://me:${secret}@db/x`, '--key', secret] },
  });
  const preview = await host.api('connect.preview', { target: 'cursor', protect: await all() });
  const line = `${program} postgres://\${env:ARG_ADDRESS}@db/x --key \${env:ARG_KEY}”`;
  expect(preview.notes.join('\n')).toContain(
    `${line} with ARG_ADDRESS, ARG_KEY, whose values it keeps with its secrets`,
  );
  const applied = await protect();
  const client = await connectClient(servers().db.url, tokenIn('db'), {});
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('env');
  await client.close();
  expect(JSON.parse(readFileSync(told, 'utf8'))).toEqual([`postgres://me:${secret}@db/x`, '--key', secret]);
  for (const name of readdirSync(host.dataDir).filter((file) => /settings|connect/.test(file)))
    expect(readFileSync(join(host.dataDir, name), 'utf8')).not.toContain(secret);
  expect(JSON.stringify([preview.notes, applied, await host.api('servers.list')])).not.toContain(secret);
  // The same entry is known for the same server.
  mkdirSync(dirname(windsurf()), { recursive: true });
  put(
    {
      again: { command: process.execPath, args: [program, `postgres://me:${secret}@db/x`, '--key', secret] },
    },
    windsurf(),
  );
  expect((await protect('windsurf')).servers).toEqual(['db']);
});

test('secrets in an address and in headers are kept with the secrets, and are sent', async () => {
  const upstream = await startHttpUpstream();
  onTestFinished(() => upstream.close());
  put({ hub: { url: `${upstream.url}?api_key=${secret}`, headers: { 'X-Key': `${secret}-too` } } });
  const preview = await host.api('connect.preview', { target: 'cursor', protect: await all() });
  expect(preview.notes.join('\n')).toContain(
    `which reaches ${upstream.url}?api_key=\${env:ARG_ADDRESS} with X-Key, ARG_ADDRESS, whose values it keeps with its secrets.`,
  );
  // What the page masks in the file.
  expect(preview.secrets).toEqual([secret, `${secret}-too`]);
  const applied = await protect();
  const client = await connectClient(servers().hub.url, tokenIn('hub'), {});
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo']);
  await client.close();
  for (const { path, headers } of upstream.received) {
    expect(path).toBe(`/mcp?api_key=${secret}`);
    expect(headers['x-key']).toBe(`${secret}-too`);
    expect(JSON.stringify(headers)).not.toContain(tokenIn('hub'));
  }
  for (const name of readdirSync(host.dataDir).filter((file) => /settings|connect/.test(file)))
    expect(readFileSync(join(host.dataDir, name), 'utf8')).not.toContain(secret);
  expect(JSON.stringify([preview.notes, applied, await host.api('servers.list')])).not.toContain(secret);
  // Another header is another server.
  const other = { url: `${upstream.url}?api_key=${secret}`, headers: { 'X-Key': 'other' } };
  put({ again: { ...other, headers: { 'X-Key': `${secret}-too` } }, other }, windsurf());
  expect((await protect('windsurf')).servers).toEqual(['hub', 'other']);
});

test('what two clients have is one server, each client keeps its grant, and its token', async () => {
  put({ tools: scripted });
  put({ other: scripted, more: { ...scripted, env: { SCRIPTED_TOKEN: 'another one' } } }, windsurf());
  const first = await host.api('connect.apply', { target: 'cursor' });
  const token = tokenIn('greenlight');
  const second = await protect();
  expect(second.clientId).toBe(first.clientId);
  expect(tokenIn('tools')).toBe(token);
  const third = await protect('windsurf');
  expect(third.servers).toEqual(['tools', 'more']);
  expect(await ids()).toEqual(['luma', 'tools', 'more']);
  expect(third.notes.join()).toContain('which has it already');
  expect(servers(windsurf()).other.serverUrl).toBe(`${host.ready.mcpUrl}/tools`);
  expect(third.clientId).not.toBe(first.clientId);

  // The token in the file is none of Greenlight's any more: it is exchanged, in all entries.
  await host.api('clients.rotate', { id: first.clientId });
  put({ ...servers(), late: { ...scripted, args: [stdioServer, '--late'] } });
  const again = await protect();
  expect(again.clientId).toBe(first.clientId);
  expect(tokenIn('tools')).not.toBe(token);
  expect(new Set(['greenlight', 'tools', 'late'].map((name) => tokenIn(name))).size).toBe(1);
  const client = await connectClient(servers().tools.url, tokenIn('tools'), {});
  await client.close();
  // Connected again without that: another grant, for the same servers.
  const last = await host.api('connect.apply', { target: 'cursor' });
  expect(last.clientId).not.toBe(first.clientId);
  expect((await active()).find(({ id }) => id === last.clientId)?.servers.map(({ id }) => id)).toEqual([
    'luma',
    'tools',
    'late',
  ]);
  expect(tokenIn('late')).toBe(tokenIn('greenlight'));
});

/** All is as it was, though `target` was to be protected. */
async function failing(target: string, path: string, change: (text: string) => string): Promise<void> {
  const ats = await all(target);
  expect(ats.length).toBeGreaterThan(0);
  const text = change(readFileSync(path, 'utf8'));
  writeFileSync(path, text);
  const clients = await active();
  const policies = (await host.api('policies.list')).policies.length;
  await expect(host.api('connect.apply', { target, protect: ats })).rejects.toThrow('Nothing was changed');
  expect(readFileSync(path, 'utf8')).toBe(text);
  expect(await ids()).toEqual(['luma']);
  expect(await active()).toEqual(clients);
  expect((await host.api('policies.list')).policies).toHaveLength(policies);
  expect(readdirSync(dirname(path))).toEqual([basename(path)]);
  const vault = join(host.dataDir, 'secrets.json');
  if (existsSync(vault)) expect(readFileSync(vault, 'utf8')).not.toContain(secret);
}

test('where an entry is another one now, nothing is changed', async () => {
  put({ tools: scripted, docs: { url: 'http://127.0.0.1:9/mcp' } });
  await failing('cursor', cursor(), (text) => text.replace(':9/', ':10/'));
});

test('where the file cannot be changed safely, nothing is changed', async () => {
  const path = join(home, '.config/goose/config.yaml');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `extensions: { tools: { cmd: node, args: [/x.js], envs: { A: ${secret} } } }\n`);
  await failing('goose', path, (text) => text);
});

test('where the way to Luma cannot be taken over, the file, the servers and the vault are as they were', async () => {
  const luma = { url: 'https://luma.mcp.acedata.cloud/mcp', headers: { Authorization: 'Bearer töken' } };
  put({ tools: scripted, luma });
  const before = readFileSync(cursor(), 'utf8');
  await expect(protect()).rejects.toThrow();
  expect(readFileSync(cursor(), 'utf8')).toBe(before);
  expect(await ids()).toEqual(['luma']);
  expect((await active()).map(({ label }) => label)).toEqual(['First client']);
  expect(readdirSync(join(home, '.cursor'))).toEqual(['mcp.json']);
});

test('what clients have is found once, and taken without their files or a secret passing by', async () => {
  put({ tools: scripted, asks: { command: 'x', env: { A: `\${input:a}` } } });
  put({ other: scripted, luma: { url: 'https://luma.mcp.acedata.cloud/mcp' } }, windsurf());
  const before = readFileSync(cursor(), 'utf8');
  const { servers: found } = await host.api('connect.found');
  expect(found).toEqual([
    {
      ...{
        name: 'tools',
        kind: 'stdio',
        in: ['Cursor', 'Windsurf'],
        target: 'cursor',
        at: expect.any(String),
      },
      address: `${process.execPath} ${stdioServer}`,
    },
    expect.objectContaining({ name: 'asks', in: ['Cursor'], refused: expect.stringContaining('each time') }),
  ]);
  expect(JSON.stringify(found)).not.toContain(secret);
  const [first] = found;
  const { target, at } = first as NonNullable<typeof first>;
  const taken = await host.api('connect.take', { target, at });
  expect(taken).toMatchObject({ id: 'tools', name: 'tools', kind: 'stdio' });
  expect(readFileSync(cursor(), 'utf8')).toBe(before);
  expect((await host.api('connect.found')).servers[0]).toMatchObject({ known: 'tools' });
  expect((await host.api('connect.take', { target, at })).id).toBe('tools');
  expect(await ids()).toEqual(['luma', 'tools']);
  await expect(host.api('connect.take', { target, at: found[1]?.at ?? '' })).rejects.toMatchObject({
    message: expect.stringContaining('cannot be put behind Greenlight'),
  });
});

test('two servers of one name get policies of two names, also where one before left its own', async () => {
  const add = () => host.api('servers.add', { name: 'Files', kind: 'http', url: 'http://127.0.0.1:9/mcp' });
  const first = await add();
  await add();
  const { document } = await host.api('policies.get', { id: first.policyId });
  await host.api('policies.save', {
    id: first.policyId,
    name: 'Files: ask before it changes anything',
    document: { ...(document as object), description: 'Mine.' },
  });
  await host.api('servers.remove', { id: first.id });
  await add();
  const { policies } = await host.api('policies.list');
  const names = policies.map(({ name }) => name).filter((name) => name.startsWith('Files'));
  expect(names.toSorted()).toEqual([
    'Files: ask before it changes anything',
    'Files: ask before it changes anything 2',
    'Files: ask before it changes anything 3',
  ]);
});
