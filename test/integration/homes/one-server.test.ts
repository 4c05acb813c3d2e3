/** A home of the last version that stood before one server alone: all of it is the server luma's, and goes on. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Api, createApi } from '../../../main/api/api.ts';
import type { Params, Result } from '../../../shared/contract.ts';
import { connectClient } from '../../support/client.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { connectOf } from '../../support/connect.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { allEnded, startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

const fixture = 'test/fixtures/homes/0.1.0-one-server';
const kept = JSON.parse(readFileSync(join(fixture, 'home.json'), 'utf8')) as {
  at: string;
  token: string;
  nightToken: string;
  taskId: string;
  ticket: string;
};

let greenlight: TestGreenlight;
let api: Api;
let clock: TestClock;

beforeEach(async () => {
  const dataDir = temporaryFolder();
  cpSync(join(fixture, 'data'), dataDir, { recursive: true });
  clock = createTestClock(Date.parse(kept.at));
  greenlight = await startGreenlight({ dataDir, clock, policy: null });
  api = createApi(greenlight.core, 'browser', connectOf(greenlight.core));
});
afterEach(() => greenlight.stop());

const ask = async <M extends keyof Shown>(method: M, params: Params<M>) =>
  (await api.call(method, params)) as Result<M>;
type Shown = Record<
  | 'state.get'
  | 'servers.list'
  | 'clients.list'
  | 'videos.list'
  | 'activity.query'
  | 'limits.list'
  | 'allowances.list'
  | 'policies.list',
  never
>;

/** A client with the token of an entry that nobody touched. */
async function connect(token: string) {
  const client = await connectClient(greenlight.core.mcpUrl, token);
  return {
    call: (name: string, args: object) => client.callTool({ name, arguments: { ...args } }),
    close: () => client.close(),
  };
}

test('its upstream is the server luma, at the address that its clients have', async () => {
  const state = await ask('state.get', {});
  expect(state.defaultPolicyId).toBe('ask-before-every-video');
  // Where its client had its file, this machine has none, which is seen sooner or later.
  expect(state.problems.filter(({ id }) => id !== 'outside')).toEqual([]);
  // It is reached a moment after the start.
  await expect
    .poll(async () => (await ask('servers.list', {})).servers)
    .toEqual([
      {
        id: 'luma',
        name: 'Luma',
        kind: 'sandbox',
        url: state.mcpUrl,
        status: 'connected',
        tools: 8,
        changedTools: 0,
        policyId: 'ask-before-every-video',
        settings: { kind: 'sandbox' },
      },
    ]);
  const { clients } = await ask('clients.list', {});
  const night = clients.find(({ label }) => label === 'Night shift');
  expect(night?.servers).toEqual([{ id: 'luma', policyId: 'night-shift', followsDefault: false }]);
  const { policies } = await ask('policies.list', {});
  expect(new Set(policies.map(({ server }) => server))).toEqual(new Set(['luma']));
});

test('an entry in a client’s configuration works untouched', async () => {
  const entry = JSON.parse(readFileSync(join(fixture, 'cursor/mcp.json'), 'utf8')).mcpServers.greenlight;
  expect(new URL(entry.url).pathname).toBe('/mcp');
  const token = entry.headers.Authorization.replace('Bearer ', '');
  for (const one of [token, kept.token, kept.nightToken]) {
    const client = await connect(one);
    expect((await client.call('luma_list_actions', {})).isError).not.toBe(true);
    await client.close();
  }
});

test('what was spent counts on, a ticket runs its call, an allowance goes on', async () => {
  const { counters } = await ask('limits.list', {});
  const used = Object.fromEntries(
    counters.map(({ counter, scope, server, used }) => [`${counter} ${scope}`, [server, used]]),
  );
  expect(used).toMatchObject({
    'spend grant': ['luma', 0.4],
    'everyone all': ['luma', 1],
    'calls grant': ['luma', 1],
  });

  const { allowances } = await ask('allowances.list', {});
  // The other one had no end, and so ended with that run.
  expect(allowances).toMatchObject([{ server: 'luma', tool: 'luma_extend_video' }]);
  expect(allowances).toHaveLength(1);

  const night = await connect(kept.nightToken);
  const args = { prompt: 'Longer', video_id: 'v1' };
  expect(await night.call('luma_extend_video', args)).toMatchObject({
    content: [{ text: expect.stringContaining('there is no video v1') }],
  });
  await allEnded(greenlight, clock);
  const { rows } = await ask('activity.query', { limit: 1 });
  expect(rows).toMatchObject([
    { server: 'luma', approvalId: kept.ticket, decidedBy: 'person', outcome: 'allowed' },
  ]);
  expect(greenlight.core.approvals.get(kept.ticket)?.usedAt).toBeDefined();
  await night.close();
});

test('its videos and its log are luma’s, and the log verifies with what comes', async () => {
  const { videos } = await ask('videos.list', {});
  expect(videos).toMatchObject([{ server: 'luma' }, { server: 'luma' }]);
  expect(videos.map(({ taskId }) => taskId)).toContain(kept.taskId);
  const night = await connect(kept.nightToken);
  expect((await night.call('luma_list_actions', {})).isError).not.toBe(true);
  await night.close();
  await allEnded(greenlight, clock);
  const { rows } = await ask('activity.query', { server: 'luma' });
  expect(rows.length).toBeGreaterThanOrEqual(4);
  expect(await greenlight.core.activity.verify()).toEqual({ valid: true, rows: rows.length });
});
