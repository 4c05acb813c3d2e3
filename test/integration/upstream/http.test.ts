import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpUpstream, type HttpUpstreamSettings } from '../../../main/upstream/http/http.ts';
import { upstreamFetch } from '../../../main/upstream/tools/fetch.ts';
import { type Upstream, UpstreamError, type UpstreamRequest } from '../../../main/upstream/upstream.ts';
import { echoTool, type HttpUpstreamOptions, startHttpUpstream } from '../../servers/http.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { direct } from '../../support/network.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function upstreamAt(url: string, settings: Partial<HttpUpstreamSettings> = {}): Upstream {
  const upstream = createHttpUpstream({ url, network: direct, ...settings });
  cleanups.push(() => upstream.close());
  return upstream;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  for (const event of ['connection', 'secureConnection']) server.on(event, (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

async function httpServer(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(listener))}/mcp`;
}

function post(over: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    signal: new AbortController().signal,
    ...over,
  };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

async function failureOf(promise: Promise<unknown>): Promise<UpstreamError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UpstreamError);
  return error as UpstreamError;
}

describe('an exchange', () => {
  test('sends the headers it was given, the token, and nothing that invites compression or redirects', async () => {
    const server = await startHttpUpstream();
    cleanups.push(() => server.close());
    const answer = await upstreamAt(server.url, { token: ' secret-token\n' }).send(post());
    await textOf(answer.body);
    const { connection: _connection, host: _host, ...headers } = server.received[0]?.headers ?? {};
    expect(headers).toEqual({
      accept: 'application/json, text/event-stream',
      authorization: 'Bearer secret-token',
      'content-length': '40',
      'content-type': 'application/json',
    });
    expect(server.received[0]?.body).toBe(post().body);
  });

  test('keeps the query of the URL, and sends its user and password as Basic credentials', async () => {
    const server = await startHttpUpstream();
    cleanups.push(() => server.close());
    const url = `${server.url.replace('127.0.0.1', 'me:p%40ss@127.0.0.1')}?key=1`;
    await textOf((await upstreamAt(url).send(post())).body);
    expect(server.received[0]?.path).toBe('/mcp?key=1');
    expect(server.received[0]?.headers.authorization).toBe(`Basic ${btoa('me:p@ss')}`);
  });

  test('has its own headers, and what stands in the address in the place of a name', async () => {
    const server = await startHttpUpstream();
    cleanups.push(() => server.close());
    const env = { KEY: 'a-secret-$&-in-the-address', OTHER: 'x' };
    const upstream = upstreamAt(`${server.url}?key=\${env:KEY}&x=1`, {
      env,
      headers: { 'X-Api-Key': 'a-secret-in-a-header' },
      token: 'secret-token',
    });
    const answer = await upstream.send(post({ headers: { ...post().headers, 'mcp-session-id': 's' } }));
    await textOf(answer.body);
    const [received] = server.received;
    expect(received?.path).toBe(`/mcp?key=${env.KEY}&x=1`);
    expect(received?.headers).toMatchObject({
      'x-api-key': 'a-secret-in-a-header',
      authorization: 'Bearer secret-token',
      'mcp-session-id': 's',
    });
    // A server may say what it was sent.
    expect(answer.redact?.(`${env.KEY} a-secret-in-a-header secret-token x`)).toBe(
      '•••••••• •••••••• •••••••• x',
    );
  });

  test('sends an authorization of another scheme as it is, and a token in its place', async () => {
    const server = await startHttpUpstream();
    cleanups.push(() => server.close());
    const headers = { Authorization: 'Basic YWE6YmI-too-long' };
    const upstream = upstreamAt(server.url, { headers });
    expect(upstream.withoutToken).toBe(false);
    const answer = await upstream.send(post());
    await textOf(answer.body);
    expect(answer.redact?.('Basic YWE6YmI-too-long, YWE6YmI-too-long')).toBe('••••••••, ••••••••');
    await textOf((await upstreamAt(server.url, { headers, token: 'secret-token' }).send(post())).body);
    expect(server.received.map((one) => one.headers.authorization)).toEqual([
      headers.Authorization,
      'Bearer secret-token',
    ]);
  });

  test('has a server that says a part of its secrets say none', async () => {
    const server = await startHttpUpstream();
    cleanups.push(() => server.close());
    const upstream = upstreamAt(`${new URL(server.url).origin}/\${env:REST}`, {
      env: { REST: 'mcp?api_key=abc%2Bdef-01%3D&user=me' },
      headers: { 'X-Auth': 'Token header-secret' },
    });
    const answer = await upstream.send(post());
    await textOf(answer.body);
    expect(answer.redact?.('me: abc+def-01=, abc%2Bdef-01%3D and header-secret are wrong')).toBe(
      'me: ••••••••, •••••••• and •••••••• are wrong',
    );
  });

  test('sends nothing where a header is not kept: it may be what holds the server back', async () => {
    const server = await startHttpUpstream();
    cleanups.push(() => server.close());
    const headers = { 'X-Key': 'x' };
    const upstream = upstreamAt(server.url, { headers, headerNames: ['X-Key', 'X-Readonly'] });
    const error = await failureOf(upstream.send(post()));
    expect(error.reached).toBe(false);
    expect(error.message).toBe(
      `The value of X-Readonly, which is one of the headers of the upstream at ${new URL(server.url).origin}, is not kept any more. Enter all of its headers again in Settings.`,
    );
    expect(server.received).toEqual([]);
  });

  test('sends nothing where a value that stands in the address is not kept', async () => {
    const server = await startHttpUpstream();
    cleanups.push(() => server.close());
    const error = await failureOf(
      upstreamAt(`${server.url}?key=\${env:KEY}`, { env: { OTHER: 'x' } }).send(post()),
    );
    expect(error.reached).toBe(false);
    expect(error.message).toBe(
      `The value of KEY, which stands in the address of the upstream at ${new URL(server.url).origin}, is not kept any more. Enter the whole address again in Settings.`,
    );
    expect(server.received).toEqual([]);
  });

  test('hands back any status with its headers, and follows no redirect', async () => {
    let requests = 0;
    const url = await httpServer((_request, response) => {
      requests += 1;
      response.writeHead(307, { location: '/elsewhere', 'x-two': ['a', 'b'] }).end('moved');
    });
    const answer = await upstreamAt(url).send(post());
    expect(answer.status).toBe(307);
    expect(answer.header('location')).toBe('/elsewhere');
    expect(answer.header('x-two')).toBe('a, b');
    expect(answer.header('missing')).toBeUndefined();
    expect(await textOf(answer.body)).toBe('moved');
    expect(requests).toBe(1);
  });

  test('streams: what was sent is readable before the answer ends', async () => {
    const url = await httpServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
      setImmediate(() => response.write('data: second\n\n'));
    });
    const aborter = new AbortController();
    const answer = await upstreamAt(url).send(post({ signal: aborter.signal }));
    let seen = '';
    const error = await failureOf(
      (async () => {
        for await (const chunk of answer.body) {
          seen += Buffer.from(chunk).toString();
          if (seen.includes('second')) aborter.abort();
        }
      })(),
    );
    expect(seen).toBe('data: first\n\ndata: second\n\n');
    expect(error.message).toMatch(/cancelled/);
  });

  test('a body larger than what may wait arrives whole', async () => {
    const large = 'x'.repeat(5_000_000);
    const url = await httpServer((_request, response) => response.end(large));
    const answer = await upstreamAt(url).send(post());
    expect(await textOf(answer.body)).toBe(large);
  });

  test('reuses its connections', async () => {
    const server = createServer((_request, response) => response.end('{}'));
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    const upstream = upstreamAt(`http://127.0.0.1:${await listen(server)}/`);
    for (let i = 0; i < 10; i += 1) await textOf((await upstream.send(post())).body);
    // An answer is handed over a moment before its connection is free, so two may take turns.
    expect(connections).toBeLessThanOrEqual(2);
  });

  test.each([
    ['in one piece', Number.POSITIVE_INFINITY],
    ['byte by byte', 1],
  ])('bears interim answers that nobody asked for, %s', async (_how, piece) => {
    // What looks like one in a body is none.
    const body = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';
    const answer = [
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nlink: </100>\r\n\r\n',
      'HTTP/1.1 100 Go on\r\nx: y\r\n\r\n',
      `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    ].join('');
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections += 1;
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('data', async (request: Buffer) => {
        if (!request.toString().endsWith(post().body ?? '')) return;
        for (let at = 0; at < answer.length; at += piece) {
          socket.write(answer.slice(at, at + piece));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    });
    const upstream = upstreamAt(`http://127.0.0.1:${await listen(server)}/`);
    for (let round = 0; round < 3; round += 1) {
      const { status, body: received } = await upstream.send(post());
      expect([status, await textOf(received)]).toEqual([200, body]);
    }
    // Its connections are used again.
    expect(connections).toBeLessThan(3);
  });

  test('an SDK client talks through it: sessions, progress, a request of the server, DELETE', async () => {
    const server = await startHttpUpstream({
      tools: [
        {
          ...echoTool,
          async run(call) {
            await call.progress(1, 2, 'half way');
            const asked = await call.elicit({
              message: 'Really?',
              requestedSchema: { type: 'object', properties: {} },
            });
            return { content: [{ type: 'text', text: asked.action }] };
          },
        },
      ],
    });
    cleanups.push(() => server.close());
    const upstream = upstreamAt(server.url);
    const client = new Client({ name: 'test', version: '1' }, { capabilities: { elicitation: {} } });
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
    const transport = new StreamableHTTPClientTransport(new URL('http://upstream.invalid/'), {
      fetch: upstreamFetch(upstream),
    });
    await client.connect(transport as Parameters<Client['connect']>[0]);
    const progress: unknown[] = [];
    const result = await client.callTool({ name: 'echo', arguments: {} }, undefined, {
      onprogress: (step) => progress.push(step),
    });
    expect(result.content).toEqual([{ type: 'text', text: 'decline' }]);
    expect(progress).toEqual([{ progress: 1, total: 2, message: 'half way' }]);
    await transport.terminateSession();
    await client.close();
    expect(server.received.at(-1)?.method).toBe('DELETE');
  });
});

describe('what only sessions can do', () => {
  async function connect(options: HttpUpstreamOptions) {
    const server = await startHttpUpstream(options);
    cleanups.push(() => server.close());
    const client = new Client({ name: 'test', version: '1' }, { capabilities: { sampling: {} } });
    const transport = new StreamableHTTPClientTransport(new URL('http://upstream.invalid/'), {
      fetch: upstreamFetch(upstreamAt(server.url)),
    });
    await client.connect(transport as Parameters<Client['connect']>[0]);
    cleanups.push(() => client.close());
    return { server, client };
  }

  test('a call whose stream broke off is resumed with Last-Event-ID', async () => {
    const { server, client } = await connect({
      resumable: true,
      tools: [
        {
          ...echoTool,
          async run(call) {
            call.closeStream();
            return { content: [{ type: 'text', text: 'after all' }] };
          },
        },
      ],
    });
    const { content } = await client.callTool({ name: 'echo', arguments: {} });
    expect(content).toEqual([{ type: 'text', text: 'after all' }]);
    expect(server.received.some(({ method, headers }) => method === 'GET' && headers['last-event-id'])).toBe(
      true,
    );
  });

  test('list changes arrive on the GET stream, questions to the model on that of their call', async () => {
    const { server, client } = await connect({
      tools: [
        {
          ...echoTool,
          async run(call) {
            const { model } = await call.sample({ messages: [], maxTokens: 1 });
            return { content: [{ type: 'text', text: model }] };
          },
        },
      ],
    });
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'a-model',
      role: 'assistant',
      content: { type: 'text', text: 'yes' },
    }));
    const { content } = await client.callTool({ name: 'echo', arguments: {} });
    expect(content).toEqual([{ type: 'text', text: 'a-model' }]);

    const changed = new Promise<void>((resolve) => {
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve());
    });
    await expect.poll(() => server.received.some(({ method }) => method === 'GET')).toBe(true);
    await server.setTools([]);
    await changed;
    expect((await client.listTools()).tools).toEqual([]);
  });
});

describe('cancelling', () => {
  test('ends a request that waits for its answer', async () => {
    const server = await startHttpUpstream({ intercept: () => true });
    cleanups.push(() => server.close());
    const aborter = new AbortController();
    const pending = upstreamAt(server.url).send(post({ signal: aborter.signal }));
    await expect.poll(() => server.received.length).toBe(1);
    aborter.abort();
    expect((await failureOf(pending)).reached).toBe(true);
    expect(await server.received[0]?.ended).toBe('abandoned');
  });

  test('an answer that is left early ends its request', async () => {
    const server = await startHttpUpstream({
      intercept: (_request, response) => response.writeHead(200).write('one'),
    });
    cleanups.push(() => server.close());
    for await (const _chunk of (await upstreamAt(server.url).send(post())).body) break;
    expect(await server.received[0]?.ended).toBe('abandoned');
  });

  test('a request that was cancelled beforehand is not sent', async () => {
    const server = await startHttpUpstream();
    cleanups.push(() => server.close());
    const error = await failureOf(upstreamAt(server.url).send(post({ signal: AbortSignal.abort() })));
    expect(error.reached).toBe(false);
    expect(server.received).toEqual([]);
  });

  test('closing the upstream ends what is open', async () => {
    const server = await startHttpUpstream({ intercept: () => true });
    cleanups.push(() => server.close());
    const upstream = createHttpUpstream({ url: server.url, network: direct });
    const pending = failureOf(upstream.send(post()));
    await expect.poll(() => server.received.length).toBe(1);
    await upstream.close();
    expect((await pending).message).toMatch(/given up while it worked/);
    expect((await failureOf(upstream.send(post()))).reached).toBe(false);
  });
});

describe('a failure says what happened, what to do, and whether the request got there', () => {
  test('unknown host; neither credentials nor query appear', async () => {
    const error = await failureOf(
      upstreamAt('http://me:hunter2@no-such-host.invalid/mcp?key=hunter3', { token: 'hunter4' }).send(post()),
    );
    expect(error.reached).toBe(false);
    expect(error.message).toMatch(/^The upstream at http:\/\/no-such-host\.invalid was not found/);
    expect(error.message).not.toMatch(/hunter/);
  });

  test('nothing listens', async () => {
    const server = createTcpServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const error = await failureOf(upstreamAt(`http://127.0.0.1:${port}/`).send(post()));
    expect(error.reached).toBe(false);
    expect(error.message).toMatch(/refused the connection.*retry/);
  });

  test('a connection that is not accepted in time', async () => {
    // 192.0.2.0/24 is reserved for documentation (RFC 5737): nothing answers there, or it is unreachable.
    const error = await failureOf(upstreamAt('http://192.0.2.1/', { connectTimeout: 200 }).send(post()));
    expect(error.reached).toBe(false);
    expect(error.message).toMatch(/in time|cannot be reached|refused/);
  });

  test('no answer in time', async () => {
    const url = await httpServer(() => {});
    const error = await failureOf(upstreamAt(url, { answerTimeout: () => 100 }).send(post()));
    expect(error.reached).toBe(true);
    expect(error.message).toMatch(/did not answer in time.*check before trying again/);
  });

  test('how long that is, is asked anew with each request', async () => {
    let timeout = 100;
    const url = await httpServer((_request, response) => {
      if (timeout > 100) setTimeout(() => response.end('{}'), 1_500);
    });
    const upstream = upstreamAt(url, { answerTimeout: () => timeout });
    await failureOf(upstream.send(post()));
    timeout = 60_000;
    expect((await upstream.send(post())).status).toBe(200);
  });

  test('a POST whose connection breaks is sent once and never again', async () => {
    let requests = 0;
    const url = await httpServer((request) => {
      requests += 1;
      request.socket.destroy();
    });
    const error = await failureOf(upstreamAt(url).send(post()));
    expect(error.reached).toBe(true);
    expect(error.message).toMatch(/closed the connection before its answer was complete/);
    // A second request proves that nothing was waiting to be sent before it.
    await failureOf(upstreamAt(url).send(post()));
    expect(requests).toBe(2);
  });

  test('a body that breaks off', async () => {
    const url = await httpServer((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    const answer = await upstreamAt(url).send(post());
    const error = await failureOf(textOf(answer.body));
    expect(error.reached).toBe(true);
    expect(error.message).toMatch(/closed the connection before its answer was complete/);
  });

  test('not HTTP at all', async () => {
    const server = createTcpServer((socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n'));
    const error = await failureOf(upstreamAt(`http://127.0.0.1:${await listen(server)}/`).send(post()));
    expect(error.message).toMatch(/not a valid HTTP answer/);
  });

  test('a compressed answer, which was not asked for', async () => {
    const url = await httpServer((_request, response) =>
      response
        .writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
        .end('\x1f\x8b'),
    );
    const error = await failureOf(upstreamAt(url).send(post()));
    expect(error.reached).toBe(true);
    expect(error.message).toMatch(/compressed body \(gzip\)/);
  });

  test('a compressed error keeps its status and loses its body', async () => {
    const url = await httpServer((_request, response) =>
      response.writeHead(503, { 'content-encoding': 'br' }).end('garbage'),
    );
    const answer = await upstreamAt(url).send(post());
    expect(answer.status).toBe(503);
    expect(await textOf(answer.body)).toBe('');
  });

  test('a token that no header can carry', () => {
    expect(() => createHttpUpstream({ url: 'http://127.0.0.1/', token: 'tökén', network: direct })).toThrow(
      /Copy it again/,
    );
  });

  test('a certificate that is not trusted, and a server without TLS', async () => {
    const folder = temporaryFolder();
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      // biome-ignore format: one command line
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost', '-keyout', key, '-out', cert],
      { stdio: 'ignore' },
    );
    const secure = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) });
    const error = await failureOf(upstreamAt(`https://127.0.0.1:${await listen(secure)}/`).send(post()));
    expect(error.reached).toBe(false);
    expect(error.message).toMatch(/self-signed TLS certificate.*NODE_EXTRA_CA_CERTS.*Nothing was sent/);

    const plain = (await httpServer((_request, response) => response.end())).replace('http:', 'https:');
    const mismatch = await failureOf(upstreamAt(plain).send(post()));
    expect(mismatch.reached).toBe(false);
    expect(mismatch.message).toMatch(/does not speak TLS/);
  });
});
