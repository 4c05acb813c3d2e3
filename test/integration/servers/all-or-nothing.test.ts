/** A change of servers is whole or none: where something cannot be written, and whenever the process is killed. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { keptSecrets } from '../../../main/ledger/kept-secrets.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { addServer, startWithApi, useServers, type WithApi } from '../../support/servers.ts';

const TOKEN = 'a-token-of-two';

let dataDir: string;
let greenlight: WithApi;
let url: string;

beforeEach(async () => {
  dataDir = temporaryFolder();
  const upstream = await startHttpUpstream({ token: TOKEN });
  onTestFinished(() => upstream.close());
  url = upstream.url;
  greenlight = await startWithApi(dataDir);
});

const addTwo = () => greenlight.call('servers.add', { name: 'Two', kind: 'http', url, token: TOKEN });
const createClient = () => greenlight.call('clients.create', { label: 'C', servers: ['two', 'luma'] });

/** What is kept of the server two: in the settings, in the vault, of its tools, of its upstream, at clients. */
async function keptOf({ core, call, dataDir: home }: WithApi) {
  const { sql } = core.database;
  const { clients } = await call('clients.list');
  return {
    settings: core.settings.get().servers.some(({ id }) => id === 'two'),
    secrets: keptSecrets(core.database).some((name) => name.startsWith('server two: ')),
    vault: readFileSync(join(home, 'secrets.json'), 'utf8').includes(TOKEN),
    tools: sql.prepare("SELECT 1 FROM upstream_tools WHERE upstream LIKE '@two %'").get() !== undefined,
    upstream: core.accepted.get('upstream two') !== undefined,
    clients: clients.some(({ servers }) => servers.some(({ id }) => id === 'two')),
    leftovers: core.accepted.get('leftovers') !== undefined,
  };
}
const all = {
  settings: true,
  secrets: true,
  vault: true,
  tools: true,
  upstream: true,
  clients: true,
  leftovers: false,
};
const nothing = {
  settings: false,
  secrets: false,
  vault: false,
  tools: false,
  upstream: false,
  clients: false,
  leftovers: false,
};

/** Has `work` fail where it writes what is accepted under `name`; `the end`: where all is written, and not committed. */
async function failing(name: string, work: () => Promise<unknown>): Promise<void> {
  const { sql } = greenlight.core.database;
  const triggers =
    name === 'the end'
      ? [
          `INSERT ON seals WHEN (SELECT count(*) FROM accepted
             WHERE name = 'settings' AND content NOT LIKE '%"writing"%' AND content <> (SELECT content FROM before)) > 0`,
        ]
      : [`INSERT ON accepted WHEN NEW.name = '${name}'`, `DELETE ON accepted WHEN OLD.name = '${name}'`];
  sql.exec("CREATE TEMP TABLE before AS SELECT content FROM accepted WHERE name = 'settings'");
  for (const [at, when] of triggers.entries())
    sql.exec(`CREATE TEMP TRIGGER fails${at} BEFORE ${when} BEGIN SELECT RAISE(ABORT, 'full'); END`);
  await expect(work()).rejects.toThrow();
  for (const at of triggers.keys()) sql.exec(`DROP TRIGGER fails${at}`);
  sql.exec('DROP TABLE before');
}

/** Homes as they were left if the process was killed while `work` goes on: at the end of each transaction, and after. */
async function killedIn(work: () => Promise<unknown>): Promise<string[]> {
  const homes: string[] = [];
  const copy = () => {
    const home = temporaryFolder();
    cpSync(dataDir, home, { recursive: true, filter: (path) => !/-shm$|\.lock$|socket/.test(path) });
    homes.push(home);
    return null;
  };
  const { sql } = greenlight.core.database;
  sql.function('copy_home', copy);
  // The last that is written before a commit: the file is there, what says so is not.
  sql.exec('CREATE TEMP TRIGGER killed AFTER INSERT ON seals BEGIN SELECT copy_home(); END');
  const { secrets } = greenlight.core;
  const { set, delete: forget } = secrets;
  secrets.set = async (...given) => {
    await set(...given);
    copy();
  };
  secrets.delete = async (name) => {
    await forget(name);
    copy();
  };
  greenlight.core.servers.onExchanged(copy);
  await work();
  sql.exec('DROP TRIGGER killed');
  Object.assign(secrets, { set, delete: forget });
  await greenlight.stop();
  return homes;
}

describe('a server that is removed', () => {
  test('is gone with all that was its own, or is there with all of it, whenever the process is killed', async () => {
    await addTwo();
    const client = await createClient();
    const homes = await killedIn(() => greenlight.call('servers.remove', { id: 'two' }));
    const seen = new Set<boolean>();
    for (const home of homes) {
      const after = await startWithApi(home);
      const { settings } = await keptOf(after);
      seen.add(settings);
      expect(await keptOf(after)).toEqual(settings ? all : nothing);
      expect(after.core.problems).toEqual([]);
      // Its client goes on, at an address that there is.
      await after.call('clients.update', { id: client.id, policies: { luma: 'look-but-dont-spend' } });
      const { mcpUrl } = await after.call('clients.rotate', { id: client.id });
      expect(mcpUrl).toBe(settings ? `${after.core.mcpUrl}/two` : after.core.mcpUrl);
      await after.stop();
    }
    expect(seen).toEqual(new Set([true, false]));
  });

  test.each(['settings', 'upstream two', 'leftovers', 'the end'])(
    'stays as it was where “%s” cannot be written',
    async (name) => {
      await addTwo();
      await createClient();
      const exchanged: string[] = [];
      greenlight.core.servers.onExchanged((id) => exchanged.push(id));
      const { core } = greenlight;
      core.allowances.allow(
        { grantId: greenlight.grant.id, server: 'two', tool: 'echo' },
        { until: core.clock.now() + 60_000 },
      );
      await failing(name, () => greenlight.call('servers.remove', { id: 'two' }));
      expect(await keptOf(greenlight)).toEqual(all);
      expect(core.allowances.list()).toHaveLength(1);
      expect(exchanged).toEqual([]);
      expect(await greenlight.call('servers.test', { id: 'two' })).toMatchObject({ status: 'connected' });
      await greenlight.call('servers.remove', { id: 'two' });
      expect(await keptOf(greenlight)).toEqual(nothing);
    },
  );

  async function removeWithLockedVault(): Promise<void> {
    const { secrets } = greenlight.core;
    const { delete: forget } = secrets;
    secrets.delete = () => Promise.reject(new Error('locked'));
    await greenlight.call('servers.remove', { id: 'two' });
    secrets.delete = forget;
  }

  test('where the vault cannot be written, that is told, and the next start does the rest', async () => {
    await addTwo();
    await createClient();
    await removeWithLockedVault();
    // All the rest is done.
    expect(await keptOf(greenlight)).toEqual({ ...nothing, secrets: true, vault: true, leftovers: true });
    expect((await greenlight.call('state.get')).problems).toEqual([
      {
        id: 'servers',
        message:
          'The server “two” is removed, but not all that Greenlight kept for it, such as its secrets. It is tried again when Greenlight starts.',
      },
    ]);
    await greenlight.stop();
    greenlight = await startWithApi(dataDir);
    expect(await keptOf(greenlight)).toEqual(nothing);
    expect(greenlight.core.problems).toEqual([]);
  });

  test('what was left of it is none of one that is added under its name', async () => {
    await addTwo();
    await removeWithLockedVault();
    await greenlight.call('servers.add', { name: 'Two', kind: 'http', url });
    expect(greenlight.core.problems).toEqual([]);
    expect(await greenlight.call('upstream.get', { server: 'two' })).toMatchObject({ hasToken: false });
    await greenlight.stop();
    greenlight = await startWithApi(dataDir);
    expect(await keptOf(greenlight)).toMatchObject({ settings: true, secrets: false, leftovers: false });
  });
});

test('a server that is added is there with its token, or nothing is, whenever the process is killed', async () => {
  const homes = await killedIn(addTwo);
  const seen = new Set<boolean>();
  for (const home of homes) {
    const after = await startWithApi(home);
    await after.call('servers.test', { id: 'luma' });
    const { settings, ...kept } = await keptOf(after);
    seen.add(settings);
    const one = { secrets: settings, vault: settings, upstream: settings, clients: false, leftovers: false };
    expect(kept).toMatchObject(one);
    expect(after.core.problems).toEqual([]);
    // Nothing that an agent knew of another one before is its own.
    if (settings) expect(after.core.servers.get('two')?.added()).toBeGreaterThan(0);
    await after.stop();
  }
  expect(seen).toEqual(new Set([true, false]));
});

describe('a server that is changed', () => {
  const change = async () => {
    const strict = await greenlight.call('policies.save', {
      name: 'Strict',
      document: { version: '1', server: 'two', default: 'deny', tools: {} },
    });
    return {
      id: 'two',
      name: 'Other',
      kind: 'http',
      url,
      token: TOKEN,
      policyId: 'id' in strict ? strict.id : '',
    } as const;
  };

  test('by name, policy and upstream at once is all of it, or as it was, whenever the process is killed', async () => {
    await greenlight.call('servers.add', { name: 'Two', kind: 'sandbox' });
    const to = await change();
    const [before] = greenlight.core.settings.get().servers;
    const homes = await killedIn(() => greenlight.call('servers.update', to));
    const seen = new Set<string>();
    for (const home of homes) {
      const after = await startWithApi(home);
      const [server] = after.core.settings.get().servers;
      seen.add(server?.name ?? '');
      expect(server).toEqual(
        server?.name === 'Two'
          ? before
          : { id: 'two', name: 'Other', policyId: to.policyId, upstream: { kind: 'http', url } },
      );
      await after.stop();
    }
    expect(seen).toEqual(new Set(['Two', 'Other']));
  });

  test.each(['settings', 'upstream two', 'the end'])(
    'is as it was where “%s” cannot be written: its name, its policy, its upstream, its sessions',
    async (name) => {
      const { core, grant, headers } = greenlight;
      const one = await startHttpUpstream({});
      onTestFinished(() => one.close());
      const there = await addServer(greenlight, 'two', one.url);
      useServers(greenlight, grant, 'luma', 'two');
      const send = (message: object, session?: string) =>
        fetch(there, {
          method: 'POST',
          headers: { ...headers, ...(session !== undefined && { 'mcp-session-id': session }) },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
        });
      const params = {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'x', version: '1' },
      };
      const begun = await send({ method: 'initialize', params });
      await begun.text();
      const session = begun.headers.get('mcp-session-id') ?? '';
      const [since, before] = [core.servers.get('two')?.since(), core.settings.get()];
      const to = await change();
      await failing(name, () => greenlight.call('servers.update', to));
      expect(core.settings.get()).toEqual(before);
      expect(JSON.parse(readFileSync(join(dataDir, 'settings.json'), 'utf8'))).toEqual(before);
      expect(core.servers.get('two')?.since()).toBe(since);
      const again = await send({ method: 'tools/list' }, session);
      expect([again.status, await again.text()]).toEqual([200, expect.stringContaining('echo')]);
      expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).not.toContain(TOKEN);
      await greenlight.call('servers.update', to);
      expect((await send({ method: 'tools/list' }, session)).status).toBe(404);
    },
  );
});

describe('settings that would be larger than what is read of them', () => {
  const long = (length: number) => ({
    kind: 'stdio' as const,
    command: process.execPath,
    args: ['-e', '0', 'x'.repeat(length)],
  });

  test('are not written: nothing is left of what would have made them so', async () => {
    const before = readFileSync(join(dataDir, 'settings.json'), 'utf8');
    await expect(greenlight.call('servers.add', { name: 'Two', ...long(300_000) })).rejects.toThrow(
      /larger than the 256 KiB .* nothing was changed\. Give this server shorter arguments/,
    );
    expect(readFileSync(join(dataDir, 'settings.json'), 'utf8')).toBe(before);
    expect(await keptOf(greenlight)).toEqual(nothing);
    await greenlight.call('servers.add', { name: 'Two', ...long(100_000) });
    await expect(greenlight.call('servers.update', { id: 'two', ...long(300_000) })).rejects.toThrow(
      /larger than the 256 KiB/,
    );
    await expect(greenlight.call('upstream.set', long(150_000))).rejects.toThrow(/larger than the 256 KiB/);
    expect(greenlight.core.problems).toEqual([]);
  });

  test('of before are, where it is not a server that makes them larger: the guard mode can always be set', async () => {
    const { settings } = greenlight.core;
    const upstream = { ...long(239_000), envNames: [] };
    settings.set({ ...settings.get(), upstream });
    for (const mode of ['block', 'ask', 'policy'] as const) {
      await greenlight.call('guard.set', { mode });
      await greenlight.call('settings.set', { costUnit: 'x'.repeat(16) });
    }
    expect(greenlight.core.problems).toEqual([]);
    await expect(greenlight.call('servers.add', { name: 'Two', ...long(10_000) })).rejects.toThrow(
      /larger than the 256 KiB/,
    );
    await greenlight.call('upstream.set', long(1));
    await greenlight.call('servers.add', { name: 'Two', ...long(10_000) });
  });
});
