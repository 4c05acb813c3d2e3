import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEndpoint } from '../../../main/proxy/endpoint.ts';
import type { Exchange } from '../../../main/proxy/passage.ts';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { createTestLogger } from '../../support/log.ts';
import { countTurns } from '../../support/turns.ts';
import { until } from '../../support/wait.ts';
import { raw, rawConnection } from './raw.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
/** Tools that hang until released. */
let release: (() => void)[] = [];

beforeAll(async () => {
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: 'json',
    tools: [
      { name: 'echo', inputSchema: { type: 'object', additionalProperties: true } },
      {
        name: 'hang',
        inputSchema: { type: 'object' },
        run: () =>
          new Promise((resolve) =>
            release.push(() => resolve({ content: [{ type: 'text', text: 'released' }] })),
          ),
      },
    ],
  });
  greenlight = await startGreenlight({ upstream: upstream.url });
  upstream.received.length = 0;
});

afterAll(async () => {
  await greenlight.stop();
  await upstream.close();
});

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
const mebibyte = 1024 * 1024;

/** A request as text; `undefined` leaves a header out. */
function text(
  headers: Record<string, string | undefined> = {},
  body = JSON.stringify(ping),
  line = 'POST /mcp HTTP/1.1',
): string {
  const all: Record<string, string | undefined> = {
    host: new URL(greenlight.core.mcpUrl).host,
    authorization: `Bearer ${greenlight.token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'content-length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${[line, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

async function send(
  headers?: Record<string, string | undefined>,
  body?: string,
  line?: string,
): Promise<{ status: number; headers: Record<string, string>; error: { code: number; message: string } }> {
  const answer = await raw(greenlight.core.mcpUrl, text(headers, body, line));
  const parsed = answer.body === '' ? {} : JSON.parse(answer.body);
  return { status: answer.status, headers: answer.headers, error: parsed.error };
}

describe('the door', () => {
  test('lets a known client through by each of its own loopback names', async () => {
    const { port } = new URL(greenlight.core.mcpUrl);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LocalHost:${port}`]) {
      expect((await send({ host })).status).toBe(200);
      expect((await send({ origin: `http://${host}` })).status).toBe(200);
    }
  });

  test('lets a program through that sends an empty Origin, as no browser does', async () => {
    expect((await send({ origin: '' })).status).toBe(200);
  });

  test('is found with a slash at the end of its path', async () => {
    expect((await send({}, undefined, 'POST /mcp/ HTTP/1.1')).status).toBe(200);
    const foreign = await send({ authorization: undefined }, undefined, 'POST /mcp/ HTTP/1.1');
    expect(foreign.status).toBe(401);
  });

  test.each([
    ['another host', 'evil.example'],
    ['another host with our port', 'evil.example:PORT'],
    ['a loopback name with another port', '127.0.0.1:1'],
    ['a loopback name without a port', 'localhost'],
    ['the loopback address where nothing listens', '[::1]:PORT'],
    ['a name that starts like ours', 'localhost.evil.example:PORT'],
  ])('refuses %s in Host with 403', async (_what, host) => {
    const { port } = new URL(greenlight.core.mcpUrl);
    const { status, error } = await send({ host: host.replace('PORT', port) });
    expect(status).toBe(403);
    expect(error.message).toContain('loopback');
  });

  test.each(['https://evil.example', 'http://localhost:1', 'null', ' ,', 'http://evil.example@127.0.0.1'])(
    'refuses the Origin %s with 403',
    async (origin) => {
      expect((await send({ origin })).status).toBe(403);
    },
  );

  test('answers 404 anywhere but at its path', async () => {
    for (const path of ['/', '/mcp//', '/MCP', '/sse', '/mcp%2f', '//mcp']) {
      expect((await send({}, undefined, `POST ${path} HTTP/1.1`)).status).toBe(404);
    }
  });

  test('refuses no, an unknown, a malformed and a revoked token with 401, and says what to do', async () => {
    const revoked = greenlight.core.grants.create('Gone');
    greenlight.core.grants.revoke(revoked.grant.id);
    const rotated = greenlight.core.grants.create('Rotated');
    greenlight.core.grants.rotate(rotated.grant.id);
    for (const authorization of [
      undefined,
      'Bearer',
      'Bearer glt_unknown',
      `Basic ${greenlight.token}`,
      greenlight.token,
      `Bearer ${revoked.token}`,
      `Bearer ${rotated.token}`,
    ]) {
      const { status, headers, error } = await send({ authorization });
      expect([authorization, status]).toEqual([authorization, 401]);
      const wrong = ` error="invalid_token", error_description="${error.message.replace('Greenlight: ', '')}"`;
      expect(headers['www-authenticate']).toBe(`Bearer${authorization === undefined ? '' : wrong}`);
      expect(error.message).toContain('connect the client again');
    }
  });

  test('does not take a token from the URL, nor write any token to the log', async () => {
    const line = `POST /mcp?token=${greenlight.token}&access_token=${greenlight.token} HTTP/1.1`;
    expect((await send({ authorization: undefined }, undefined, line)).status).toBe(401);
    expect((await send({}, undefined, line)).status).toBe(200);
    expect(JSON.stringify(greenlight.logs)).not.toContain(greenlight.token);
  });

  test('refuses other methods with 405 and names those it knows', async () => {
    for (const method of ['PUT', 'PATCH', 'OPTIONS']) {
      const { status, headers } = await send({}, undefined, `${method} /mcp HTTP/1.1`);
      expect([method, status, headers.allow]).toEqual([method, 405, 'POST, GET, DELETE']);
    }
  });

  test('keeps the connection after a refusal, so that the next request on it is answered', async () => {
    const connection = rawConnection(greenlight.core.mcpUrl);
    connection.write(text({ authorization: undefined }));
    expect((await connection.answer()).status).toBe(401);
    connection.write(text());
    expect((await connection.answer()).status).toBe(200);
    connection.socket.destroy();
  });
});

describe('the body', () => {
  test('of more than 4 MiB by its Content-Length is refused with 413 before it is sent', async () => {
    const { status } = await send({ 'content-length': String(4 * mebibyte + 1) }, '');
    expect(status).toBe(413);
  });

  test('of more than 4 MiB in chunks is refused with 413 while it is sent', async () => {
    const connection = rawConnection(greenlight.core.mcpUrl);
    connection.write(text({ 'content-length': undefined, 'transfer-encoding': 'chunked' }, ''));
    const chunk = `${mebibyte.toString(16)}\r\n${' '.repeat(mebibyte)}\r\n`;
    for (let sent = 0; sent < 6; sent += 1) connection.write(chunk);
    expect((await connection.answer()).status).toBe(413);
    connection.socket.destroy();
  });

  test('of more than 4 MiB is refused so that fetch sees the answer', async () => {
    const response = await greenlight.post('x'.repeat(6 * mebibyte));
    expect(response.status).toBe(413);
    await response.text();
  });

  test('of exactly 4 MiB passes', async () => {
    const frame = JSON.stringify({ ...ping, params: { pad: '' } });
    const body = JSON.stringify({
      ...ping,
      params: { pad: 'x'.repeat(4 * mebibyte - Buffer.byteLength(frame)) },
    });
    expect(Buffer.byteLength(body)).toBe(4 * mebibyte);
    expect((await greenlight.post(body)).status).toBe(200);
  });

  test('of another content type is refused with 415', async () => {
    for (const type of [undefined, 'text/plain', 'application/json-rpc', 'multipart/form-data']) {
      expect([type, (await send({ 'content-type': type })).status]).toEqual([type, 415]);
    }
    expect((await send({ 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(200);
  });

  test('that is not UTF-8 is refused with -32700', async () => {
    const bad = Buffer.concat([
      Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('"}}'),
    ]);
    const head = text({ 'content-length': String(bad.length) }, '');
    const answer = await raw(greenlight.core.mcpUrl, Buffer.concat([Buffer.from(head), bad]));
    expect([answer.status, JSON.parse(answer.body).error.code]).toEqual([400, -32700]);
  });

  const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  test.each([
    ['nothing', '', -32700],
    ['not JSON', '{', -32700],
    ['JSON with a trailing comma', '{"jsonrpc":"2.0",}', -32700],
    ['a NaN', '{"jsonrpc":"2.0","id":NaN,"method":"ping"}', -32700],
    ['text', '"ping"', -32600],
    ['null', 'null', -32600],
    ['an empty batch', '[]', -32600],
    ['a batch', JSON.stringify([ping, ping]), -32600],
    ['no version', '{"id":1,"method":"ping"}', -32600],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600],
    ['neither method nor result', '{"jsonrpc":"2.0","id":1}', -32600],
    ['both a method and a result', '{"jsonrpc":"2.0","id":1,"method":"ping","result":{}}', -32600],
    ['both a result and an error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', -32600],
    ['a method that is no text', '{"jsonrpc":"2.0","id":1,"method":["ping"]}', -32600],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600],
    ['a fractional id', '{"jsonrpc":"2.0","id":1.5,"method":"ping"}', -32600],
    ['an id past the integers', '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}', -32600],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600],
    ['parameters in a list', '{"jsonrpc":"2.0","id":1,"method":"ping","params":[1]}', -32600],
    ['a member in another case', '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', -32600],
    ['a method in another case', '{"jsonrpc":"2.0","id":1,"method":"Tools/Call"}', -32600],
    ['a method with a blank', '{"jsonrpc":"2.0","id":1,"method":"tools/call "}', -32600],
    [
      'thousands of numbers in an unusual spelling',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"n":[${'1.5e3,'.repeat(20_000)}1]}}`,
      -32600,
    ],
    [
      'nesting over 64 levels',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${nested(63)}}}`,
      -32600,
    ],
    ['nesting without end', nested(2_000_000), -32600],
    [
      'nesting without end in an object',
      `{"jsonrpc":"2.0","id":1,"method":"ping","params":${'{"a":'.repeat(500_000)}1${'}'.repeat(500_000)}}`,
      -32600,
    ],
  ])('that is %s is refused with 400', async (_what, body, code) => {
    const { status, error } = await send({}, body);
    expect([status, error.code]).toEqual([400, code]);
    expect(error.message).toMatch(/^Greenlight: .+\.$/);
  });

  test('with 64 levels passes', async () => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${nested(62)}}}`;
    expect((await send({}, body)).status).toBe(200);
  });

  test('whose last duplicate counts reaches the upstream without the others', async () => {
    upstream.received.length = 0;
    const body =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","method":"ping","params":{"name":"echo"},"params":{}}';
    expect((await send({}, body)).status).toBe(200);
    expect(upstream.received.map((request) => request.body)).toEqual([
      '{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}',
    ]);
  });

  test('that is refused never reaches the upstream', async () => {
    upstream.received.length = 0;
    await send({}, '[]');
    await send({ authorization: undefined });
    await send({ host: 'evil.example' });
    expect(upstream.received).toEqual([]);
  });
});

describe('a call', () => {
  const call = (id: unknown, more = {}) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name: 'echo', arguments: {}, ...more },
  });

  test('as a notification is refused, not run', async () => {
    upstream.received.length = 0;
    const { id: _id, ...notification } = call(1);
    const response = await greenlight.post(notification);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ id: null, error: { code: -32600 } });
    expect(upstream.received).toEqual([]);
  });

  test.each([
    ['Name', 'hang'],
    ['NAME', 'hang'],
    ['ｎａｍｅ', 'hang'],
    ['name ', 'hang'],
    ['Arguments', {}],
    ['argumentſ', {}],
  ])('with a second member %s is refused, not run', async (member, value) => {
    upstream.received.length = 0;
    const answer = await (await greenlight.post(call(7, { [member]: value }))).json();
    expect(answer).toMatchObject({ id: 7, error: { code: -32602 } });
    expect(upstream.received).toEqual([]);
  });

  test.each([
    ['no name', { name: undefined }],
    ['a name that is no text', { name: 5 }],
    ['arguments that are a list', { arguments: [] }],
  ])('with %s is refused with its own id', async (_what, more) => {
    expect(await (await greenlight.post(call('a', more))).json()).toMatchObject({
      id: 'a',
      error: { code: -32602 },
    });
  });

  test('past the 64 that may be open is refused with 429, while notifications and answers pass', async () => {
    const hang = (id: number) => ({ ...call(id, { name: 'hang' }), id });
    const open = Array.from({ length: 64 }, (_, id) => greenlight.post(hang(id)));
    await until(() => release.length === 64);

    const refused = await greenlight.post(hang(64));
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ id: 64, error: { message: expect.stringContaining('64') } });
    for (const message of [
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 3 } },
      { jsonrpc: '2.0', id: 9, result: {} },
    ]) {
      expect((await greenlight.post(message)).status).toBe(202);
    }
    const other = greenlight.core.grants.create('Other');
    const theirs = await greenlight.post(call(1), { authorization: `Bearer ${other.token}` });
    expect(theirs.status).toBe(200);

    for (const resolve of release) resolve();
    release = [];
    const answers = await Promise.all(open);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await greenlight.post(call(65))).status).toBe(200);
  });
});

describe('a slow client', () => {
  const never = () => Promise.reject(new Error('nothing gets this far'));

  test('that does not finish its headers, or its body, is timed out', async () => {
    const endpoint = await openEndpoint({
      port: 0,
      grants: greenlight.core.grants,
      exchanges: { of: () => ({ post: never, get: never, delete: never, close() {} }), close() {} },
      largestCall: () => 256,
      logger: createTestLogger(),
      timeouts: { headers: 60, request: 120, checkEvery: 20 },
    });
    try {
      const slowHeaders = rawConnection(endpoint.urlOf('luma'));
      slowHeaders.write('POST /mcp HTTP/1.1\r\nhost: ');
      const slowBody = rawConnection(endpoint.urlOf('luma'));
      slowBody.write(text({ host: new URL(endpoint.urlOf('luma')).host }).slice(0, -5));
      expect((await slowHeaders.answer()).status).toBe(408);
      expect((await slowBody.answer()).status).toBe(408);
    } finally {
      await endpoint.close();
    }
  });
});

test('large messages that come at once have each a turn of their own, so that others are served in between', async () => {
  const turn = countTurns();
  const turns: number[] = [];
  const exchange: Exchange = {
    async post({ res }) {
      turns.push(turn());
      res.end();
    },
    get: async () => {},
    delete: async () => {},
    close() {},
  };
  const endpoint = await openEndpoint({
    port: 0,
    grants: greenlight.core.grants,
    exchanges: { of: () => exchange, close() {} },
    largestCall: () => 256,
    logger: createTestLogger(),
  });
  try {
    const request = text(
      { host: new URL(endpoint.urlOf('luma')).host },
      JSON.stringify({ ...ping, params: { pad: 'x'.repeat(100_000) } }),
    );
    const clients = Array.from({ length: 16 }, () => rawConnection(endpoint.urlOf('luma')));
    for (const client of clients) client.write(request.slice(0, -1));
    // What is sent later is answered later.
    for (let n = 0; n < 3; n += 1) await fetch(endpoint.urlOf('luma'));
    for (const client of clients) client.write(request.slice(-1));
    const answers = await Promise.all(clients.map((client) => client.answer()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(turns).size).toBe(16);
  } finally {
    await endpoint.close();
  }
});
