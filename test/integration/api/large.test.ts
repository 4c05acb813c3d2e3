/** However much a client sends, an answer to the window has an end; what is cut is there whole when it is asked for. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { until } from '../../support/wait.ts';

const MOST = 1.2 * 1024 * 1024;
const CALLS = 8;

let host: BrowserHost;
let client: Client;
const waiting: Promise<unknown>[] = [];

const promptOf = (call: number) => `${call} ${'very '.repeat(45_000)}large`;

beforeAll(async () => {
  host = await startBrowserHost();
  client = await host.client();
  for (let call = 0; call < CALLS; call++) {
    const args = { prompt: promptOf(call) };
    waiting.push(client.callTool({ name: 'luma_generate_video', arguments: args }).catch(() => undefined));
    await until(async () => (await host.api('state.get')).pending === call + 1);
  }
});

afterAll(async () => {
  await host?.stop();
  await Promise.all(waiting);
  await client?.close();
});

test('of approvals that wait', async () => {
  const answer = await (await host.post('approvals.list', '{}')).text();
  expect(answer.length).toBeLessThan(MOST);
  const { approvals } = await host.api('approvals.list');
  expect(approvals.map(({ cut }) => cut)).toEqual(Array(CALLS).fill(true));
  for (const [call, { id }] of approvals.entries()) {
    const whole = await host.api('approvals.get', { id });
    expect(whole.arguments).toEqual({ prompt: promptOf(call) });
    expect(whole).not.toHaveProperty('cut');
  }
  await expect(host.api('approvals.get', { id: 'none' })).rejects.toMatchObject({ code: 'not_found' });
});

test('one that is answered is whole in the list once it is not with many', async () => {
  const { approvals } = await host.api('approvals.list');
  for (const { id } of approvals.slice(1)) await host.api('approvals.decide', { id, answer: 'deny' });
  const [left, ...more] = (await host.api('approvals.list')).approvals;
  expect(more).toEqual([]);
  expect(left).not.toHaveProperty('cut');
  const answered = await host.api('approvals.list', { answered: true });
  expect(answered.approvals.map(({ state }) => state)).toEqual(Array(CALLS - 1).fill('denied'));
  expect(JSON.stringify(answered).length).toBeLessThan(MOST);
});

test('of the log: one row by itself is whole', async () => {
  const { rows } = await host.api('activity.query', { limit: 1 });
  expect(await host.api('activity.get', { id: rows[0]?.id ?? '' })).toEqual(rows[0]);
  await expect(host.api('activity.get', { id: 'none' })).rejects.toMatchObject({ code: 'not_found' });
});
