/** What windows hold open: no event stream is left behind or makes the process grow, no question outlives its window. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Api } from '../../../main/api/api.ts';
import { openUiServer, type UiServer } from '../../../main/browser/ui-server.ts';
import type { ActivityRow } from '../../../shared/contract.ts';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { silent } from '../../support/log.ts';
import { openEventStream, type WindowEvents } from '../../support/window-events.ts';

const KEY = 'the-key-of-the-test';
/** Stands where the API does, so that the test can count who listens and say what they hear. */
const listeners = new Set<Parameters<Api['subscribe']>[0]>();
const asked = Promise.withResolvers<void>();
const unwanted = Promise.withResolvers<void>();
const api: Api = {
  call: (_method, _params, signal) => {
    asked.resolve();
    return new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        unwanted.resolve();
        reject(new UserFacingError('conflict', 'Nobody waits.'));
      });
    });
  },
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
const tell = (what: 'clients' | 'videos') => {
  for (const listener of listeners) listener('changed', { what });
};
/** A large event: of small ones it takes a million until a window counts as one that does not read. */
const tellMuch = () => {
  for (const listener of listeners) listener('activity', call);
};
const call: ActivityRow = {
  id: 'call',
  at: new Date(0).toISOString(),
  client: { id: 'client', label: 'Client' },
  server: 'luma',
  tool: 'luma_generate_video',
  arguments: { prompt: 'A cat in the rain. '.repeat(1000) },
  digest: '',
  outcome: 'allowed',
  rule: '',
  forwarded: true,
};

let server: UiServer;
const sockets: Socket[] = [];

beforeEach(async () => {
  listeners.clear();
  server = await openUiServer({ port: 0, key: KEY, api, assets: '/nonexistent', logger: silent });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

/** A window that opens the stream and then reads nothing, as on a machine that sleeps. */
async function sleepingWindow(): Promise<Socket> {
  const { port, host } = new URL(server.origin);
  const socket = connect(Number(port), '127.0.0.1');
  sockets.push(socket);
  socket.write(`GET /api/events HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${KEY}\r\n\r\n`);
  await once(socket, 'readable');
  return socket.on('error', () => {});
}

test('a window that goes is forgotten', async () => {
  const windows: WindowEvents[] = [];
  for (let opened = 0; opened < 20; opened += 1) windows.push(await openEventStream(server.origin, KEY));
  expect(listeners.size).toBe(20);
  tell('clients');
  await Promise.all(windows.map((window) => window.next('changed')));
  for (const window of windows) window.close();
  await expect.poll(() => listeners.size).toBe(0);
});

test('a window that does not read is cut off; the others hear everything', async () => {
  const sleeping = await sleepingWindow();
  const awake = await openEventStream(server.origin, KEY);
  expect(listeners.size).toBe(2);
  let told = 0;
  // What the system buffers for the socket, and then what the host does.
  for (; listeners.size === 2 && told < 50_000; told += 1) {
    tellMuch();
    if (told % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(listeners.size).toBe(1);
  tell('videos');
  await awake.next('changed', ({ what }) => what === 'videos');
  expect(awake.all).toHaveLength(told + 1);
  const closed = once(sleeping, 'close');
  sleeping.resume();
  await closed;
  awake.close();
});

test('a question that its window no longer waits for is not answered to its end', async () => {
  const over = new AbortController();
  const question = fetch(`${server.origin}/api/activity.query`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: '{}',
    signal: over.signal,
  });
  await asked.promise;
  over.abort();
  await expect(question).rejects.toThrow(/abort/);
  await unwanted.promise;
});

test('closing ends every window, also one that does not read', async () => {
  const sleeping = await sleepingWindow();
  const awake = await openEventStream(server.origin, KEY);
  await server.close();
  await awake.ended;
  expect(listeners.size).toBe(0);
  sleeping.resume();
});
