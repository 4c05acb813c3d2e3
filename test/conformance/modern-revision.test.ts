/** The revision 2026-07-28, without a handshake, between its own SDK's client and server. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterEach, describe, expect, test } from 'vitest';
import { type ModernUpstream, startModernUpstream } from '../servers/modern.ts';
import { createTestClock } from '../support/clock.ts';
import { askAll, startGreenlight, type TestGreenlight } from '../support/greenlight.ts';
import { until } from '../support/wait.ts';

const REVISION = '2026-07-28';

let upstream: ModernUpstream;
let greenlight: TestGreenlight | undefined;
let clients: Client[] = [];

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  await greenlight?.stop();
  greenlight = undefined;
  await upstream.close();
});

async function connect(url: string, token?: string): Promise<Client> {
  const client = new Client(
    { name: 'conformance', version: '1' },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode: { pin: REVISION } } },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { which: 'this' } }));
  await client.connect(
    new StreamableHTTPClientTransport(new URL(url), {
      requestInit: token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    }),
  );
  clients.push(client);
  return client;
}

async function converse(client: Client): Promise<unknown[]> {
  const seen: unknown[] = [client.getServerVersion(), client.getServerCapabilities()];
  const note = async (what: Promise<unknown>) =>
    seen.push(await what.catch((error) => ({ code: error.code, message: error.message })));
  await note(client.discover());
  await note(client.listTools());
  await note(client.callTool({ name: 'render', arguments: { region: 'zürich ☃', count: 3 } }));
  await note(client.callTool({ name: 'render', arguments: { region: '' } }));
  await note(client.callTool({ name: 'steps' }, { onprogress: (progress) => void seen.push(progress) }));
  await note(client.callTool({ name: 'ask' }));
  await note(client.listResources());
  await note(client.readResource({ uri: 'memo://1' }));
  await note(client.readResource({ uri: 'memo://ü' }));
  await note(client.listPrompts());
  await note(client.getPrompt({ name: 'storyboard', arguments: { mood: 'calm' } }));
  await note(
    client.complete({
      ref: { type: 'ref/prompt', name: 'storyboard' },
      argument: { name: 'mood', value: 'c' },
    }),
  );
  return seen;
}

/** What the upstream heard, without what differs from one connection to the next. */
const heardBy = ({ received }: ModernUpstream) =>
  received.map(({ method, headers, body }) => ({
    method,
    body: JSON.parse(body),
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('mcp-'))),
  }));

describe.each(['auto', 'sse'] as const)('an upstream that answers by %s', (mode) => {
  test('is the same through Greenlight as without it', async () => {
    upstream = await startModernUpstream(mode);
    const expected = await converse(await connect(upstream.url));
    const expectedHeard = heardBy(upstream);
    expect(JSON.stringify(expected)).toContain('{\\"which\\":\\"this\\"}');
    expect(JSON.stringify(expectedHeard)).toContain('mcp-param-region');

    greenlight = await startGreenlight({ upstream: upstream.url });
    upstream.received.length = 0;
    expect(await converse(await connect(greenlight.core.mcpUrl, greenlight.token))).toEqual(expected);
    expect(heardBy(upstream)).toEqual(expectedHeard);
  });

  test('is judged: hidden tools are gone, denied calls say why, the log knows the client', async () => {
    upstream = await startModernUpstream(mode);
    greenlight = await startGreenlight({
      upstream: upstream.url,
      policy: {
        version: '1',
        default: 'allow',
        hide: ['secret'],
        tools: { steps: { action: 'deny', reason: 'No steps.' } },
      },
    });
    const client = await connect(greenlight.core.mcpUrl, greenlight.token);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toEqual(['render', 'steps', 'ask', 'hang']);
    await expect(client.callTool({ name: 'secret' })).rejects.toMatchObject({ code: -32602 });
    const denied = await client.callTool({ name: 'steps' });
    expect(denied.isError).toBe(true);
    expect(JSON.stringify(denied.content)).toContain('No steps.');
    const row = greenlight.core.database.sql
      .prepare('SELECT client_name, client_version FROM activity ORDER BY seq DESC')
      .get();
    expect(row).toEqual({ client_name: 'conformance', client_version: '1' });
  });
});

test('an approval with edited arguments reaches the upstream with headers that agree', async () => {
  upstream = await startModernUpstream('auto');
  const clock = createTestClock();
  greenlight = await startGreenlight({ upstream: upstream.url, policy: askAll(), clock });
  const client = await connect(greenlight.core.mcpUrl, greenlight.token);
  await client.listTools();
  const call = client.callTool({ name: 'render', arguments: { region: 'eu', count: 2 } });
  const { id } = await greenlight.asked();
  clock.advance(12_000);
  greenlight.core.gate.decide(id, { answer: 'allow', for: 'once', arguments: { region: 'süd' } });
  const { content } = await call;
  expect(content[0]).toEqual({ type: 'text', text: '{"region":"süd"}' });
  expect(content[1]).toMatchObject({ text: expect.stringContaining('changed the arguments') });
});

test('a subscription stays open and hears what changes', async () => {
  upstream = await startModernUpstream('auto');
  greenlight = await startGreenlight({ upstream: upstream.url });
  const client = await connect(greenlight.core.mcpUrl, greenlight.token);
  let changes = 0;
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    changes += 1;
  });
  const subscription = await client.listen({ toolsListChanged: true });
  expect(subscription.honoredFilter).toEqual({ toolsListChanged: true });
  upstream.notify.toolsChanged();
  await until(() => changes === 1);
  await subscription.close();
  expect(await subscription.closed).toBe('local');
});

test('a client that gives up a call ends it at the upstream', async () => {
  upstream = await startModernUpstream('auto');
  greenlight = await startGreenlight({ upstream: upstream.url });
  const client = await connect(greenlight.core.mcpUrl, greenlight.token);
  const giveUp = new AbortController();
  const call = client.callTool({ name: 'hang' }, { signal: giveUp.signal });
  await until(() => upstream.received.some(({ body }) => body.includes('"hang"')));
  giveUp.abort();
  await expect(call).rejects.toThrow();
  await until(() => upstream.cancelled() === 1);
});

test('a client of this revision falls back to a handshake where the upstream needs one', async () => {
  upstream = await startModernUpstream('auto');
  greenlight = await startGreenlight({ upstream: { kind: 'sandbox' } });
  const client = new Client({ name: 'both', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  clients.push(client);
  await client.connect(
    new StreamableHTTPClientTransport(new URL(greenlight.core.mcpUrl), {
      requestInit: { headers: { authorization: `Bearer ${greenlight.token}` } },
    }),
  );
  expect((await client.listTools()).tools).toHaveLength(8);
});
