import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSandboxUpstream } from '../../../main/upstream/sandbox/sandbox.ts';
import { upstreamFetch } from '../../../main/upstream/tools/fetch.ts';
import type { Upstream } from '../../../main/upstream/upstream.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';

// Gives contexts made from now on a `gc`.
setFlagsFromString('--expose-gc');

let clock: TestClock;
let sandbox: Upstream;
let client: Client;

beforeEach(async () => {
  clock = createTestClock();
  sandbox = createSandboxUpstream({ clock });
  client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL('http://sandbox.invalid/'), {
    fetch: upstreamFetch(sandbox),
  });
  await client.connect(transport as Parameters<Client['connect']>[0]);
});

afterEach(async () => {
  await client.close();
  await sandbox.close();
});

interface Answer {
  isError: boolean;
  text: string;
}

async function call(name: string, args: Record<string, unknown> = {}): Promise<Answer> {
  const { content, isError } = await client.callTool({ name, arguments: args });
  const parts = content as { type: string; text: string }[];
  expect(parts).toHaveLength(1);
  return { isError: isError === true, text: parts[0]?.text ?? '' };
}

/** Calls a tool that answers with JSON. */
async function ask(name: string, args: Record<string, unknown> = {}) {
  const { isError, text } = await call(name, args);
  expect(isError).toBe(false);
  return JSON.parse(text);
}

async function finishedVideo(args: Record<string, unknown>) {
  const { task_id } = await ask('luma_generate_video', args);
  clock.advance(4000);
  return (await ask('luma_get_task', { task_id })).response;
}

function svgOf(dataUrl: string): string {
  expect(dataUrl).toMatch(/^data:image\/svg\+xml;base64,/);
  return Buffer.from(dataUrl.split(',')[1] ?? '', 'base64').toString();
}

test('offers exactly the tools of the Luma server', async () => {
  const fixture = JSON.parse(
    readFileSync(new URL('../../fixtures/luma-tools.json', import.meta.url), 'utf8'),
  );
  expect((await client.listTools()).tools).toEqual(fixture.tools);
});

test('offers three prompts and their texts', async () => {
  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name)).toEqual([
    'luma_video_generation_guide',
    'luma_workflow_examples',
    'luma_prompt_suggestions',
  ]);
  for (const { name } of prompts) {
    const { messages } = await client.getPrompt({ name });
    expect(messages[0]?.content).toMatchObject({ type: 'text', text: expect.stringMatching(/luma_|drone/) });
  }
  await expect(client.getPrompt({ name: 'other' })).rejects.toThrow(/Unknown prompt: other/);
});

test('a generation answers at once; its task goes from pending to completed', async () => {
  const submitted = await ask('luma_generate_video', { prompt: 'a fox', aspect_ratio: '9:16' });
  expect(submitted).toMatchObject({
    success: true,
    mcp_async_submission: {
      task_id: submitted.task_id,
      poll_tool: 'luma_get_task',
      polling_interval_seconds: 15,
      max_poll_attempts: 100,
    },
  });
  expect((await ask('luma_get_tasks_batch', { task_ids: [submitted.task_id] })).items).toMatchObject([
    { id: submitted.task_id, state: 'pending' },
  ]);
  clock.advance(4000);
  const task = await ask('luma_get_task', { task_id: submitted.task_id });
  expect(task).toMatchObject({
    id: submitted.task_id,
    state: 'completed',
    response: { success: true, state: 'completed', prompt: 'a fox', video_width: 720, video_height: 1280 },
    mcp_task_polling: { should_poll: false, is_complete: true },
  });
  expect(new URL(task.response.video_url).hostname).toBe('sandbox.greenlight.invalid');
});

test('luma_get_task waits until the task is done', async () => {
  const { task_id } = await ask('luma_generate_video', { prompt: 'a fox' });
  const answer = ask('luma_get_task', { task_id });
  await expect.poll(() => clock.pending()).toBe(1);
  clock.advance(4000);
  expect((await answer).state).toBe('completed');
});

test('luma_get_task waits no longer than five seconds', async () => {
  const slow = createSandboxUpstream({ clock, taskDuration: 60_000 });
  const send = async (name: string, args: object) => {
    const response = await upstreamFetch(slow)('http://sandbox.invalid', {
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: args },
      }),
    });
    const { result } = (await response.json()) as { result: { content: { text: string }[] } };
    return JSON.parse(result.content[0]?.text ?? '');
  };
  const { task_id } = await send('luma_generate_video', { prompt: 'a fox' });
  const answer = send('luma_get_task', { task_id });
  await expect.poll(() => clock.pending()).toBe(1);
  clock.advance(5000);
  expect(await answer).toMatchObject({ state: 'pending', mcp_task_polling: { should_poll: true } });
});

test('cancelling a call ends its wait', async () => {
  const { task_id } = await ask('luma_generate_video', { prompt: 'a fox' });
  const aborter = new AbortController();
  const pending = sandbox.send({
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'luma_get_task', arguments: { task_id } },
    }),
    signal: aborter.signal,
  });
  await expect.poll(() => clock.pending()).toBe(1);
  aborter.abort();
  await expect(pending).rejects.toThrow(/cancelled/);
  await expect.poll(() => clock.pending()).toBe(0);
});

test('draws a thumbnail of its own: the same for the same prompt, in the shape of the video', async () => {
  const first = await finishedVideo({ prompt: 'a fox', aspect_ratio: '1:1' });
  const again = await finishedVideo({ prompt: 'a fox', aspect_ratio: '1:1' });
  const other = await finishedVideo({ prompt: 'a bear', aspect_ratio: '1:1' });
  expect(first.thumbnail_url).toBe(again.thumbnail_url);
  expect(first.thumbnail_url).not.toBe(other.thumbnail_url);
  expect(svgOf(first.thumbnail_url)).toMatch(/^<svg [^>]*viewBox="0 0 320 320"/);
  expect(svgOf((await finishedVideo({ prompt: 'a fox' })).thumbnail_url)).toMatch(/viewBox="0 0 320 180"/);
});

test('extends a finished video, and says so when there is none of that id', async () => {
  const video = await finishedVideo({ prompt: 'a fox', aspect_ratio: '21:9' });
  const { task_id } = await ask('luma_extend_video', { video_id: video.video_id, prompt: 'it jumps' });
  clock.advance(4000);
  const extended = (await ask('luma_get_task', { task_id })).response;
  expect(extended).toMatchObject({ action: 'extend', video_width: video.video_width });
  expect(extended.video_id).not.toBe(video.video_id);
  const unknown = await call('luma_extend_video', { video_id: 'nope', prompt: 'it jumps' });
  expect(unknown).toEqual({ isError: true, text: expect.stringMatching(/no video nope/) });
});

test('extends a video by its URL', async () => {
  const { task_id } = await ask('luma_extend_video_from_url', {
    video_url: 'https://example.com/a.mp4',
    prompt: 'on it goes',
  });
  expect(task_id).toBeTypeOf('string');
});

test('a video from an image needs an image', async () => {
  const { text } = await call('luma_generate_video_from_image', { prompt: 'a fox' });
  expect(text).toMatch(/^Error: .*start_image_url.*end_image_url/);
  const submitted = await ask('luma_generate_video_from_image', {
    prompt: 'a fox',
    end_image_url: 'https://example.com/a.png',
  });
  expect(submitted.success).toBe(true);
});

test('looks up fifty tasks at once and not one more; unknown ones are left out', async () => {
  const { task_id } = await ask('luma_generate_video', { prompt: 'a fox' });
  const ids = [task_id, ...Array.from({ length: 49 }, (_, i) => `unknown-${i}`)];
  expect(await ask('luma_get_tasks_batch', { task_ids: ids })).toMatchObject({
    count: 1,
    items: [{ id: task_id }],
  });
  const refused = await call('luma_get_tasks_batch', { task_ids: [...ids, 'one more'] });
  expect(refused).toEqual({ isError: true, text: expect.stringMatching(/51 ids were given, at most 50/) });
});

test('an unknown task is an error text', async () => {
  const answer = await call('luma_get_task', { task_id: 'nope' });
  expect(answer).toEqual({ isError: true, text: expect.stringMatching(/no task nope/) });
});

test('lists aspect ratios and actions', async () => {
  expect((await call('luma_list_aspect_ratios')).text).toMatch(/21:9/);
  expect((await call('luma_list_actions')).text).toMatch(/luma_extend_video_from_url/);
});

test('arguments that do not fit the schema are answered with what is wrong, and nothing is submitted', async () => {
  const answer = await call('luma_generate_video', { aspect_ratio: '2:1', loop: 'yes' });
  expect(answer.isError).toBe(true);
  expect(answer.text).toMatch(
    /^Error executing tool luma_generate_video: 3 validation errors for luma_generate_videoArguments/,
  );
  expect(answer.text).toMatch(/prompt/);
  expect(answer.text).toMatch(/aspect_ratio\n/);
  expect(answer.text).toMatch(/loop\n/);
});

test('an unknown tool is an error text, as at the real server', async () => {
  expect(await call('luma_delete_everything')).toEqual({
    isError: true,
    text: 'Unknown tool: luma_delete_everything',
  });
});

test('answers come as text and as structured content, errors as text alone', async () => {
  const answer = await client.callTool({ name: 'luma_list_actions', arguments: {} });
  const [{ text } = { text: '' }] = answer.content as { text: string }[];
  expect(answer).toEqual({
    content: [{ type: 'text', text }],
    structuredContent: { result: text },
    isError: false,
  });
  expect(await client.callTool({ name: 'luma_get_task', arguments: { task_id: 'nope' } })).toEqual({
    content: [{ type: 'text', text: expect.stringMatching(/no task nope/) }],
    isError: true,
  });
});

test.each([
  ['luma_extend_video', { video_id: 'nope' }, /no video nope/],
  ['luma_extend_video_from_url', { video_url: 'https://example.com/a.mp4' }, /task_id/],
])('%s takes a webhook, and calls nobody', async (name, args, answered) => {
  const given = { ...args, prompt: 'on it goes', callback_url: 'https://hooks.example.com/x' };
  expect((await call(name, given)).text).toMatch(answered);
  expect((await call(name, { ...given, callback_url: 5 })).text).toMatch(/validation error/);
});

test('a call gets through with its arguments, and nobody is called', async () => {
  const visitors: (string | undefined)[] = [];
  const listener = createServer((request, response) => {
    visitors.push(request.url);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const { task_id } = await ask('luma_generate_video_from_image', {
    prompt: 'a fox',
    start_image_url: `${url}/image.png`,
    aspect_ratio: '1:1',
    callback_url: `${url}/hook`,
  });
  clock.advance(4000);
  expect((await ask('luma_get_task', { task_id })).response).toMatchObject({
    prompt: 'a fox',
    video_width: 960,
    video_height: 960,
  });
  await fetch(`${url}/the-test`);
  expect(visitors).toEqual(['/the-test']);
  listener.close();
});

test.each(['prompt', 'callback_url'])('keeps little of calls with a long %s', async (member) => {
  const collect = runInNewContext('gc') as () => void;
  const used = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = used();
  let last = '';
  for (let i = 0; i < 60; i++) {
    const long = `${i} `.padEnd(2_000_000, 'x');
    last = (await ask('luma_generate_video', { prompt: 'a fox', [member]: long })).task_id;
  }
  expect(used() - before).toBeLessThan(40_000_000);
  clock.advance(4000);
  expect(await ask('luma_get_task', { task_id: last })).toMatchObject({ state: 'completed' });
});

test('is stateless: no session id, no GET stream, no DELETE', async () => {
  for (const method of ['GET', 'DELETE'] as const) {
    const answer = await sandbox.send({
      method,
      headers: { accept: 'text/event-stream', 'last-event-id': '1' },
      signal: new AbortController().signal,
    });
    expect(answer.status).toBe(405);
    expect(answer.header('allow')).toBe('POST');
  }
  const answer = await sandbox.send({
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
    body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    signal: new AbortController().signal,
  });
  expect(answer.status).toBe(200);
  expect(answer.header('content-type')).toBe('application/json');
  expect(answer.header('mcp-session-id')).toBeUndefined();
});
