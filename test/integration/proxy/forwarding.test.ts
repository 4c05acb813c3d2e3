import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { echoTool, type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;

beforeAll(async () => {
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: 'json',
    token: 'upstream-secret',
    tools: [
      {
        name: 'any',
        inputSchema: { type: 'object', additionalProperties: true },
        ...(echoTool.run && { run: echoTool.run }),
      },
    ],
  });
  greenlight = await startGreenlight({ upstream: upstream.url, upstreamToken: 'upstream-secret' });
});

beforeEach(() => {
  upstream.received.length = 0;
});

afterAll(async () => {
  await greenlight.stop();
  await upstream.close();
});

const callText = (args: string) =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"any","arguments":${args}}}`;

test('of the client only the listed headers leave, and Greenlight adds its own token', async () => {
  const forwarded = {
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2025-11-25',
    'last-event-id': 'event-1',
    'mcp-method': 'tools/call',
    'mcp-name': 'any',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'a=b',
  };
  const response = await greenlight.post(callText('{}'), {
    ...forwarded,
    'mcp-param-region': 'eu',
    'content-type': 'application/json; charset=utf-16',
    cookie: 'session=1',
    'proxy-authorization': 'Basic eA==',
    'x-api-key': 'client-secret',
    'x-forwarded-for': '10.0.0.1',
    forwarded: 'for=10.0.0.1',
    'user-agent': 'client/1',
    'accept-encoding': 'gzip',
    'accept-language': 'de',
  });
  expect(response.status).toBe(200);
  const [{ headers = {} } = {}] = upstream.received;
  const { host: _host, connection: _connection, 'content-length': _length, ...rest } = headers;
  expect(rest).toEqual({
    ...forwarded,
    'content-type': 'application/json',
    authorization: 'Bearer upstream-secret',
  });
});

test('of the upstream only what the transport needs comes back', async () => {
  const response = await greenlight.post(callText('{}'));
  expect([...response.headers.keys()].sort()).toEqual([
    'connection',
    'content-length',
    'content-type',
    'date',
    'keep-alive',
    'x-content-type-options',
  ]);
});

test('what a refused upstream token is never reaches the client', async () => {
  const other = await startHttpUpstream({ token: 'right' });
  const wrong = await startGreenlight({
    upstream: other.url,
    upstreamToken: 'wrong-secret',
    policy: { version: '1', default: 'allow', all_tools: { validate_arguments: false }, tools: {} },
  });
  try {
    const text = await (await wrong.post(callText('{}'))).text();
    expect(JSON.parse(text)).toMatchObject({
      id: 1,
      error: { message: expect.stringContaining("refused Greenlight's token (HTTP 401)") },
    });
    expect(text).not.toContain('wrong-secret');
    expect(JSON.stringify(wrong.logs)).not.toContain('wrong-secret');
  } finally {
    await wrong.stop();
    await other.close();
  }
});

/** The JSON text of a value, written as oddly as JSON allows: escapes, blanks, duplicate members. */
function oddText(value: unknown, odd: () => number): string {
  const blank = () => ['', ' ', '\n', '\t\r\n'][odd() % 4] ?? '';
  const quoted = (text: string) =>
    `"${[...Array(text.length).keys()]
      .map((index) => {
        const unit = text.charCodeAt(index);
        // A surrogate half cannot be written as UTF-8 by itself.
        const special = unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit >= 0xd800 && unit < 0xe000);
        return special || odd() % 3 === 0 ? `\\u${unit.toString(16).padStart(4, '0')}` : text[index];
      })
      .join('')}"`;
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map((item) => blank() + oddText(item, odd)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).flatMap(([name, inner]) => {
      const member = `${blank()}${quoted(name)}${blank()}:${oddText(inner, odd)}`;
      // The last one counts.
      return odd() % 3 === 0 ? [`${quoted(name)}:"a decoy"`, member] : [member];
    });
    return `{${members.join(',')}${blank()}}`;
  }
  return JSON.stringify(value);
}

const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'name', 'arguments', 'prompt', ''),
);
const { object } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, 0, 1e308, 5e-324, 2 ** 53 + 2, -1e21, 0.1),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u2028', '\0', '</script>', '\u{1f3ac}', '\\u0041'),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc
    .array(fc.tuple(names, tie('value')), { maxLength: 5 })
    .map((members) => Object.fromEntries(members)),
}));

test('what the upstream receives is what was judged, however it was written', async () => {
  await fc.assert(
    fc.asyncProperty(object, fc.infiniteStream(fc.nat()), async (args, odds) => {
      upstream.received.length = 0;
      const text = oddText(args, () => odds.next().value ?? 0);
      // Guards the test itself: the odd text means what it should.
      expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(args));

      const response = await greenlight.post(callText(text));
      expect(response.status).toBe(200);
      await response.text();

      const [sent] = upstream.received;
      const canonical = JSON.stringify(args);
      // Byte for byte: no member, duplicate or escape more than what was judged.
      expect(sent?.body).toBe(callText(canonical));
    }),
    { numRuns: 150 },
  );
});

test('half of a surrogate pair, which two readers may see differently, is not sent at all', async () => {
  for (const args of ['{"a":"\\ud800"}', '{"\\udfff":1}', '{"a":["x\\udc00"]}']) {
    expect(await (await greenlight.post(callText(args))).json()).toMatchObject({ result: { isError: true } });
  }
  expect(upstream.received).toEqual([]);
});

test('what the upstream receives is what the log says was judged', async () => {
  const text = '{"prompt":"decoy","\\u0070rompt":"real","__proto__":{"callback_url":"https://a"},"n":1E2}';
  await greenlight.post(callText(text));
  const [row] = greenlight.core.database.sql
    .prepare('SELECT arguments, digest FROM activity ORDER BY seq DESC LIMIT 1')
    .all();
  const [sent] = upstream.received;
  const { params } = JSON.parse(sent?.body ?? '');
  expect(JSON.stringify(params.arguments)).toBe(
    '{"prompt":"real","__proto__":{"callback_url":"https://a"},"n":100}',
  );
  expect(row?.arguments).toBe(JSON.stringify(params.arguments));
});

test('other messages pass with every member they have', async () => {
  const message = {
    jsonrpc: '2.0',
    id: 'x',
    method: 'vendor/unknown',
    params: { _meta: { 'vendor/key': [1] }, cursor: null, deep: { a: [{}, []] } },
  };
  const response = await greenlight.post(message);
  expect(await response.json()).toMatchObject({ id: 'x', error: { code: -32601 } });
  expect(upstream.received.map(({ body }) => body)).toEqual([JSON.stringify(message)]);
});
