/** Connecting a client keeps what the person chose for it, and what fails leaves all as it was. In this process. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createApi } from '../../../main/api/api.ts';
import type { Connect } from '../../../main/connect/connect.ts';
import type { MethodName, Params, Result } from '../../../shared/contract.ts';
import type { UpstreamSettings } from '../../../shared/settings.ts';
import { connectOf } from '../../support/connect.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';

const url = 'http://127.0.0.1:9/mcp';
const docs = { url };
const withToken = { url, headers: { Authorization: 'Bearer abc-def' } };
/** A way to Luma whose token no header can hold. */
const broken = { url: 'https://luma.mcp.acedata.cloud/mcp', headers: { Authorization: 'Bearer töken' } };
const signedIn = {
  issuer: 'http://127.0.0.1:9',
  tokenEndpoint: 'http://127.0.0.1:9/token',
  client: { client_id: 'greenlight' },
  access: 'an access token',
};

async function start(upstream?: UpstreamSettings, change: (connect: Connect) => Connect = (same) => same) {
  const home = temporaryFolder();
  mkdirSync(join(home, '.cursor'));
  mkdirSync(join(home, '.codeium/windsurf'), { recursive: true });
  const greenlight = await startGreenlight(upstream ? { upstream } : {});
  onTestFinished(greenlight.stop);
  const { core } = greenlight;
  const api = createApi(core, 'browser', change(connectOf(core, home)));
  const call = <M extends MethodName>(method: M, params?: Params<M>) =>
    api.call(method, params ?? {}) as Promise<Result<M>>;
  const path = join(home, '.cursor/mcp.json');
  const put = (servers: object) => writeFileSync(path, JSON.stringify({ mcpServers: servers }));
  const servers = () => JSON.parse(readFileSync(path, 'utf8')).mcpServers;
  const tokenIn = (name: string) => servers()[name].headers.Authorization.slice('Bearer '.length) as string;
  const connect = async () => {
    const { targets } = await call('connect.targets');
    const found = targets.find(({ id }) => id === 'cursor')?.servers ?? [];
    const protect = found
      .filter(({ luma, greenlight, refused }) => !luma && !greenlight && !refused)
      .map(({ at }) => at);
    return call('connect.apply', { target: 'cursor', protect });
  };
  const client = async (id: string) => (await call('clients.list')).clients.find((one) => one.id === id);
  const signIn = (id: string) => core.servers.useUpstream(id, { kind: 'http', url }, { signedIn });
  return { ...greenlight, home, call, path, put, servers, tokenIn, connect, client, signIn };
}

test('connected again, a client keeps its name, its policies, what is watched, its hold, and its pause', async () => {
  const { call, put, connect, client, tokenIn, core } = await start();
  put({ docs });
  const { clientId } = await connect();
  await call('clients.update', {
    id: clientId,
    label: 'My Cursor',
    policies: { docs: core.servers.settingsOf('docs')?.policyId ?? '', luma: 'block-everything' },
    watchedPolicyId: 'ask-before-every-video',
    holdSeconds: 7,
  });
  const before = await client(clientId);
  expect(before).toMatchObject({ label: 'My Cursor', policyId: 'block-everything', holdSeconds: 7 });
  expect(before?.paused).toBe(false);
  await call('clients.pause', { id: clientId });

  const again = await call('connect.apply', { target: 'cursor' });
  expect(again.clientId).not.toBe(clientId);
  const { label, servers, watchedPolicyId, holdSeconds } = before as NonNullable<typeof before>;
  expect(await client(again.clientId)).toMatchObject({
    label,
    servers,
    watchedPolicyId,
    holdSeconds,
    paused: true,
  });
  expect(core.grants.findByToken(tokenIn('docs'))?.id).toBe(again.clientId);
  // One that was revoked is over, with all that was chosen for it.
  await call('clients.revoke', { id: again.clientId });
  const { clientId: last } = await call('connect.apply', { target: 'cursor' });
  expect(await client(last)).toMatchObject({ label: 'Cursor', followsDefault: true, paused: false });
});

test('a token that was exchanged in vain works again', async () => {
  const { call, put, servers, connect, core } = await start();
  put({ docs });
  const { clientId } = await connect();
  // The person has it elsewhere; what stands in the file is over.
  const { token } = await call('clients.rotate', { id: clientId });
  put({ ...servers(), more: { url: `${url}/more` }, broken });
  const before = core.grants.get(clientId)?.rotatedAt;
  await expect(connect()).rejects.toThrow();
  expect(core.grants.findByToken(token)?.id).toBe(clientId);
  expect(core.grants.get(clientId)).toMatchObject({ rotatedAt: before });
  expect([...(core.grants.get(clientId)?.servers.keys() ?? [])]).toEqual(['luma', 'docs']);
  expect((await call('servers.list')).servers.map(({ id }) => id)).toEqual(['luma', 'docs']);
});

test('an entry for a server that is gone is none for one that is added under its name, as the preview says', async () => {
  const { call, put, servers, connect, core, path } = await start();
  put({ docs });
  await connect();
  await call('servers.remove', { id: 'docs' });
  const stray = { url: `${core.mcpUrlOf('docs')}`, headers: { Authorization: 'Bearer pasted' } };
  put({ ...servers(), stray, Docs: { url: `${url}/other` } });
  const { targets } = await call('connect.targets');
  const at = targets.flatMap(({ servers }) => servers).find(({ name }) => name === 'Docs')?.at ?? '';
  const preview = await call('connect.preview', { target: 'cursor', protect: [at] });
  const applied = await call('connect.apply', { target: 'cursor', protect: [at] });
  expect(applied.servers).toEqual(['docs']);
  expect(applied.notes).toEqual(expect.arrayContaining(preview.notes));
  expect(preview.notes.join()).toContain('“docs” is again what it was before');
  expect(servers().docs).toEqual(docs);
  expect(Object.keys(servers()).toSorted()).toEqual(['Docs', 'docs', 'greenlight']);
  expect(readFileSync(path, 'utf8').replace(/Bearer glt_[\w-]+/g, 'Bearer TOKEN-MADE-WHEN-YOU-APPLY')).toBe(
    preview.after,
  );
});

test('the token stays where only entries of other servers have it', async () => {
  const { call, put, servers, tokenIn, connect } = await start();
  put({ docs });
  const { clientId } = await connect();
  const token = tokenIn('docs');
  const { greenlight: _, ...rest } = servers();
  put({ ...rest, more: { url: `${url}/more` } });
  expect((await connect()).clientId).toBe(clientId);
  expect([tokenIn('docs'), tokenIn('more'), tokenIn('greenlight')]).toEqual([token, token, token]);
  await call('connect.undo', { target: 'cursor' });
});

test('where one step back fails, all others are taken, and what went wrong first is told', async () => {
  const { call, put, connect, core, logs } = await start(undefined, (connect) => ({
    ...connect,
    apply(...params) {
      const applied = connect.apply(...params);
      return {
        ...applied,
        takeBack() {
          throw new Error('the disk is gone');
        },
      };
    },
  }));
  put({ docs, broken });
  const clients = (await call('clients.list')).clients.filter(({ revokedAt }) => revokedAt === undefined);
  await expect(connect()).rejects.toMatchObject({ message: expect.not.stringContaining('disk') });
  expect((await call('clients.list')).clients.filter(({ revokedAt }) => revokedAt === undefined)).toEqual(
    clients,
  );
  expect((await call('servers.list')).servers.map(({ id }) => id)).toEqual(['luma']);
  expect(core.settings.get().servers).toEqual([]);
  expect(JSON.stringify(logs)).toContain('could not be taken back');
});

test('what the person signed in to is not what a client signs in to by itself', async () => {
  const { call, put, connect, signIn } = await start();
  put({ docs });
  await connect();
  await signIn('docs');
  // It is listed as one that is there already all the same.
  await call('connect.undo', { target: 'cursor' });
  expect((await call('connect.found')).servers).toMatchObject([{ name: 'docs', known: 'docs' }]);
  const again = await connect();
  expect(again.servers).toEqual(['docs-2']);
  expect(again.notes.join()).not.toContain('with the same secrets');
  put({ other: withToken });
  const { servers } = await call('connect.found');
  expect(servers).toMatchObject([{ name: 'other' }]);
  expect(servers[0]).not.toHaveProperty('known');
});

test('Luma is reached where the person signed in', async () => {
  const { put, connect, core, signIn } = await start({ kind: 'http', url });
  await signIn('luma');
  put({ luma: { url: 'https://luma.mcp.acedata.cloud/mcp' } });
  const applied = await connect();
  expect(applied.notes.join()).toContain('Greenlight goes on with the upstream and the token that it has.');
  expect(core.settings.get().upstream).toEqual({ kind: 'http', url });
});

test('a file that cannot be read hides no other, and says why', async () => {
  const { call, put, home } = await start();
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  writeFileSync(
    join(home, '.codeium/windsurf/mcp_config.json'),
    `{ "mcpServers": { "a": { "command": "x", "b": ${deep} } } }`,
  );
  put({ docs });
  expect((await call('connect.found')).servers).toMatchObject([{ name: 'docs' }]);
  const windsurf = (await call('connect.targets')).targets.find(({ id }) => id === 'windsurf');
  expect(windsurf?.note).toMatch(/mcp_config\.json holds more than 1,000 levels.*correct the file/);
});
