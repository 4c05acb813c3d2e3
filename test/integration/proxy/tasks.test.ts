/** Tasks (2025-11-25): each client has its own, and what they make is known. */

import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTaskStore } from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { askAll, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { videosIn } from '../../support/records.ts';
import { until } from '../../support/wait.ts';

/** A policy that says something of tasks, and so does not ask about them. */
const allowTasks = {
  version: '1',
  default: 'allow',
  all_tools: { deny_if: [{ path: 'also.task.ttl', op: 'gt', value: 86_400_000 }] },
  tools: {},
};

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
let mine: Client;
let others: Client;

beforeEach(async () => {
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    taskStore: new InMemoryTaskStore(),
    tools: [
      {
        name: 'luma_generate_video',
        inputSchema: { type: 'object', properties: { prompt: { type: 'string' } } },
        execution: { taskSupport: 'optional' },
        run: ({ arguments: { prompt } }) => ({
          content: [
            { type: 'text', text: JSON.stringify({ task_id: `video of ${prompt}`, state: 'pending' }) },
          ],
        }),
      },
    ],
  });
  greenlight = await startGreenlight({ upstream: upstream.url, policy: allowTasks });
  mine = await greenlight.connect();
  const { token } = greenlight.core.grants.create('Another client');
  others = await greenlight.connect({ token });
});

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

/** Has `client` make a video as a task; what it hears, to the end. */
async function asTask(client: Client, prompt: string) {
  const stream = client.experimental.tasks.callToolStream(
    { name: 'luma_generate_video', arguments: { prompt } },
    CallToolResultSchema,
    { task: { ttl: 60_000 } },
  );
  const heard = [];
  for await (const message of stream) heard.push(message);
  return heard;
}

async function taskOf(client: Client, prompt: string): Promise<string> {
  const [created] = await asTask(client, prompt);
  if (created?.type !== 'taskCreated') throw new Error(`No task: ${JSON.stringify(created)}`);
  return created.task.taskId;
}

test('a client sees and cancels its own tasks only; another’s is like one that does not exist', async () => {
  const taskId = await taskOf(mine, 'a cat');
  const theirs = await taskOf(others, 'a dog');
  const { tasks } = mine.experimental;
  expect((await tasks.listTasks()).tasks.map((task) => task.taskId)).toEqual([taskId]);
  expect(await tasks.getTask(taskId)).toMatchObject({ taskId, status: 'completed' });
  expect(await tasks.getTaskResult(taskId, CallToolResultSchema)).toMatchObject({
    content: [{ type: 'text' }],
  });

  upstream.received.length = 0;
  for (const id of [theirs, 'no such task']) {
    const asked = [tasks.getTask(id), tasks.getTaskResult(id, CallToolResultSchema), tasks.cancelTask(id)];
    for (const one of await Promise.allSettled(asked))
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { code: -32602, message: 'MCP error -32602: Task not found' },
      });
  }
  expect(upstream.received).toEqual([]);
});

test('whose a task is is known after a restart', async () => {
  const dataDir = temporaryFolder();
  const options = { upstream: upstream.url, dataDir, policy: allowTasks };
  const before = await startGreenlight(options);
  const taskId = await taskOf(await before.connect(), 'a cat');
  const { token } = before;
  await before.stop();
  const after = await startGreenlight(options);
  try {
    const again = await after.connect({ token });
    expect(await again.experimental.tasks.getTask(taskId)).toMatchObject({ taskId });
    const another = await after.connect();
    await expect(another.experimental.tasks.getTask(taskId)).rejects.toThrow('Task not found');
  } finally {
    await after.stop();
  }
});

test('a task stays a client’s own with another token for the server, not with another server', async () => {
  const taskId = await taskOf(mine, 'a cat');
  const { core } = greenlight;
  const seen = async () => {
    const again = await greenlight.connect();
    return again.experimental.tasks.getTask(taskId).then(
      () => 'seen',
      (error) => String(error),
    );
  };
  await core.servers.useUpstream('luma', { kind: 'http', url: upstream.url }, { token: 'another' });
  expect(await seen()).toBe('seen');
  // The same ids, at what is another server as far as anybody can tell.
  await core.servers.useUpstream('luma', { kind: 'http', url: `${upstream.url}?other` }, {});
  expect(await seen()).toMatch(/Task not found/);
});

test('where the exchange of the server cannot be written whole, calls go on to the server of before', async () => {
  const { core } = greenlight;
  const before = core.settings.get().upstream;
  const { sql } = core.database;
  sql
    .prepare("INSERT INTO sessions (id_hash, grant_id, opened_at) VALUES ('a', ?, 0)")
    .run(greenlight.grant.id);
  sql.exec(
    "CREATE TEMP TRIGGER kept BEFORE DELETE ON sessions BEGIN SELECT RAISE(ABORT, 'the disk failed'); END",
  );
  await expect(core.servers.useUpstream('luma', { kind: 'sandbox' }, {})).rejects.toThrow(
    'refused the operation',
  );
  expect(core.settings.get().upstream).toEqual(before);
  expect(core.connection.status()).toMatchObject({ kind: 'http', status: 'connected' });
  expect((await mine.listTools()).tools).not.toEqual([]);
});

test.each(['TaskId', 'taskID', 'taskid '])('a member %s that could be misread is refused', async (name) => {
  const taskId = await taskOf(mine, 'a cat');
  const theirs = await taskOf(others, 'a dog');
  const response = await greenlight.post(
    { jsonrpc: '2.0', id: 9, method: 'tasks/get', params: { taskId, [name]: theirs } },
    { accept: 'application/json' },
  );
  expect(await response.json()).toMatchObject({
    id: 9,
    error: { code: -32602, message: expect.stringMatching(/misread/) },
  });
});

test.each(['tasks/update', 'Tasks/Update'])(
  '%s would go on with what nobody judged, and is refused in words',
  async (method) => {
    const taskId = await taskOf(mine, 'a cat');
    const params = { taskId, inputResponses: { amount: { content: { usd: 100_000 } } } };
    const response = await greenlight.post(
      { jsonrpc: '2.0', id: 9, method, params },
      { accept: 'application/json' },
    );
    expect(await response.json()).toMatchObject({
      id: 9,
      error: { code: -32601, message: expect.stringMatching(/nobody has judged.+Call the tool again/) },
    });
    expect(upstream.messages(method)).toEqual([]);
  },
);

test('a video that a task made is listed, with its client and prompt', async () => {
  const { core } = greenlight;
  await asTask(mine, 'a cat');
  await until(() => videosIn(core).length > 0);
  expect(videosIn(core)).toMatchObject([
    {
      task_id: 'video of a cat',
      prompt: 'a cat',
      tool: 'luma_generate_video',
      grant_id: greenlight.grant.id,
    },
  ]);
});

describe('when the person is asked', () => {
  beforeEach(() => greenlight.usePolicy(askAll()));

  test('a denial is an error that the client shows', async () => {
    const heard = asTask(mine, 'a cat');
    const { id } = await greenlight.asked();
    greenlight.core.gate.decide(id, { answer: 'deny', for: 'once', reason: 'No cats.' });
    const [last] = (await heard).slice(-1);
    expect(last).toMatchObject({
      type: 'error',
      error: {
        code: -32000,
        message: expect.stringMatching(/Greenlight: denied\.\nThe user denied this call: No cats\./),
      },
    });
    expect(last).toMatchObject({ error: { data: { 'greenlight/decision': { outcome: 'denied' } } } });
  });

  test('an edit is told with the result of the task', async () => {
    const heard = asTask(mine, 'a cat');
    const { id } = await greenlight.asked();
    greenlight.core.gate.decide(id, { answer: 'allow', for: 'once', arguments: { prompt: 'a dog' } });
    const [last] = (await heard).slice(-1);
    if (last?.type !== 'result') throw new Error(`No result: ${JSON.stringify(last)}`);
    const texts = last.result.content.map((part) => (part.type === 'text' ? part.text : ''));
    expect(texts[0]).toContain('video of a dog');
    expect(texts[1]).toContain(
      'the user changed the arguments before allowing this call. What ran: {"prompt":"a dog"}',
    );
    await until(() => videosIn(greenlight.core).length > 0);
    expect(videosIn(greenlight.core)).toMatchObject([{ prompt: 'a dog' }]);
  });
});

describe('tasks of 2026-07-28', () => {
  /** What a server says of a task that is done, with the tool's result in it. */
  const done = (taskId: string) => ({
    taskId,
    status: 'completed',
    result: { content: [{ type: 'text', text: JSON.stringify({ task_id: `video of ${taskId}` }) }] },
  });
  let made = 0;
  let modern: HttpUpstream;

  beforeEach(async () => {
    made = 0;
    modern = await startHttpUpstream({
      sessions: 'stateless',
      answers: 'json',
      tools: [
        {
          name: 'luma_generate_video',
          inputSchema: { type: 'object', properties: { prompt: { type: 'string' } } },
          run: () => ({ content: [] }),
        },
      ],
      intercept(request, response) {
        const { id, method, params } = JSON.parse(request.body || '{}');
        if (method === 'subscriptions/listen') {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          for (const taskId of ['task 1', 'task 2']) {
            const notification = { jsonrpc: '2.0', method: 'notifications/tasks', params: done(taskId) };
            response.write(`data: ${JSON.stringify(notification)}\n\n`);
          }
          response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result: {} })}\n\n`);
          return true;
        }
        if (method === 'tools/call') made += 1;
        const result =
          method === 'tools/call'
            ? { resultType: 'task', taskId: `task ${made}`, status: 'working' }
            : method === 'tasks/get' && { resultType: 'complete', ...done(params.taskId) };
        if (!result) return false;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
        return true;
      },
    });
    await greenlight.core.servers.useUpstream('luma', { kind: 'http', url: modern.url }, {});
    await greenlight.core.connection.refresh();
  });

  afterEach(() => modern.close());

  async function ask(method: string, params: object, token = greenlight.token) {
    const message = { jsonrpc: '2.0', id: 1, method, params };
    return (await greenlight.post(message, { authorization: `Bearer ${token}` })).text();
  }
  const call = (token?: string) =>
    ask('tools/call', { name: 'luma_generate_video', arguments: { prompt: 'a cat' } }, token);
  const videos = () => videosIn(greenlight.core).map(({ task_id, grant_id }) => ({ task_id, grant_id }));

  test('are seen by their own client only, when asked for and when announced', async () => {
    const another = greenlight.core.grants.create('A third client');
    expect(await call()).toContain('"taskId":"task 1"');
    expect(await call(another.token)).toContain('"taskId":"task 2"');
    expect(await ask('tasks/get', { taskId: 'task 1' })).toContain('completed');
    expect(await ask('tasks/get', { taskId: 'task 2' })).toContain('Task not found');
    const heard = await ask('subscriptions/listen', {});
    expect(heard).toContain('task 1');
    expect(heard).not.toContain('task 2');
  });

  test('list their videos when they are asked for', async () => {
    await call();
    await ask('tasks/get', { taskId: 'task 1' });
    expect(videos()).toEqual([{ task_id: 'video of task 1', grant_id: greenlight.grant.id }]);
  });

  test('list their videos when they are announced, and nobody asks', async () => {
    await call();
    await ask('subscriptions/listen', {});
    expect(videos()).toEqual([{ task_id: 'video of task 1', grant_id: greenlight.grant.id }]);
  });

  test.each([
    ['tasks/get', { taskId: 'task 1' }],
    ['subscriptions/listen', {}],
  ])('say by %s what the person had changed', async (method, params) => {
    greenlight.usePolicy(askAll());
    const called = call();
    const { id } = await greenlight.asked();
    greenlight.core.gate.decide(id, { answer: 'allow', for: 'once', arguments: { prompt: 'a dog' } });
    await called;
    expect(await ask(method, params)).toContain('the user changed the arguments before allowing this call');
  });
});
