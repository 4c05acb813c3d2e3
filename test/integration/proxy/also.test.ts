/** What is sent beside the arguments: judged, shown, logged and bound like them. */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { noticeFor } from '../../../main/notify/notice.ts';
import { type HttpUpstream, type HttpUpstreamOptions, startHttpUpstream } from '../../servers/http.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { allEnded, askAll, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { until } from '../../support/wait.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
let clock: TestClock;

/** A server that asks for the amount before it spends, as servers do since 2026-07-28. */
const askingForMore: HttpUpstreamOptions = {
  sessions: 'stateless',
  answers: 'json',
  intercept(request, response) {
    // The SDK's server wants to be offered both, whatever it then answers.
    request.headers.accept = 'application/json, text/event-stream';
    const { id, method, params } = JSON.parse(request.body);
    if (method !== 'tools/call' || params.name !== 'echo' || params.inputResponses) return false;
    if (params.arguments?.text !== 'buy') return false;
    const result = { resultType: 'input_required', inputRequests: {}, requestState: 'state-1' };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
    return true;
  },
};

beforeEach(async () => {
  clock = createTestClock();
  upstream = await startHttpUpstream(askingForMore);
  greenlight = await startGreenlight({ upstream: upstream.url, policy: askAll(), clock });
  upstream.received.length = 0;
});

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

const callWith = (members: object, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'buy' }, ...members },
});
const amount = (usd: number) => ({
  inputResponses: { amount: { content: { usd } } },
  requestState: 'state-1',
});
const json = { accept: 'application/json' };
const allow = { answer: 'allow', for: 'once' } as const;

/** The lines of the notification about what waits, and whether it has the buttons. */
async function noticed() {
  const approval = await greenlight.asked();
  const { body, answerable } = noticeFor({ ...approval, client: { label: 'Client' } });
  return { lines: body.split('\n'), answerable };
}

async function answerOf(response: Promise<Response>) {
  return (await (await response).json()) as {
    id: unknown;
    result?: CallToolResult & { resultType?: string };
    error?: { code: number; message: string };
  };
}
const pending = () => greenlight.core.approvals.pending();
const ran = () => upstream.messages('tools/call').map(({ params }) => params);

test('a ticket runs what was approved and nothing else: another amount is another question', async () => {
  const first = answerOf(greenlight.post(callWith(amount(1)), json));
  const { id } = await greenlight.asked();
  clock.advance(45_000);
  expect((await first).result?._meta?.['greenlight/decision']).toMatchObject({ ticket: id });
  greenlight.core.gate.decide(id, allow);

  const other = answerOf(greenlight.post(callWith(amount(100_000)), json));
  await until(() => pending().length === 1);
  expect(pending()[0]).toMatchObject({ also: amount(100_000) });
  expect(ran()).toEqual([]);
  greenlight.core.gate.decide(String(pending()[0]?.id), { answer: 'deny', for: 'once' });
  expect((await other).result?.isError).toBe(true);

  expect((await answerOf(greenlight.post(callWith(amount(1)), json))).result?.isError).toBeUndefined();
  expect(ran()).toMatchObject([amount(1)]);
});

test('two calls that wait with different answers are two questions, each with its own result', async () => {
  const answers = [1, 2].map((usd) => answerOf(greenlight.post(callWith(amount(usd), usd), json)));
  await until(() => pending().length === 2);
  for (const { id } of pending()) greenlight.core.gate.decide(id, allow);
  await Promise.all(answers);
  expect(
    ran().map((params) => (params as ReturnType<typeof amount>).inputResponses.amount.content.usd),
  ).toEqual([1, 2]);
});

test('a call that wants a task does not join one that does not', async () => {
  const plain = answerOf(greenlight.post(callWith({ arguments: { text: 'a' } }, 1), json));
  const task = answerOf(
    greenlight.post(callWith({ arguments: { text: 'a' }, task: { ttl: 1000 } }, 2), json),
  );
  await until(() => pending().length === 2);
  for (const { id } of pending()) greenlight.core.gate.decide(id, allow);
  await Promise.all([plain, task]);
  expect(ran()).toEqual([
    { name: 'echo', arguments: { text: 'a' } },
    { name: 'echo', arguments: { text: 'a' }, task: { ttl: 1000 } },
  ]);
});

test('a call that could do less with the answer does not share it', async () => {
  const able = {
    'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
  };
  const answers = [{}, { _meta: able }].map((members, id) =>
    answerOf(greenlight.post(callWith(members, id), json)),
  );
  await until(() => pending().length === 2);
  // It is no part of what is asked.
  expect(pending().map(({ also }) => also)).toEqual([{}, {}]);
  for (const { id } of pending()) greenlight.core.gate.decide(id, allow);
  await Promise.all(answers);
});

test('the person sees what else is sent, in the window and in the notification; the log keeps it, masked', async () => {
  const sent = { ...amount(5), _meta: { 'vendor/account': 'shared', 'vendor/token': 'abc' } };
  const answer = answerOf(greenlight.post(callWith(sent), json));
  const approval = await greenlight.asked();
  expect(approval.also).toEqual(sent);
  expect(approval.signals.slice(0, 2)).toEqual([
    { kind: 'second-half', text: expect.stringContaining('{"amount":{"content":{"usd":5}}}') },
    { kind: 'also', text: expect.stringContaining('"vendor/account":"shared"') },
  ]);
  greenlight.core.gate.decide(approval.id, allow);
  await answer;
  const [row] = greenlight.core.database.sql.prepare('SELECT also FROM activity').all();
  expect(JSON.parse(String(row?.also))).toEqual({
    ...sent,
    _meta: { 'vendor/account': 'shared', 'vendor/token': '[masked]' },
  });
  expect(greenlight.core.approvals.get(approval.id)?.also).toMatchObject({
    _meta: { 'vendor/token': '[masked]' },
  });
  expect((await greenlight.core.activity.verify()).valid).toBe(true);
});

test('the second half of a call that was allowed says so, and asks for what is new', async () => {
  const first = answerOf(greenlight.post(callWith({}), json));
  greenlight.core.gate.decide((await greenlight.asked()).id, allow);
  expect((await first).result?.resultType).toBe('input_required');
  const rows = () => greenlight.core.database.sql.prepare('SELECT result FROM activity ORDER BY seq').all();
  await allEnded(greenlight, clock);
  expect(rows()[0]?.result).toBe('input required');

  const second = answerOf(greenlight.post(callWith(amount(7)), json));
  const [signal] = (await greenlight.asked()).signals;
  expect(signal?.text).toMatch(/^Second half of a call that was allowed at \d\d:\d\d\. New: \{"amount":/);
  greenlight.core.gate.decide(String(pending()[0]?.id), allow);
  expect((await second).result?.isError).toBeUndefined();

  // Where the server asked for nothing, it does not say so.
  const made = answerOf(greenlight.post(callWith({ ...amount(7), arguments: { text: 'other' } }), json));
  expect((await greenlight.asked()).signals[0]?.text).toMatch(
    /^Answers what the server is not known to have asked\. New: /,
  );
  greenlight.core.gate.decide(String(pending()[0]?.id), { answer: 'deny', for: 'once' });
  await made;
});

test('the second half of a call to a server that is not in use any more is none', async () => {
  /** A call that the server answers by asking for more. */
  const half = async () => {
    const first = answerOf(greenlight.post(callWith({}), json));
    greenlight.core.gate.decide((await greenlight.asked()).id, allow);
    expect((await first).result?.resultType).toBe('input_required');
    await allEnded(greenlight, clock);
  };
  /** What the person is told of a retry. */
  const told = async () => {
    const second = answerOf(greenlight.post(callWith(amount(7)), json));
    const { id, signals } = await greenlight.asked();
    greenlight.core.gate.decide(id, { answer: 'deny', for: 'once' });
    await second;
    // What was denied a moment ago is not asked again.
    clock.advance(61_000);
    return signals[0]?.text;
  };
  const isHalf = expect.stringMatching(/^Second half of a call that was allowed/);
  const isNone = expect.stringMatching(/^Answers what the server is not known to have asked/);

  await half();
  expect(await told()).toEqual(isHalf);
  const another = await startHttpUpstream(askingForMore);
  onTestFinished(() => another.close());
  const { settings, connection } = greenlight.core;
  await greenlight.core.servers.useUpstream('luma', { kind: 'http', url: another.url }, {});
  await connection.refresh();
  expect(await told()).toEqual(isNone);
  await half();
  expect(await told()).toEqual(isHalf);
  // Another token is another way to the same server.
  await greenlight.core.servers.useUpstream('luma', settings.get().upstream, { token: 'another' });
  await connection.refresh();
  expect(await told()).toEqual(isHalf);
});

test('what is new stands whole in the notification, or it cannot be answered there', async () => {
  const first = answerOf(greenlight.post(callWith(amount(100_000)), json));
  expect(await noticed()).toMatchObject({
    lines: [
      '{"text":"buy"}',
      'Answers what the server is not known to have asked. New: {"amount":{"content":{"usd":100000}}}',
      'Also sends {"requestState":"state-1"}',
      'You have not allowed this client this tool before',
    ],
    answerable: true,
  });
  greenlight.core.gate.decide(String(pending()[0]?.id), { answer: 'deny', for: 'once' });
  await first;

  // What the server is said to have written down of the first half is the client's to choose as well.
  const stated = { ...amount(5), requestState: `${'x'.repeat(100)} 100000` };
  const third = answerOf(greenlight.post(callWith(stated), json));
  expect(await noticed()).toMatchObject({
    lines: expect.arrayContaining(['It sends more than fits here. Open it to allow it.']),
    answerable: false,
  });
  greenlight.core.gate.decide(String(pending()[0]?.id), { answer: 'deny', for: 'once' });
  await third;

  const padded = { inputResponses: { a: 'x'.repeat(40), ...amount(100_000).inputResponses } };
  const second = answerOf(greenlight.post(callWith(padded), json));
  const { lines, answerable } = await noticed();
  expect(lines[1]).not.toContain('100000');
  expect(answerable).toBe(false);
  greenlight.core.gate.decide(String(pending()[0]?.id), { answer: 'deny', for: 'once' });
  await second;
});

test('when the first half was allowed is said as the wall clock shows it', async () => {
  clock.set(5 * 3_600_000 + 60_000);
  const first = answerOf(greenlight.post(callWith({}), json));
  greenlight.core.gate.decide((await greenlight.asked()).id, allow);
  await first;
  const rows = () => greenlight.core.database.sql.prepare('SELECT result FROM activity').all();
  await allEnded(greenlight, clock);
  expect(rows()[0]?.result).toBe('input required');
  const second = answerOf(greenlight.post(callWith(amount(7)), json));
  const shown = new Date(clock.wall()).toTimeString().slice(0, 5);
  expect((await greenlight.asked()).signals[0]?.text).toContain(`allowed at ${shown}.`);
  greenlight.core.gate.decide(String(pending()[0]?.id), { answer: 'deny', for: 'once' });
  await second;
});

test('an edit of the arguments leaves the rest as it was shown', async () => {
  const answer = answerOf(greenlight.post(callWith(amount(5)), json));
  const { id } = await greenlight.asked();
  greenlight.core.gate.decide(id, { ...allow, arguments: { text: 'sell' } });
  await answer;
  expect(ran()).toEqual([{ name: 'echo', arguments: { text: 'sell' }, ...amount(5) }]);
});

test.each([
  ['that no revision defines', { priority: 'high' }, /"priority" that no revision of MCP defines/],
  ['that could be misread as the name', { Name: 'other' }, /"Name" that could be misread/],
  ['that could be misread as the arguments', { 'arguments ': {} }, /"arguments " that could be misread/],
  ['__proto__', JSON.parse('{"__proto__":{"usd":1}}'), /"__proto__" that no revision of MCP defines/],
  ['_meta that is no object', { _meta: 'x' }, /params\._meta must be an object/],
])('a member %s is refused in words', async (_what, members, message) => {
  const { error } = await answerOf(greenlight.post(callWith(members), json));
  expect(error).toMatchObject({ code: -32602, message: expect.stringMatching(message) });
  expect(ran()).toEqual([]);
});

test('what only steers the transport, or is a client’s own bookkeeping, makes no other call; the latter is not sent on', async () => {
  const meta = (n: number) => ({
    progressToken: n,
    traceparent: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333${n}-01`,
    'io.modelcontextprotocol/clientInfo': { name: 'c', version: String(n) },
    'claudecode/toolUseId': `toolu_${n}`,
    'vscode.requestId': `${n}`,
    'x-codex-turn-metadata': { n },
  });
  const answers = [1, 2].map((n) =>
    answerOf(greenlight.post(callWith({ arguments: {}, _meta: meta(n) }, n), json)),
  );
  await until(() => greenlight.core.gate.waiting(String(pending()[0]?.id)) === 2);
  expect(pending()).toMatchObject([{ also: {} }]);
  greenlight.core.gate.decide(String(pending()[0]?.id), allow);
  await Promise.all(answers);
  const { progressToken, traceparent, 'io.modelcontextprotocol/clientInfo': info } = meta(1);
  expect(ran()).toEqual([
    {
      name: 'echo',
      arguments: {},
      _meta: { progressToken, traceparent, 'io.modelcontextprotocol/clientInfo': info },
    },
  ]);
});

test('a call that waits while the upstream is exchanged is refused in words, and nobody is asked again', async () => {
  const first = answerOf(greenlight.post(callWith({}), json));
  await greenlight.asked();
  await greenlight.core.servers.useUpstream('luma', { kind: 'sandbox' }, {});
  const { result } = await first;
  expect(result?.content).toMatchObject([
    { text: expect.stringMatching(/use another server .+List the tools again/s) },
  ]);
  expect(pending()).toEqual([]);
  const rows = greenlight.core.database.sql.prepare('SELECT rule, outcome FROM activity').all();
  expect(rows.map((row) => ({ ...row }))).toEqual([{ rule: '(upstream exchanged)', outcome: 'withdrawn' }]);
});
