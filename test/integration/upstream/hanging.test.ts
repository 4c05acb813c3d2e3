/** A server that does not answer the handshake: of each attempt nothing is left, and everybody learns why. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttpUpstream } from '../../../main/upstream/http/http.ts';
import { readTools } from '../../../main/upstream/tools/tools.ts';
import { type HttpUpstreamOptions, startHttpUpstream } from '../../servers/http.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';
import { direct } from '../../support/network.ts';
import { isRunning } from '../../support/processes.ts';
import { skipUnless } from '../../support/skip.ts';
import { post, startStdio } from '../../support/stdio-upstream.ts';
import { until } from '../../support/wait.ts';

const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } };
const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params };

/** A server that reads what it is sent, does `then` with it, and answers nothing; its processes are counted. */
function hanging(then = '') {
  const started = join(temporaryFolder(), 'started');
  const program = `require('node:fs').appendFileSync(${JSON.stringify(started)}, process.pid + '\\n');
    process.stdin.on('data', (data) => {
      ${then}
    });`;
  const pids = () =>
    existsSync(started) ? readFileSync(started, 'utf8').split('\n').filter(Boolean).map(Number) : [];
  return {
    args: ['-e', program],
    started: () => pids().length,
    running: () => pids().filter(isRunning).length,
  };
}

describe('the process of an attempt ends with it', () => {
  test('when the tool list is not there in time', async () => {
    const clock = createTestClock();
    const server = hanging();
    const { upstream } = startStdio({ args: server.args, clock });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      const reading = readTools(upstream, {
        timeoutMs: 1_000,
        onStarting() {
          if (server.started() === attempt) clock.advance(10 * 60_000);
        },
      });
      await expect(reading).rejects.toMatchObject({ kind: 'timeout' });
      expect(server.started()).toBe(attempt);
    }
    await until(() => server.running() === 0);
  });

  test('when its client leaves, however early', async () => {
    const server = hanging();
    const { upstream } = startStdio({ args: server.args });
    const early = new AbortController();
    const never = upstream.send(post(initialize, {}, early.signal));
    early.abort();
    await expect(never).rejects.toThrow('cancelled');
    const late = new AbortController();
    await upstream.send(post(initialize, {}, late.signal));
    await until(() => server.running() === 1);
    late.abort();
    await until(() => server.running() === 0);
    expect(upstream.starting?.()).toBeUndefined();
  });

  test('when it refuses the handshake', async () => {
    const server = hanging(`const { id } = JSON.parse(data);
      console.log(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32000, message: 'No licence.' } }));`);
    const { upstream } = startStdio({ args: server.args });
    await expect(readTools(upstream, { timeoutMs: 15_000 })).rejects.toThrow('No licence.');
    const answer = await upstream.send(post(initialize));
    let text = '';
    for await (const chunk of answer.body) text += Buffer.from(chunk);
    expect(text).toContain('No licence.');
    expect(server.started()).toBe(2);
    await until(() => server.running() === 0);
  });

  const needsShell = skipUnless(process.platform !== 'win32', 'the servers are scripts of sh');
  test.each([
    ['takes', 'exec 0<&-'],
    ['says', 'exec 1>&-'],
  ])('when it %s nothing any more, but goes on', needsShell, async (_, close) => {
    const script = `${close}; echo $$ >&2; while :; do sleep 1; done`;
    const { upstream, lines } = startStdio({ command: 'sh', args: ['-c', script] });
    const { header } = await upstream.send(post(initialize));
    const pid = () => Number(lines.find((line) => /^\d+$/.test(line)));
    await expect.poll(pid).toBeGreaterThan(0);
    const session = { 'mcp-session-id': header('mcp-session-id') ?? '' };
    await upstream.send(post({ method: 'notifications/initialized' }, session));
    await expect.poll(() => isRunning(pid())).toBe(false);
  });
});

test('the window says so, and looking again starts no other process', async () => {
  const clock = createTestClock();
  const server = hanging();
  const greenlight = await startGreenlight({ clock });
  onTestFinished(() => greenlight.stop());
  const { connection } = greenlight.core;
  const upstream = { kind: 'stdio' as const, command: process.execPath, args: server.args, envNames: [] };
  await greenlight.core.servers.useUpstream('luma', upstream, {});
  for (let look = 0; look < 3; look += 1) {
    const looked = connection.refresh();
    await until(() => server.running() === 1);
    clock.advance(15_000);
    expect(await looked).toMatchObject({
      status: 'unreachable',
      message: expect.stringContaining('has answered nothing yet'),
    });
  }
  expect(server.started()).toBe(1);
});

describe('an agent that opens a session is told in time', () => {
  const answerOf = async (response: Response) =>
    JSON.parse((await response.text()).replace(/^[\s\S]*data: /, '')) as {
      id: unknown;
      error: { message: string; data: unknown };
    };
  const told = {
    id: 1,
    error: {
      message: expect.stringMatching(/^Greenlight: The upstream did not answer in time.+tell the user/),
      data: { retry: true },
    },
  };

  test('by a process that hangs, which ends; and that it does not answer is not taken for an answer', async () => {
    const clock = createTestClock();
    const server = hanging();
    const greenlight = await startGreenlight({ clock });
    onTestFinished(() => greenlight.stop());
    const upstream = { kind: 'stdio' as const, command: process.execPath, args: server.args, envNames: [] };
    await greenlight.core.servers.useUpstream('luma', upstream, {});
    const status = () => greenlight.core.connection.status().status;
    void greenlight.core.connection.refresh();
    await until(() => server.running() === 1);
    for (const accept of ['application/json, text/event-stream', 'application/json']) {
      const answer = greenlight.post(initialize, { accept }).then(answerOf);
      await until(() => server.running() === 2);
      expect(status()).not.toBe('connected');
      clock.advance(50_000);
      expect(await answer).toMatchObject(told);
      await until(() => server.running() === 1);
    }
    expect(status()).toBe('unreachable');
  });

  const hang: [string, HttpUpstreamOptions['intercept']][] = [
    ['answers nothing', () => true],
    [
      'begins to answer',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
        return true;
      },
    ],
  ];
  test.each(hang)('by a server behind HTTP that %s', async (_, intercept) => {
    const clock = createTestClock();
    let hangs = false;
    const upstream = await startHttpUpstream({
      intercept: (...exchange) => hangs && intercept?.(...exchange) === true,
    });
    onTestFinished(() => upstream.close());
    const greenlight = await startGreenlight({ clock, upstream: upstream.url });
    onTestFinished(() => greenlight.stop());
    await until(() => greenlight.core.connection.status().status === 'connected');
    hangs = true;
    const before = upstream.received.length;
    const answer = greenlight.post(initialize).then(answerOf);
    await until(() => upstream.received.length > before);
    clock.advance(50_000);
    expect(await answer).toMatchObject(told);
    // It is looked at whether it answers at all.
    clock.advance(1_000);
    await until(() => upstream.messages('initialize').length > 2);
  });
});

test('a session that a server behind HTTP named before it hung is ended there', async () => {
  const upstream = await startHttpUpstream({
    intercept(request, response) {
      if (request.method === 'DELETE') response.writeHead(200).end();
      else
        response
          .writeHead(200, { 'content-type': 'text/event-stream', 'mcp-session-id': 'mine' })
          .flushHeaders();
      return true;
    },
  });
  onTestFinished(() => upstream.close());
  const http = createHttpUpstream({ url: upstream.url, network: direct });
  onTestFinished(() => http.close());
  await expect(readTools(http, { timeoutMs: 500 })).rejects.toMatchObject({ kind: 'timeout' });
  const left = upstream.received.find(({ method }) => method === 'DELETE');
  expect(left?.headers['mcp-session-id']).toBe('mine');
});
