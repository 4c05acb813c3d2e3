/** A session with a process outlives the process, and Greenlight: its client goes on as if nothing had happened. */
import { rmSync, writeFileSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect, onTestFinished, test } from 'vitest';
import { callForText } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { isRunning } from '../../support/processes.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';
import { until } from '../../support/wait.ts';

/** A Greenlight before the scripted server, until the test ends. */
async function start(dataDir?: string, args: string[] = []): Promise<TestGreenlight> {
  const greenlight = await startGreenlight({
    upstream: { kind: 'stdio', command: process.execPath, args: [...args, stdioServer], envNames: [] },
    ...(dataDir !== undefined && { dataDir }),
  });
  onTestFinished(() => greenlight.stop());
  return greenlight;
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until(() => !isRunning(pid));
}

/** A client that works by hand: its session, and what it sends in it, with the token it has. */
async function open(greenlight: TestGreenlight, openedWith: object = {}) {
  const { authorization } = greenlight.headers as { authorization: string };
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'by hand', version: '1' },
    ...openedWith,
  };
  const opened = await greenlight.post({ jsonrpc: '2.0', id: 0, method: 'initialize', params });
  await opened.text();
  const session = {
    'mcp-session-id': opened.headers.get('mcp-session-id') ?? '',
    'mcp-protocol-version': '2025-11-25',
  };
  const sender = (at: TestGreenlight, headers: Record<string, string> = { authorization }) => ({
    post: (message: object) => at.post({ jsonrpc: '2.0', ...message }, { ...session, ...headers }),
    request: (method: 'GET' | 'DELETE', signal?: AbortSignal) =>
      fetch(at.core.mcpUrl, {
        method,
        headers: { ...at.headers, ...session, ...headers },
        ...(signal && { signal }),
      }),
    async call(name: string, id: number | string = name): Promise<string> {
      const response = await this.post({ id, method: 'tools/call', params: { name, arguments: {} } });
      const text = await response.text();
      // As JSON, or as the last event of a stream.
      const { result, error } = JSON.parse(text.split('data: ').at(-1) ?? '');
      return result?.content[0].text ?? error.message;
    },
  });
  await sender(greenlight).post({ method: 'notifications/initialized' });
  return { ...sender(greenlight), at: sender };
}

test('an SDK client goes on after its process was killed', async () => {
  const greenlight = await start();
  const client = await greenlight.connect();
  const before = Number(await callForText(client, 'pid'));
  await kill(before);
  const after = Number(await callForText(client, 'pid'));
  expect(after).not.toBe(before);
  expect(await callForText(client, 'pid')).toBe(String(after));
  // What the new process says by itself arrives as well.
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
});

test('an SDK client goes on after a restart of Greenlight, and hears what the new process says by itself', async () => {
  const dataDir = temporaryFolder();
  let greenlight = await start(dataDir);
  const { authorization } = greenlight.headers as { authorization: string };
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL('http://greenlight.invalid/mcp'), {
    requestInit: { headers: { authorization } },
    // Another port each time, which a client of the real one does not see.
    fetch: (_url, init) => fetch(greenlight.core.mcpUrl, init),
    reconnectionOptions: {
      initialReconnectionDelay: 10,
      maxReconnectionDelay: 100,
      reconnectionDelayGrowFactor: 1,
      maxRetries: 1_000,
    },
  });
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changes += 1;
  });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  onTestFinished(() => client.close());
  const before = await callForText(client, 'pid');
  await greenlight.stop();
  greenlight = await start(dataDir);
  expect(await callForText(client, 'pid')).not.toBe(before);
  // Its stream may be listened to before or after.
  await until(async () => {
    await callForText(client, 'change');
    return changes > 0;
  });
});

test('a client goes on after a restart of Greenlight; requests that come together share one process', async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  const client = await open(first);
  const before = await client.call('pid');
  await first.stop();
  expect(isRunning(Number(before))).toBe(false);
  const mine = client.at(await start(dataDir));
  const pids = await Promise.all([mine.call('pid', 1), mine.call('pid', 2), mine.call('pid', 3)]);
  expect(new Set(pids).size).toBe(1);
  expect(isRunning(Number(pids[0]))).toBe(true);
  expect(await mine.call('pid', 4)).toBe(pids[0]);
});

test('the new process is told what the one before was told', async () => {
  const greenlight = await start();
  const client = await open(greenlight, { capabilities: { elicitation: {} } });
  await kill(Number(await client.call('pid')));
  const response = await client.post({ id: 'q', method: 'tools/call', params: { name: 'ask' } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  // It asks its client only where that said that it can be asked.
  while (!text.includes('elicitation/create')) {
    const { done, value } = (await reader?.read()) ?? { done: true };
    if (done) break;
    text += value;
  }
  expect(text).toContain('elicitation/create');
  await reader?.cancel();
});

test('nobody else has the session: another client and an id that was never given get 404', async () => {
  const greenlight = await start();
  const client = await open(greenlight);
  const pid = Number(await client.call('pid'));
  await kill(pid);
  const other = greenlight.core.grants.create('Other');
  const theirs = client.at(greenlight, { authorization: `Bearer ${other.token}` });
  const list = { id: 1, method: 'tools/list' };
  expect((await theirs.post(list)).status).toBe(404);
  expect((await client.at(greenlight, { 'mcp-session-id': 'made-up' }).post(list)).status).toBe(404);
  expect((await client.post(list)).status).toBe(200);
});

test('a session that its client has ended is over', async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  const client = await open(first);
  await first.stop();
  const mine = client.at(await start(dataDir));
  expect((await mine.request('DELETE')).status).toBe(200);
  expect((await mine.post({ id: 1, method: 'tools/list' })).status).toBe(404);
});

test('a stream that is listened to starts no process, and brings what the next one says', async () => {
  const dataDir = temporaryFolder();
  const first = await start(dataDir);
  const client = await open(first);
  await first.stop();
  const mine = client.at(await start(dataDir));
  const leaving = new AbortController();
  const stream = await mine.request('GET', leaving.signal);
  expect(stream.status).toBe(200);
  // What the process before was told or asked means nothing to the next.
  expect((await mine.post({ method: 'notifications/roots/list_changed' })).status).toBe(202);
  expect((await mine.post({ id: 0, result: {} })).status).toBe(202);
  expect(await mine.call('change')).toBe('changed');
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toContain('notifications/tools/list_changed');
  leaving.abort();
});

test('a process that cannot begin again is said in words; the session is tried again', async () => {
  const flag = `${temporaryFolder()}/broken`;
  const broken = `import('node:fs').then((fs) => { if (fs.existsSync(${JSON.stringify(flag)})) process.exit(1); })`;
  const greenlight = await start(undefined, ['--import', `data:text/javascript,await ${broken}`]);
  const client = await open(greenlight);
  writeFileSync(flag, '');
  await kill(Number(await client.call('pid')));
  expect(await client.call('pid')).toMatch(/^Greenlight: The upstream process ended before it answered/);
  rmSync(flag);
  expect(Number(await client.call('pid'))).toBeGreaterThan(0);
});

test('what a session was opened with is not kept where it is much: its client has to begin anew', async () => {
  const greenlight = await start();
  const client = await open(greenlight, { capabilities: { experimental: { x: { y: 'x'.repeat(20_000) } } } });
  const pid = Number(await client.call('pid'));
  await kill(pid);
  expect((await client.post({ id: 1, method: 'tools/list' })).status).toBe(404);
});
