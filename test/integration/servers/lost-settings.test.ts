/** Settings that are gone or not valid at a start, and are put back as Greenlight says: the servers have all they had. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { keptSecrets } from '../../../main/ledger/kept-secrets.ts';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startWithApi, type WithApi } from '../../support/servers.ts';
import { until } from '../../support/wait.ts';

const TOKEN = 'a-token-of-two';

let dataDir: string;
let greenlight: WithApi;
let upstream: HttpUpstream;
let client: { id: string; token: string };
/** The session that the client has at two. */
let session: string;
/** The file of settings before it was lost. */
let good: string;

const path = () => join(dataDir, 'settings.json');

beforeEach(async () => {
  dataDir = temporaryFolder();
  upstream = await startHttpUpstream({ token: TOKEN });
  onTestFinished(() => upstream.close());
  greenlight = await startWithApi(dataDir);
  const { call, core } = greenlight;
  await call('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN });
  await call('servers.add', { name: 'Two', kind: 'http', url: upstream.url, token: TOKEN });
  const [tool] = (await call('upstream.tools', { server: 'two' })).tools;
  const { name = '', digest = '' } = tool ?? {};
  await call('upstream.correctTool', { server: 'two', name, digest, category: 'destructive' });
  client = await call('clients.create', { label: 'C', servers: ['luma', 'two'] });
  core.allowances.allow(
    { grantId: client.id, server: 'two', tool: 'echo' },
    { until: core.clock.now() + 3_600_000 },
  );
  session = (await initialize()).headers.get('mcp-session-id') ?? '';
  await greenlight.stop();
  good = readFileSync(path(), 'utf8');
});

async function send(message: object, id?: string): Promise<Response> {
  return fetch(greenlight.core.mcpUrlOf('two'), {
    method: 'POST',
    headers: {
      ...greenlight.headers,
      authorization: `Bearer ${client.token}`,
      ...(id !== undefined && { 'mcp-session-id': id }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
  });
}
async function initialize(): Promise<Response> {
  const clientInfo = { name: 'x', version: '1' };
  const answer = await send({
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo },
  });
  await answer.text();
  return answer;
}

const start = async () => {
  greenlight = await startWithApi(dataDir);
};

/** Puts `text` in the place of the file, and accepts it. */
async function putBack(text: string): Promise<void> {
  const { call } = greenlight;
  writeFileSync(path(), text);
  await until(async () => (await call('outside.list')).changes.length > 0);
  for (const { id, digest } of (await call('outside.list')).changes)
    await call('outside.decide', { id, digest, answer: 'use' });
}

/** What two has of what it had. */
async function kept() {
  const { core, call } = greenlight;
  const { clients } = await call('clients.list');
  const [tool] = (await call('upstream.tools', { server: 'two' })).tools;
  return {
    secrets: keptSecrets(core.database).filter((name) => name.startsWith('server two: ')).length,
    status: (await call('servers.test', { id: 'two' })).status,
    client: clients.find(({ id }) => id === client.id)?.servers.map(({ id }) => id),
    allowances: core.allowances.list().filter(({ server }) => server === 'two').length,
    corrected: tool?.corrected,
    changed: core.servers.get('two')?.connection.change('echo') !== undefined,
  };
}
const whole = {
  secrets: 1,
  status: 'connected',
  client: ['luma', 'two'],
  allowances: 1,
  corrected: true,
  changed: false,
};

describe.each([
  ['not valid', () => writeFileSync(path(), good.replace('"version": 1,', '"version": 1,,'))],
  ['gone', () => rmSync(path())],
])('settings that are %s', (_what, lose) => {
  beforeEach(async () => {
    lose();
    await start();
  });

  test('and put back bring the servers back with all they had', async () => {
    expect((await greenlight.call('state.get')).problems).toMatchObject([{ id: 'settings' }]);
    expect((await greenlight.call('servers.list')).servers).toHaveLength(1);
    await putBack(good);
    expect(await kept()).toEqual(whole);
    const answer = await send({ method: 'tools/list' }, session);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('echo')]);
  });

  test('and put back later do so, too: after other starts, other settings, a guard mode, another server', async () => {
    await greenlight.call('settings.set', { theme: 'dark' });
    await greenlight.call('guard.set', { mode: 'policy' });
    await greenlight.call('servers.add', { name: 'Three', kind: 'sandbox' });
    await greenlight.call('servers.remove', { id: 'three' });
    for (const _ of [1, 2]) {
      await greenlight.stop();
      await start();
    }
    expect(greenlight.core.problems).toEqual([]);
    await putBack(good);
    expect(await kept()).toEqual(whole);
  });

  test('leave a client that had them one that can be changed, and that has an address', async () => {
    const { call } = greenlight;
    const change = { id: client.id, policies: { luma: 'look-but-dont-spend' } };
    expect(await call('clients.update', change)).toMatchObject({ policyId: 'look-but-dont-spend' });
    await call('clients.update', { id: client.id, servers: ['two', 'luma'] });
    const { mcpUrl, token } = await call('clients.rotate', { id: client.id });
    expect(mcpUrl).toBe(greenlight.core.mcpUrl);
    client.token = token;
    expect((await send({ method: 'ping' })).status).toBe(401);
    await putBack(good);
    expect(await kept()).toMatchObject({ client: ['two', 'luma'] });
  });

  test('and put back with another upstream bring a server that has nothing of the one before', async () => {
    const other = await startHttpUpstream({});
    onTestFinished(() => other.close());
    const text = JSON.parse(good);
    text.servers[0].upstream.url = other.url;
    await putBack(JSON.stringify(text));
    expect(await kept()).toEqual({
      secrets: 0,
      status: 'connected',
      client: ['luma'],
      allowances: 0,
      corrected: false,
      changed: false,
    });
  });

  test('and a server that the person adds under its name has nothing of it', async () => {
    await greenlight.call('servers.add', { name: 'Two', kind: 'http', url: upstream.url });
    expect(await kept()).toMatchObject({
      secrets: 0,
      status: 'unauthorized',
      client: ['luma'],
      allowances: 0,
    });
  });

  test('and with a server that cannot be used leave all as it was', async () => {
    const text = JSON.parse(good);
    text.servers.push({
      ...text.servers[0],
      id: 'three',
      upstream: { kind: 'http', url: upstream.url.replace('//', '//a:b@') },
    });
    text.servers[0].upstream.url = 'http://127.0.0.1:9/mcp';
    const { core, call } = greenlight;
    const saved = await call('policies.save', {
      name: 'Of three',
      document: { version: '1', server: 'three', default: 'deny', tools: {} },
    });
    text.servers[1].policyId = 'id' in saved ? saved.id : '';
    await expect(putBack(JSON.stringify(text))).rejects.toThrow(/user name or a password/);
    expect(core.servers.get('two')).toBeUndefined();
    writeFileSync(path(), good);
    await until(async () =>
      (await call('outside.list')).changes.some(({ after }) => !JSON.stringify(after).includes('three')),
    );
    await putBack(good);
    expect(await kept()).toEqual(whole);
  });
});
