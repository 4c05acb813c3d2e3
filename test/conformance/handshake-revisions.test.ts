/**
 * The revisions with a handshake: a client that talks to the upstream through Greenlight sees what it sees
 * when it talks to it directly, and the upstream hears the same.
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  EmptyResultSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, test } from 'vitest';
import { startFullUpstream } from '../servers/full.ts';
import { echoTool, type HttpUpstream } from '../servers/http.ts';
import { callForText } from '../support/client.ts';
import { startGreenlight, type TestGreenlight } from '../support/greenlight.ts';
import { until } from '../support/wait.ts';

const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];
const KINDS = [
  ['event-stream', 'stateful'],
  ['event-stream', 'stateless'],
  ['json', 'stateful'],
  ['json', 'stateless'],
] as const;

let upstream: HttpUpstream | undefined;
let greenlight: TestGreenlight | undefined;

afterEach(async () => {
  await greenlight?.stop();
  await upstream?.close();
  greenlight = undefined;
  upstream = undefined;
});

interface Connected {
  client: Client;
  transport: StreamableHTTPClientTransport;
  /** What came without being asked for. */
  heard: unknown[];
}

async function connect(url: string, token?: string): Promise<Connected> {
  const heard: unknown[] = [];
  const client = new Client(
    { name: 'conformance', version: '1' },
    { capabilities: { sampling: {}, elicitation: {}, roots: {} } },
  );
  client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => ({
    model: 'm',
    role: 'assistant',
    content: { type: 'text', text: `hi, ${params.maxTokens}` },
  }));
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => ({
    action: 'accept',
    content: { which: params.message },
  }));
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///films' }] }));
  for (const schema of [
    LoggingMessageNotificationSchema,
    ResourceUpdatedNotificationSchema,
    ToolListChangedNotificationSchema,
  ] as (typeof LoggingMessageNotificationSchema)[]) {
    client.setNotificationHandler(schema, (notification) => void heard.push(notification));
  }
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    reconnectionOptions: {
      initialReconnectionDelay: 10,
      maxReconnectionDelay: 20,
      reconnectionDelayGrowFactor: 1,
      maxRetries: 5,
    },
  });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return { client, transport, heard };
}

/** All that works on any upstream; failures are part of what is seen. */
async function converse({ client, transport, heard }: Connected): Promise<unknown[]> {
  const seen: unknown[] = [
    client.getServerVersion(),
    client.getServerCapabilities(),
    transport.protocolVersion,
    transport.sessionId === undefined ? 'no session' : 'a session',
  ];
  const note = async (what: Promise<unknown>) =>
    seen.push(await what.catch((error) => ({ code: error.code, message: error.message, data: error.data })));
  await note(client.ping());
  await note(client.listTools());
  await note(client.callTool({ name: 'echo', arguments: { text: 'ü€🎬\u2028' } }));
  await note(
    client.callTool({ name: 'steps' }, undefined, { onprogress: (progress) => void seen.push(progress) }),
  );
  await note(client.callTool({ name: 'fail' }));
  await note(client.callTool({ name: 'rich' }));
  await note(client.listResources());
  await note(client.listResourceTemplates());
  await note(client.readResource({ uri: 'memo://1' }));
  await note(client.listPrompts());
  await note(client.getPrompt({ name: 'storyboard' }));
  await note(
    client.complete({ ref: { type: 'ref/prompt', name: 'storyboard' }, argument: { name: 'a', value: 'x' } }),
  );
  await note(client.setLoggingLevel('info'));
  await note(client.request({ method: 'vendor/unknown', params: { a: [1] } }, EmptyResultSchema));
  await note(client.sendRootsListChanged());
  seen.push(heard);
  return seen;
}

/** What the upstream heard of a client, without what differs from one connection to the next. */
function heardBy(server: HttpUpstream): unknown[] {
  return server.received.map(({ method, headers, body }) => ({
    method,
    body: body === '' ? '' : JSON.parse(body),
    accept: headers.accept,
    version: headers['mcp-protocol-version'],
    session: headers['mcp-session-id'] !== undefined,
  }));
}

/** A stream that is opened with GET may come at any time; its order among requests says nothing. */
const byMethod = (heard: unknown[], method: string) =>
  heard.filter((request) => ((request as { method: string }).method === 'GET') === (method === 'GET'));

describe.each(VERSIONS)('revision %s', (version) => {
  test.each(KINDS)('passes unchanged: %s, %s', async (answers, sessions) => {
    upstream = await startFullUpstream(version, { answers, sessions });
    const direct = await connect(upstream.url);
    const expected = await converse(direct);
    await direct.client.close();
    const expectedHeard = heardBy(upstream);

    greenlight = await startGreenlight({ upstream: upstream.url });
    upstream.received.length = 0;
    const proxied = await connect(greenlight.core.mcpUrl, greenlight.token);
    expect(await converse(proxied)).toEqual(expected);
    expect(expected[2]).toBe(version);
    expect(byMethod(heardBy(upstream), 'POST')).toEqual(byMethod(expectedHeard, 'POST'));
    await proxied.client.close();
  });

  test('passes what the upstream asks of the client, in the middle of a call', async () => {
    upstream = await startFullUpstream(version);
    greenlight = await startGreenlight({ upstream: upstream.url });
    const { client } = await connect(greenlight.core.mcpUrl, greenlight.token);
    const answerOf = async (name: string) => JSON.parse(await callForText(client, name));
    expect(await answerOf('sample')).toEqual({ type: 'text', text: 'hi, 5' });
    expect(await answerOf('elicit')).toEqual({ action: 'accept', content: { which: 'Which?' } });
    const prompt = await client.getPrompt({ name: 'storyboard', arguments: { roots: 'yes' } });
    expect(prompt.messages[0]?.content).toEqual({
      type: 'text',
      text: JSON.stringify({ roots: [{ uri: 'file:///films' }] }),
    });
    await client.close();
  });

  test('passes what comes on the stream of the session, and its end', async () => {
    upstream = await startFullUpstream(version);
    greenlight = await startGreenlight({ upstream: upstream.url });
    const { client, transport, heard } = await connect(greenlight.core.mcpUrl, greenlight.token);
    const opened = upstream;
    await until(() =>
      opened.received.some(({ method, headers }) => method === 'GET' && 'mcp-session-id' in headers),
    );
    await upstream.setTools([echoTool]);
    await client.subscribeResource({ uri: 'memo://1' });
    await until(() => heard.length === 2);
    expect(heard).toEqual([
      { method: 'notifications/tools/list_changed' },
      { method: 'notifications/resources/updated', params: { uri: 'memo://1' } },
    ]);
    await transport.terminateSession();
    expect(upstream.servers()).toEqual([]);
    expect(upstream.received.at(-1)).toMatchObject({ method: 'DELETE' });
    await client.close();
  });

  test('passes a cancellation to the call that runs', async () => {
    upstream = await startFullUpstream(version);
    greenlight = await startGreenlight({ upstream: upstream.url });
    const { client } = await connect(greenlight.core.mcpUrl, greenlight.token);
    const cancel = new AbortController();
    const call = client.callTool({ name: 'hang' }, undefined, { signal: cancel.signal });
    const running = upstream;
    await until(() => running.messages('tools/call').length === 1);
    cancel.abort('enough');
    await expect(call).rejects.toThrow(/enough/);
    await until(() => running.messages('notifications/cancelled').length === 1);
    const [sent] = running.messages('tools/call');
    expect(running.messages('notifications/cancelled')[0]).toMatchObject({
      params: { requestId: sent?.id },
    });
    await client.close();
  });
});

test('a call whose stream ends early is resumed by Last-Event-ID', async () => {
  upstream = await startFullUpstream('2025-11-25', { resumable: true });
  greenlight = await startGreenlight({ upstream: upstream.url });
  const { client } = await connect(greenlight.core.mcpUrl, greenlight.token);
  const steps: unknown[] = [];
  const result = await client.callTool({ name: 'resume' }, undefined, {
    onprogress: ({ message }) => void steps.push(message),
  });
  expect(result.content).toEqual([{ type: 'text', text: 'resumed' }]);
  expect(steps).toEqual(['before']);
  expect(upstream.received.some(({ headers }) => headers['last-event-id'] !== undefined)).toBe(true);
  await client.close();
});
