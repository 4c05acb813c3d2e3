/** Large calls: refused before they cost anything, and bounded in what they leave behind. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApi } from '../../../main/api/api.ts';
import { openUiServer } from '../../../main/browser/ui-server.ts';
import type { Json } from '../../../shared/json.ts';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { connectOf } from '../../support/connect.ts';
import { askAll, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { entriesIn } from '../../support/records.ts';
import { until } from '../../support/wait.ts';
import { openEventStream } from '../../support/window-events.ts';

const KiB = 1024;

let upstream: HttpUpstream;
let greenlight: TestGreenlight;

beforeEach(async () => {
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: 'json',
    tools: [{ name: 'echo', inputSchema: { type: 'object', additionalProperties: true } }],
  });
  greenlight = await startGreenlight({ upstream: upstream.url });
  upstream.received.length = 0;
});

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

const call = (args: Json) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'echo', arguments: args },
});
const errorOf = async (answer: Response) =>
  ((await answer.json()) as { error: { code: number; message: string } }).error;
const rows = () => entriesIn(greenlight.core);

test('a call larger than the setting is refused in words, whatever the policy says of it', async () => {
  const { settings } = greenlight.core;
  expect(settings.get().largestCall).toBe(256);
  const large = call({ prompt: 'x'.repeat(256 * KiB) });
  expect(await errorOf(await greenlight.post(large))).toMatchObject({
    code: -32602,
    message: expect.stringMatching(
      /nothing ran\. The call has 257 KiB, and a call may have 256 KiB.*Settings/,
    ),
  });
  expect(upstream.received).toEqual([]);
  expect(rows()).toEqual([]);

  settings.set({ ...settings.get(), largestCall: 300 });
  expect(await (await greenlight.post(large)).json()).toHaveProperty('result');
  expect(rows()).toHaveLength(1);
});

test('the log keeps a bounded part of a call and says so; what runs is whole', async () => {
  const args = {
    prompt: `Bearer ${'x'.repeat(100 * KiB)} and ${'fox '.repeat(20 * KiB)}`,
    list: Array.from({ length: 3000 }, (_, n) => `item ${n}`),
    callback_url: 'https://evil.example/hook',
  };
  await greenlight.post(call(args));
  const sent = JSON.parse(upstream.received.at(-1)?.body ?? '').params.arguments;
  expect(JSON.stringify(sent) === JSON.stringify(args)).toBe(true);
  const [row] = rows();
  expect(row?.arguments.length).toBeLessThan(17 * KiB);
  expect(JSON.parse(row?.arguments ?? '')).toEqual({
    prompt: expect.stringMatching(/^\[masked\] and fox .*\[cut\] \d+ more characters$/),
    list: expect.arrayContaining(['item 0', '[cut]']),
    callback_url: args.callback_url,
  });
});

test('a message of too many values is refused before it is read, a large one of few is not', async () => {
  const message = (list: Json) => ({ jsonrpc: '2.0', id: 1, method: 'other', params: { list } });
  const many = await greenlight.post(message(Array.from({ length: 10_001 }, () => 0)));
  expect(many.status).toBe(400);
  expect((await errorOf(many)).message).toMatch(/more than 10000 values/);
  const text = '[{"a":1,"b":"\\\\"},[],{}],'.repeat(50_000);
  expect((await greenlight.post(message(text))).status).toBe(200);
  expect(upstream.received).toHaveLength(1);
});

test('a tool of an endless name is refused', async () => {
  const named = { ...call({}), params: { name: 'x'.repeat(257), arguments: {} } };
  const { message } = await errorOf(await greenlight.post(named));
  expect(message).toMatch(/params\.name is longer than 256 characters/);
  expect(rows()).toEqual([]);
});

test('a window hears of the largest calls that wait, all at once, and is not cut off', async () => {
  const { core } = greenlight;
  core.settings.set({ ...core.settings.get(), largestCall: 1024 });
  greenlight.usePolicy(askAll());
  const connect = connectOf(core);
  const server = await openUiServer({
    port: 0,
    key: 'key',
    api: createApi(core, 'browser', connect),
    assets: '/nonexistent',
    logger: core.logger,
  });
  const window = await openEventStream(server.origin, 'key');
  const leave = new AbortController();
  const calls = Array.from({ length: 10 }, (_, n) =>
    greenlight.post(call({ n, prompt: 'x'.repeat(1000 * KiB) }), {}, leave.signal).catch(() => {}),
  );
  await until(() => core.approvals.pending().length === 10);
  // Each is withdrawn and asked anew.
  greenlight.usePolicy(askAll('6m'));
  const [last] = core.approvals.pending().slice(-1);
  await window.next('approval', ({ id }) => id === last?.id);
  expect(core.approvals.pending()).toHaveLength(10);
  window.close();
  leave.abort();
  await Promise.all(calls);
  await server.close();
});

test('addresses without end are told as one', async () => {
  greenlight.usePolicy(askAll());
  const leave = new AbortController();
  const urls = Array.from({ length: 2000 }, (_, n) => `https://host${n}.example/`);
  const asked = greenlight
    .post(call({ urls, callback_url: 'https://hook.example/' }), {}, leave.signal)
    .catch(() => {});
  const { signals } = await greenlight.asked();
  expect(signals[0]?.text).toBe('Sends the result to hook.example (callback_url)');
  expect(signals.filter(({ kind }) => kind === 'host')).toHaveLength(10);
  expect(signals.map(({ text }) => text)).toContain('Names 1991 more addresses; look through the arguments');
  leave.abort();
  await asked;
});
