import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { createParser } from 'eventsource-parser';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  echoTool,
  type HttpUpstream,
  type HttpUpstreamOptions,
  startHttpUpstream,
} from '../../servers/http.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { askAll, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { until } from '../../support/wait.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
let clock: TestClock;

async function start(options: HttpUpstreamOptions = {}): Promise<void> {
  clock = createTestClock();
  upstream = await startHttpUpstream({ sessions: 'stateless', ...options });
  greenlight = await startGreenlight({ upstream: upstream.url, policy: askAll(), clock });
}

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

const callMessage = (args: object = {}, meta?: object, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'echo', arguments: args, ...(meta && { _meta: meta }) },
});

/** What a client sees of an event stream, as it comes. */
function follow(response: Response) {
  const comments: string[] = [];
  const messages: { id?: unknown; method?: string; params?: object; result?: CallToolResult }[] = [];
  const parser = createParser({
    onComment: (comment) => comments.push(comment),
    onEvent: ({ data }) => messages.push(JSON.parse(data)),
  });
  const done = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  })();
  // A test that does not wait for the end does not care how it comes.
  done.catch(() => {});
  return { comments, messages, done };
}

const allow = (id: string, args?: object) =>
  greenlight.core.gate.decide(id, {
    answer: 'allow',
    for: 'once',
    ...(args && { arguments: args as never }),
  });

const decisionOf = (result: CallToolResult | undefined) =>
  result?._meta?.['greenlight/decision'] as Record<string, unknown> | undefined;

describe.each(['json', 'event-stream'] as const)('an upstream that answers by %s', (answers) => {
  test('the answer starts at once as a stream, is kept open, tells progress, and ends with the result', async () => {
    await start({ answers });
    const response = await greenlight.post(callMessage({ text: 'hi' }, { progressToken: 'p' }));
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const { comments, messages, done } = follow(response);
    await until(() => comments.length === 1);

    clock.advance(20_000);
    await until(() => comments.length === 3 && messages.length === 4);
    const progress = messages.map(({ params }) => params as { progress: number; message: string });
    expect(messages.every(({ method }) => method === 'notifications/progress')).toBe(true);
    expect(progress.map(({ message }) => message)).toEqual(
      ['4 min 55 s', '4 min 50 s', '4 min 45 s', '4 min 40 s'].map((left) => expect.stringContaining(left)),
    );
    for (const [index, { progress: value }] of progress.entries()) {
      expect(value).toBeGreaterThan(progress[index - 1]?.progress ?? 0);
      expect(value).toBeLessThan(1);
    }

    allow((await greenlight.asked()).id);
    await done;
    expect(messages.at(-1)).toEqual({
      jsonrpc: '2.0',
      id: 1,
      result: { content: [{ type: 'text', text: '{"text":"hi"}' }] },
    });
    const before = comments.length;
    clock.advance(60_000);
    expect(comments).toHaveLength(before);
  });

  test('edited arguments are what runs, and the agent is told', async () => {
    await start({ answers });
    const { messages, done } = follow(await greenlight.post(callMessage({ text: 'mine' })));
    allow((await greenlight.asked()).id, { text: 'theirs' });
    await done;
    expect(upstream.messages('tools/call').map(({ params }) => params)).toEqual([
      { name: 'echo', arguments: { text: 'theirs' } },
    ]);
    const { result } = messages[0] ?? {};
    expect(result?.content).toEqual([
      { type: 'text', text: '{"text":"theirs"}' },
      { type: 'text', text: expect.stringContaining('changed the arguments') },
    ]);
    expect(decisionOf(result)).toEqual({
      outcome: 'allowed',
      edited: { from: { text: 'mine' }, to: { text: 'theirs' } },
    });
  });
});

test('a call that is judged anew tells how long its new question has, and its progress goes on growing', async () => {
  await start();
  // As a client does that waits as long as progress arrives.
  greenlight.core.grants.update(greenlight.grant.id, { holdSeconds: 3600 });
  const { messages } = follow(await greenlight.post(callMessage({}, { progressToken: 'p' })));
  const { id } = await greenlight.asked();
  clock.advance(290_000);
  greenlight.usePolicy(askAll('10m'));
  expect((await greenlight.asked()).id).not.toBe(id);
  clock.advance(590_000);
  await until(() => messages.length === 58 + 118);
  const told = messages.map(({ params }) => params as { progress: number; message: string });
  expect(told[57]?.message).toContain('10 s left');
  expect(told[58]?.message).toContain('9 min 55 s left');
  expect(told.at(-1)?.message).toContain('10 s left');
  expect(
    told.every(({ progress }, index) => progress > (told[index - 1]?.progress ?? 0) && progress < 1),
  ).toBe(true);
});

test('without a progress token there is no progress, only comments', async () => {
  await start();
  const { comments, messages } = follow(await greenlight.post(callMessage()));
  clock.advance(30_000);
  await until(() => comments.length === 4);
  expect(messages).toEqual([]);
});

test.each(['application/json', 'application/json, text/event-stream;q=0'])(
  'a client that accepts %s gets one JSON answer when it is decided',
  async (accept) => {
    await start({ answers: 'json', sessions: 'stateless', intercept: jsonCall });
    const response = greenlight.post(callMessage(), { accept });
    allow((await greenlight.asked()).id);
    const { headers } = await response;
    expect(headers.get('content-type')).toBe('application/json');
    expect(await (await response).json()).toMatchObject({ id: 1, result: {} });
  },
);

/** The SDK's server insists on both types in Accept; the hosted one does not. */
function jsonCall(
  received: { body: string },
  response: { setHeader(name: string, value: string): unknown; end(body: string): unknown },
): boolean {
  const { id, method } = JSON.parse(received.body || '{}');
  if (method !== 'tools/call') return false;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } }));
  return true;
}

test('a denial with a reason reaches the agent on the stream', async () => {
  await start();
  const { messages, done } = follow(await greenlight.post(callMessage()));
  const { id } = await greenlight.asked();
  greenlight.core.gate.decide(id, { answer: 'deny', for: 'once', reason: 'Too expensive.' });
  await done;
  expect(messages[0]?.result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^Greenlight: denied\.\n.*Too expensive\./) }],
  });
  expect(upstream.messages('tools/call')).toEqual([]);
});

test('after the hold the agent gets a ticket, the question stays, and the call runs once when called again', async () => {
  await start();
  const first = follow(await greenlight.post(callMessage({ text: 'boat' })));
  const approval = await greenlight.asked();
  clock.advance(44_999);
  expect(first.messages).toEqual([]);
  clock.advance(1);
  await first.done;
  const waiting = first.messages[0]?.result;
  expect(waiting?.isError).toBe(true);
  expect(waiting?.content[0]).toMatchObject({
    text: expect.stringMatching(/^Greenlight: waiting for approval\.\n/),
  });
  expect(decisionOf(waiting)).toMatchObject({ outcome: 'waiting', ticket: approval.id });

  // It calls again before the answer: the same question.
  const second = follow(await greenlight.post(callMessage({ text: 'boat' })));
  await until(() => greenlight.core.gate.waiting(approval.id) === 1);
  clock.advance(45_000);
  await second.done;
  expect(greenlight.core.approvals.pending()).toHaveLength(1);

  allow(approval.id);
  const third = follow(await greenlight.post(callMessage({ text: 'boat' })));
  await third.done;
  expect(third.messages[0]?.result?.content).toEqual([{ type: 'text', text: '{"text":"boat"}' }]);
  expect(upstream.messages('tools/call')).toHaveLength(1);
  // The ticket is used up: the same call is a new question.
  const fourth = follow(await greenlight.post(callMessage({ text: 'boat' })));
  await greenlight.asked();
  expect(upstream.messages('tools/call')).toHaveLength(1);
  greenlight.core.gate.decide((await greenlight.asked()).id, { answer: 'deny', for: 'once' });
  await fourth.done;
});

test('a grant may be held longer, until the approval ends', async () => {
  await start();
  greenlight.core.grants.update(greenlight.grant.id, { holdSeconds: 3600 });
  const { messages, done } = follow(await greenlight.post(callMessage()));
  await greenlight.asked();
  clock.advance(299_999);
  expect(messages).toEqual([]);
  clock.advance(1);
  await done;
  expect(messages[0]?.result?.content[0]).toMatchObject({
    text: expect.stringContaining('did not answer within 5 min'),
  });
  expect(greenlight.core.approvals.pending()).toEqual([]);
});

test.each([
  ['claude-code', true],
  ['codex-mcp-client', true],
  ['gemini-cli-mcp-client', true],
  ['github-copilot-developer', true],
  ['copilot-cli', true],
  ['opencode', true],
  ['qwen-cli-mcp-client-greenlight', true],
  ['opencoder', false],
  ['mcp', false],
])('a client that calls itself %s is held until the approval ends: %s', async (name, patient) => {
  await start();
  const client = new Client({ name, version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(greenlight.core.mcpUrl), {
    requestInit: { headers: { authorization: `Bearer ${greenlight.token}` } },
  });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  onTestFinished(() => client.close());
  const call = async () =>
    decisionOf((await client.callTool({ name: 'echo', arguments: { text: 'boat' } })) as CallToolResult);
  const first = call();
  await greenlight.asked();
  clock.advance(45_000);
  if (patient) clock.advance(5 * 60_000 - 45_000);
  expect(await first).toMatchObject(patient ? { rule: '(expired)' } : { outcome: 'waiting' });

  // What the person chose counts before the name.
  greenlight.core.grants.update(greenlight.grant.id, { holdSeconds: 15 });
  const second = call();
  const { id } = await greenlight.asked();
  await until(() => greenlight.core.gate.waiting(id) === 1);
  clock.advance(15_000);
  expect(await second).toMatchObject({ outcome: 'waiting' });
});

test('a client that goes away withdraws its question', async () => {
  await start();
  const left = new AbortController();
  const response = await greenlight.post(callMessage(), {}, left.signal);
  const { id } = await greenlight.asked();
  left.abort();
  await response.text().catch(() => {});
  await until(() => greenlight.core.approvals.pending().length === 0);
  expect(greenlight.core.approvals.get(id)?.state).toBe('withdrawn');
  expect(upstream.messages('tools/call')).toEqual([]);
});

test('a client that goes away after it got a ticket leaves the question open', async () => {
  await start();
  const { done } = follow(await greenlight.post(callMessage()));
  const { id } = await greenlight.asked();
  clock.advance(45_000);
  await done;
  const left = new AbortController();
  const again = await greenlight.post(callMessage(), {}, left.signal);
  await until(() => greenlight.core.gate.waiting(id) === 1);
  left.abort();
  await again.text().catch(() => {});
  await until(() => greenlight.core.gate.waiting(id) === 0);
  expect(greenlight.core.approvals.get(id)?.state).toBe('pending');
});

test('a cancellation withdraws the question it names, and stays here', async () => {
  await start();
  const { done, messages } = follow(await greenlight.post(callMessage({}, undefined, 'a')));
  const { id } = await greenlight.asked();
  const cancel = (requestId: unknown) =>
    greenlight.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
  upstream.received.length = 0;
  expect((await cancel('b')).status).toBe(202);
  expect(upstream.messages('notifications/cancelled')).toHaveLength(1);
  expect((await cancel('a')).status).toBe(202);
  await done;
  expect(greenlight.core.approvals.get(id)?.state).toBe('withdrawn');
  expect(messages[0]?.result?.isError).toBe(true);
  expect(upstream.messages()).toHaveLength(1);
});

test('another grant cannot cancel it', async () => {
  await start();
  const response = greenlight.post(callMessage({}, undefined, 1));
  const { id } = await greenlight.asked();
  const other = greenlight.core.grants.create('Other');
  await greenlight.post(
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
    { authorization: `Bearer ${other.token}` },
  );
  expect(greenlight.core.approvals.get(id)?.state).toBe('pending');
  allow(id);
  await (await response).text();
});

test('five identical calls are one question and one run, and all get its answer', async () => {
  await start();
  const calls = [];
  for (let id = 1; id <= 5; id += 1)
    calls.push(follow(await greenlight.post(callMessage({ text: 'x' }, {}, id))));
  const approval = await greenlight.asked();
  await until(() => greenlight.core.gate.waiting(approval.id) === 5);
  expect(greenlight.core.approvals.pending()).toHaveLength(1);
  allow(approval.id, { text: 'y' });
  await Promise.all(calls.map(({ done }) => done));
  expect(upstream.messages('tools/call')).toHaveLength(1);
  for (const [index, { messages }] of calls.entries()) {
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ id: index + 1, result: { content: [{ text: '{"text":"y"}' }, {}] } });
  }
});

test('the headers that repeat arguments follow an edit', async () => {
  await start({
    answers: 'json',
    tools: [
      {
        ...echoTool,
        inputSchema: {
          type: 'object',
          properties: {
            region: { type: 'string', 'x-mcp-header': 'Region' },
            tenant: { type: 'string', 'x-mcp-header': 'Tenant' },
            note: { type: 'string' },
          } as never,
        },
      },
    ],
  });
  const response = greenlight.post(callMessage({ region: 'eu', tenant: 't' }), {
    'mcp-param-region': 'eu',
    'mcp-param-tenant': 't',
    'mcp-name': 'echo',
  });
  allow((await greenlight.asked()).id, { region: 'größer' });
  await (await response).text();
  const headers = upstream.received.at(-1)?.headers ?? {};
  const params = Object.entries(headers).filter(([name]) => name.startsWith('mcp-param-'));
  expect(params).toEqual([['mcp-param-region', `=?base64?${Buffer.from('größer').toString('base64')}?=`]]);
});

test('an upstream that refuses an allowed call with an error of no id is heard under the call’s id', async () => {
  await start({
    intercept(received, response) {
      if (!received.body.includes('tools/call')) return false;
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Not like this"}}');
      return true;
    },
  });
  const { messages, done } = follow(await greenlight.post(callMessage({}, undefined, 'mine')));
  allow((await greenlight.asked()).id);
  await done;
  expect(messages).toEqual([
    { jsonrpc: '2.0', id: 'mine', error: { code: -32000, message: 'Not like this' } },
  ]);
});

test('when Greenlight stops, what waits is answered', async () => {
  await start();
  const { messages, done } = follow(await greenlight.post(callMessage()));
  await greenlight.asked();
  await greenlight.core.stop();
  await done;
  expect(messages[0]?.result?.content[0]).toMatchObject({
    text: expect.stringContaining('Greenlight is quitting'),
  });
});

test('the SDK client that gives up without progress support still gets its video', async () => {
  await start({ sessions: 'stateful' });
  const client = await greenlight.connect();
  const call = () =>
    client.callTool({ name: 'echo', arguments: { text: 'video' } }, undefined, { timeout: 60_000 });
  const first = call();
  const { id } = await greenlight.asked();
  clock.advance(45_000);
  expect(decisionOf((await first) as CallToolResult)).toMatchObject({ outcome: 'waiting' });
  // A minute later the person is back.
  clock.advance(60_000);
  allow(id);
  expect(await call()).toEqual({ content: [{ type: 'text', text: '{"text":"video"}' }] });
  expect(upstream.messages('tools/call')).toHaveLength(1);
});
