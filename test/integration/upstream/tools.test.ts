import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openFileVault } from '../../../main/secrets/file-vault.ts';
import { createUpstream } from '../../../main/upstream/create.ts';
import { createHttpUpstream } from '../../../main/upstream/http/http.ts';
import { createSignIn } from '../../../main/upstream/sign-in/index.ts';
import { readTools, type ToolListError } from '../../../main/upstream/tools/tools.ts';
import type { Upstream } from '../../../main/upstream/upstream.ts';
import type { JsonObject } from '../../../shared/json.ts';
import { lumaTools } from '../../../shared/luma.ts';
import { argumentCheck } from '../../../shared/policy/arguments.ts';
import { type UpstreamSettings, upstreamSettings } from '../../../shared/settings.ts';
import { echoTool, type HttpUpstreamOptions, startHttpUpstream } from '../../servers/http.ts';
import { startModernUpstream } from '../../servers/modern.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';
import { direct } from '../../support/network.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const timeoutMs = 10_000;

function http(url: string, token?: string): Upstream {
  const upstream = createHttpUpstream({ url, token, network: direct });
  cleanups.push(() => upstream.close());
  return upstream;
}

async function serve(options: HttpUpstreamOptions) {
  const server = await startHttpUpstream(options);
  cleanups.push(() => server.close());
  return server;
}

async function failureOf(upstream: Upstream, options: { signal?: AbortSignal; timeoutMs?: number } = {}) {
  const error = await readTools(upstream, { timeoutMs, ...options }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'ToolListError' });
  return error as ToolListError;
}

describe('the tool list', () => {
  test.each([
    ['stateful', 'event-stream'],
    ['stateful', 'json'],
    ['stateless', 'event-stream'],
    ['stateless', 'json'],
  ] as const)('is read page by page from a %s server that answers with %s', async (sessions, answers) => {
    const tools = Array.from({ length: 5 }, (_, i) => ({
      ...echoTool,
      name: `tool_${i}`,
      icons: [{ src: 'https://left.out/icon.png' }],
    }));
    const server = await serve({ sessions, answers, tools, pageSize: 2 });
    const list = await readTools(http(server.url), { timeoutMs });
    expect(list.server).toEqual({ name: 'scripted', version: '1.2.3' });
    expect(list.tools).toEqual(
      tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema })),
    );
    // The session it opened, if any, is closed again.
    expect(server.servers()).toEqual([]);
    expect(server.received.some(({ method }) => method === 'GET')).toBe(false);
  });

  test.each(['json', 'sse'] as const)(
    'is read from a server that only knows 2026-07-28 (%s)',
    async (mode) => {
      const server = await startModernUpstream(mode);
      cleanups.push(() => server.close());
      const list = await readTools(http(server.url), { timeoutMs });
      expect(list.server).toEqual({ name: 'modern', version: '9' });
      expect(list.tools.map(({ name, description }) => [name, description])).toEqual([
        ['render', 'Renders.'],
        ['secret', undefined],
        ['steps', undefined],
        ['ask', undefined],
        ['hang', undefined],
      ]);
    },
  );

  test('is read from every kind of upstream that settings can name', async () => {
    const server = await serve({ token: 'right' });
    const script = fileURLToPath(new URL('../../servers/stdio.ts', import.meta.url));
    const read = async (settings: UpstreamSettings) => {
      const clock = createTestClock();
      const vault = openFileVault(join(temporaryFolder(), 'secrets.json'), 'a file of a test');
      const upstream = createUpstream(
        upstreamSettings.parse(settings),
        { token: 'right' },
        {
          clock,
          logger: silent,
          network: direct,
          signIn: createSignIn({ vault, clock, logger: silent, network: direct, place: 'Settings' }),
        },
      );
      cleanups.push(() => upstream.close());
      expect(upstream.kind).toBe(settings.kind);
      return (await readTools(upstream, { timeoutMs })).tools.map(({ name }) => name);
    };
    expect((await read({ kind: 'sandbox' })).sort()).toEqual(lumaTools.map(({ name }) => name).sort());
    expect(await read({ kind: 'http', url: server.url })).toEqual(['echo']);
    expect(await read({ kind: 'stdio', command: process.execPath, args: [script], envNames: [] })).toContain(
      'echo',
    );
  });

  test('keeps schemas as they came', async () => {
    const inputSchema = {
      type: 'object' as const,
      properties: {},
      'x-odd': [1],
      additionalProperties: false,
    };
    const server = await serve({ tools: [{ name: 'odd', inputSchema }] });
    expect((await readTools(http(server.url), { timeoutMs })).tools).toEqual([{ name: 'odd', inputSchema }]);
  });
});

describe('a list that is not quite what the specification says', () => {
  /** Answers `tools/list` with these results, one after the other. */
  const listing = async (...results: object[]) => {
    let asked = 0;
    return serve({
      answers: 'json',
      intercept({ method, body }, response) {
        if (method !== 'POST' || !body.includes('"tools/list"')) return false;
        const result = results[Math.min(asked++, results.length - 1)];
        response.writeHead(200, { 'content-type': 'application/json' });
        return !!response.end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, result }));
      },
    });
  };
  const read = async (...results: object[]) =>
    (await readTools(http((await listing(...results)).url), { timeoutMs })).tools;
  const plain = { name: 'a', inputSchema: { type: 'object' } };

  test.each([
    ['a tool without a schema', { ...plain, name: 'b', inputSchema: undefined }, ['a', 'b']],
    ['a schema that is null', { ...plain, name: 'b', inputSchema: null }, ['a', 'b']],
    ['a description that is null', { ...plain, name: 'b', description: null }, ['a', 'b']],
    ['an entry without a name', { inputSchema: {} }, ['a']],
    ['an entry that is no object', 'b', ['a']],
    ['null', null, ['a']],
  ])('%s: the others can be used', async (_what, entry, names) => {
    expect((await read({ tools: [plain, entry] })).map(({ name }) => name)).toEqual(names);
  });

  test.each([null, '', 5, {}])('a cursor that is %j is none', async (nextCursor) => {
    expect(await read({ tools: [plain], nextCursor })).toMatchObject([{ name: 'a' }]);
  });

  test('a cursor that was there before ends the list', async () => {
    const next = { ...plain, name: 'b' };
    const names = await read({ tools: [plain], nextCursor: '1' }, { tools: [next], nextCursor: '1' });
    expect(names.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('a server that knows no cursor, and sends the same page again, has each tool once', async () => {
    expect(await read({ tools: [plain], nextCursor: '1' })).toHaveLength(1);
  });

  test('a tool without a schema is denied, with the reason', async () => {
    const [tool] = await read({ tools: [{ name: 'a' }] });
    expect(argumentCheck(tool?.inputSchema as JsonObject)({})).toContain(
      'The server does not say what this tool takes',
    );
  });
});

describe('a handshake that is not quite what the specification says', () => {
  const whole = {
    protocolVersion: '2025-06-18',
    capabilities: { tools: {} },
    serverInfo: { name: 'odd', version: '1' },
  };
  /** A server that answers `initialize` with `result`, as `write` writes it, and knows one tool. */
  async function shaking(
    result: unknown,
    { write = (text: string) => text, type = 'application/json', initialized = 202, end = true } = {},
  ) {
    return serve({
      intercept({ method, body }, response) {
        if (method !== 'POST') return !!response.writeHead(405).end();
        const { id, method: asked } = JSON.parse(body);
        if (id === undefined || asked === undefined) return !!response.writeHead(initialized).end();
        const list = { tools: [{ name: 'a', inputSchema: {} }] };
        const text = JSON.stringify({ jsonrpc: '2.0', id, result: asked === 'initialize' ? result : list });
        response.writeHead(200, { 'content-type': type }).write(write(text));
        return end ? !!response.end() : true;
      },
    });
  }
  const sentAfter = ({ received }: Awaited<ReturnType<typeof serve>>) => {
    const [, ...after] = received;
    return [...new Set(after.map(({ headers }) => headers['mcp-protocol-version']))];
  };

  test.each([
    ['no serverInfo', { ...whole, serverInfo: undefined }, { name: 'unknown', version: '' }],
    ['a serverInfo that is null', { ...whole, serverInfo: null }, { name: 'unknown', version: '' }],
    ['no version', { ...whole, serverInfo: { name: 'odd' } }, { name: 'odd', version: '' }],
    [
      'a version that is a number',
      { ...whole, serverInfo: { name: 'odd', version: 2 } },
      { name: 'odd', version: '' },
    ],
    ['no capabilities', { ...whole, capabilities: undefined }, whole.serverInfo],
    ['capabilities that are null', { ...whole, capabilities: null }, whole.serverInfo],
    ['a capability that is null', { ...whole, capabilities: { tools: null } }, whole.serverInfo],
    ['instructions and _meta that are null', { ...whole, instructions: null, _meta: null }, whole.serverInfo],
  ])('%s: the server can be used', async (_what, result, server) => {
    const found = await readTools(http((await shaking(result)).url), { timeoutMs });
    expect([found.server, found.tools.map(({ name }) => name)]).toEqual([server, ['a']]);
  });

  test.each([
    ['2025-06-18', '2025-06-18'],
    ['2027-01-01', '2027-01-01'],
    ['1.0', '1.0'],
    [undefined, undefined],
    [20250618, undefined],
    ['x\r\ny: z', undefined],
  ])('the revision %j is the server’s business, and is named as %j', async (protocolVersion, named) => {
    const server = await shaking({ ...whole, protocolVersion });
    await readTools(http(server.url), { timeoutMs });
    expect(sentAfter(server)).toEqual([named]);
  });

  test.each([200, 404, 500])('notifications/initialized is answered with %i', async (initialized) => {
    const server = await shaking(whole, { initialized });
    expect((await readTools(http(server.url), { timeoutMs })).tools).toHaveLength(1);
  });

  test('answers come in a list, or after a byte order mark', async () => {
    for (const write of [(text: string) => `[${text}]`, (text: string) => `\uFEFF${text}`]) {
      const server = await shaking(whole, { write });
      expect((await readTools(http(server.url), { timeoutMs })).tools).toHaveLength(1);
    }
  });

  test('answers come on streams that stay open, after a ping, which is answered', async () => {
    const ping = 'data: {"jsonrpc":"2.0","id":"p","method":"ping"}\n\n';
    const server = await shaking(whole, {
      type: 'text/event-stream',
      write: (text) => `: hello\n\nid: 0\ndata:\n\n${ping}data: ${text}\n\n`,
      end: false,
    });
    expect((await readTools(http(server.url), { timeoutMs })).tools).toHaveLength(1);
    expect(server.received.filter(({ body }) => body.includes('"id":"p"')).map(({ body }) => body)).toEqual([
      '{"jsonrpc":"2.0","id":"p","result":{}}',
      '{"jsonrpc":"2.0","id":"p","result":{}}',
    ]);
  });

  test.each([null, [], 'yes'])('a result that is %j is none', async (result) => {
    expect(await failureOf(http((await shaking(result)).url))).toMatchObject({ kind: 'not-mcp' });
  });
});

describe('a failure is explained', () => {
  test('a wrong token', async () => {
    const server = await serve({ token: 'right' });
    const error = await failureOf(http(server.url, 'wrong'));
    expect(error.kind).toBe('unauthorized');
    expect(error.message).toMatch(/refused the token \(HTTP 401\)\. Check the upstream’s token/);
  });

  test('no token, where one is wanted', async () => {
    const server = await serve({ token: 'right' });
    expect(await failureOf(http(server.url))).toMatchObject({
      kind: 'unauthorized',
      message:
        'It wants a token, or that you sign in (HTTP 401). Enter the upstream’s token in Settings, or sign in there.',
    });
    const [before, after] = server.url.split('//');
    expect((await failureOf(http(`${before}//me:wrong@${after}`))).message).toMatch(/refused the token/);
  });

  test.each([
    [403, 'unauthorized', /^It wants a token \(HTTP 403\)\. Enter the upstream’s token in Settings\.$/],
    [404, 'not-mcp', /no MCP server at this URL/],
    [307, 'refused', /redirects elsewhere/],
    [429, 'refused', /asked too often/],
    [503, 'refused', /problem of its own.*Retry later/],
  ])('HTTP %i', async (status, kind, words) => {
    const server = await serve({
      intercept: (_request, response) =>
        !!response.writeHead(status, { location: '/other' }).end('<secret html>'),
    });
    const error = await failureOf(http(server.url));
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(words);
    expect(error.message).not.toMatch(/secret/);
  });

  test('a web page instead of MCP', async () => {
    const server = await serve({
      intercept: (_request, response) =>
        !!response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Hi'),
    });
    expect(await failureOf(http(server.url))).toMatchObject({ kind: 'not-mcp' });
  });

  test('nothing there', async () => {
    const error = await failureOf(http('http://no-such-host.invalid/mcp'));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toMatch(/was not found/);
  });

  test('no answer in time; the request is given up', async () => {
    const server = await serve({ intercept: () => true });
    const error = await failureOf(http(server.url), { timeoutMs: 1000 });
    expect(error.kind).toBe('timeout');
    expect(await server.received[0]?.ended).toBe('abandoned');
  });

  test('the caller gave up', async () => {
    const server = await serve({ intercept: () => true });
    const aborter = new AbortController();
    const failure = failureOf(http(server.url), { signal: aborter.signal });
    await expect.poll(() => server.received.length).toBe(1);
    aborter.abort();
    expect((await failure).message).toMatch(/was cancelled/);
  });

  test('a tool list that never ends', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => ({ ...echoTool, name: `t${i}` }));
    const server = await serve({ tools: many, pageSize: 500 });
    expect((await failureOf(http(server.url))).message).toMatch(/does not end/);
    expect(server.servers()).toEqual([]);
  });

  test.each([
    [
      'many values',
      200,
      { properties: Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`a${n}`, {}])) },
    ],
    ['much text', 200, { description: 'x'.repeat(30_000) }],
  ])('a tool list of %s, whatever its pages', async (_what, count, more) => {
    const inputSchema = { type: 'object' as const, ...more };
    const tools = Array.from({ length: count }, (_, n) => ({ name: `t${n}`, inputSchema }));
    const server = await serve({ tools, pageSize: 100 });
    expect((await failureOf(http(server.url))).message).toMatch(
      /too large: more than 4 MiB, .* 50,000 values or/,
    );
  });

  test('an answer without end is given up', async () => {
    const server = await serve({
      intercept(_request, response) {
        response.writeHead(200, { 'content-type': 'application/json' });
        const pump = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
          if (!response.destroyed) response.once('drain', pump);
        };
        pump();
        return true;
      },
    });
    const error = await failureOf(http(server.url));
    expect(error.message).toMatch(/more than 4 MiB, .* or 10,000 different names\. Ask its operator/);
    expect(await server.received[0]?.ended).toBe('abandoned');
  });

  describe.each(['application/json', 'text/event-stream'])(
    'what takes long to read is not read: %s',
    (type) => {
      test.each([
        ['values', `[${Array(50_001).fill('{}').join()}]`],
        ['names', `{${Array.from({ length: 10_001 }, (_, n) => `"a${n}":0`).join()}}`],
        ['values in lines', `[${Array(50_001).fill('{}').join(',\ndata: ')}]`],
      ])('%s', async (_what, meta) => {
        const server = await serve({
          intercept({ body }, response) {
            if (!body.includes('"tools/list"')) return false;
            const { id } = JSON.parse(body) as { id: number };
            const text = `{"jsonrpc":"2.0","id":${id},"result":{"tools":[],"_meta":${meta}}}`;
            response.writeHead(200, { 'content-type': type });
            const comment = ': an open "\n';
            response.end(
              type === 'application/json' ? text.replaceAll('data: ', '') : `${comment}data: ${text}\n\n`,
            );
            return true;
          },
        });
        const parse = vi.spyOn(JSON, 'parse');
        const error = await failureOf(http(server.url));
        const read = parse.mock.calls.some(([text]) => text.length > 100_000);
        parse.mockRestore();
        expect(error.message).toMatch(/too large: more than 4 MiB/);
        expect(read).toBe(false);
      });
    },
  );

  test('a server without tools says so itself', async () => {
    const server = await serve({
      configure: (scripted) => scripted.removeRequestHandler('tools/list'),
    });
    const error = await failureOf(http(server.url));
    expect(error.kind).toBe('refused');
    expect(error.message).toBe('The upstream answered with an error: Method not found');
  });
});
