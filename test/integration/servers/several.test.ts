/** Several servers as the person adds them through the API, and two clients that use them under policies of their own. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { MOST_SERVERS } from '../../../shared/server-id.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { startOAuthUpstream } from '../../servers/oauth.ts';
import { callForText } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { connectTo, startWithApi, type WithApi } from '../../support/servers.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';
import { until } from '../../support/wait.ts';

const require = createRequire(import.meta.url);
const manifest = require.resolve('@modelcontextprotocol/server-filesystem/package.json');
/** A server from npm that people use, on a folder. */
const filesystem = (folder: string) => ({
  kind: 'stdio' as const,
  command: process.execPath,
  args: [join(dirname(manifest), 'dist/index.js'), folder],
});

const TOKEN = 'a-token-that-nobody-may-see';

let dataDir: string;
let greenlight: WithApi;

const start = () => startWithApi(dataDir);
const files = () => readFileSync(join(dataDir, 'settings.json'), 'utf8');

beforeEach(async () => {
  dataDir = temporaryFolder();
  greenlight = await start();
});

/** Signs in to the server `id` as the person does, in a browser. */
async function signIn(id: string): Promise<void> {
  const { page } = await greenlight.call('upstream.signIn', { server: id });
  expect((await fetch(page)).status).toBe(200);
}

describe('three servers, two clients', () => {
  test('the sandbox, a program from npm and one that is signed in to; each client has its own of them, also after a restart', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'known.txt'), 'hello');
    const oauth = await startOAuthUpstream({ expiresIn: 3600 });
    onTestFinished(() => oauth.close());

    const added = await greenlight.call('servers.add', { name: 'My files', ...filesystem(folder) });
    expect(added).toMatchObject({
      id: 'my-files',
      name: 'My files',
      kind: 'stdio',
      url: `${greenlight.core.mcpUrl}/my-files`,
      status: 'connected',
      changedTools: 0,
    });
    expect(added.tools).toBeGreaterThan(10);
    expect(
      await greenlight.call('servers.add', { name: 'Notes', kind: 'http', url: oauth.url }),
    ).toMatchObject({
      id: 'notes',
      status: 'unauthorized',
    });
    await signIn('notes');
    await until(async () => (await greenlight.call('servers.test', { id: 'notes' })).status === 'connected');

    const { policies } = await greenlight.call('policies.list');
    expect(
      policies.filter(({ server }) => server !== 'luma').map(({ server, isDefault }) => [server, isDefault]),
    ).toEqual(
      expect.arrayContaining([
        ['my-files', true],
        ['notes', true],
      ]),
    );
    const reading = await greenlight.call('policies.save', {
      name: 'Only reads files',
      document: { version: '1', server: 'my-files', default: 'deny', tools: { read_text_file: {} } },
    });
    if ('errors' in reading) throw new Error(JSON.stringify(reading.errors));

    const everything = await greenlight.call('clients.create', {
      label: 'Everything',
      servers: ['luma', 'my-files', 'notes'],
    });
    const reader = await greenlight.call('clients.create', {
      label: 'Reader',
      servers: ['my-files'],
      policies: { 'my-files': reading.id },
    });
    expect(everything.servers.map(({ id, mcpUrl }) => [id, mcpUrl])).toEqual([
      ['luma', greenlight.core.mcpUrl],
      ['my-files', `${greenlight.core.mcpUrl}/my-files`],
      ['notes', `${greenlight.core.mcpUrl}/notes`],
    ]);
    expect(reader).toMatchObject({ mcpUrl: added.url, policyId: reading.id, followsDefault: false });

    for (const again of [false, true]) {
      if (again) {
        await greenlight.stop();
        greenlight = await start();
        for (const id of ['my-files', 'notes'])
          expect((await greenlight.call('servers.test', { id })).status).toBe('connected');
      }
      const name = again ? 'second.txt' : 'first.txt';
      const at = async (server: string, token: string) => connectTo(greenlight, server, token);
      // What a policy of its own does not say is denied to one, and asked of the other.
      const mine = await at('my-files', reader.token);
      expect(await callForText(mine, 'read_text_file', { path: join(folder, 'known.txt') })).toContain(
        'hello',
      );
      expect(await callForText(mine, 'write_file', { path: join(folder, name), content: 'x' })).toMatch(
        /denied/,
      );
      for (const other of ['luma', 'notes'])
        await expect(at(other, reader.token)).rejects.toThrow(/401|Unauthorized/);

      const all = await at('my-files', everything.token);
      const asked = callForText(all, 'write_file', { path: join(folder, name), content: 'x' });
      const question = await greenlight.asked();
      expect(question).toMatchObject({ server: 'my-files', tool: 'write_file' });
      expect(existsSync(join(folder, name))).toBe(false);
      await greenlight.call('approvals.decide', { id: question.id, answer: 'allow', for: 'once' });
      expect(await asked).toMatch(/[Ss]uccessfully wrote/);
      expect(readFileSync(join(folder, name), 'utf8')).toBe('x');

      expect((await (await at('luma', everything.token)).listTools()).tools).toHaveLength(8);
      // It only reads, as far as its definition tells.
      const echo = callForText(await at('notes', everything.token), 'echo', { text: 'signed in' });
      expect(await echo).toContain('signed in');
    }
    const { rows } = await greenlight.call('activity.query', { server: 'my-files' });
    expect(new Set(rows.map(({ server }) => server))).toEqual(new Set(['my-files']));
    expect(rows).toHaveLength(6);
    expect((await greenlight.call('activity.verify')).valid).toBe(true);
    // Another server's people are nobody here, and its secrets are in no file but the vault's.
    for (const secret of oauth.secrets) expect(files()).not.toContain(secret);
  });
});

describe('adding a server', () => {
  test('with a token: it is in the vault alone, and the server is told as it stands', async () => {
    const upstream = await startHttpUpstream({ token: TOKEN });
    onTestFinished(() => upstream.close());
    const server = await greenlight.call('servers.add', {
      name: 'Notes',
      kind: 'http',
      url: upstream.url,
      token: TOKEN,
    });
    expect(server).toMatchObject({
      id: 'notes',
      status: 'connected',
      tools: 1,
      settings: { kind: 'http', url: upstream.url },
    });
    expect(await greenlight.call('upstream.get', { server: 'notes' })).toMatchObject({ hasToken: true });
    expect(await greenlight.call('upstream.get')).toMatchObject({
      settings: { kind: 'sandbox' },
      hasToken: false,
    });
    expect(JSON.stringify([server, await greenlight.call('state.get')])).not.toContain(TOKEN);
    expect(files()).not.toContain(TOKEN);
    expect(greenlight.changes).toContain('servers');
    expect((await greenlight.call('state.get')).servers).toMatchObject([
      { id: 'luma' },
      { id: 'notes', name: 'Notes' },
    ]);
  });

  test('what cannot be used leaves nothing behind: no server, no policy, no secret', async () => {
    const before = [files(), await greenlight.call('policies.list')];
    const bad = { name: 'Notes', kind: 'http', url: 'http://127.0.0.1:9/mcp', token: 'no\nheader' } as const;
    await expect(greenlight.call('servers.add', bad)).rejects.toThrow(/token/);
    await expect(
      greenlight.call('servers.add', { ...bad, url: 'http://ada:secret@127.0.0.1:9/mcp', token: 'x' }),
    ).rejects.toThrow(/user name or a password/);
    await expect(
      greenlight.call('servers.add', { name: 'Notes', kind: 'sandbox', policyId: 'look-but-dont-spend' }),
    ).rejects.toThrow(/is for the server “luma”/);
    expect([files(), await greenlight.call('policies.list')]).toEqual(before);
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).not.toContain('notes');
  });

  test('where the settings cannot be written, all is as it was', async () => {
    const { core } = greenlight;
    const fail =
      "CREATE TEMP TRIGGER fails BEFORE INSERT ON accepted WHEN NEW.name = 'settings' BEGIN SELECT RAISE(ABORT, 'full'); END";
    core.database.sql.exec(fail);
    await expect(
      greenlight.call('servers.add', {
        name: 'Notes',
        kind: 'http',
        url: 'http://127.0.0.1:9/mcp',
        token: TOKEN,
      }),
    ).rejects.toThrow();
    core.database.sql.exec('DROP TRIGGER fails');
    expect((await greenlight.call('servers.list')).servers).toHaveLength(1);
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).not.toContain(TOKEN);
    expect(
      (await greenlight.call('policies.list')).policies.filter(({ server }) => server !== 'luma'),
    ).toEqual([]);
    expect((await greenlight.call('servers.add', { name: 'Notes', kind: 'sandbox' })).id).toBe('notes');
  });

  test.each(['upstream notes', 'settings'])(
    'where “%s” cannot be kept, there is no half of it: it can be added again',
    async (name) => {
      const { core } = greenlight;
      core.database.sql.exec(
        `CREATE TEMP TRIGGER fails BEFORE INSERT ON accepted WHEN NEW.name = '${name}' BEGIN SELECT RAISE(ABORT, 'full'); END`,
      );
      await expect(greenlight.call('servers.add', { name: 'Notes', kind: 'sandbox' })).rejects.toThrow();
      core.database.sql.exec('DROP TRIGGER fails');
      expect(JSON.parse(files()).servers).toEqual([]);
      expect((await greenlight.call('servers.add', { name: 'Notes', kind: 'sandbox' })).id).toBe('notes');
    },
  );

  test('two at once under one name are two servers', async () => {
    await Promise.all([1, 2].map(() => greenlight.call('servers.add', { name: 'Notes', kind: 'sandbox' })));
    await greenlight.call('servers.add', { name: 'Notes!', kind: 'sandbox' });
    const { servers } = await greenlight.call('servers.list');
    expect(servers.map(({ id }) => id)).toEqual(['luma', 'notes', 'notes-2', 'notes-3']);
    expect(new Set(servers.map(({ policyId }) => policyId)).size).toBe(4);
  });

  test.each([
    ['Luma', 'luma-2'],
    ['../../etc', 'etc'],
    ['Größe & Co.', 'gro-e-co'],
    ['北京', 'server'],
    ['x'.repeat(60), 'x'.repeat(36)],
  ])('%s is called %s in its address', async (name, id) => {
    expect((await greenlight.call('servers.add', { name, kind: 'sandbox' })).id).toBe(id);
  });

  test.each(['luma', 'Two', '-a', 'a-', 'a b', 'a/b', '', '__proto__', 'a'.repeat(41)])(
    '%j is no id',
    async (id) => {
      await expect(greenlight.call('servers.add', { name: 'Notes', id, kind: 'sandbox' })).rejects.toThrow(
        /id|slug|already/,
      );
      expect((await greenlight.call('servers.list')).servers).toHaveLength(1);
    },
  );

  test('there is an end to how many there are', async () => {
    const { core } = greenlight;
    const entry = (id: string) => ({
      id,
      name: id,
      upstream: { kind: 'sandbox' as const },
      policyId: 'none',
    });
    const servers = Array.from({ length: MOST_SERVERS }, (_, at) => entry(`s${at}`));
    core.settings.set({ ...core.settings.get(), servers });
    await expect(greenlight.call('servers.add', { name: 'One more', kind: 'sandbox' })).rejects.toThrow(
      /cannot be more\. Remove one/,
    );
  });
});

describe('a server', () => {
  test('is called otherwise, gets another policy, goes elsewhere and is removed', async () => {
    const upstream = await startHttpUpstream({ token: TOKEN });
    onTestFinished(() => upstream.close());
    const { id, policyId } = await greenlight.call('servers.add', { name: 'Notes', kind: 'sandbox' });
    expect(await greenlight.call('servers.update', { id, name: 'My notes' })).toMatchObject({
      id,
      name: 'My notes',
      policyId,
    });
    const strict = await greenlight.call('policies.save', {
      name: 'Nothing',
      document: { version: '1', server: id, default: 'deny', tools: {} },
    });
    if ('errors' in strict) throw new Error('not valid');
    expect(await greenlight.call('servers.update', { id, policyId: strict.id })).toMatchObject({
      policyId: strict.id,
    });
    expect(
      await greenlight.call('servers.update', { id, kind: 'http', url: upstream.url, token: TOKEN }),
    ).toMatchObject({
      kind: 'http',
      status: 'connected',
      tools: 1,
    });
    // It is in use: it is neither deleted nor made one for another server.
    await expect(greenlight.call('policies.delete', { id: strict.id })).rejects.toThrow(
      /default policy of My notes/,
    );
    const moved = { version: '1', default: 'deny', tools: {} };
    expect(
      await greenlight.call('policies.save', { id: strict.id, name: 'Nothing', document: moved }),
    ).toMatchObject({
      errors: [{ pointer: '/server' }],
    });
    await greenlight.call('servers.remove', { id });
    expect((await greenlight.call('servers.list')).servers).toHaveLength(1);
    // Added again, it starts with what it started with then, which is still there.
    expect(await greenlight.call('servers.add', { name: 'Notes', kind: 'sandbox' })).toMatchObject({
      id,
      policyId,
    });
    await greenlight.call('servers.remove', { id });
    expect(readFileSync(join(dataDir, 'secrets.json'), 'utf8')).not.toContain(TOKEN);
    for (const method of ['servers.test', 'servers.remove'] as const)
      await expect(greenlight.call(method, { id })).rejects.toThrow(/There is no server “notes”/);
  });

  test('that cannot be exchanged keeps its token', async () => {
    const upstream = await startHttpUpstream({ token: TOKEN });
    onTestFinished(() => upstream.close());
    const there = { kind: 'http', url: upstream.url } as const;
    const { id } = await greenlight.call('servers.add', { name: 'Notes', ...there, token: TOKEN });
    const { core } = greenlight;
    core.database.sql.exec(
      "CREATE TEMP TRIGGER fails BEFORE INSERT ON accepted WHEN NEW.name = 'settings' BEGIN SELECT RAISE(ABORT, 'full'); END",
    );
    const other = { id, kind: 'http', url: `${upstream.url}?x=1`, token: 'another' } as const;
    await expect(greenlight.call('servers.update', other)).rejects.toThrow();
    core.database.sql.exec('DROP TRIGGER fails');
    await greenlight.stop();
    greenlight = await start();
    expect(await greenlight.call('servers.test', { id })).toMatchObject({
      status: 'connected',
      settings: there,
    });
  });

  test('that is removed leaves nothing of its tools, nor what was said of them', async () => {
    const upstream = await startHttpUpstream({});
    onTestFinished(() => upstream.close());
    const add = () => greenlight.call('servers.add', { name: 'Notes', kind: 'http', url: upstream.url });
    const { id } = await add();
    const tools = async () => (await greenlight.call('upstream.tools', { server: id })).tools;
    const [tool] = await tools();
    await greenlight.call('upstream.correctTool', {
      server: id,
      name: tool?.name ?? '',
      digest: tool?.digest ?? '',
      category: 'destructive',
    });
    expect((await tools())[0]?.corrected).toBe(true);
    await greenlight.call('servers.remove', { id });
    const { sql } = greenlight.core.database;
    for (const table of ['upstream_tools', 'tool_definitions', 'tool_categories'])
      expect(sql.prepare(`SELECT upstream FROM ${table} WHERE upstream LIKE '@%'`).all()).toEqual([]);
    await add();
    expect((await tools())[0]?.corrected).toBe(false);
  });

  test('that is started elsewhere is another program: nothing is known of its tools', async () => {
    const [here, there] = [temporaryFolder(), temporaryFolder()];
    const program = { kind: 'stdio' as const, command: process.execPath, args: [stdioServer] };
    const { id } = await greenlight.call('servers.add', { name: 'Notes', ...program, cwd: here });
    const { core } = greenlight;
    expect(core.servers.get(id)?.connection.tools()).not.toEqual([]);
    await core.servers.useUpstream(id, { ...program, envNames: [], cwd: there }, {});
    expect(core.servers.get(id)?.connection.tools()).toEqual([]);
  });

  test('that was kept before its folder was said keeps what was accepted and said of its tools', async () => {
    const program = { kind: 'stdio' as const, command: process.execPath, args: [stdioServer] };
    const { id } = await greenlight.call('servers.add', {
      name: 'Notes',
      ...program,
      cwd: temporaryFolder(),
    });
    const tools = async () => (await greenlight.call('upstream.tools', { server: id })).tools;
    const [{ name = '', digest = '' } = {}] = await tools();
    await greenlight.call('upstream.correctTool', { server: id, name, digest, category: 'destructive' });
    const { sql } = greenlight.core.database;
    const before = await tools();
    for (const table of ['upstream_tools', 'tool_definitions', 'tool_categories'])
      sql
        .prepare(`UPDATE ${table} SET upstream = ? WHERE upstream LIKE '@notes %'`)
        .run(`@notes stdio ${JSON.stringify([program.command, ...program.args])}`);
    await greenlight.stop();
    greenlight = await start();
    expect(await tools()).toEqual(before);
    expect(before.find((tool) => tool.name === name)?.corrected).toBe(true);
    expect((await greenlight.call('state.get')).problems).toEqual([]);
  });

  test('that is told a folder is another program, also where Greenlight stops before it knows its tools', async () => {
    const program = { kind: 'stdio' as const, command: process.execPath, args: [stdioServer] };
    const { id } = await greenlight.call('servers.add', { name: 'Notes', ...program });
    const tools = async () => (await greenlight.call('upstream.tools', { server: id })).tools;
    const [{ name = '', digest = '' } = {}] = await tools();
    await greenlight.call('upstream.correctTool', { server: id, name, digest, category: 'destructive' });
    const corrected = async () => (await tools()).find((tool) => tool.name === name)?.corrected ?? false;
    expect(await corrected()).toBe(true);
    const { core } = greenlight;
    await core.servers.useUpstream(id, { ...program, envNames: [], cwd: temporaryFolder() }, {});
    for (const table of ['upstream_tools', 'tool_definitions', 'tool_categories'])
      core.database.sql.exec(`DELETE FROM ${table} WHERE upstream LIKE '@notes stdio %] in %'`);
    await greenlight.stop();
    greenlight = await start();
    expect(await corrected()).toBe(false);
    await greenlight.core.servers.useUpstream(id, { ...program, envNames: [] }, {});
    expect(await corrected()).toBe(true);
  });

  test('luma stays, by its name', async () => {
    await expect(greenlight.call('servers.remove', { id: 'luma' })).rejects.toThrow(/stays/);
    await expect(greenlight.call('servers.update', { id: 'luma', name: 'Mine' })).rejects.toThrow(
      /keeps its name/,
    );
    await expect(
      greenlight.call('servers.update', {
        id: 'luma',
        name: 'Mine',
        kind: 'http',
        url: 'http://127.0.0.1:9/',
      }),
    ).rejects.toThrow(/keeps its name/);
    expect(greenlight.core.settings.get().upstream).toEqual({ kind: 'sandbox' });
    expect(
      await greenlight.call('servers.update', { id: 'luma', policyId: 'block-everything' }),
    ).toMatchObject({
      policyId: 'block-everything',
    });
    expect((await greenlight.call('settings.get')).defaultPolicyId).toBe('block-everything');
  });

  test('that another program writes into the settings waits for the person, and is one once it is used', async () => {
    const path = join(dataDir, 'settings.json');
    const written = JSON.parse(files());
    const entry = { id: 'notes', name: 'Notes', upstream: { kind: 'sandbox' }, policyId: 'none' };
    const put = (servers: object[]) => writeFileSync(path, JSON.stringify({ ...written, servers }));
    const change = async () => {
      await until(async () => (await greenlight.call('outside.list')).changes.length === 1);
      const [found] = (await greenlight.call('outside.list')).changes;
      return { id: found?.id ?? '', digest: found?.digest ?? '', answer: 'use' as const };
    };
    put([entry]);
    await expect(greenlight.call('outside.decide', await change())).rejects.toThrow(/for “notes” is “none”/);
    put([{ ...entry, policyId: 'block-everything' }]);
    await until(async () =>
      JSON.stringify((await greenlight.call('outside.list')).changes).includes('block-everything'),
    );
    await expect(greenlight.call('outside.decide', await change())).rejects.toThrow(
      /no valid policy of that id is in force for that server/,
    );
    expect((await greenlight.call('servers.list')).servers).toHaveLength(1);
    const made = await greenlight.call('policies.save', {
      name: 'Of notes',
      document: { version: '1', server: 'notes', default: 'deny', tools: {} },
    });
    put([{ ...entry, policyId: 'id' in made ? made.id : '' }]);
    await until(async () =>
      JSON.stringify((await greenlight.call('outside.list')).changes).includes('of-notes'),
    );
    await greenlight.call('outside.decide', await change());
    expect((await greenlight.call('servers.list')).servers).toMatchObject([
      { id: 'luma' },
      { id: 'notes', status: 'connected' },
    ]);
    put([]);
    await greenlight.call('outside.decide', await change());
    expect((await greenlight.call('servers.list')).servers).toHaveLength(1);
  });
});

describe('the policy of a server', () => {
  const of = (server: string) => ({ version: '1', server, default: 'deny', tools: {} });
  const elsewhere = /in use on the server “notes”, where nothing would judge then/;

  test('that is in use becomes none of another: saved, restored, or written into its file', async () => {
    await greenlight.call('servers.add', { name: 'Notes', kind: 'sandbox' });
    const { core } = greenlight;
    // The first version is of before it was in use.
    core.policies.save({ id: 'mine', name: 'Mine', document: of('other') });
    core.policies.save({ id: 'mine', name: 'Mine', document: of('notes') });
    await greenlight.call('servers.update', { id: 'notes', policyId: 'mine' });
    expect(
      await greenlight.call('policies.save', { id: 'mine', name: 'Mine', document: of('other') }),
    ).toMatchObject({ errors: [{ pointer: '/server', message: expect.stringMatching(elsewhere) }] });
    await expect(greenlight.call('policies.restore', { id: 'mine', version: 1 })).rejects.toThrow(elsewhere);
    writeFileSync(join(dataDir, 'policies', 'mine.json'), JSON.stringify(of('other')));
    await until(async () => (await greenlight.call('outside.list')).changes.length === 1);
    const [change] = (await greenlight.call('outside.list')).changes;
    const { id = '', digest = '' } = change ?? {};
    await expect(greenlight.call('outside.decide', { id, digest, answer: 'use' })).rejects.toThrow(elsewhere);
    await greenlight.call('outside.decide', { id, digest, answer: 'keep' });
    expect(core.policies.inForce('mine')?.policy.server).toBe('notes');
  });
});

describe('a client', () => {
  test('has servers and a policy on each; what does not fit is refused', async () => {
    const { id } = await greenlight.call('servers.add', { name: 'Notes', kind: 'sandbox' });
    const create = (more: object) => greenlight.call('clients.create', { label: 'A', ...more });
    await expect(create({ servers: ['nowhere'] })).rejects.toThrow(/no server “nowhere”/);
    await expect(create({ servers: [id], policyId: 'look-but-dont-spend' })).rejects.toThrow(
      /is for the server “luma”/,
    );
    await expect(create({ servers: ['luma'], policies: { [id]: 'look-but-dont-spend' } })).rejects.toThrow(
      /may not use/,
    );
    const client = await create({ servers: ['luma', id], policyId: 'look-but-dont-spend' });
    const listed = async () =>
      (await greenlight.call('clients.list')).clients.find((one) => one.id === client.id)?.servers;
    const own = (await greenlight.call('servers.list')).servers.find((one) => one.id === id)?.policyId;
    expect(await listed()).toEqual([
      { id: 'luma', policyId: 'look-but-dont-spend', followsDefault: false },
      { id, policyId: own, followsDefault: true },
    ]);
    await greenlight.call('clients.update', { id: client.id, policies: { luma: null } });
    expect((await listed())?.[0]).toMatchObject({ followsDefault: true });
    await greenlight.call('clients.update', { id: client.id, servers: [id] });
    expect(await listed()).toEqual([{ id, policyId: own, followsDefault: true }]);
    expect((await greenlight.call('clients.rotate', { id: client.id })).mcpUrl).toMatch(/\/mcp\/notes$/);
  });
});
