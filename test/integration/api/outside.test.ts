/** A shell is not a way around the gate: what another program writes into Greenlight's files waits for the person. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OutsideChange } from '../../../shared/contract.ts';
import type { Json } from '../../../shared/json.ts';
import { defaultSettings, type Settings } from '../../../shared/settings.ts';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo, textOf } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';

const free: Json = { version: '1', default: 'allow', tools: {} };
const closed: Json = { version: '1', default: 'deny', tools: {} };

let dataDir: string;
let host: BrowserHost;
let token: string;
const clients: Client[] = [];

beforeEach(async () => {
  dataDir = temporaryFolder();
  host = await startBrowserHost({ dataDir });
  token = host.ready.grant?.token ?? '';
});

afterEach(stop);

async function stop(): Promise<void> {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await host.stop();
}

/** Starts Greenlight again, once `meanwhile` was done while it was stopped. */
async function restart(meanwhile: () => void): Promise<void> {
  await stop();
  meanwhile();
  host = await startBrowserHost({ dataDir });
}

const inHome = (name: string) => join(dataDir, name);
const writePolicy = (id: string, document: Json) =>
  writeFileSync(inHome(`policies/${id}.json`), JSON.stringify(document));
const settingsOnDisk = (): Settings => JSON.parse(readFileSync(inHome('settings.json'), 'utf8'));
const writeSettings = (change: Partial<Settings>) =>
  writeFileSync(inHome('settings.json'), JSON.stringify({ ...settingsOnDisk(), ...change }));

const changes = async () => (await host.api('outside.list')).changes;
const problems = async () => (await host.api('state.get')).problems;
/** Waits until a change waits whose file says `after`, and returns it. */
async function noticed(after: object): Promise<OutsideChange> {
  await expect.poll(changes).toMatchObject([{ after }]);
  return (await changes())[0] as OutsideChange;
}
async function decide(answer: 'use' | 'keep'): Promise<void> {
  for (const { id, digest } of await changes()) await host.api('outside.decide', { id, digest, answer });
}

/** Whether a call that costs runs, and what the agent is told. */
async function call(): Promise<{ ran: boolean; told: string }> {
  const client = await host.client(token);
  clients.push(client);
  const answer = await askForVideo(client);
  return { ran: answer.isError !== true, told: textOf(answer) };
}
const denied = { ran: false };
const ran = { ran: true, told: expect.stringContaining('task_id') };

describe('a policy file', () => {
  beforeEach(() => host.api('settings.set', { defaultPolicyId: 'block-everything' }));

  test('written while Greenlight runs: the call is denied until the person uses it, then it runs', async () => {
    const window = await host.events();
    expect(await call()).toMatchObject(denied);
    const { document } = await host.api('policies.get', { id: 'block-everything' });
    writePolicy('block-everything', free);
    await window.next('changed', ({ what }) => what === 'outside');
    expect(await noticed(free as object)).toEqual({
      id: 'policy:block-everything',
      kind: 'policy',
      name: 'Block everything',
      path: inHome('policies/block-everything.json'),
      seenAt: expect.any(String),
      before: document,
      after: free,
      digest: expect.any(String),
    });
    const told = await window.next('state', (state) => state.problems.length > 0);
    expect(told.problems).toEqual([
      {
        id: 'outside',
        message:
          '“Block everything” was changed outside Greenlight; what you accepted stays in force until you look at it.',
      },
    ]);
    expect(await call()).toMatchObject(denied);
    expect((await host.api('policies.get', { id: 'block-everything' })).version).toBe(1);

    await decide('use');
    await window.next('changed', ({ what }) => what === 'policies');
    expect(await problems()).toEqual([]);
    expect(await changes()).toEqual([]);
    expect(await call()).toMatchObject(ran);
    expect((await host.api('policies.get', { id: 'block-everything' })).version).toBe(2);
    window.close();
  });

  test('written while Greenlight is stopped: the same', async () => {
    await restart(() => writePolicy('block-everything', free));
    await noticed(free as object);
    expect(await call()).toMatchObject(denied);
    await decide('use');
    expect(await call()).toMatchObject(ran);
  });

  test('is put back when the person keeps theirs', async () => {
    const before = readFileSync(inHome('policies/block-everything.json'), 'utf8');
    await restart(() => writePolicy('block-everything', free));
    await decide('keep');
    expect(readFileSync(inHome('policies/block-everything.json'), 'utf8')).toBe(before);
    expect(await call()).toMatchObject(denied);
    expect(await changes()).toEqual([]);
    await expect(
      host.api('outside.decide', { id: 'policy:block-everything', digest: 'x', answer: 'keep' }),
    ).rejects.toMatchObject({ status: 404, message: expect.stringContaining('waits any more') });
  });

  test('that changed again since it was shown is not used', async () => {
    writePolicy('block-everything', closed);
    const { id, digest } = await noticed(closed as object);
    writePolicy('block-everything', free);
    await expect(host.api('outside.decide', { id, digest, answer: 'use' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringMatching(/changed again .* Look at it again/),
    });
    expect(await call()).toMatchObject(denied);
  });

  test('that is new cannot be followed until the person uses it', async () => {
    writePolicy('loose', free);
    await noticed(free as object);
    await expect(host.api('settings.set', { defaultPolicyId: 'loose' })).rejects.toMatchObject({
      status: 400,
    });
    await decide('use');
    await host.api('settings.set', { defaultPolicyId: 'loose' });
    expect(await call()).toMatchObject(ran);
  });

  test('is in force by itself neither when the database was lost', async () => {
    await restart(() => {
      writePolicy('ask-before-every-video', free);
      rmSync(inHome('greenlight.db'));
    });
    await host.api('guard.set', { mode: 'policy' });
    await host.api('settings.set', { defaultPolicyId: 'block-everything' });
    const change = await noticed(free as object);
    expect(change).not.toHaveProperty('before');
    await expect(
      host.api('settings.set', { defaultPolicyId: 'ask-before-every-video' }),
    ).rejects.toMatchObject({ status: 400 });
  });

  test('that the person put there before the first start is in force', async () => {
    await stop();
    rmSync(dataDir, { recursive: true });
    mkdirSync(inHome('policies'), { recursive: true });
    writePolicy('mine', free);
    writeFileSync(inHome('settings.json'), JSON.stringify({ ...defaultSettings, defaultPolicyId: 'mine' }));
    host = await startBrowserHost({ dataDir });
    token = host.ready.grant?.token ?? '';
    expect(await problems()).toEqual([]);
    expect(await call()).toMatchObject(ran);
  });

  test('several are one sentence', async () => {
    await restart(() => {
      for (const id of ['a', 'b', 'c', 'd']) writePolicy(id, closed);
      writeSettings({ costUnit: '€' });
    });
    expect(await problems()).toEqual([
      {
        id: 'outside',
        message:
          '“a”, “b”, “c” and 2 more were changed outside Greenlight; what you accepted stays in force until you look at them.',
      },
    ]);
  });
});

describe('the settings', () => {
  test.each([
    ['while Greenlight runs', async () => writeSettings({ guard: { mode: 'policy' } })],
    ['while Greenlight is stopped', () => restart(() => writeSettings({ guard: { mode: 'policy' } }))],
  ])('whose guard mode is written %s: calls are blocked until the person uses it', async (_when, write) => {
    await host.api('settings.set', { defaultPolicyId: 'autopilot-on-a-budget' });
    await host.api('guard.set', { mode: 'block' });
    await write();
    const change = await noticed({ guard: { mode: 'policy' } });
    expect(change).toMatchObject({ id: 'settings', name: 'Settings', before: { guard: { mode: 'block' } } });
    expect((await host.api('state.get')).guard).toEqual({ mode: 'block' });
    expect(await problems()).toMatchObject([
      { id: 'outside', message: expect.stringContaining('“Settings”') },
    ]);
    expect(await call()).toMatchObject(denied);
    const window = await host.events();
    await decide('use');
    await window.next('changed', ({ what }) => what === 'settings');
    await window.next('state', ({ guard }) => guard.mode === 'policy');
    window.close();
    expect(await call()).toMatchObject(ran);
    expect(await changes()).toEqual([]);
    expect(await problems()).toEqual([]);
  });

  test('that allow without asking answer no question until the person uses them, and end when they say', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    writeSettings({ guard: { mode: 'allow', until } });
    await noticed({ guard: { mode: 'allow', until } });
    expect((await host.api('state.get')).guard).toEqual({ mode: 'policy' });
    await decide('use');
    expect((await host.api('state.get')).guard).toMatchObject({ mode: 'allow', until: expect.any(String) });
    expect(await call()).toMatchObject(ran);
    // Without an end it has none, and is none.
    writeSettings({ guard: { mode: 'allow' } });
    await noticed({ guard: { mode: 'allow' } });
    await decide('use');
    expect((await host.api('state.get')).guard).toEqual({ mode: 'policy' });
  });

  test('that block every call by hand withdraw what waits once they are used', async () => {
    const window = await host.events();
    const waiting = call();
    waiting.catch(() => undefined);
    const { id } = await window.next('approval', ({ waiting: many }) => many > 0);
    writeSettings({ guard: { mode: 'block' } });
    await noticed({ guard: { mode: 'block' } });
    await decide('use');
    await window.next('approval', (each) => each.id === id && each.state === 'withdrawn');
    expect(await waiting).toMatchObject(denied);
    window.close();
  });

  test('whose default policy is another: it is followed once they are used, and only if there is one', async () => {
    await host.api('settings.set', { defaultPolicyId: 'block-everything' });
    writeSettings({ defaultPolicyId: 'autopilot-on-a-budget' });
    await noticed({ defaultPolicyId: 'autopilot-on-a-budget' });
    expect(await call()).toMatchObject(denied);
    await decide('use');
    expect(await call()).toMatchObject(ran);
    writeSettings({ defaultPolicyId: 'nowhere' });
    await noticed({ defaultPolicyId: 'nowhere' });
    await expect(decide('use')).rejects.toMatchObject({
      status: 409,
      message: expect.stringMatching(/“nowhere”.*no valid policy.*nothing was taken over/),
    });
    expect((await host.api('state.get')).defaultPolicyId).toBe('autopilot-on-a-budget');
    expect(await changes()).toHaveLength(1);
  });

  test('whose cost has another name, and whose limits and ports are others', async () => {
    writeSettings({ costUnit: 'credits', largestCall: 8, ports: { mcp: 1, ui: 2 } });
    await noticed({ costUnit: 'credits' });
    expect(await host.api('settings.get')).toEqual(defaultSettings);
    // What the person sets meanwhile holds, and the difference stays.
    await host.api('settings.set', { theme: 'dark' });
    expect(await host.api('settings.get')).toEqual({ ...defaultSettings, theme: 'dark' });
    await noticed({ costUnit: 'credits', theme: 'dark' });
    await decide('use');
    expect(await host.api('settings.get')).toEqual({
      ...defaultSettings,
      costUnit: 'credits',
      largestCall: 8,
      ports: { mcp: 1, ui: 2 },
      theme: 'dark',
    });
  });

  test('are written back when the person keeps theirs', async () => {
    writeSettings({ costUnit: 'credits' });
    await noticed({ costUnit: 'credits' });
    await decide('keep');
    expect(settingsOnDisk()).toEqual(defaultSettings);
    expect(await host.api('settings.get')).toEqual(defaultSettings);
  });

  test('that are not valid are told while Greenlight runs, and change nothing', async () => {
    writeFileSync(inHome('settings.json'), '{"version": 1, "guard": ');
    await expect.poll(problems).toEqual([
      {
        id: 'settings-file',
        message: expect.stringMatching(/settings\.json is not valid .*stay as they are/),
      },
    ]);
    expect((await host.api('state.get')).guard).toEqual({ mode: 'policy' });
    await host.api('settings.set', { theme: 'dark' });
    expect(await problems()).toEqual([]);
    expect(settingsOnDisk().theme).toBe('dark');
  });

  test('that are removed are there again', async () => {
    rmSync(inHome('settings.json'));
    await expect.poll(() => existsSync(inHome('settings.json'))).toBe(true);
    await host.logged('was removed; it is written again');
  });

  describe('whose upstream is another', () => {
    let upstream: HttpUpstream;
    beforeEach(async () => {
      upstream = await startHttpUpstream();
    });
    afterEach(() => upstream.close());

    test.each([
      ['while Greenlight runs', async (change: Partial<Settings>) => writeSettings(change)],
      ['while it is stopped', (change: Partial<Settings>) => restart(() => writeSettings(change))],
    ])('%s: nothing is sent there until the person uses it', async (_when, write) => {
      await write({ upstream: { kind: 'http', url: upstream.url } });
      await noticed({ upstream: { kind: 'http' } });
      await host.api('upstream.test');
      expect((await host.api('upstream.get')).settings).toEqual({ kind: 'sandbox' });
      expect(upstream.received).toEqual([]);
      await decide('use');
      expect(await host.api('upstream.get')).toMatchObject({
        settings: { kind: 'http', url: upstream.url },
        status: { kind: 'http', status: 'connected', tools: 1 },
      });
      expect(upstream.received.length).toBeGreaterThan(0);
      expect(await changes()).toEqual([]);
    });

    test('and holds a password is refused, as in the window', async () => {
      const url = upstream.url.replace('://', '://user:secret@');
      writeSettings({ upstream: { kind: 'http', url } });
      await noticed({ upstream: { url } });
      await expect(decide('use')).rejects.toMatchObject({
        status: 400,
        message: expect.stringContaining('password'),
      });
      expect((await host.api('upstream.get')).settings).toEqual({ kind: 'sandbox' });
    });
  });
});

test('a database that another program changed is told once, however many calls meet it', async () => {
  const other = new DatabaseSync(join(host.dataDir, 'greenlight.db'), { timeout: 60_000 });
  other.exec("UPDATE grants SET label = 'x'");
  other.close();
  const client = await host.client();
  const refused = await client.callTool({ name: 'luma_list_actions', arguments: {} });
  expect(JSON.stringify(refused.content)).toContain('Another program changed');
  await client.close();
  expect((await problems()).map(({ id }) => id)).toEqual(['seal']);
});
