import { readFileSync } from 'node:fs';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { type HttpUpstream, type HttpUpstreamOptions, startHttpUpstream } from '../../servers/http.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
let clock: TestClock;

async function start(policy: Json, options: HttpUpstreamOptions = {}): Promise<void> {
  clock = createTestClock();
  upstream = await startHttpUpstream({
    sessions: 'stateless',
    answers: 'json',
    tools: ['open', 'shut', 'hidden', 'buried', 'capped'].map((name) => ({
      name,
      inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
    })),
    ...options,
  });
  greenlight = await startGreenlight({ upstream: upstream.url, policy, clock });
  upstream.received.length = 0;
}

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

async function call(name: string, args: object = {}, id: unknown = 1) {
  const response = await greenlight.post({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: args },
  });
  expect(response.status).toBe(200);
  return (await response.json()) as { id: unknown; result: CallToolResult; error: unknown };
}

const text = (result: CallToolResult) => {
  const [first] = result.content;
  return first?.type === 'text' ? first.text : '';
};

const policy = {
  version: '1',
  default: 'deny',
  hide: ['hidden'],
  tools: {
    open: { deny_if: [{ path: 'args.text', op: 'eq', value: 'bad', on_deny: 'Not that text.' }] },
    shut: { action: 'deny', reason: 'Closed for good.' },
    buried: { action: 'hide' },
    capped: { limits: [{ counter: 'capped', window: 'minute', max: 2 }] },
  },
};

describe('by policy', () => {
  beforeEach(() => start(policy));

  test('an allowed call runs, and its answer is the upstream’s own', async () => {
    expect((await call('open', { text: 'good' })).result).toEqual({
      content: [{ type: 'text', text: 'done' }],
    });
    expect(upstream.messages('tools/call')).toHaveLength(1);
  });

  test('a denied call is a result that says so, why and what to do, and does not run', async () => {
    const { id } = greenlight.core.policies.list().find(({ name }) => name === 'Under test') ?? {};
    const { result } = await call('shut');
    expect(result.isError).toBe(true);
    const [headline, reason, advice] = text(result).split('\n');
    expect([headline, reason]).toEqual(['Greenlight: denied.', 'Closed for good.']);
    expect(advice).toMatch(/tell the user/);
    expect(result._meta).toEqual({
      'greenlight/decision': { outcome: 'denied', rule: '/tools/shut/action', policy: id, version: 1 },
    });
    const predicate = await call('open', { text: 'bad' });
    expect(predicate.result._meta).toMatchObject({
      'greenlight/decision': { rule: '/tools/open/deny_if/0' },
    });
    expect(text(predicate.result)).toContain('Not that text.');
    expect(upstream.received).toEqual([]);
  });

  test('a call past its limit is told when to try again, and then runs', async () => {
    await call('capped');
    clock.advance(20_000);
    await call('capped');
    const { result } = await call('capped');
    expect(result.isError).toBe(true);
    expect(result._meta?.['greenlight/decision']).toMatchObject({
      outcome: 'denied',
      rule: '/tools/capped/limits/0',
      retryAfterSeconds: 40,
    });
    expect(text(result)).toContain('40 s');
    expect(upstream.messages('tools/call')).toHaveLength(2);
    clock.advance(40_000);
    expect((await call('capped')).result.isError).toBeUndefined();
  });

  test('arguments that do not fit the tool are refused before they leave', async () => {
    const { result } = await call('open', { text: 5 });
    expect(result._meta).toMatchObject({
      'greenlight/decision': { rule: '/tools/open/validate_arguments' },
    });
    expect(upstream.received).toEqual([]);
  });

  test('a hidden tool is answered as one that does not exist', async () => {
    const answers = [];
    for (const name of ['hidden', 'buried', 'nothing']) {
      const answer = await call(name, {}, 'id');
      answers.push(JSON.stringify(answer).replaceAll(name, 'NAME'));
    }
    expect(new Set(answers)).toEqual(
      new Set(['{"jsonrpc":"2.0","id":"id","error":{"code":-32602,"message":"Unknown tool: NAME"}}']),
    );
    expect(upstream.messages('tools/call')).toEqual([]);
  });
});

test('a hidden tool is answered as one that does not exist, where the upstream says that in a result', async () => {
  await start(
    { version: '1', default: 'allow', hide: ['hidden'], tools: {} },
    {
      intercept(received, response) {
        const { id, method, params } = JSON.parse(received.body || '{}');
        if (method !== 'tools/call') return false;
        // As the SDK's McpServer and FastMCP do.
        const content = [{ type: 'text', text: `MCP error -32602: Tool ${params.name} not found` }];
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { content, isError: true } }));
        return true;
      },
    },
  );
  const answers = [];
  for (const name of ['hidden', 'nothing']) {
    answers.push(JSON.stringify(await call(name)).replaceAll(name, 'NAME'));
  }
  expect(answers[0]).toContain('-32602');
  expect(answers[1]).toBe(answers[0]);
});

test('the limit that PolicyLayer publishes holds: 30 calls in any minute, everything else denied', async () => {
  const published = JSON.parse(
    readFileSync('test/fixtures/policies/policylayer-luma-generate-video-from-image.json', 'utf8'),
  );
  clock = createTestClock();
  upstream = await startHttpUpstream();
  greenlight = await startGreenlight({ policy: published, clock, upstream: { kind: 'sandbox' } });
  const make = () =>
    call('luma_generate_video_from_image', {
      prompt: 'a boat',
      start_image_url: 'https://example.com/boat.png',
    });
  for (let run = 0; run < 30; run += 1) {
    expect((await make()).result.isError).not.toBe(true);
    clock.advance(1_000);
  }
  const { result } = await make();
  expect(result._meta?.['greenlight/decision']).toMatchObject({
    outcome: 'denied',
    rule: '/tools/luma_generate_video_from_image/limits/0',
    retryAfterSeconds: 30,
  });
  clock.advance(30_000);
  expect((await make()).result.isError).not.toBe(true);
  // The window slides: only the first call has left it.
  expect((await make()).result._meta?.['greenlight/decision']).toMatchObject({ retryAfterSeconds: 1 });

  for (const other of ['luma_generate_video', 'luma_get_task', 'luma_list_actions']) {
    expect((await call(other)).result._meta).toMatchObject({
      'greenlight/decision': { outcome: 'denied', rule: '(default deny)' },
    });
  }
  expect(greenlight.core.activity.unfinished()).toEqual([]);
});
