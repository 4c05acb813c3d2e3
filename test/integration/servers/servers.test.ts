/** The servers that tests use, started as a person starts them: by name, in a process of their own. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterEach, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../servers/index.ts', import.meta.url));
type Child = ChildProcessByStdio<null, Readable, Readable>;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function run(...args: string[]): Child {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  cleanups.push(() => child.kill('SIGKILL'));
  return child;
}

/** Starts a server; resolves with the address that it prints. */
async function start(...args: string[]): Promise<{ child: Child; url: string }> {
  const child = run(...args);
  const ended = once(child, 'exit').then(async ([code]) => {
    throw new Error(`It ended with ${code}.\n${await text(child.stderr)}`);
  });
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const [url] = await Promise.race([line, ended]);
  ended.catch(() => {});
  return { child, url };
}

async function connect(transport: Parameters<Client['connect']>[0]): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  await client.connect(transport);
  cleanups.push(() => client.close());
  return client;
}

/** For each server over HTTP a call, and what it answers. */
const calls: Record<string, [tool: string, args: Record<string, unknown>, answer: string]> = {
  http: ['echo', { text: 'hello' }, '{"text":"hello"}'],
  stateless: ['echo', { text: 'hello' }, '{"text":"hello"}'],
  full: ['resume', {}, 'resumed'],
  modern: ['render', { region: 'eu' }, '{"region":"eu"}'],
  everything: ['test_simple_text', {}, 'This is a simple text response for testing.'],
  luma: [
    'luma_generate_video',
    { prompt: 'A paper boat' },
    '{"success":true,"task_id":"5a0fe4f2-3c1e-4a5c-9d4e-0c7c3f6a1b2d","state":"pending"}',
  ],
};

test.each(Object.entries(calls))(
  '%s answers a call and ends on SIGINT',
  async (name, [tool, args, answer]) => {
    const { child, url } = await start(name);
    const client = await connect(new StreamableHTTPClientTransport(new URL(url)));
    const { content } = await client.callTool({ name: tool, arguments: args });
    expect(content).toEqual([{ type: 'text', text: answer }]);
    const exit = once(child, 'exit');
    child.kill('SIGINT');
    // Windows knows no signals: there it is killed.
    expect(await exit).toEqual(process.platform === 'win32' ? [null, 'SIGINT'] : [0, null]);
  },
);

test('stdio answers a call', async () => {
  const client = await connect(
    new StdioClientTransport({ command: process.execPath, args: [script, 'stdio'], stderr: 'ignore' }),
  );
  const { content } = await client.callTool({ name: 'echo', arguments: { text: 'hello' } });
  expect(content).toEqual([{ type: 'text', text: '{"text":"hello"}' }]);
});

test('luma-api accepts a video', async () => {
  const { url } = await start('luma-api');
  const answer = await fetch(`${url}/luma/videos`, { method: 'POST', body: '{"prompt":"A paper boat"}' });
  expect(await answer.json()).toEqual({ success: true, task_id: 'task-1', trace_id: 'trace-1' });
});

test('oauth says where to sign in', async () => {
  const { url } = await start('oauth');
  const answer = await fetch(url, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toMatch(/resource_metadata="http/);
});

test('ntfy takes a message', async () => {
  const { url } = await start('ntfy');
  const answer = await fetch(url, { method: 'POST', body: '{"topic":"boats","message":"A paper boat"}' });
  expect(await answer.json()).toMatchObject({ event: 'message', topic: 'boats', message: 'A paper boat' });
});

test('a port may be asked for, and come back to', async () => {
  const first = await start('http');
  const { port } = new URL(first.url);
  const exit = once(first.child, 'exit');
  first.child.kill('SIGINT');
  await exit;
  expect((await start('http', '--port', port)).url).toBe(first.url);
});

test('without a name each server is listed with a line, and these tests know them all', async () => {
  const lists = await Promise.all([run(), run('--help')].map(({ stdout }) => text(stdout)));
  expect(lists[0]).toBe(lists[1]);
  const names = [...(lists[0] ?? '').matchAll(/^ {2}(\S+) +\S.*$/gm)].map(([, name]) => name);
  expect(names).toEqual([...Object.keys(calls), 'luma-api', 'oauth', 'oidc', 'ntfy', 'stdio']);
});

test('a name that is not known is an error that lists them', async () => {
  const child = run('nothing');
  const exit = once(child, 'exit');
  expect(await text(child.stderr)).toMatch(/^There is no server "nothing"\.\n(?:.*\n)*? {2}http /);
  expect(await exit).toEqual([2, null]);
});
