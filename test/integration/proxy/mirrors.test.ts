import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;

beforeAll(async () => {
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: 'json',
    tools: [
      {
        name: 'render',
        inputSchema: {
          type: 'object',
          properties: {
            region: { type: 'string', 'x-mcp-header': 'Region' },
            count: { type: 'integer', 'x-mcp-header': 'Count' },
            draft: { type: 'boolean', 'x-mcp-header': 'Draft' },
            nested: {
              type: 'object',
              properties: { tenant: { type: 'string', 'x-mcp-header': 'Tenant' } },
            },
          },
        },
      },
      { name: 'größe', inputSchema: { type: 'object' } },
    ],
  });
  greenlight = await startGreenlight({ upstream: upstream.url });
});

beforeEach(() => {
  upstream.received.length = 0;
});

afterAll(async () => {
  await greenlight.stop();
  await upstream.close();
});

const base64 = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`;
const call = (args: object = {}, name = 'render', meta: object = {}) => ({
  jsonrpc: '2.0',
  id: 5,
  method: 'tools/call',
  params: { name, arguments: args, _meta: meta },
});

async function refused(message: object, headers: Record<string, string>): Promise<void> {
  const response = await greenlight.post(message, headers);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ id: 5, error: { code: -32020 } });
  expect(upstream.received).toEqual([]);
}

/** `on`: what goes on of the headers. */
async function passes(message: object, headers: Record<string, string>, on = headers): Promise<void> {
  const response = await greenlight.post(message, headers);
  expect(response.status).toBe(200);
  await response.text();
  // What was agreed upon is what goes on.
  expect(upstream.received).toHaveLength(1);
  expect(upstream.received[0]?.headers).toMatchObject(on);
  const params = Object.keys(upstream.received[0]?.headers ?? {}).filter((name) =>
    name.startsWith('mcp-param-'),
  );
  expect(params).toEqual(Object.keys(on).filter((name) => name.startsWith('mcp-param-')));
}

describe('a header that contradicts the body is refused with -32020', () => {
  test.each([
    [{ 'mcp-method': 'tools/list' }],
    [{ 'mcp-method': 'TOOLS/CALL' }],
    [{ 'mcp-name': 'other' }],
    [{ 'mcp-name': base64('other') }],
    [{ 'mcp-name': '=?base64?not base64?=' }],
    [{ 'mcp-name': '' }],
  ])('%j', async (headers) => {
    await refused(call(), headers);
  });

  test('a protocol version other than the one in _meta', async () => {
    const message = call({}, 'render', { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' });
    await refused(message, { 'mcp-protocol-version': '2025-11-25' });
  });

  test.each([
    ['another text', { region: 'eu' }, { 'mcp-param-region': 'us' }],
    ['a text for an absent argument', {}, { 'mcp-param-region': 'us' }],
    ['a text for null', { region: null }, { 'mcp-param-region': 'null' }],
    ['another number', { count: 3 }, { 'mcp-param-count': '4' }],
    ['a number in hexadecimal', { count: 16 }, { 'mcp-param-count': '0x10' }],
    ['an empty number', { count: 0 }, { 'mcp-param-count': '' }],
    ['a truth in another case', { draft: true }, { 'mcp-param-draft': 'True' }],
    ['another text further in', { nested: { tenant: 'a' } }, { 'mcp-param-tenant': 'b' }],
    ['another text in base64', { region: 'eu' }, { 'mcp-param-region': base64('us') }],
    // `Buffer.from` reads over both.
    ['base64 without its padding', { region: 'Hello' }, { 'mcp-param-region': '=?base64?SGVsbG8?=' }],
    ['what is no base64', { region: 'Hello' }, { 'mcp-param-region': '=?base64?SGVs!!!bG8=?=' }],
  ])('%s in Mcp-Param-*', async (_what, args, headers) => {
    await refused(call(args), headers as unknown as Record<string, string>);
  });

  test('since 2026-07-28 a header that is missing', async () => {
    const modern = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    await refused(call({ region: 'eu', count: 3 }, 'render', modern), { 'mcp-param-region': 'eu' });
    await refused(call({ nested: { tenant: 't' } }, 'render', modern), {});
    // What no header can repeat needs none.
    const message = call({ region: null, nested: {} }, 'render', modern);
    expect((await greenlight.post(message)).status).toBe(200);
  });

  test('a notification too', async () => {
    const response = await greenlight.post(
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { 'mcp-method': 'tools/call' },
    );
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ id: null, error: { code: -32020 } });
  });
});

describe.each([{ 'mcp-method': 'tools/call' }, { 'mcp-name': 'render' }])(
  'where no method is called, %j is refused',
  (headers) => {
    test('a response', async () => {
      const response = await greenlight.post({ jsonrpc: '2.0', id: 5, result: {} }, headers);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ id: null, error: { code: -32020 } });
      expect(upstream.received).toEqual([]);
    });

    test.each(['GET', 'DELETE'])('%s', async (method) => {
      const response = await fetch(greenlight.core.mcpUrl, {
        method,
        headers: { ...greenlight.headers, ...headers },
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ id: null, error: { code: -32020 } });
      expect(upstream.received).toEqual([]);
    });
  },
);

test('a response without such headers goes on', async () => {
  const response = await greenlight.post(
    { jsonrpc: '2.0', id: 5, result: {} },
    { 'mcp-protocol-version': '2025-06-18' },
  );
  await response.text();
  expect(upstream.received).toHaveLength(1);
});

describe('a header that agrees with the body passes, and goes on', () => {
  test.each([
    ['the method and the name', {}, { 'mcp-method': 'tools/call', 'mcp-name': 'render' }],
    ['the name in base64', {}, { 'mcp-name': base64('render') }],
    [
      'arguments',
      { region: 'eu', count: 3, draft: false, nested: { tenant: 't' } },
      {
        'mcp-param-region': 'eu',
        'mcp-param-count': '3',
        'mcp-param-draft': 'false',
        'mcp-param-tenant': 't',
      },
    ],
    ['a text in base64', { region: 'zürich ☃' }, { 'mcp-param-region': base64('zürich ☃') }],
    ['an empty text in base64', { region: '' }, { 'mcp-param-region': base64('') }],
  ])('%s', async (_what, args, headers) => {
    await passes(call(args), headers as unknown as Record<string, string>);
  });

  test.each(['=?base64?SGVsbG8=', '=?base64?=', '=?base64?SGVsbG8=?', '=?BASE64?SGVsbG8=?='])(
    'a text that only looks like base64 is one: %s',
    async (region) => {
      const written = region.startsWith('=?base64?') ? base64(region) : region;
      await passes(call({ region }), { 'mcp-param-region': region }, { 'mcp-param-region': written });
    },
  );

  test('what goes on is made from the arguments: a number in one spelling, nothing that no argument asks for', async () => {
    await passes(
      call({ count: 42 }),
      { 'mcp-param-count': '42.0', 'mcp-param-other': 'x' },
      {
        'mcp-param-count': '42',
      },
    );
  });

  test('the name of a tool that a header cannot carry', async () => {
    await passes(call({}, 'größe'), { 'mcp-name': base64('größe') });
  });

  test('the version of _meta', async () => {
    // The scripted upstream does not speak it; what matters is that it decides.
    const message = call({}, 'render', { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' });
    await (await greenlight.post(message, { 'mcp-protocol-version': '2026-07-28' })).text();
    expect(upstream.received[0]?.headers['mcp-protocol-version']).toBe('2026-07-28');
  });

  test('Mcp-Name with a method that is named like a member of every object', async () => {
    const response = await greenlight.post(
      { jsonrpc: '2.0', id: 5, method: 'constructor' },
      { 'mcp-name': 'x' },
    );
    expect(await response.json()).toMatchObject({ id: 5, error: { code: -32601 } });
  });
});
