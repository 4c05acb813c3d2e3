/**
 * What earlier versions left behind, kept as it was, starts: nothing is lost, nothing is asked of the person.
 * Each released or landed version whose data differs adds a home; none is ever changed.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Api, createApi } from '../../../main/api/api.ts';
import { createToolChanges } from '../../../main/upstream/tools/changes.ts';
import type { ToolDefinition } from '../../../main/upstream/tools/tools.ts';
import type { Result } from '../../../shared/contract.ts';
import { callOf } from '../../support/calls.ts';
import { createTestClock } from '../../support/clock.ts';
import { connectOf } from '../../support/connect.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

const fixture = 'test/fixtures/homes/0.1.0-november';
const kept = JSON.parse(readFileSync(join(fixture, 'home.json'), 'utf8')) as {
  at: string;
  token: string;
  nightToken: string;
};

let home: string;
let greenlight: TestGreenlight;
let api: Api;

beforeEach(async () => {
  home = temporaryFolder();
  cpSync(join(fixture, 'data'), join(home, 'data'), { recursive: true });
  cpSync(join(fixture, 'cursor'), join(home, '.cursor'), { recursive: true });
  const record = join(home, 'data', 'connect.json');
  writeFileSync(record, readFileSync(record, 'utf8').replaceAll('{home}', home));
  const dataDir = join(home, 'data');
  greenlight = await startGreenlight({
    dataDir,
    clock: createTestClock(Date.parse(kept.at)),
    policy: null,
  });
  const { core } = greenlight;
  api = createApi(core, 'browser', connectOf(core, home));
});

afterEach(async () => {
  await greenlight.stop();
  rmSync(home, { recursive: true, force: true });
});

const ask = async <M extends 'state.get' | 'policies.list' | 'clients.list' | 'videos.list' | 'upstream.get'>(
  method: M,
) => (await api.call(method, {})) as Result<M>;

test('with its settings, its policies and its upstream’s token', async () => {
  expect(await ask('state.get')).toMatchObject({
    guard: { mode: 'ask' },
    defaultPolicyId: 'ask-before-every-video',
    problems: [],
  });
  expect(greenlight.core.settings.get().theme).toBe('dark');
  expect(await ask('upstream.get')).toMatchObject({
    settings: { kind: 'http', url: 'http://127.0.0.1:9/mcp' },
    hasToken: true,
  });
  const { policies } = await ask('policies.list');
  expect(policies.map(({ id, version, errors }) => [id, version, errors])).toEqual(
    [
      'ask-before-every-video',
      'autopilot-on-a-budget',
      'block-everything',
      'look-but-dont-spend',
      'night-shift',
      'policylayer-default',
    ].map((id) => expect.arrayContaining([id, 1, []])),
  );
});

test('with its clients: tokens, policies, holds, the one that was revoked', async () => {
  const { grants } = greenlight.core;
  expect(grants.findByToken(kept.token)?.label).toBe('First client');
  expect(grants.findByToken(kept.nightToken)).toMatchObject({
    label: 'Night shift',
    servers: new Map([['luma', 'night-shift']]),
    holdSeconds: 30,
  });
  const { clients } = await ask('clients.list');
  expect(clients.find(({ label }) => label === 'Gone')?.revokedAt).toBeDefined();
});

test('with its log, its answers and its videos; what counted goes on counting', async () => {
  const { core } = greenlight;
  const rows = Number(core.database.sql.prepare('SELECT count(*) AS n FROM activity').get()?.n);
  expect(rows).toBeGreaterThanOrEqual(5);
  expect(await core.activity.verify()).toEqual({ valid: true, rows });
  expect((await core.log.ask('answered', { limit: 10 })).map(({ state }) => state).toSorted()).toEqual([
    'allowed',
    'allowed',
    'denied',
  ]);
  const { videos } = await ask('videos.list');
  expect(videos.map(({ prompt }) => prompt).toSorted()).toEqual([
    'A blue boat',
    'A paper boat',
    'Rain on a window',
  ]);
  expect(core.database.sql.prepare('SELECT counter, amount FROM quota_events').all()).toContainEqual({
    counter: expect.stringContaining('spend'),
    amount: 0.4,
  });
});

test('with the change to a client’s configuration, which can still be undone', async () => {
  expect(readFileSync(join(home, '.cursor/mcp.json'), 'utf8')).toContain('greenlight');
  await api.call('connect.undo', { target: 'cursor' });
  expect(JSON.parse(readFileSync(join(home, '.cursor/mcp.json'), 'utf8'))).toEqual({
    mcpServers: { other: { command: 'x' } },
  });
});

test('with its upstream’s tools, which are accepted as they were read', async () => {
  const { clock, database } = greenlight.core;
  const row = database.sql.prepare("SELECT tools FROM upstream_tools WHERE upstream = 'sandbox'").get();
  const [first, second, ...rest] = JSON.parse(String(row?.tools)) as ToolDefinition[];
  if (!first || !second) throw new Error('It has no tools.');
  const changes = createToolChanges(database, clock, 'sandbox');
  // What was not kept then is taken as it comes; what was kept is compared.
  const { found } = changes.see(
    [{ ...first, annotations: { readOnlyHint: false } }, { ...second, description: 'Another.' }, ...rest],
    'if first',
    new Set(),
  );
  expect([...found]).toEqual([second.name]);
  expect(changes.get(second.name)?.before).toEqual(second);
});

test('and calls are judged and logged on top of it', async () => {
  const { core } = greenlight;
  const grant = core.grants.findByToken(kept.nightToken);
  if (!grant) throw new Error('The token is not known.');
  expect((await core.gate.admit(callOf(grant, { tool: 'luma_delete' }))).kind).not.toBe('run');
  expect((await core.activity.verify()).valid).toBe(true);
});

test('also where the vault has the key of another home already', async () => {
  const { core } = greenlight;
  const key = await core.secrets.get('seal-key');
  const other = join(home, 'other');
  cpSync(join(fixture, 'data'), other, { recursive: true });
  const file = join(other, 'secrets.json');
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...kept, secrets: { ...kept.secrets, 'seal-key': key } }));
  const second = await startGreenlight({
    dataDir: other,
    clock: createTestClock(Date.parse(kept.at ?? '2026-11-20T00:00:00Z')),
    policy: null,
  });
  expect(second.core.problems).toEqual([]);
  expect(second.core.grants.list().filter(({ revokedAt }) => revokedAt === undefined).length).toBe(
    core.grants.list().filter(({ revokedAt }) => revokedAt === undefined).length,
  );
  await second.stop();
});
