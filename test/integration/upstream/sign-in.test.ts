/** Signing in to an HTTP upstream by OAuth, as the person does it in the window and in their browser. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createApi } from '../../../main/api/api.ts';
import type { MethodName, Params, Result } from '../../../shared/contract.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { type OAuthOptions, startOAuthUpstream } from '../../servers/oauth.ts';
import { callForText } from '../../support/client.ts';
import { createTestClock, type TestClock } from '../../support/clock.ts';
import { connectOf } from '../../support/connect.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';
import { until } from '../../support/wait.ts';

async function oauth(options: OAuthOptions = {}) {
  const server = await startOAuthUpstream({ sessions: 'stateless', answers: 'json', ...options });
  onTestFinished(() => server.close());
  return server;
}

async function start(url: string, { dataDir, clock }: { dataDir?: string; clock?: TestClock } = {}) {
  const greenlight = await startGreenlight({
    upstream: url,
    ...(dataDir !== undefined && { dataDir }),
    ...(clock && { clock }),
  });
  let stopped = false;
  const stop = async () => {
    if (!stopped) await greenlight.stop();
    stopped = true;
  };
  onTestFinished(stop);
  const api = createApi(greenlight.core, 'browser', connectOf(greenlight.core, greenlight.dataDir));
  const changes: string[] = [];
  api.subscribe((event, data) => {
    if (event === 'changed' && 'what' in data) changes.push(data.what);
  });
  const call = <M extends MethodName>(method: M, params?: Params<M>) =>
    api.call(method, params ?? {}) as Promise<Result<M>>;
  const signIn = async () => {
    const { page } = await call('upstream.signIn');
    // The person's browser, all the way back to Greenlight.
    const last = await fetch(page);
    return {
      status: last.status,
      words: (await last.text()).replace(/<style>.*<\/style>|<[^>]*>/g, '').trim(),
    };
  };
  const stands = async () => (await call('upstream.get')).signIn;
  return { ...greenlight, call, signIn, stands, stop, changes };
}

const SIGNED_IN = {
  status: 200,
  words: expect.stringMatching(/You are signed in\. You can close this page/),
};

test('the person signs in: discovery, registration, PKCE and the way back; calls go through', async () => {
  const server = await oauth({ expiresIn: 3600 });
  const clock = createTestClock();
  const { call, signIn, stands, connect, changes, core, dataDir, logs } = await start(server.url, { clock });
  expect(await stands()).toEqual({ state: 'out' });
  expect(await call('upstream.test')).toMatchObject({ status: 'unauthorized' });

  const { page } = await call('upstream.signIn');
  const asked = new URL(page);
  expect(asked.origin).toBe(server.issuer);
  expect(Object.fromEntries(asked.searchParams)).toMatchObject({
    response_type: 'code',
    code_challenge_method: 'S256',
    resource: server.url,
    redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/signed-in$/),
    state: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(await stands()).toEqual({ state: 'waiting' });

  changes.length = 0;
  expect(await signIn()).toEqual(SIGNED_IN);
  expect(changes).toContain('upstream');
  const until = new Date(clock.wall() + 3_600_000).toISOString();
  const at = new URL(server.issuer).host;
  expect(await call('upstream.get')).toMatchObject({
    hasToken: false,
    status: { status: 'connected', tools: 1 },
    signIn: { state: 'in', at, until, renews: true },
  });
  expect(await callForText(await connect(), 'echo', { text: 'hello' })).toContain('hello');

  // Nothing of it is anywhere but in the vault.
  const shown = JSON.stringify([
    await call('upstream.get'),
    await call('activity.query'),
    await call('activity.export', { format: 'jsonl' }),
    await call('diagnostics.get'),
    await call('state.get'),
    core.recentLog(),
    logs,
  ]);
  const settings = readFileSync(join(dataDir, 'settings.json'), 'utf8');
  const database = readFileSync(join(dataDir, 'greenlight.db')).toString('latin1');
  expect(server.secrets.length).toBeGreaterThan(3);
  for (const secret of server.secrets) {
    expect(shown).not.toContain(secret);
    expect(settings).not.toContain(secret);
    expect(database).not.toContain(secret);
  }
});

test('a secret in the address is where its name stands, also before the person has signed in', async () => {
  const server = await oauth();
  const { call, signIn, stands } = await start(server.url);
  const path = '/mcp?api_key=tr0ub4-secret';
  await call('upstream.set', { kind: 'http', url: new URL(path, server.url).href });
  const before = server.received.length;
  await call('upstream.signIn');
  expect(await stands()).toEqual({ state: 'waiting' });
  expect(await signIn()).toEqual(SIGNED_IN);
  const paths = server.received.slice(before).map((one) => one.path);
  expect(new Set(paths.filter((one) => !one?.startsWith('/.well-known/')))).toEqual(new Set([path]));
  expect(await stands()).toMatchObject({ state: 'in' });

  await call('upstream.forgetToken');
  await expect(call('upstream.signIn')).rejects.toThrow(
    'The value of ARG_ADDRESS, which stands in the address, is not kept any more. Enter the whole address again, then sign in.',
  );
});

test('a token whose time is over is renewed once for all calls, with rotation, also after a restart', async () => {
  const server = await oauth({ expiresIn: 600 });
  const clock = createTestClock();
  const dataDir = temporaryFolder();
  const first = await start(server.url, { dataDir, clock });
  await first.signIn();
  clock.advance(500_000);
  const client = await first.connect();
  expect(server.grants).toHaveLength(1);
  // Less than a minute is left.
  clock.advance(50_000);
  const answers = await Promise.all(
    [1, 2, 3].map((text) => callForText(client, 'echo', { text: `${text}` })),
  );
  expect(answers.join()).toMatch(/1.*2.*3/);
  expect(server.grants.map(({ grant_type }) => grant_type)).toEqual(['authorization_code', 'refresh_token']);
  await first.stop();

  clock.advance(700_000);
  const second = await start(server.url, { dataDir, clock });
  expect(await second.call('upstream.test')).toMatchObject({ status: 'connected' });
  expect(await callForText(await second.connect(), 'echo', { text: 'again' })).toContain('again');
  expect(server.grants).toHaveLength(3);
  expect(await second.stands()).toMatchObject({ state: 'in', renews: true });
});

test('a token that is refused before its time is renewed, and the call goes through', async () => {
  const server = await oauth();
  const clock = createTestClock();
  const { signIn, connect } = await start(server.url, { clock });
  await signIn();
  const client = await connect();
  clock.advance(60_000);
  server.revoke('access');
  expect(await callForText(client, 'echo', { text: 'on' })).toContain('on');
  expect(server.grants).toHaveLength(2);
  expect(server.messages('tools/call')).toHaveLength(2);
});

test('a server that refuses what it has just given is not asked for ever', async () => {
  const server = await oauth({
    intercept(request, response) {
      if (!request.body.includes('"tools/call"')) return false;
      response.writeHead(401).end();
      return true;
    },
  });
  const clock = createTestClock();
  const { signIn, connect } = await start(server.url, { clock });
  await signIn();
  const client = await connect();
  clock.advance(60_000);
  for (let n = 0; n < 5; n += 1)
    expect(await callForText(client, 'echo', { text: 'x' }).catch(String)).toMatch(
      /refused Greenlight's token/,
    );
  expect(server.grants).toHaveLength(2);
});

test('a sign-in that its server has ended: calls are denied and say so, nothing is asked any more, and a new one mends it', async () => {
  const server = await oauth({ expiresIn: 600 });
  const clock = createTestClock();
  const { signIn, stands, call, connect, post, logs } = await start(server.url, { clock });
  await signIn();
  const client = await connect();
  server.revoke('all');
  clock.advance(60_000);
  const denied = await callForText(client, 'echo', { text: 'x' }).catch(String);
  expect(denied).toMatch(/You are signed out of the upstream.*Sign in again in Greenlight, under Settings/);
  const plain = await post({ jsonrpc: '2.0', id: 1, method: 'resources/list' });
  expect(await plain.json()).toMatchObject({ error: { data: { retry: false } } });
  const asked = server.received.length;
  for (let n = 0; n < 3; n += 1) await callForText(client, 'echo', { text: 'x' }).catch(String);
  expect(server.grants).toHaveLength(2);
  expect(server.received).toHaveLength(asked);
  expect(await call('upstream.test')).toMatchObject({
    status: 'unauthorized',
    message: expect.stringMatching(/^You are signed out/),
  });
  expect(await stands()).toMatchObject({ state: 'over', message: expect.stringMatching(/invalid_grant/) });
  expect(JSON.stringify(logs)).not.toMatch(/refresh-|access-/);

  expect(await signIn()).toEqual(SIGNED_IN);
  expect(await stands()).toMatchObject({ state: 'in' });
  expect(await callForText(client, 'echo', { text: 'back' })).toContain('back');
});

test('a renewal that fails for now denies calls once the token is over, and is tried again', async () => {
  const server = await oauth({ expiresIn: 600 });
  const clock = createTestClock();
  const { signIn, stands, connect } = await start(server.url, { clock });
  await signIn();
  const client = await connect();
  server.failWith({ status: 503, body: 'refresh-of-somebody' });
  clock.advance(550_000);
  // Still good for a while.
  expect(await callForText(client, 'echo', { text: 'still' })).toContain('still');
  clock.advance(60_000);
  const words = await callForText(client, 'echo', { text: 'x' }).catch(String);
  expect(words).toMatch(/could not be renewed, so nothing was sent: .*It is safe to retry later/);
  expect(words).not.toContain('somebody');
  expect(await stands()).toMatchObject({ state: 'in' });
  server.failWith(undefined);
  clock.advance(10_000);
  expect(await callForText(client, 'echo', { text: 'well' })).toContain('well');
});

test('signing out takes it out of the vault and the connection; entering a token does as well', async () => {
  const server = await oauth();
  const { signIn, call, stands, dataDir } = await start(server.url);
  const vault = () => readFileSync(join(dataDir, 'secrets.json'), 'utf8');
  await signIn();
  expect(vault()).toContain('refresh-');
  expect(await call('upstream.forgetToken')).toMatchObject({
    message: 'You are signed out. The upstream takes no call until you sign in again, or enter a token.',
    status: { status: 'unauthorized' },
  });
  expect(vault()).not.toMatch(/refresh-|access-/);
  await until(() => server.revoked.length === 1);
  expect(server.revoked[0]).toMatch(/^refresh-/);
  expect(await stands()).toEqual({ state: 'out' });

  await signIn();
  await call('upstream.set', { kind: 'http', url: server.url, token: 'typed-in' });
  expect(vault()).not.toMatch(/refresh-|access-/);
  expect(await call('upstream.get')).toMatchObject({ hasToken: true, signIn: { state: 'out' } });
  await signIn();
  expect(vault()).not.toContain('typed-in');
  expect(await call('upstream.get')).toMatchObject({ hasToken: false, signIn: { state: 'in' } });
});

test('what comes back without the state, twice, late, or from another server is not taken', async () => {
  const server = await oauth({ iss: 'https://elsewhere.example' });
  const clock = createTestClock();
  const { signIn, call, stands } = await start(server.url, { clock });
  const { page } = await call('upstream.signIn');
  const back = new URL(page).searchParams.get('redirect_uri') as string;
  for (const query of ['', '?code=stolen', '?code=stolen&state=guessed', '?error=no&state='])
    expect((await fetch(`${back}${query}`)).status).toBe(400);
  expect((await fetch(back.replace('signed-in', 'other'))).status).toBe(404);
  expect((await fetch(back, { method: 'POST' })).status).toBe(404);
  expect(await stands()).toEqual({ state: 'waiting' });
  expect(server.grants).toEqual([]);

  const mixed = await signIn();
  expect(mixed.words).toMatch(/came from another server/);
  expect(server.grants).toEqual([]);
  expect(await stands()).toMatchObject({ state: 'out', message: expect.stringMatching(/another server/) });

  // The first was given up for the second; the third is not come back to in time.
  await expect(fetch(page)).rejects.toThrow();
  const { page: late } = await call('upstream.signIn');
  clock.advance(10 * 60_000);
  await expect(fetch(late)).rejects.toThrow();
  expect(await stands()).toMatchObject({ state: 'out', message: expect.stringMatching(/ten minutes/) });
});

test('a refusal at the page is told there and in the window, as text', async () => {
  const server = await oauth({ denies: true });
  const { signIn, stands } = await start(server.url);
  expect((await signIn()).words).toMatch(
    /The sign-in was refused: You are &#60;b&#62;not&#60;\/b&#62; one of us/,
  );
  expect(await stands()).toMatchObject({
    state: 'out',
    message: expect.stringMatching(/You are <b>not<\/b> one of us/),
  });
});

test('a sign-in is for the upstream it was begun for', async () => {
  const server = await oauth();
  const { call, core } = await start(server.url);
  const { page } = await call('upstream.signIn');
  await call('upstream.set', { kind: 'sandbox' });
  expect(await (await fetch(page)).text()).toMatch(/Another upstream was chosen meanwhile/);
  expect(core.settings.get().upstream).toEqual({ kind: 'sandbox' });
  await expect(call('upstream.signIn')).rejects.toThrow(/Choose one first/);
});

test.each([
  [
    'has no registration',
    { registration: false },
    /offers no sign-in that Greenlight can use.*Enter a token/,
  ],
  [
    'sends the person to a page that is not secure',
    { authorizationEndpoint: 'http://elsewhere.example/' },
    /sends you to http:\/\/elsewhere\.example to sign in, which is not a secure address/,
  ],
  [
    'sends them to a page with a name in it',
    { authorizationEndpoint: 'https://luma@elsewhere.example/' },
    /not a secure address/,
  ],
] as [string, OAuthOptions, RegExp][])(
  'a server that %s is told of, and nothing waits',
  async (_, options, words) => {
    const server = await oauth(options);
    const { call, stands } = await start(server.url);
    await expect(call('upstream.signIn')).rejects.toThrow(words);
    expect(await stands()).toEqual({ state: 'out' });
  },
);

test('a server that asks nobody to sign in, and one that is away', async () => {
  const open = await startHttpUpstream();
  const { call } = await start(open.url);
  await expect(call('upstream.signIn')).rejects.toThrow(
    /does not ask anybody to sign in \(it answered HTTP 200\)/,
  );
  await open.close();
  await expect(call('upstream.signIn')).rejects.toThrow(/did not answer as it should/);
});

test('no agent can begin it, or see it', async () => {
  const server = await oauth();
  const { core, post, signIn, connect } = await start(server.url);
  await signIn();
  for (const method of ['upstream.signIn', 'upstream.get', 'upstream.forgetToken'])
    await post({ jsonrpc: '2.0', id: 1, method });
  expect(core.signIn.status(server.url)).toMatchObject({ state: 'in' });
  expect(server.grants).toHaveLength(1);
  expect(await callForText(await connect(), 'echo', { text: 'x' })).not.toMatch(/access-|refresh-/);
});
