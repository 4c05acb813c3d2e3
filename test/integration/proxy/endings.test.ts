/** What ends, and when: calls with their answers, and everything of a client that was revoked. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HttpUpstream, type ReceivedRequest, startHttpUpstream } from '../../servers/http.ts';
import { askAll, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { entriesIn } from '../../support/records.ts';
import { until } from '../../support/wait.ts';

const stream = { 'content-type': 'text/event-stream' };
const answer = 'data: {"jsonrpc":"2.0","id":1,"result":{"content":[]}}\n\n';
const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo' } };

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
/** What the upstream does with calls and with streams that are listened to. */
let behave: (response: ServerResponse, request: ReceivedRequest) => void;

beforeEach(async () => {
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    intercept(request, response) {
      if (request.method !== 'GET' && !request.body.includes('"tools/call"')) return false;
      behave(response, request);
      return true;
    },
  });
  greenlight = await startGreenlight({ upstream: upstream.url });
  upstream.received.length = 0;
  behave = (response) => void response.writeHead(200, stream).write(': open\n\n');
});

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

const listen = (headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(greenlight.core.mcpUrl, {
    headers: { ...greenlight.headers, accept: 'text/event-stream', ...headers },
    ...(signal && { signal }),
  });
const rows = () => entriesIn(greenlight.core);

describe('a call whose answer is there', () => {
  test('is over for its client, for the log and for the next, though the upstream keeps its stream open', async () => {
    behave = (response) => void response.writeHead(200, stream).write(answer);
    for (let n = 0; n < 70; n += 1) expect(await (await greenlight.post(call)).text()).toBe(answer);
    await until(() => rows().length === 70 && rows().every(({ result }) => result === 'ok'));
    // The upstream's side is left, too.
    for (const { ended } of upstream.received) expect(await ended).toBe('abandoned');
  });

  test('leaves its connection to the next, where the stream ends soon', async () => {
    const ports = new Set<number | undefined>();
    behave = (response) => {
      ports.add(response.socket?.remotePort);
      response.writeHead(200, stream).write(answer);
      setImmediate(() => response.end(': over\n\n'));
    };
    for (let n = 0; n < 5; n += 1) {
      await (await greenlight.post(call)).text();
      expect(await upstream.received.at(-1)?.ended).toBe('answered');
    }
    expect(ports.size).toBe(1);
  });
});

test('a client may listen to 64 streams; another to as many', async () => {
  const leave = new AbortController();
  const open = await Promise.all(Array.from({ length: 64 }, () => listen({}, leave.signal)));
  expect(open.every(({ status }) => status === 200)).toBe(true);
  const refused = await listen();
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await refused.json()).toMatchObject({
    error: { message: expect.stringContaining('64 event streams') },
  });

  const { token } = greenlight.core.grants.create('Other');
  expect((await listen({ authorization: `Bearer ${token}` }, leave.signal)).status).toBe(200);
  leave.abort();
  await until(async () => {
    const again = await listen();
    await again.body?.cancel();
    return again.status === 200;
  });
});

describe.each([
  ['revoked', (greenlight: TestGreenlight) => void greenlight.core.grants.revoke(greenlight.grant.id)],
  [
    'given a new token',
    (greenlight: TestGreenlight) => void greenlight.core.grants.rotate(greenlight.grant.id),
  ],
])('a client that is %s', (_what, end) => {
  test('loses what it listens to and what runs, and is told', async () => {
    const listening = await listen();
    const running = greenlight.post(call);
    await until(() => upstream.received.length === 2);
    const { token } = greenlight.core.grants.create('Other');
    const leave = new AbortController();
    const other = await listen({ authorization: `Bearer ${token}` }, leave.signal);

    end(greenlight);
    expect(await listening.text()).toBe(': open\n\n');
    expect(await (await running).text()).toMatch(/revoked this client .* exchanged its token/);
    for (const { ended } of upstream.received.slice(0, 2)) expect(await ended).toBe('abandoned');
    await until(() => rows()[0]?.result === 'cancelled');
    expect((await listen()).status).toBe(401);

    // Nobody else is disturbed.
    const reader = other.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    leave.abort();
  });

  test('is refused what waits', async () => {
    greenlight.usePolicy(askAll());
    const waiting = greenlight.post(call);
    await greenlight.asked();
    end(greenlight);
    expect(await (await waiting).text()).toMatch(/Greenlight: denied/);
    expect(rows()).toMatchObject([{ outcome: 'denied' }]);
    expect(upstream.received).toEqual([]);
  });

  test('is refused what it was about to send', async () => {
    const { host, port } = new URL(greenlight.core.mcpUrl);
    const { connect } = await import('node:net');
    const socket = connect(Number(port), '127.0.0.1');
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'prompts/list' });
    socket.write(
      `POST /mcp HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${greenlight.token}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
    );
    // What is sent later over another connection is answered later.
    await (await greenlight.post({ jsonrpc: '2.0', method: 'notifications/initialized' })).text();
    end(greenlight);
    socket.write(body.slice(5));
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });
});
