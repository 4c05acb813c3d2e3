/** The forms of an answer: where Greenlight is the server (sandbox, processes) each client gets what its `Accept` takes. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { acceptedBy } from '../../../main/proxy/accept.ts';
import type { UpstreamSettings } from '../../../shared/settings.ts';
import { askAll, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: '2025-06-18',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'test', version: '1' },
  },
};
const call = (name: string, args: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args, _meta: { progressToken: 1 } },
});
const [JSON_TYPE, STREAM] = ['application/json', 'text/event-stream'];

/** Content type and answer, of plain JSON or of a stream. */
async function answerOf(response: Response) {
  const type = response.headers.get('content-type');
  const body = await response.text();
  const data =
    type === STREAM ? body.split('\n').flatMap((line) => /^data: (.*)$/.exec(line)?.[1] ?? []) : [body];
  return { type, messages: data.map((text) => JSON.parse(text)) };
}

describe.each<[string, UpstreamSettings]>([
  ['a process', { kind: 'stdio', command: process.execPath, args: [stdioServer], envNames: [] }],
  ['the sandbox', { kind: 'sandbox' }],
])('%s', (_what, upstream) => {
  let greenlight: TestGreenlight;
  const [tool, args] = upstream.kind === 'stdio' ? ['steps', {}] : ['luma_get_task', { task_id: 'none' }];
  beforeAll(async () => {
    greenlight = await startGreenlight({ upstream });
    await greenlight.core.connection.refresh();
  });
  afterAll(() => greenlight.stop());

  test.each([
    ['application/json', JSON_TYPE],
    ['application/*;q=0.5', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/json, text/event-stream;q=0', JSON_TYPE],
    ['', JSON_TYPE],
    ['text/event-stream', STREAM],
    ['text/*', STREAM],
  ])('answers the handshake, notifications and calls to a client that takes %j', async (accept, type) => {
    const opened = await greenlight.post(initialize, { accept });
    const session = opened.headers.get('mcp-session-id');
    expect(await answerOf(opened)).toMatchObject({ type, messages: [{ id: 0, result: {} }] });
    const headers = { accept, ...(session !== null && { 'mcp-session-id': session }) };
    const told = await greenlight.post({ jsonrpc: '2.0', method: 'notifications/initialized' }, headers);
    expect(told.status).toBe(202);
    const { type: found, messages } = await answerOf(await greenlight.post(call(tool, args), headers));
    expect([found, messages.at(-1)]).toEqual([
      type,
      expect.objectContaining({ id: 1, result: expect.any(Object) }),
    ]);
  });
});

test('a process that asks a client which takes plain JSON alone is told that it cannot, and the call ends', async () => {
  const greenlight = await startGreenlight({
    upstream: { kind: 'stdio', command: process.execPath, args: [stdioServer], envNames: [] },
  });
  onTestFinished(() => greenlight.stop());
  await greenlight.core.connection.refresh();
  const opened = await greenlight.post(initialize, { accept: JSON_TYPE });
  const headers = { accept: JSON_TYPE, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
  const { messages } = await answerOf(await greenlight.post(call('ask'), headers));
  expect(JSON.stringify(messages)).toContain('the client takes no event streams');
});

test('who could not read the answer is told before the person is asked, and nothing runs', async () => {
  const greenlight = await startGreenlight({ policy: askAll() });
  onTestFinished(() => greenlight.stop());
  const sent = call('luma_generate_video', { prompt: 'x' });
  const response = await greenlight.post(sent, { accept: 'text/html, application/json;q=0' });
  expect([response.status, await response.json()]).toMatchObject([
    406,
    { id: 1, error: { message: expect.stringContaining('nothing ran') } },
  ]);
  expect(greenlight.core.approvals.pending()).toEqual([]);

  const asked = greenlight.post(sent, { accept: JSON_TYPE });
  const approval = await greenlight.asked();
  greenlight.core.gate.decide(approval.id, { answer: 'allow', for: 'once' });
  expect(await answerOf(await asked)).toMatchObject({ type: JSON_TYPE, messages: [{ id: 1, result: {} }] });
});

test('a header is read as RFC 9110 says', () => {
  expect(acceptedBy(undefined)).toEqual({ json: true, streams: false, anything: true });
  expect(acceptedBy('Application/JSON, Text/Event-Stream')).toMatchObject({ json: true, streams: true });
  expect(acceptedBy('text/html;q=0.9, application/xhtml+xml')).toMatchObject({ json: false, streams: false });
  expect(acceptedBy('*/*;q=0')).toMatchObject({ json: false, anything: false });
});
