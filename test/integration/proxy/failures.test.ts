import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  echoTool,
  type HttpUpstream,
  type HttpUpstreamOptions,
  type ReceivedRequest,
  startHttpUpstream,
} from '../../servers/http.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { allEnded, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { until } from '../../support/wait.ts';

const TOKEN = 'upstream-secret-token';
/** One call may run in a minute: whether a second may tells whether the first counted. */
const oneCall = {
  version: '1',
  default: 'allow',
  all_tools: { limits: [{ counter: 'all', window: 'minute', max: 1 }] },
  tools: {},
};

let clock: TestClock;
let upstream: HttpUpstream;
let greenlight: TestGreenlight;
/** What the upstream does with the next calls. */
let behave: ((response: ServerResponse, request: ReceivedRequest) => void) | undefined;

async function start(options: HttpUpstreamOptions = {}): Promise<void> {
  clock = createTestClock();
  behave = undefined;
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: 'json',
    token: TOKEN,
    ...options,
    intercept(request, response) {
      if (!behave || !request.body.includes('"tools/call"')) return false;
      behave(response, request);
      return true;
    },
  });
  greenlight = await startGreenlight({
    upstream: upstream.url,
    upstreamToken: TOKEN,
    policy: oneCall,
    clock,
  });
}

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

const callMessage = { jsonrpc: '2.0', id: 'mine', method: 'tools/call', params: { name: 'echo' } };

interface Failure {
  id: unknown;
  error: { code: number; message: string; data: { retry: boolean; retryAfterSeconds?: number } };
}

/** Makes one call, which must end with a JSON-RPC error under its own id that gives nothing away. */
async function failedCall(): Promise<Failure['error']> {
  const response = await greenlight.post(callMessage);
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).not.toContain(TOKEN);
  expect(text).not.toMatch(/\bat .+:\d+:\d+/);
  const answer = JSON.parse(text.replace(/^[\s\S]*data: /, '')) as Failure;
  expect(answer.id).toBe('mine');
  expect(answer.error.message).toMatch(/^Greenlight: [A-Z].+\.$/);
  return answer.error;
}

/** Whether the failed call is held against the limit. */
async function counted(): Promise<boolean> {
  behave = undefined;
  const { result } = (await (await greenlight.post(callMessage)).json()) as { result: { isError?: boolean } };
  return result.isError === true;
}

const json = { 'content-type': 'application/json' };
const stream = { 'content-type': 'text/event-stream' };

describe('a status of the upstream', () => {
  test.each([
    [401, {}, /refused Greenlight's token.+check the upstream's token/, false, false],
    [403, json, /refused Greenlight's token/, false, false],
    [404, {}, /HTTP 404.+check the upstream's address/, false, false],
    [408, {}, /HTTP 408/, false, true],
    [429, { 'retry-after': '17' }, /in 17 s/, true, false],
    [429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, /in a minute/, true, false],
    [429, { 'retry-after': 'soon' }, /in a minute/, true, false],
    [402, {}, /to be paid.+Nothing ran/, false, false],
    [500, {}, /HTTP 500.+not known whether the call ran/, true, true],
    [502, json, /HTTP 502/, true, true],
    [503, {}, /HTTP 503/, true, true],
    [302, { location: 'http://127.0.0.1:1/elsewhere' }, /redirects elsewhere/, false, true],
    [308, { location: 'http://127.0.0.1:1/elsewhere' }, /redirects elsewhere/, false, false],
  ])('%i %j is an error that says what to do', async (status, headers, words, retry, counts) => {
    await start();
    behave = (response) => void response.writeHead(status, headers).end('<h1>never shown</h1>');
    const error = await failedCall();
    expect(error.message).toMatch(words);
    expect(error.data.retry).toBe(retry);
    expect(await counted()).toBe(counts);
  });

  test('429 carries when to try again', async () => {
    await start();
    behave = (response) => void response.writeHead(429, { 'retry-after': '17' }).end();
    expect((await failedCall()).data).toEqual({ retry: true, retryAfterSeconds: 17 });
  });

  test('a date in Retry-After is one by the clock of the server', async () => {
    await start();
    const headers = {
      date: 'Wed, 21 Oct 2015 07:28:00 GMT',
      'retry-after': 'Wed, 21 Oct 2015 07:28:42 GMT',
    };
    behave = (response) => void response.writeHead(429, headers).end();
    const error = await failedCall();
    expect([error.message, error.data]).toEqual([
      expect.stringContaining('in 42 s'),
      { retry: true, retryAfterSeconds: 42 },
    ]);
    behave = (response) => void response.writeHead(503, headers).end();
    expect((await failedCall()).data).toEqual({ retry: true, retryAfterSeconds: 42 });
  });

  const rpc = (message: string, more = {}) =>
    JSON.stringify({ jsonrpc: '2.0', id: 'mine', error: { code: -32042, message, ...more } });
  test.each([
    [402, json, rpc('No credits.'), 'No credits.', /Nothing ran/],
    [403, json, rpc('Not in your plan.'), 'Not in your plan.', /does not permit.+Nothing ran/],
    [429, json, rpc('Two at once.'), 'Two at once.', /Nothing ran\. Try again in a minute/],
    [500, json, rpc('Out of memory.'), 'Out of memory.', /not known whether the call ran/],
    [500, json, '{"error":{"message":"Boom","stack":"at f (/srv/x.js:1:2)"}}', 'Boom', /not known/],
    [503, json, '{"detail":"Maintenance"}', 'Maintenance', /not known/],
    [
      401,
      json,
      '{"error":"invalid_token","error_description":"Expired."}',
      'Expired.',
      /check the upstream's token/,
    ],
    [400, json, '{"error":"The prompt is too long"}', 'The prompt is too long', /Nothing ran/],
    [
      422,
      { 'content-type': 'application/problem+json' },
      '{"title":"No such ratio"}',
      'No such ratio',
      /Nothing ran/,
    ],
    [409, { 'content-type': 'text/plain' }, 'Busy\nat f (/srv/x.js:1:2)', 'Busy', /not known/],
  ])(
    '%i %j: what the server says is handed on, with what is known',
    async (status, headers, body, said, known) => {
      await start();
      behave = (response) => void response.writeHead(status, headers).end(body);
      const { message } = await failedCall();
      expect(message).toContain(`(HTTP ${status}). It says: ${JSON.stringify(said)}. `);
      expect(message).toMatch(known);
    },
  );

  test('what a server says to programs is handed on beside it', async () => {
    await start();
    behave = (response) =>
      void response
        .writeHead(500, json)
        .end(rpc('Sign.', { data: { url: 'https://x.example', retry: 'never' } }));
    expect(await failedCall()).toMatchObject({
      code: -32042,
      data: { url: 'https://x.example', retry: true },
    });
  });

  test.each([
    ['longer than a sentence', json, rpc('x'.repeat(5000))],
    ['a page', { 'content-type': 'text/html' }, '<h1>never shown</h1>'],
    ['larger than is read', json, rpc('x'.repeat(100_000))],
    ['no JSON', json, 'never shown'],
    ['nothing', json, '{"error":{"message":"  "}}'],
    ['another shape', json, '[{"message":"never shown"}]'],
    // failedCall looks for it.
    ['the credential', json, rpc(`The token ${TOKEN} is not valid`, { data: { sent: TOKEN } })],
    ['control characters', json, rpc('\u001b[2J\u202eevil')],
  ])('what it says is bounded, and text: %s', async (_what, headers, body) => {
    await start();
    behave = (response) => void response.writeHead(500, headers).end(body);
    const { message } = await failedCall();
    expect(message.length).toBeLessThan(700);
    expect(message).not.toMatch(/never shown|\p{C}/u);
  });

  test('4xx with a message of MCP is the upstream’s own word, and counts', async () => {
    await start();
    const said = { jsonrpc: '2.0', id: 'mine', error: { code: -32602, message: 'No such tool' } };
    behave = (response) => void response.writeHead(400, json).end(JSON.stringify(said));
    const response = await greenlight.post(callMessage);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual(said);
    expect(await counted()).toBe(true);
  });
});

describe('an answer that is not MCP', () => {
  test.each([
    ['a web page', { 'content-type': 'text/html' }, '<html>Welcome</html>'],
    ['JSON that is no message', json, '{"status":"ok"}'],
    ['text', json, 'OK'],
    ['a number', json, '1'],
    ['truncated JSON', json, '{"jsonrpc":"2.0","id":"mine","result":{'],
    ['nothing', {}, ''],
    ['nothing, as JSON', json, ''],
    [
      'a message of another type',
      { 'content-type': 'text/plain' },
      '{"jsonrpc":"2.0","id":"mine","result":{}}',
    ],
  ])('%s', async (_what, headers, body) => {
    await start();
    behave = (response) => void response.writeHead(200, headers).end(body);
    expect((await failedCall()).message).toContain('not an MCP message');
    // It may have run all the same.
    expect(await counted()).toBe(true);
  });

  test('202 for a request', async () => {
    await start();
    behave = (response) => void response.writeHead(202).end();
    expect((await failedCall()).message).toContain('not an MCP message');
  });

  const head = '{"jsonrpc":"2.0","id":"mine","result":{"a":';
  test.each([
    ['a body', json, `${head}"`],
    ['an event, of a stream that could be resumed,', stream, `id: 1\ndata: ${head}"`],
  ])('%s larger than can be looked into', async (_what, headers, begin) => {
    await start();
    behave = (response) => {
      response.writeHead(200, headers);
      response.write(begin);
      const chunk = 'x'.repeat(1024 * 1024);
      const pump = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once('drain', pump);
      };
      pump();
    };
    expect((await failedCall()).message).toContain('larger than 4 MiB');
    await expect(upstream.received.at(-1)?.ended).resolves.toBe('abandoned');
  });

  test.each([
    ['a body', json, ''],
    ['an event', stream, 'data: '],
  ])('%s of more values than can be looked into', async (_what, headers, begin) => {
    await start();
    behave = (response) => {
      response.writeHead(200, headers);
      response.end(`${begin}${head}[${Array(50_000).fill('{}')}]}}\n\n`);
    };
    expect((await failedCall()).message).toContain('more than 50,000 values');
    expect(await counted()).toBe(true);
  });

  test.each([
    [10_001, '10,000 different names'],
    [9_990, 'a9989'],
  ])('of %d different names: 10,000 can be looked into', async (count, words) => {
    await start();
    behave = (response) => {
      response.writeHead(200, json);
      response.end(`${head}{${Array.from({ length: count }, (_, n) => `"a${n}" :0`).join()}}}}`);
    };
    expect(await (await greenlight.post(callMessage)).text()).toContain(words);
  });
});

describe('an answer that breaks off', () => {
  test('in JSON', async () => {
    await start();
    behave = (response) => {
      response.writeHead(200, { ...json, 'content-length': 100 });
      response.write('{"jsonrpc":"2.0"');
      setImmediate(() => response.destroy());
    };
    expect((await failedCall()).message).toContain('broke off');
    expect(await counted()).toBe(true);
  });

  test('before its headers', async () => {
    await start();
    behave = (response) => void response.destroy();
    expect((await failedCall()).message).toContain('closed the connection');
    expect(await counted()).toBe(true);
  });

  const progress =
    '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}}';
  test.each([
    ['destroyed', (response: ServerResponse) => void setImmediate(() => response.destroy())],
    ['ended', (response: ServerResponse) => void response.end()],
  ])('in an event stream that cannot be resumed: %s', async (_how, end) => {
    await start();
    behave = (response) => {
      response.writeHead(200, stream);
      response.write(`data: ${progress}\n\ndata: {"jsonrpc":"2.0","id":"mi`);
      end(response);
    };
    expect((await failedCall()).message).toContain('broke off');
    expect(await counted()).toBe(true);
  });

  test('in an event stream that can be resumed is left to the client', async () => {
    await start();
    behave = (response) => {
      response.writeHead(200, stream);
      response.write(`id: 1\nretry: 10\ndata:\n\nid: 2\ndata: ${progress}\n\n`);
      setImmediate(() => response.destroy());
    };
    const text = await (await greenlight.post(callMessage)).text();
    expect(text).toBe(`retry: 10\n\nid: 1\ndata: \n\nid: 2\ndata: ${progress}\n\n`);
    expect(await counted()).toBe(true);
  });
});

test('an answer that does not begin in the time that the settings give it', async () => {
  await start();
  const { settings, settingsChanged } = greenlight.core;
  settings.set({ ...settings.get(), answerSeconds: 1 });
  settingsChanged();
  behave = () => {};
  expect((await failedCall()).message).toMatch(/did not answer in time.+may have been carried out/);
  expect(await counted()).toBe(true);
});

describe('an upstream that is not there', () => {
  /** Points Greenlight at `url`, with the tool list that it knew. */
  async function moveTo(url: string): Promise<void> {
    await start();
    const tools = greenlight.core.connection.tools();
    await greenlight.core.servers.useUpstream('luma', { kind: 'http', url }, {});
    expect(tools).not.toEqual([]);
    greenlight.usePolicy({
      version: '1',
      default: 'allow',
      all_tools: { validate_arguments: false, limits: oneCall.all_tools.limits as never },
      tools: {},
    });
  }

  /** Whether a call that follows is held back by the limit. */
  async function countedThere(): Promise<boolean> {
    const answer = (await (await greenlight.post(callMessage)).json()) as { result?: unknown };
    return answer.result !== undefined;
  }

  test('at the port', async () => {
    await moveTo('http://127.0.0.1:1/mcp?key=hidden');
    const error = await failedCall();
    expect(error.message).toContain('refused the connection');
    expect(error.message).not.toContain('hidden');
    expect(error.data.retry).toBe(true);
    expect(await countedThere()).toBe(false);
  });

  test('by name', async () => {
    await moveTo('http://no-such-host.invalid/mcp');
    expect((await failedCall()).message).toMatch(/was not found/);
    expect(await countedThere()).toBe(false);
  });

  test('over TLS', async () => {
    const { origin } = new URL((await startPlain()).url);
    await moveTo(origin.replace('http:', 'https:'));
    expect((await failedCall()).message).toMatch(/does not speak TLS|secure connection/);
    expect(await countedThere()).toBe(false);
  });

  test('to anything but HTTP', async () => {
    await moveTo((await startPlain('SSH-2.0-OpenSSH_9.9\r\n')).url);
    expect((await failedCall()).message).toContain('not a valid HTTP answer');
  });

  let plain: Server | undefined;
  async function startPlain(greeting = 'no TLS here\r\n'): Promise<{ url: string }> {
    plain = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(greeting));
    });
    await new Promise<void>((resolve) => plain?.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(plain.address() as AddressInfo).port}/mcp` };
  }
  afterEach(() => {
    plain?.close();
    plain = undefined;
  });
});

describe('for what is not a request', () => {
  test.each([
    ['a notification', { jsonrpc: '2.0', method: 'notifications/x', params: { a: '"tools/call"' } }],
    ['a response', { jsonrpc: '2.0', id: 1, result: { a: '"tools/call"' } }],
  ])('%s, a failure is a status', async (_what, message) => {
    await start();
    const failing = await startHttpUpstream({
      intercept(_request, response) {
        response.writeHead(500).end();
        return true;
      },
    });
    await greenlight.core.servers.useUpstream('luma', { kind: 'http', url: failing.url }, {});
    const response = await greenlight.post(message);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ id: null, error: { data: { retry: true } } });
    await failing.close();
  });

  test('GET where the upstream has none is 405 with Allow', async () => {
    await start();
    const response = await fetch(greenlight.core.mcpUrl, { headers: greenlight.headers });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    await response.text();
  });

  test('GET where the token is refused is no 401: the client’s own token is not meant', async () => {
    await start();
    const stranger = await startHttpUpstream({ token: 'other' });
    await greenlight.core.servers.useUpstream('luma', { kind: 'http', url: stranger.url }, {});
    const response = await fetch(greenlight.core.mcpUrl, { headers: greenlight.headers });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([502, null]);
    await response.text();
    await stranger.close();
  });
});

describe('when Greenlight stops', () => {
  test.each(['application/json', 'text/event-stream'])('a call that runs is answered as %s', async (type) => {
    await start();
    behave = (response) => {
      if (type !== 'application/json') response.writeHead(200, { 'content-type': type }).flushHeaders();
    };
    const response = greenlight.post(callMessage);
    await until(() => upstream.messages('tools/call').length === 1);
    if (type !== 'application/json') await response;
    await greenlight.core.stop();
    const text = await (await response).text();
    expect(text).toContain('"id":"mine"');
    expect(text).toContain('It is not known whether the call ran');
    await expect(upstream.received.at(-1)?.ended).resolves.toBe('abandoned');
  });

  test('a stream that a client listens to ends', async () => {
    await start({ sessions: 'stateful' });
    const client = await greenlight.connect();
    await until(() =>
      upstream.received.some(({ method, headers }) => method === 'GET' && 'mcp-session-id' in headers),
    );
    await greenlight.core.stop();
    await client.close();
  });
});

describe('a client that goes away', () => {
  test('cancels the call at the upstream, which counts as run', async () => {
    await start();
    behave = () => {};
    const left = new AbortController();
    const response = greenlight.post(callMessage, {}, left.signal).catch(() => {});
    await until(() => upstream.messages('tools/call').length === 1);
    left.abort();
    await response;
    await expect(upstream.received.at(-1)?.ended).resolves.toBe('abandoned');
    await allEnded(greenlight, clock);
    const row = greenlight.core.database.sql.prepare('SELECT result FROM activity').get();
    expect(row).toEqual({ result: 'cancelled' });
    expect(await counted()).toBe(true);
  });

  const ends: [string, (response: ServerResponse) => unknown][] = [
    [
      'answers with an error',
      (response) =>
        response
          .writeHead(200, json)
          .end(
            JSON.stringify({ jsonrpc: '2.0', id: 'mine', error: { code: -32_800, message: 'Cancelled' } }),
          ),
    ],
    ['ends without an answer', (response) => response.writeHead(200, stream).end()],
    ['breaks off', (response) => response.destroy()],
  ];
  test.each(ends)(
    'or says that it cancels, and the server %s: that is no error of the server',
    async (_, end) => {
      await start();
      greenlight.usePolicy({ version: '1', default: 'allow', tools: {} });
      const open: ServerResponse[] = [];
      behave = (response) => void open.push(response);
      const response = greenlight.post(callMessage);
      await until(() => open.length === 1);
      const params = { requestId: 'mine', reason: 'No longer wanted.' };
      await greenlight.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
      expect(upstream.messages('notifications/cancelled')).toHaveLength(1);
      for (const one of open) end(one);
      await (await response).text();
      // The same id again, of a call that nobody cancels.
      const second = greenlight.post(callMessage);
      await until(() => open.length === 2);
      for (const one of open.slice(1)) end(one);
      await (await second).text();
      await allEnded(greenlight, clock);
      const rows = greenlight.core.database.sql.prepare('SELECT result FROM activity ORDER BY seq').all();
      expect(rows.map(({ result }) => result)).toEqual(['cancelled', 'upstream error']);
    },
  );

  test('from a stream in full flow is let go, however often', async () => {
    await start({ tools: [echoTool] });
    greenlight.usePolicy({ version: '1', default: 'allow', tools: {} });
    const event = `data: {"jsonrpc":"2.0","method":"notifications/x","params":{"a":"${'x'.repeat(200_000)}"}}\n\n`;
    behave = (response) => {
      response.writeHead(200, stream);
      const pump = () => {
        while (!response.destroyed && response.write(event));
        if (!response.destroyed) response.once('drain', pump);
      };
      pump();
    };
    // More than may be open at once: each must have been let go.
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          const left = new AbortController();
          const response = await greenlight.post(callMessage, {}, left.signal);
          await response.body?.getReader().read();
          left.abort();
        }),
      );
    }
    await Promise.all(upstream.received.slice(-80).map(({ ended }) => ended));
    behave = undefined;
    await allEnded(greenlight, clock);
    expect((await greenlight.post(callMessage)).status).toBe(200);
  });
});

test('where the upstream is down from the start, a call is denied with what the agent and the person can do', async () => {
  upstream = await startHttpUpstream({ intercept: (_request, response) => !!response.writeHead(503).end() });
  greenlight = await startGreenlight({ upstream: upstream.url, policy: { ...oneCall, all_tools: {} } });
  const { result } = (await (await greenlight.post(callMessage)).json()) as {
    result: { isError: boolean; content: { text: string }[] };
  };
  expect(result.isError).toBe(true);
  expect(result.content[0]?.text).toMatch(
    /could not read the server's tool list\. Call again in 30 s; if it is still so then, tell the person/,
  );
  // Other arguments would fare no better.
  expect(result.content[0]?.text).not.toMatch(/Change the arguments/);
  const { status, message } = greenlight.core.connection.status();
  expect([status, message]).toEqual(['unreachable', expect.stringContaining('Retry later')]);
});
