/** Where the upstream stands is what the last exchanges met, and its tools are those of now. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trayLook } from '../../../main/desktop/tray/look.ts';
import {
  echoTool,
  type HttpUpstream,
  type HttpUpstreamOptions,
  type ScriptedTool,
  startHttpUpstream,
} from '../../servers/http.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { skipUnless } from '../../support/skip.ts';
import { countTurns } from '../../support/turns.ts';
import { allRan, until } from '../../support/wait.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
let clock: TestClock;
/** Answers every request with this status and type, while set. */
let instead: { status: number; type?: string } | undefined;

const tool = (name: string): ScriptedTool => ({ ...echoTool, name });
const options: HttpUpstreamOptions = {
  sessions: 'stateless',
  answers: 'json',
  intercept(_request, response) {
    if (!instead) return false;
    response.writeHead(instead.status, { 'content-type': instead.type ?? 'text/plain' }).end('What?');
    return true;
  },
};

async function start(more: HttpUpstreamOptions = {}, dataDir?: string): Promise<void> {
  clock = createTestClock();
  upstream = await startHttpUpstream({ ...options, ...more });
  greenlight = await startGreenlight({ upstream: upstream.url, clock, ...(dataDir && { dataDir }) });
}

afterEach(async () => {
  instead = undefined;
  await greenlight.stop();
  await upstream.close();
});

const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: {} } };
const said = async () => JSON.stringify(await (await greenlight.post(call)).json());
const status = () => greenlight.core.connection.status();
const names = () => greenlight.core.connection.tools().map(({ name }) => name);
const reads = () => upstream.messages('tools/list').length;

/** The icon in the tray: the upstream is all that it shows here. */
const icon = () => {
  const state = { guard: { mode: 'policy' }, pending: 0, upstream: status(), servers: [] };
  return trayLook(state as unknown as Parameters<typeof trayLook>[0], 0).icon;
};

describe('a server that stops', () => {
  test('is unreachable with the first call that does not arrive, and connected with the first that does', async () => {
    await start();
    expect(status()).toMatchObject({ status: 'connected', tools: 1 });
    expect(icon()).toEqual({ kind: 'on' });
    let told = 0;
    greenlight.core.connection.onChange(() => told++);
    await upstream.close();
    for (let attempt = 0; attempt < 5; attempt += 1) expect(await said()).toContain('refused the connection');
    expect(status()).toEqual({
      kind: 'http',
      status: 'unreachable',
      message: expect.stringContaining('refused the connection'),
      tools: 1,
    });
    expect(icon()).toEqual({ kind: 'unreachable' });
    expect(told).toBe(1);

    // It comes back as another version of itself.
    const port = Number(new URL(upstream.url).port);
    upstream = await startHttpUpstream({ ...options, port, tools: [echoTool, tool('new')] });
    expect(await said()).toContain('content');
    expect(status()).toMatchObject({ status: 'connected', server: { name: 'scripted', version: '1.2.3' } });
    expect(icon()).toEqual({ kind: 'on' });
    clock.advance(1_000);
    await until(() => names().includes('new'));
    expect(status().tools).toBe(2);
  });

  test('is found again without a call', async () => {
    await start();
    instead = { status: 503 };
    await said();
    expect(status()).toMatchObject({ status: 'unreachable', message: expect.stringContaining('503') });
    instead = undefined;
    clock.advance(30_000);
    await until(() => status().status === 'connected');
  });
});

describe('a token', () => {
  test('that is refused later is told with the call', async () => {
    await start();
    instead = { status: 401 };
    await said();
    expect(status()).toMatchObject({ status: 'unauthorized', message: expect.stringContaining('token') });
    expect(icon()).toEqual({ kind: 'unreachable' });
  });

  test('that was refused at the start and is taken now', async () => {
    instead = { status: 401 };
    await start();
    expect(status().status).toBe('unauthorized');
    instead = undefined;
    // Nothing is known of its tools, so no call is let through yet; but other requests are.
    await greenlight.post({ jsonrpc: '2.0', id: 1, method: 'ping' });
    clock.advance(1_000);
    await until(() => names().includes('echo'));
    expect(await said()).toContain('content');
    expect(status()).toMatchObject({ status: 'connected', tools: 1 });
  });
});

test('an answer of something that is no MCP server makes it no better', async () => {
  await start();
  instead = { status: 503 };
  await said();
  instead = { status: 200, type: 'text/html' };
  await said();
  expect(status().status).toBe('unreachable');
});

test.each([{ status: 200, type: 'text/html' }, { status: 302 }, { status: 404 }])(
  'an answer of something that is no MCP server any more makes it unreachable: %o',
  async (answer) => {
    await start();
    instead = answer;
    await said();
    clock.advance(1_000);
    await until(() => status().status === 'unreachable');
    instead = undefined;
    clock.advance(30_000);
    await until(() => status().status === 'connected');
  },
);

test('a client that leaves says nothing about the upstream', async () => {
  const entered = Promise.withResolvers<void>();
  await start({
    tools: [
      {
        ...echoTool,
        run() {
          entered.resolve();
          return new Promise(() => {});
        },
      },
    ],
  });
  const leaving = new AbortController();
  const left = greenlight.post(call, {}, leaving.signal).catch(() => 'left');
  await entered.promise;
  leaving.abort();
  expect(await left).toBe('left');
  await upstream.received.at(-1)?.ended;
  await allRan();
  expect(status().status).toBe('connected');
});

const needsShell = skipUnless(process.platform !== 'win32', 'the server is a script of sh');
describe('over stdio, what one client does makes the upstream unreachable for nobody', needsShell, () => {
  /** A server that costs little: it answers nothing but the handshake and the list, and reads no more after `deaf`. */
  const script = `while read -r line; do
    id=\${line##*'"id":'}
    case $line in
      *'"initialize"'*) r='{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}}' ;;
      *'"tools/list"'*) r='{"tools":[{"name":"echo","inputSchema":{"type":"object"}}]}' ;;
      *deaf*) sleep 1000 ;;
      *) continue ;;
    esac
    printf '{"jsonrpc":"2.0","id":%s,"result":%s}\\n' "\${id%%[!0-9]*}" "$r"
  done`;

  beforeEach(async () => {
    await start();
    await greenlight.core.servers.useUpstream(
      'luma',
      { kind: 'stdio', command: 'sh', args: ['-c', script], envNames: [] },
      {},
    );
    await greenlight.core.connection.refresh();
    expect(status()).toMatchObject({ status: 'connected', tools: 1 });
  });

  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a', version: '1' } },
  };
  async function open() {
    const response = await greenlight.post(initialize);
    const text = await response.text();
    const session = response.headers.get('mcp-session-id') ?? '';
    return { text, headers: { 'mcp-session-id': session, 'mcp-protocol-version': '2025-06-18' } };
  }

  test('that uses all sessions there may be, when another comes and when the list is read', async () => {
    const leaving = new AbortController();
    const waiting: Promise<unknown>[] = [];
    for (let n = 0; n < 32; n += 1) {
      const { headers } = await open();
      const ping = { jsonrpc: '2.0', id: 2, method: 'ping' };
      waiting.push(greenlight.post(ping, headers, leaving.signal).catch(() => {}));
    }
    await until(async () => (await open()).text.includes('All 32 sessions'));
    expect(status()).toMatchObject({ status: 'connected', tools: 1 });
    expect(await greenlight.core.connection.refresh()).toMatchObject({ status: 'connected' });
    leaving.abort();
    await Promise.all(waiting);
  });

  test('whose process does not read what it is sent', async () => {
    const { headers } = await open();
    const send = async (data: string) => {
      const params = { level: 'info', data };
      const message = { jsonrpc: '2.0', method: 'notifications/message', params };
      return (await greenlight.post(message, headers)).text();
    };
    await send('deaf');
    const large = 'x'.repeat(3 * 1024 * 1024);
    await until(async () => (await send(large)).includes('does not read'));
    expect(status()).toMatchObject({ status: 'connected', tools: 1 });
  });
});

describe('the tool list is read again', () => {
  test('when the server says on a stream that it has changed, once for many times', async () => {
    await start({ sessions: 'stateful', answers: 'event-stream' });
    await greenlight.connect();
    await until(() => upstream.received.some(({ method }) => method === 'GET'));
    const before = reads();
    await upstream.setTools([echoTool, tool('new')]);
    await upstream.setTools([echoTool, tool('newer')]);
    await until(() => {
      clock.advance(1_000);
      return names().includes('newer');
    });
    expect(reads() - before).toBeLessThanOrEqual(2);
  });

  test('each hour', async () => {
    await start();
    await upstream.setTools([tool('other')]);
    clock.advance(3_600_000);
    await until(() => names().includes('other'));
  });

  test('by what an agent reads, whatever else is in the answer', async () => {
    await start({
      intercept(request, response) {
        if (!request.headers.traceparent) return false;
        const list = { jsonrpc: '2.0', id: 1, result: { tools: [tool('seen')] } };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify([list]));
        return true;
      },
    });
    await greenlight.post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }, { traceparent: 'mine' });
    expect(names()).toEqual(['echo', 'seen']);
  });
});

describe('what of a list cannot be used is said beside where the upstream stands', () => {
  const lookahead = { type: 'object', properties: { mail: { type: 'string', pattern: '(?!x)' } } };
  const uncheckable = { type: 'object', properties: { a: { $dynamicRef: '#a' } } };
  const listing = (...tools: unknown[]) =>
    start({
      intercept(request, response) {
        if (!request.body.includes('"tools/list"')) return false;
        const { id } = JSON.parse(request.body);
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { tools } }));
        return true;
      },
    });

  test('entries without a name, tools without a schema or with one that cannot be checked, whole or in part', async () => {
    const many = ['b', 'c', 'd', 'e', 'f'].map((name) => ({ name, inputSchema: uncheckable }));
    await listing(tool('fine'), { name: 'a'.repeat(80) }, 'x', null, ...many, {
      name: 'p',
      inputSchema: lookahead,
    });
    expect(status()).toMatchObject({ status: 'connected', tools: 8 });
    expect(status().flaws).toBe(
      `2 entries of its list are no tools and are left out. What ${'a'.repeat(60)}…, b, c, d, e and 1 more take cannot be checked, so calls are denied unless a policy does without the check. A part of what p takes cannot be checked: see “Arguments that cannot be checked”.`,
    );
    // As long as it is so.
    await greenlight.post(call);
    expect(status().flaws).toBeDefined();
  });

  test('nothing, where all of it can', async () => {
    await listing(tool('fine'));
    expect(status()).toMatchObject({ status: 'connected', tools: 1 });
    expect(status()).not.toHaveProperty('flaws');
  });
});

describe('a list of many tools', () => {
  const long = (from: number, count: number, text = 'x'.repeat(3_000)) =>
    Array.from({ length: count }, (_, n) => ({ ...tool(`t${from + n}`), description: text }));

  test('that is new has many turns, and is known before its reader has it; after that, as after a start, it is known', async () => {
    const dataDir = temporaryFolder();
    await start({}, dataDir);
    const turns = countTurns();
    const { connection } = greenlight.core;
    await connection.saw(long(0, 900) as never);
    // Twice 2.7 MB in steps of 64 KiB: looked through, and written.
    expect(turns()).toBeGreaterThan(60);
    expect(names()).toHaveLength(901);
    expect(connection.change('t899')).toBeDefined();
    const log = () =>
      greenlight.core.database.sql
        .prepare('SELECT count(*) AS rows, total_changes() AS changes FROM tool_definitions')
        .get();
    const before = log();
    await connection.saw(long(0, 900) as never);
    expect(log()).toEqual(before);
    await greenlight.stop();
    instead = { status: 503 };
    greenlight = await startGreenlight({ dataDir, upstream: upstream.url, clock });
    expect(names()).toHaveLength(901);
    expect(greenlight.core.connection.change('t899')).toBeDefined();
  });

  test('of lists without end, as far as a list may go: then the list is read anew', async () => {
    await start();
    const { connection } = greenlight.core;
    const before = reads();
    for (let page = 0; page < 12; page += 1) await connection.saw(long(100 * page, 100, 'x') as never);
    expect(names()).toHaveLength(901);
    expect(connection.find('t1100')).toBe('absent');
    await until(() => reads() > before);
  });

  test('of other names each time: few of those that are gone are remembered, and none is quiet that comes back', async () => {
    const dataDir = temporaryFolder();
    await start({}, dataDir);
    const rows = () =>
      greenlight.core.database.sql.prepare('SELECT count(*) AS rows FROM tool_definitions').get()?.rows;
    const read = async (from: number, more: ScriptedTool[] = []) => {
      await upstream.setTools([echoTool, ...more, ...long(from, 900, 'x')]);
      await greenlight.core.connection.refresh();
    };
    const change = (name: string) => greenlight.core.connection.change(name);
    // One that stays in the list is never forgotten, however old it is; nor is one that was accepted.
    const old = tool('old');
    for (let n = 0; n < 6; n += 1) {
      clock.advance(1000);
      await read(900 * n, [old]);
    }
    expect(rows()).toBe(1 + 1 + 900 + 2000);
    for (const name of ['old', 't4500', 't5399', 't4499', 't2700']) expect(change(name)).toBeDefined();
    expect(change('t0')).toBeUndefined();
    expect(change('echo')).toBeUndefined();

    clock.advance(1000);
    await read(0, [old]);
    expect(change('t0')).toBeDefined();
    await greenlight.stop();
    instead = { status: 503 };
    greenlight = await startGreenlight({ dataDir, upstream: upstream.url, clock });
    expect(rows()).toBe(1 + 1 + 900 + 2000);
    for (const name of ['old', 't0', 't899', 't5399']) expect(change(name)).toBeDefined();
    expect(change('echo')).toBeUndefined();
  });

  test.each([
    ['a definition of more than 256 KiB', long(0, 1, 'x'.repeat(300_000))],
    ['more than 1,000 tools together with what is known', long(0, 1_000)],
  ])('%s is not taken over: the list is read anew', async (_what, list) => {
    await start();
    const before = reads();
    await greenlight.core.connection.saw(list as never);
    expect(names()).toEqual(['echo']);
    await until(() => reads() > before);
  });
});
