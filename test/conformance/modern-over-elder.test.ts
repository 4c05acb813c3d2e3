/** A client that speaks 2026-07-28 alone, before servers that speak the revisions with a handshake: a process, the sandbox. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, test } from 'vitest';
import { startGreenlight, type TestGreenlight } from '../support/greenlight.ts';
import { isRunning } from '../support/processes.ts';
import { stdioServer } from '../support/stdio-upstream.ts';
import { until } from '../support/wait.ts';

const REVISION = '2026-07-28';

let greenlight: TestGreenlight;
let clients: Client[] = [];

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  await greenlight.stop();
});

async function start(kind: 'stdio' | 'sandbox'): Promise<void> {
  greenlight = await startGreenlight({
    upstream:
      kind === 'sandbox' ? { kind } : { kind, command: process.execPath, args: [stdioServer], envNames: [] },
  });
}

async function connect(token = greenlight.token): Promise<Client> {
  const client = new Client(
    { name: 'modern', version: '1' },
    { versionNegotiation: { mode: { pin: REVISION } } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(new URL(greenlight.core.mcpUrl), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  clients.push(client);
  return client;
}

async function callForText(client: Client, name: string, args = {}): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args });
  return (content as { text: string }[]).map(({ text }) => text).join();
}

/** One request by hand, as it goes over the wire. */
async function send(method: string, params: object = {}, id: number | string = 1, revision = REVISION) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': revision,
    'io.modelcontextprotocol/clientInfo': { name: 'by hand', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const response = await greenlight.post(
    { jsonrpc: '2.0', id, method, params: { ...params, _meta } },
    { 'mcp-protocol-version': revision, 'mcp-method': method },
  );
  return { status: response.status, headers: response.headers, body: await response.text() };
}

describe.each(['stdio', 'sandbox'] as const)('%s', (kind) => {
  test('is found out, lists and calls', async () => {
    await start(kind);
    const client = await connect();
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain(kind === 'stdio' ? 'echo' : 'luma_list_actions');
    expect(client.getServerCapabilities()).toMatchObject({ tools: {} });
    expect(client.getServerVersion()?.name).toBe(kind === 'stdio' ? 'scripted' : 'luma-sandbox');
    expect(await callForText(client, kind === 'stdio' ? 'echo' : 'luma_list_actions')).not.toBe('');
  });

  test('has results of that revision, and no session', async () => {
    await start(kind);
    const list = await send('tools/list');
    expect(list.headers.get('mcp-session-id')).toBeNull();
    expect(JSON.parse(list.body)).toMatchObject({
      id: 1,
      result: { resultType: 'complete', ttlMs: 0, cacheScope: 'private', tools: expect.anything() },
    });
    expect(await send('ping')).toMatchObject({ status: 404, body: expect.stringContaining('-32601') });
    const later = await send('tools/list', {}, 1, '2030-01-01');
    expect(later.status).toBe(400);
    expect(JSON.parse(later.body).error).toMatchObject({
      code: -32022,
      data: { supported: [REVISION], requested: '2030-01-01' },
    });
  });
});

describe('a process that all share', () => {
  test('gives each its own answers and progress, though their ids are the same', async () => {
    await start('stdio');
    const other = greenlight.core.grants.create('Other');
    const [one, two] = [await connect(), await connect(other.token)];
    expect(await callForText(one, 'pid')).toBe(await callForText(two, 'pid'));
    const texts = Array.from({ length: 20 }, (_, i) => `call ${i}`);
    const answers = await Promise.all(
      texts.map((text, i) => callForText(i % 2 === 0 ? one : two, 'echo', { text })),
    );
    expect(answers).toEqual(texts.map((text) => JSON.stringify({ text })));
    const steps: unknown[] = [];
    const onprogress = (step: unknown) => void steps.push(step);
    await Promise.all(
      [one, two].map((each) => each.callTool({ name: 'steps', arguments: {} }, { onprogress })),
    );
    const step = { progress: 1, total: 2, message: 'half way' };
    expect(steps).toEqual([step, step]);
  });

  test('is another one after it died; a call that was lost says so', async () => {
    await start('stdio');
    const client = await connect();
    const pid = Number(await callForText(client, 'pid'));
    await expect(client.callTool({ name: 'crash', arguments: {} })).rejects.toThrow(
      /not known whether the call ran; look whether it did/,
    );
    await until(() => !isRunning(pid));
    expect(Number(await callForText(client, 'pid'))).not.toBe(pid);
  });

  test('is told when a call is taken back', async () => {
    await start('stdio');
    const client = await connect();
    const gone = new AbortController();
    const call = client.callTool({ name: 'hang', arguments: {} }, { signal: gone.signal });
    call.catch(() => {});
    const heard = (line: string) => greenlight.logs.some((log) => JSON.stringify(log).includes(line));
    await until(() => heard('"hanging"'));
    gone.abort();
    await until(() => heard('"cancelled"'));
  });
});
