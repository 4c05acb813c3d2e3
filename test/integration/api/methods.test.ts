/** What the window asks for, answered by the real process: approvals, guard mode, clients, limits, settings. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { defaultSettings } from '../../../shared/settings.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo, textOf } from '../../support/client.ts';
import type { WindowEvents } from '../../support/window-events.ts';

let host: BrowserHost;
let window: WindowEvents;
const clients: Client[] = [];

beforeEach(async () => {
  host = await startBrowserHost();
  window = await host.events();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  window.close();
  await host.stop();
});

async function connect(token?: string): Promise<Client> {
  const client = await host.client(token);
  clients.push(client);
  return client;
}

/** Follows an approval until it is over. */
const over = (id: string) => window.next('approval', (each) => each.id === id && each.state !== 'pending');
const waits = () => window.next('approval', ({ state, waiting }) => state === 'pending' && waiting > 0);

test('the state says everything that scripts rely on', async () => {
  // The upstream is reached a moment after the start.
  await expect
    .poll(() => host.api('state.get'))
    .toEqual({
      guard: { mode: 'policy' },
      upstream: {
        kind: 'sandbox',
        status: 'connected',
        server: { name: expect.any(String), version: expect.any(String) },
        tools: 8,
      },
      servers: [{ id: 'luma', name: 'Luma', kind: 'sandbox', status: 'connected' }],
      pending: 0,
      defaultPolicyId: 'ask-before-every-video',
      // There is no desktop session in the environment of the test.
      notifier: { kind: expect.any(String), working: expect.any(Boolean) },
      version: JSON.parse(readFileSync('package.json', 'utf8')).version,
      mcpUrl: host.ready.mcpUrl,
      host: 'browser',
      dataDir: host.dataDir,
      secrets: `a file only you can read (${join(host.dataDir, 'secrets.json')})`,
      secretsOpen: true,
      problems: [],
    });
});

describe('approvals', () => {
  test('a call appears as it waits, is allowed once, and runs', async () => {
    const client = await connect();
    const call = askForVideo(client);
    const { id } = await waits();
    const [approval, ...others] = (await host.api('approvals.list')).approvals;
    expect(others).toEqual([]);
    expect(approval).toMatchObject({
      id,
      state: 'pending',
      client: { id: host.ready.grant?.id, label: 'First client', name: 'test-client', version: '1.0.0' },
      tool: 'luma_generate_video',
      arguments: { prompt: 'A cat in the rain' },
      signals: [{ kind: 'cost' }, { kind: 'first' }],
      waiting: 1,
      ticket: false,
    });
    expect((await host.api('state.get')).pending).toBe(1);

    expect(await host.api('approvals.decide', { id, answer: 'allow' })).toMatchObject({
      id,
      state: 'allowed',
      waiting: 0,
    });
    expect(textOf(await call)).toContain('task_id');
    expect(await over(id)).toMatchObject({ state: 'allowed' });
    expect((await host.api('approvals.list')).approvals).toEqual([]);
    expect((await host.api('approvals.list', { answered: true })).approvals).toMatchObject([
      { id, state: 'allowed' },
    ]);
    await window.next('activity', ({ approvalId, result }) => approvalId === id && result === 'ok');
    await window.next('changed', ({ what }) => what === 'videos');
    await window.next('state', ({ pending }) => pending === 1);

    await expect(host.api('approvals.decide', { id, answer: 'deny' })).rejects.toMatchObject({
      status: 409,
      code: 'conflict',
      message: 'This call was already allowed.',
    });
  });

  test('a denial reaches the agent with its reason', async () => {
    const call = askForVideo(await connect());
    const { id } = await waits();
    await host.api('approvals.decide', { id, answer: 'deny', reason: 'Not this week.' });
    const answer = await call;
    expect(answer.isError).toBe(true);
    expect(textOf(answer)).toMatch(/^Greenlight: denied\.[\s\S]*Not this week\./);
  });

  test.each([
    ['window', {}],
    ['tray', { by: 'tray' }],
  ] as const)('the log says that it was answered in the %s', async (answeredBy, by) => {
    const call = askForVideo(await connect());
    const { id } = await waits();
    await host.api('approvals.decide', { id, answer: 'deny', ...by });
    await call;
    const [row] = (await host.api('activity.query')).rows;
    expect(row).toMatchObject({ outcome: 'denied', decidedBy: 'person', answeredBy });
  });

  test('edited arguments run instead, and the agent is told', async () => {
    const call = askForVideo(await connect());
    const { id } = await waits();
    const edited = { prompt: 'Two cats in the rain' };
    await host.api('approvals.decide', { id, answer: 'allow', arguments: edited });
    expect(textOf(await call)).toContain('Two cats in the rain');
    const [row] = (await host.api('activity.query')).rows;
    expect(row).toMatchObject({ arguments: { prompt: 'A cat in the rain' }, edited, outcome: 'allowed' });
  });

  test('edited arguments that the tool does not take are refused, and the call waits on', async () => {
    void askForVideo(await connect());
    const { id } = await waits();
    await expect(
      host.api('approvals.decide', { id, answer: 'allow', arguments: { prompt: 7 } }),
    ).rejects.toMatchObject({ status: 400, code: 'invalid' });
    expect((await host.api('approvals.list')).approvals).toMatchObject([{ id, state: 'pending' }]);
  });

  test('answers that contradict themselves are refused, and unknown approvals are not found', async () => {
    void askForVideo(await connect());
    const { id } = await waits();
    for (const answer of [
      { answer: 'allow', for: 'block-15m' },
      { answer: 'deny', for: 'quit' },
      { answer: 'allow', for: 'up-to' },
      { answer: 'allow', for: '15m', upTo: 5 },
      { answer: 'allow', only: 'call' },
      { answer: 'deny', only: 'call' },
      { answer: 'deny', arguments: {} },
    ] as const) {
      await expect(host.api('approvals.decide', { id, ...answer })).rejects.toMatchObject({ status: 400 });
    }
    await expect(host.api('approvals.decide', { id: 'none', answer: 'allow' })).rejects.toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect((await host.api('state.get')).pending).toBe(1);
  });

  test('an allowance answers the next call, until it is revoked', async () => {
    const client = await connect();
    const first = askForVideo(client);
    const { id } = await waits();
    await host.api('approvals.decide', { id, answer: 'allow', for: '15m' });
    await first;
    const { allowances } = await host.api('allowances.list');
    expect(allowances).toMatchObject([{ effect: 'allow', tool: 'luma_generate_video' }]);
    await window.next('changed', ({ what }) => what === 'allowances');
    expect(textOf(await askForVideo(client, 'Another cat'))).toContain('task_id');

    const allowance = allowances[0]?.id as string;
    expect(await host.api('allowances.revoke', { id: allowance })).toEqual({ done: true });
    await expect(host.api('allowances.revoke', { id: allowance })).rejects.toMatchObject({ status: 404 });
    void askForVideo(client, 'A third cat');
    await window.next('approval', ({ arguments: args }) => args.prompt === 'A third cat');
  });

  test('denying can block the client, whatever it asks for next', async () => {
    const client = await connect();
    const call = askForVideo(client);
    const { id } = await waits();
    await host.api('approvals.decide', { id, answer: 'deny', for: 'block-15m' });
    await call;
    const next = await client.callTool({ name: 'luma_list_actions', arguments: {} });
    expect(next.isError).toBe(true);
    expect((await host.api('allowances.list')).allowances).toMatchObject([{ effect: 'block' }]);
  });
});

describe('guard mode', () => {
  test('allowing without asking ends by itself, at the latest after 15 minutes', async () => {
    const { guard } = await host.api('guard.set', { mode: 'allow' });
    expect(guard.mode).toBe('allow');
    const ends = Date.parse(guard.until as string) - Date.now();
    expect(ends).toBeGreaterThan(14 * 60_000);
    expect(ends).toBeLessThanOrEqual(15 * 60_000);
    expect(textOf(await askForVideo(await connect()))).toContain('task_id');

    const until = new Date(Date.now() + 3_000).toISOString();
    expect((await host.api('guard.set', { mode: 'allow', until })).guard).toEqual({ mode: 'allow', until });
    await window.next('state', (state) => state.guard.mode === 'policy');
    expect((await host.api('state.get')).guard).toEqual({ mode: 'policy' });
  });

  test('blocking refuses what waits and what comes', async () => {
    const client = await connect();
    const call = askForVideo(client);
    await waits();
    await host.api('guard.set', { mode: 'block' });
    expect(textOf(await call)).toMatch(/^Greenlight: denied\./);
    expect((await client.callTool({ name: 'luma_list_actions', arguments: {} })).isError).toBe(true);
    await host.api('guard.set', { mode: 'policy' });
    expect((await client.callTool({ name: 'luma_list_actions', arguments: {} })).isError).not.toBe(true);
  });
});

describe('clients', () => {
  test('a token is shown once, kept as a hash, and exchanged', async () => {
    const made = await host.api('clients.create', { label: ' Cursor ', policyId: 'look-but-dont-spend' });
    expect(made).toEqual({
      id: expect.any(String),
      label: 'Cursor',
      token: expect.stringMatching(/^glt_[\w-]{43}$/),
      mcpUrl: host.ready.mcpUrl,
      policyId: 'look-but-dont-spend',
      followsDefault: false,
      servers: [{ id: 'luma', mcpUrl: host.ready.mcpUrl, policyId: 'look-but-dont-spend' }],
    });
    await window.next('changed', ({ what }) => what === 'clients');
    const list = await host.api('clients.list');
    expect(list.clients).toHaveLength(2);
    expect(JSON.stringify(list)).not.toContain(made.token);
    const client = await connect(made.token);
    expect((await askForVideo(client)).isError).toBe(true);

    const { token } = await host.api('clients.rotate', { id: made.id });
    await expect(client.listTools()).rejects.toThrow(/401|Unauthorized/i);
    await expect(connect(made.token)).rejects.toThrow();
    expect((await (await connect(token)).listTools()).tools.length).toBeGreaterThan(0);
    const [row] = (await host.api('clients.list')).clients.filter(({ id }) => id === made.id);
    expect(row).toMatchObject({ callsToday: 1, name: 'test-client', lastUsedAt: expect.any(String) });
  });

  test('a change of policy or label counts at once', async () => {
    const { id, token } = await host.api('clients.create', { label: 'VS Code' });
    const changed = await host.api('clients.update', { id, policyId: 'block-everything', holdSeconds: 5 });
    expect(changed).toMatchObject({ id, label: 'VS Code', policyId: 'block-everything', holdSeconds: 5 });
    expect(await host.api('clients.update', { id, label: 'Code' })).toMatchObject({
      label: 'Code',
      policyId: 'block-everything',
      holdSeconds: 5,
    });
    const client = await connect(token);
    const answer = await client.callTool({ name: 'luma_list_actions', arguments: {} }).then(
      (result) => result.isError,
      () => true,
    );
    expect(answer).toBe(true);
  });

  test('a client goes back to the default policy, and then follows whatever that is', async () => {
    const made = await host.api('clients.create', { label: 'Guest', policyId: 'block-everything' });
    const listed = async () => (await host.api('clients.list')).clients.find(({ id }) => id === made.id);
    const client = await connect(made.token);
    const isRefused = async () =>
      (await client.callTool({ name: 'luma_list_actions', arguments: {} })).isError === true;
    expect(await listed()).toMatchObject({ policyId: 'block-everything', followsDefault: false });
    expect(await isRefused()).toBe(true);

    const back = { policyId: 'ask-before-every-video', followsDefault: true };
    expect(await host.api('clients.update', { id: made.id, policyId: null })).toMatchObject(back);
    // Another change leaves it there.
    expect(await host.api('clients.update', { id: made.id, label: 'A guest' })).toMatchObject(back);
    expect(await isRefused()).toBe(false);

    await host.api('settings.set', { defaultPolicyId: 'block-everything' });
    expect(await listed()).toMatchObject({ policyId: 'block-everything', followsDefault: true });
    expect(await isRefused()).toBe(true);
    await host.api('settings.set', { defaultPolicyId: 'ask-before-every-video' });
    expect(await listed()).toMatchObject(back);
    expect(await isRefused()).toBe(false);

    // To name the policy that happens to be the default is something else.
    expect(
      await host.api('clients.update', { id: made.id, policyId: 'ask-before-every-video' }),
    ).toMatchObject({ policyId: 'ask-before-every-video', followsDefault: false });
    expect(await host.api('clients.create', { label: 'Other guest' })).toMatchObject(back);
  });

  test('revoking ends what waits, and the token', async () => {
    const { id, token } = await host.api('clients.create', { label: 'Old laptop' });
    const client = await connect(token);
    const call = askForVideo(client).then(textOf, String);
    const approval = await waits();
    expect(await host.api('clients.revoke', { id })).toEqual({ done: true });
    expect(await call).toMatch(/revoked/);
    expect((await over(approval.id)).state).toBe('withdrawn');
    await expect(client.listTools()).rejects.toThrow();
    await expect(host.api('clients.revoke', { id })).rejects.toMatchObject({
      status: 404,
      message: 'This client was revoked.',
    });
    expect((await host.api('clients.list')).clients.find((each) => each.id === id)?.revokedAt).toBeDefined();
  });

  test('unknown clients and policies are named', async () => {
    const unknown = { status: 404, code: 'not_found', message: 'There is no such client.' };
    await expect(host.api('clients.update', { id: 'none' })).rejects.toMatchObject(unknown);
    await expect(host.api('clients.rotate', { id: 'none' })).rejects.toMatchObject(unknown);
    await expect(host.api('clients.revoke', { id: 'none' })).rejects.toMatchObject(unknown);
    const noPolicy = {
      status: 400,
      message: 'There is no valid policy "none". Choose another one, or mend it on the page Policies.',
    };
    await expect(host.api('clients.create', { label: 'A', policyId: 'none' })).rejects.toMatchObject(
      noPolicy,
    );
    const { id } = host.ready.grant as { id: string };
    await expect(host.api('clients.update', { id, policyId: 'none' })).rejects.toMatchObject(noPolicy);
  });
});

describe('pausing a client', () => {
  test('denies what it calls until it is resumed, and says so to every window', async () => {
    const { id } = host.ready.grant as { id: string };
    const client = await connect();
    expect(await host.api('clients.pause', { id })).toMatchObject({ id, paused: true });
    expect(await host.api('clients.pause', { id })).toMatchObject({ id, paused: true });
    expect((await host.api('allowances.list')).allowances).toEqual([
      {
        id: expect.any(String),
        effect: 'block',
        client: expect.objectContaining({ id }),
        createdAt: expect.any(String),
        ceiling: {},
        used: { calls: 0, cost: 0 },
      },
    ]);
    expect(textOf(await askForVideo(client))).toContain('The user has paused this client.');
    expect((await host.api('activity.query')).rows).toMatchObject([
      { outcome: 'denied', rule: '(paused by user)', decidedBy: 'person', forwarded: false },
    ]);
    expect(await host.api('clients.resume', { id })).toMatchObject({ id, paused: false });
    expect((await host.api('allowances.list')).allowances).toEqual([]);
    await expect(host.api('clients.pause', { id: 'none' })).rejects.toThrow('There is no such client.');
    await host.api('clients.revoke', { id });
    await expect(host.api('clients.resume', { id })).rejects.toThrow('This client was revoked.');
  });
});

describe('limits', () => {
  const twice: Json = {
    version: '1',
    default: 'allow',
    all_tools: { limits: [{ counter: 'calls', window: 'hour', max: 2 }] },
    tools: {},
  };

  test('a used up counter is shown, whose it is and when it frees, and can be set back', async () => {
    await host.api('policies.save', { id: 'ask-before-every-video', name: 'Twice', document: twice });
    const client = await connect();
    const list = () => askForVideo(client);
    expect([(await list()).isError, (await list()).isError, (await list()).isError]).toEqual([
      false,
      false,
      true,
    ]);
    const [counter, ...others] = (await host.api('limits.list')).counters;
    expect(others).toEqual([]);
    expect(counter).toMatchObject({ counter: 'calls', scope: 'grant', used: 2, max: 2, windowSeconds: 3600 });
    expect(counter?.client?.label).toBe((await host.api('clients.list')).clients[0]?.label);
    const left = Date.parse(String(counter?.freesAt)) - Date.now();
    expect(left > 0 && left <= 3_600_000).toBe(true);

    await host.api('limits.reset', { id: String(counter?.id) });
    expect((await host.api('limits.list')).counters).toEqual([]);
    expect((await list()).isError).toBe(false);
    await expect(host.api('limits.reset', { id: 'none' })).rejects.toThrow('counts nothing any more');
  });

  test('a cap on all clients is there before anything counts, and says what it counts', async () => {
    const limit = { counter: 'spend', window: 'day', max: 5, scope: 'all', increment_from: 'cost' };
    const document = { version: '1', default: 'allow', all_tools: { limits: [limit] }, tools: {} };
    await host.api('policies.save', { id: 'ask-before-every-video', name: 'Capped', document });
    expect((await host.api('limits.list')).counters).toMatchObject([
      { counter: 'spend', scope: 'all', counts: 'cost', used: 0, max: 5, windowSeconds: 86_400 },
    ]);
  });
});

describe('settings', () => {
  test('a part is changed, the rest stays, and all of it outlives the process', async () => {
    expect(await host.api('settings.get')).toEqual(defaultSettings);
    const changed = await host.api('settings.set', { theme: 'dark', holdSeconds: 10 });
    expect(changed).toEqual({ ...defaultSettings, theme: 'dark', holdSeconds: 10 });
    await window.next('changed', ({ what }) => what === 'settings');
    // Of a group, too, only what is named changes.
    await host.api('settings.set', { activity: { keepFor: '90 days' } });
    const both = await host.api('settings.set', { activity: { atMost: 256 } });
    expect(both.activity).toEqual({ ...defaultSettings.activity, keepFor: '90 days', atMost: 256 });
    await host.api('settings.set', { activity: defaultSettings.activity });
    await host.api('settings.set', { costUnit: 'credits' });
    expect(JSON.parse(readFileSync(join(host.dataDir, 'settings.json'), 'utf8'))).toEqual({
      ...changed,
      costUnit: 'credits',
    });
  });

  test('the default policy must be there, and counts at once', async () => {
    await expect(host.api('settings.set', { defaultPolicyId: 'none' })).rejects.toMatchObject({
      status: 400,
      message: 'There is no valid policy "none". Choose another one, or mend it on the page Policies.',
    });
    await host.api('settings.set', { defaultPolicyId: 'look-but-dont-spend' });
    expect((await window.next('state', ({ pending }) => pending === 0)).defaultPolicyId).toBe(
      'look-but-dont-spend',
    );
    expect((await askForVideo(await connect())).isError).toBe(true);
  });
});

describe('a call from inside', () => {
  test('waits for the person like any other, and is allowed', async () => {
    const call = host.api('demo.call', {});
    const { id, client, signals } = await waits();
    expect(client.label).toBe('Test call');
    expect(signals).toContainEqual(expect.objectContaining({ kind: 'cost' }));
    await host.api('approvals.decide', { id, answer: 'allow' });
    expect(await call).toMatchObject({ isError: false, text: expect.stringContaining('task_id') });
  });

  test('and denied', async () => {
    const call = host.api('demo.call', { arguments: { prompt: 'No' } });
    const { id } = await waits();
    await host.api('approvals.decide', { id, answer: 'deny', reason: 'No.' });
    expect(await call).toMatchObject({ isError: true, text: expect.stringContaining('No.') });
  });

  test('leaves no client behind, uses no limit up, and stands in the log', async () => {
    const before = await host.api('clients.list');
    const limits = await host.api('limits.list');
    const { videos, days } = await host.api('videos.list');
    const call = host.api('demo.call', {});
    const { id } = await waits();
    await host.api('approvals.decide', { id, answer: 'allow' });
    await call;
    expect(await host.api('clients.list')).toEqual(before);
    expect(await host.api('limits.list')).toEqual(limits);
    expect(await host.api('videos.list')).toEqual({ videos, days });
    const [row] = (await host.api('activity.query', { limit: 1 })).rows;
    expect(row).toMatchObject({ client: { label: 'Test call' }, outcome: 'allowed', result: 'ok' });
    expect(row?.cost).toBeUndefined();
  });

  test('an unknown tool is said', async () => {
    await expect(host.api('demo.call', { tool: 'rm_rf' })).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining('Unknown tool: rm_rf'),
    });
  });
});
