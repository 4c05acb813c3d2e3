/** The memory that all answers share, and all requests: what is beyond it is refused in words, and what others hold hurts nobody. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HttpUpstream, type ReceivedRequest, startHttpUpstream } from '../../servers/http.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { until } from '../../support/wait.ts';

const MEBI = 1024 * 1024;
/** Four of them and what is around them are a large answer, and not a larger one. */
const filler = 'x'.repeat(MEBI - 64);

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
const silent: Socket[] = [];
/** Answers without an end of which all there is was sent, or that were given up. */
let sent = 0;

beforeEach(async () => {
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: 'json',
    intercept(request, response) {
      if (!request.body.includes('vendor/')) return false;
      void answer(request, response);
      return true;
    },
  });
  greenlight = await startGreenlight({ upstream: upstream.url });
  sent = 0;
  upstream.received.length = 0;
});

afterEach(async () => {
  for (const socket of silent.splice(0)) socket.destroy();
  await greenlight.stop();
  await upstream.close();
});

/**
 * Answers `vendor/answer` with so many MiB of JSON, `vendor/endless` with the beginning of it, `vendor/stream` with
 * events of that size without end.
 */
async function answer({ body }: ReceivedRequest, response: ServerResponse): Promise<void> {
  const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: { size: number } };
  const stream = method === 'vendor/stream';
  const left = once(response, 'close');
  response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
  do {
    response.write(
      stream
        ? 'data: {"jsonrpc":"2.0","method":"notifications/x","params":{"a":"'
        : `{"jsonrpc":"2.0","id":${id},"result":{"a":"`,
    );
    for (let n = 0; n < params.size; n += 1) {
      if (!response.write(filler)) await Promise.race([once(response, 'drain'), left]);
      if (response.destroyed) break;
    }
    if (method === 'vendor/endless') sent += 1;
    if (response.destroyed) return;
    if (method !== 'vendor/endless') response.write(stream ? '"}}\n\n' : '"}}');
  } while (stream);
  if (method !== 'vendor/endless') response.end();
}

const ask = (method: string, size: number) => ({ jsonrpc: '2.0', id: 7, method, params: { size } });

/** Sends a request whose answer nobody reads. */
function askSilently(method: string, size: number): void {
  const { host, port } = new URL(greenlight.core.mcpUrl);
  const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
  socket.pause();
  silent.push(socket);
  const body = JSON.stringify(ask(method, size));
  const headers = Object.entries({ ...greenlight.headers, host, 'content-length': body.length });
  socket.write(
    `POST /mcp HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  );
}

/** What was asked here; Greenlight reads the tool list when it sees fit. */
const received = () => upstream.received.filter(({ body }) => body.includes('vendor/'));

async function answered(size: number, headers: Record<string, string> = {}): Promise<string> {
  const text = await (await greenlight.post(ask('vendor/answer', size), headers)).text();
  const { error } = JSON.parse(text) as { error?: { message: string } };
  return error?.message ?? 'passed';
}

test('answers that do not end leave room for small ones, for others, and again for all once they are gone', async () => {
  const stranger = greenlight.core.grants.create('Stranger');
  let refusal = '';
  await until(async () => {
    askSilently('vendor/endless', 4);
    // Or it would come beside the next one, and which of them finds no room is chance.
    await until(() => sent === silent.length);
    refusal = await answered(4);
    return refusal !== 'passed';
  });
  expect(refusal).toMatch(
    /^Greenlight: As many large answers wait to be read as there is memory for.+look what this call did/,
  );
  expect(await answered(0)).toBe('passed');
  expect(await answered(4, { authorization: `Bearer ${stranger.token}` })).toBe('passed');
  for (const socket of silent) socket.destroy();
  await until(async () => (await answered(4)) === 'passed');
});

test('of many streams that nobody reads, those beyond the room end', async () => {
  for (let n = 0; n < 30; n += 1) askSilently('vendor/stream', 3);
  let abandoned = 0;
  await until(() => received().length === 30);
  for (const { ended } of received()) void ended.then(() => (abandoned += 1));
  await until(() => abandoned >= 3);
  expect(await answered(0)).toBe('passed');
});

test('requests that are sent without end leave room for small ones, for others, and again for all once they are gone', async () => {
  const stranger = greenlight.core.grants.create('Stranger');
  const large = {
    jsonrpc: '2.0',
    id: 7,
    method: 'vendor/answer',
    params: { size: 0, filler: filler.repeat(3) },
  };
  const refused = /^Greenlight: Nothing ran\. As many large requests are open as there is memory for\./;
  const { host, port } = new URL(greenlight.core.mcpUrl);
  const answers: string[] = [];
  for (let n = 0; n < 30; n += 1) {
    const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
    socket.on('data', (chunk) => answers.push(String(chunk)));
    silent.push(socket);
    const headers = Object.entries({ ...greenlight.headers, host, 'content-length': 4 * MEBI });
    socket.write(
      `POST /mcp HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${filler.repeat(3)}`,
    );
  }
  // 64 MiB are one client's: 21 of these, but for 16 KiB of each.
  await until(() => answers.length === 9);
  for (const text of answers) expect(text).toMatch(/^HTTP\/1\.1 429 /);
  const said = async (headers: Record<string, string> = {}) =>
    ((await (await greenlight.post(large, headers)).json()) as { error?: { message: string } }).error
      ?.message;
  expect(await said()).toMatch(refused);
  expect(await answered(0)).toBe('passed');
  expect(await said({ authorization: `Bearer ${stranger.token}` })).toBeUndefined();
  for (const socket of silent) socket.destroy();
  await until(async () => (await said()) === undefined);
});
