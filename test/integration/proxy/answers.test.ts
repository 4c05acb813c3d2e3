/** What comes back of a request: its own answer, as it was looked into, or an error under its own id. */
import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;

/** Starts an upstream that gives `body` for whatever concerns `vendor/ask`, and for GET. */
async function answering(body: string, type: string, status = 200): Promise<void> {
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: 'json',
    intercept(request, response) {
      if (request.method === 'POST' && !request.body.includes('vendor/ask')) return false;
      response.writeHead(status, { 'content-type': type }).end(body);
      return true;
    },
  });
  greenlight = await startGreenlight({ upstream: upstream.url });
}

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

const JSON_TYPE = 'application/json';
const STREAM = 'text/event-stream';
const events = (...data: string[]) => data.map((each) => `data: ${each}\n\n`).join('');
const result = (id: unknown, n: unknown = 1) => JSON.stringify({ jsonrpc: '2.0', id, result: { n } });
const error = (id: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32602, message: 'No.' } });
const ask = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'vendor/ask' });

/** Every message that a request brings. */
async function messages(response: Promise<Response>): Promise<Record<string, unknown>[]> {
  const text = await (await response).text();
  const data =
    text.startsWith('{') || text.startsWith('[')
      ? [text]
      : text.split('\n').flatMap((line) => line.match(/^data: (.*)$/)?.[1] ?? []);
  return data.flatMap((each) => JSON.parse(each) as Record<string, unknown>[]);
}

describe('an answer to another request is not passed on, and the client gets its own', () => {
  test.each([
    ['another number', result(8)],
    ['the number as text', result('7')],
    ['a number that JavaScript takes for it', '{"jsonrpc":"2.0","id":7.0000000000000001,"result":{}}'],
    ['no id', '{"jsonrpc":"2.0","result":{}}'],
    ['null', result(null)],
    ['an error under another id', error(8)],
    ['two ids, the last another', '{"jsonrpc":"2.0","id":7,"id":8,"result":{}}'],
    ['a list of others', `[${result(8)},${result(9)}]`],
  ])('JSON: %s', async (_what, body) => {
    await answering(body, JSON_TYPE);
    const [answer, ...more] = await messages(greenlight.post(ask(7)));
    expect(more).toEqual([]);
    expect(answer).toMatchObject({
      id: 7,
      error: { message: expect.stringContaining('answered another request') },
    });
  });

  test.each([
    ['before its own', events(result(8, 'foreign'), result(7))],
    ['after its own', events(result(7), result(8, 'foreign'))],
    ['a second answer', events(result(7), result(7, 'second'))],
    ['in one list with its own', events(`[${result(8, 'foreign')},${result(7)}]`)],
  ])('event stream: %s', async (_what, body) => {
    await answering(body, STREAM);
    expect(await messages(greenlight.post(ask(7)))).toEqual([JSON.parse(result(7))]);
  });

  test('an event stream with nothing else', async () => {
    await answering(events(result(8)), STREAM);
    expect(await messages(greenlight.post(ask(7)))).toMatchObject([
      { id: 7, error: { message: expect.stringContaining('broke off') } },
    ]);
  });

  test.each([JSON_TYPE, STREAM])('%s, for a notification', async (type) => {
    await answering(type === STREAM ? events(result(7)) : result(7), type);
    const note = { jsonrpc: '2.0', method: 'notifications/x', params: { a: 'vendor/ask' } };
    expect((await messages(greenlight.post(note))).filter((message) => 'result' in message)).toEqual([]);
  });
});

test.each([
  [JSON_TYPE, error(null), 200],
  [JSON_TYPE, error(undefined), 400],
  [STREAM, events(error(null)), 200],
])('an error without an id is that of the request: %s', async (type, body, status) => {
  await answering(body, type, status);
  expect(await messages(greenlight.post(ask(7)))).toMatchObject([{ id: 7, error: { message: 'No.' } }]);
});

describe('on GET', () => {
  const listen = (headers: Record<string, string>) =>
    fetch(greenlight.core.mcpUrl, { headers: { ...greenlight.headers, ...headers } });

  test('answers come only where a stream is resumed', async () => {
    const note = '{"jsonrpc":"2.0","method":"notifications/x"}';
    await answering(events(note, result(7)), STREAM);
    expect(await messages(listen({}))).toEqual([JSON.parse(note)]);
    expect(await messages(listen({ 'last-event-id': '1' }))).toEqual([
      JSON.parse(note),
      JSON.parse(result(7)),
    ]);
  });
});

describe('an answer is written anew from what was looked into', () => {
  const twice = '{"jsonrpc":"2.0","id":7,"result":{"n":1,"n":2,"__proto__":{"a":1}}}';
  const once = '{"jsonrpc":"2.0","id":7,"result":{"n":2,"__proto__":{"a":1}}}';
  test.each([
    [JSON_TYPE, twice, once],
    [STREAM, `id: 3\n: hi\ndata: ${twice}\n\n`, `: hi\n\nid: 3\ndata: ${once}\n\n`],
  ])('members with one name: %s', async (type, body, expected) => {
    await answering(body, type);
    expect(await (await greenlight.post(ask(7))).text()).toBe(expected);
  });

  test.each([JSON_TYPE, STREAM])('with every digit of its numbers: %s', async (type) => {
    const body =
      '{"jsonrpc":"2.0","id":7,"result":{"n":[9007199254740993,1e-400],"n":[2512292042121000001]}}';
    await answering(type === STREAM ? events(body) : body, type);
    expect(await (await greenlight.post(ask(7))).text()).toContain('{"n":[2512292042121000001]}');
  });

  test.each([
    ['nested too deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['many numbers in an unusual spelling', `[${'1.5e3,'.repeat(20_000)}0]`],
  ])('what cannot be is refused in words: %s', async (_what, value) => {
    const body = `{"jsonrpc":"2.0","id":7,"result":{"n":${value}}}`;
    for (const [type, text] of [
      [JSON_TYPE, body],
      [STREAM, events(body)],
    ] as const) {
      await answering(text, type);
      expect(await messages(greenlight.post(ask(7)))).toMatchObject([
        { id: 7, error: { message: expect.stringContaining('cannot pass it on as it is') } },
      ]);
      if (type === STREAM) break;
      await greenlight.stop();
      await upstream.close();
    }
  });
});

test('a tool whose schema holds a number of many digits is known by its schema', async () => {
  const tool =
    '{"name":"big","inputSchema":{"type":"object","properties":{"n":{"type":"integer","maximum":9223372036854775807}}}}';
  await answering(`{"jsonrpc":"2.0","id":7,"result":{"tools":[${tool}]}}`, JSON_TYPE);
  const list = { ...ask(7), method: 'tools/list', params: { _meta: { for: 'vendor/ask' } } };
  expect(await (await greenlight.post(list)).text()).toContain('9223372036854775807');
  const known = greenlight.core.connection.tools().find(({ name }) => name === 'big');
  expect(known?.inputSchema).toEqual(JSON.parse(tool).inputSchema);
});

describe('what nobody waits for is taken, whatever the server says to it', () => {
  test.each([
    ['a word', 202, 'text/plain', 'Accepted'],
    ['an empty object', 200, JSON_TYPE, '{}'],
    ['null', 200, JSON_TYPE, 'null'],
    ['no JSON', 200, JSON_TYPE, 'ok'],
    ['an answer to nothing', 200, JSON_TYPE, result(7)],
    ['a page', 200, 'text/html', '<html><body>OK</body></html>'],
    ['more than is read', 200, 'text/plain', 'x'.repeat(200_000)],
  ])('%s (%i)', async (_what, status, type, body) => {
    upstream = await startHttpUpstream({
      sessions: 'stateful',
      intercept(request, response) {
        const waits = request.method === 'POST' && /"id":\d+,"method"|"method":.*"id":/.test(request.body);
        if (waits || request.method === 'GET') return false;
        response.writeHead(status, { 'content-type': type }).end(body);
        return true;
      },
    });
    greenlight = await startGreenlight({ upstream: upstream.url });
    const taken = async (response: Response) => [response.status, await response.text()];
    const notification = { jsonrpc: '2.0', method: 'notifications/initialized' };
    expect(await taken(await greenlight.post(notification))).toEqual([202, '']);
    expect(await taken(await greenlight.post({ jsonrpc: '2.0', id: 1, result: {} }))).toEqual([202, '']);
    // The SDK's client sends the same, reads the tools and ends its session.
    const client = await greenlight.connect();
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    const transport = client.transport as StreamableHTTPClientTransport;
    await transport.terminateSession();
    await client.close();
  });
});
