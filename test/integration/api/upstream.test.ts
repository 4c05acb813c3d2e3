/** The upstream as the person chooses it through the API: its token, where it stands, its tools. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';

const TOKEN = 'luma-token-that-nobody-may-see';
let host: BrowserHost;
let upstream: HttpUpstream;

beforeEach(async () => {
  upstream = await startHttpUpstream({ token: TOKEN });
  host = await startBrowserHost();
});

afterEach(async () => {
  await host.stop();
  await upstream.close();
});

const file = (name: string) => readFileSync(join(host.dataDir, name), 'utf8');

test('an HTTP upstream is used with its token, which is in the vault and nowhere else', async () => {
  const window = await host.events();
  expect(await host.api('upstream.get')).toEqual({
    settings: { kind: 'sandbox' },
    hasToken: false,
    status: expect.objectContaining({ kind: 'sandbox', status: 'connected' }),
  });
  const status = await host.api('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN });
  expect(status).toEqual({
    kind: 'http',
    status: 'connected',
    server: { name: 'scripted', version: '1.2.3' },
    tools: 1,
  });
  await window.next('changed', ({ what }) => what === 'upstream');
  await window.next(
    'state',
    (state) => state.upstream.kind === 'http' && state.upstream.status === 'connected',
  );
  const answers = await Promise.all([
    host.api('upstream.get'),
    host.api('upstream.test'),
    host.api('upstream.tools'),
    host.api('settings.get'),
    host.api('state.get'),
  ]);
  expect(answers[0]).toEqual({ settings: { kind: 'http', url: upstream.url }, hasToken: true, status });
  expect(answers[2].tools).toMatchObject([{ name: 'echo', category: 'Other', risk: 'unknown' }]);
  expect(JSON.stringify([answers, window.all])).not.toContain(TOKEN);
  expect(file('settings.json')).not.toContain(TOKEN);
  expect(file('secrets.json')).toContain(TOKEN);
  window.close();

  expect(await host.api('upstream.set', { kind: 'sandbox' })).toMatchObject({ kind: 'sandbox', tools: 8 });
  // Chosen again without a token: the one kept for this address.
  expect(await host.api('upstream.set', { kind: 'http', url: upstream.url })).toMatchObject({
    status: 'connected',
  });
  const { stderr } = await host.stop();
  expect(stderr).not.toContain(TOKEN);
});

test('a wrong token: unauthorized, in a sentence; the right one mends it', async () => {
  const { status, message } = await host.api('upstream.set', {
    kind: 'http',
    url: upstream.url,
    token: 'wrong-token',
  });
  expect(status).toBe('unauthorized');
  expect(message).toMatch(/token/);
  expect(message).not.toContain('wrong-token');
  expect(await host.api('upstream.test')).toMatchObject({ status: 'unauthorized' });

  const client = await host.client().catch((error) => String(error));
  expect(client).toMatch(/Greenlight: .*token/);
  const demo = host.api('demo.call', { tool: 'echo', arguments: {} });
  await expect(demo).rejects.toMatchObject({ status: 503, message: expect.stringMatching(/token/) });

  expect(await host.api('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN })).toMatchObject({
    status: 'connected',
  });
});

test('a token that cannot be sent is refused and changes nothing, now and at the next start', async () => {
  const good = { kind: 'http', url: upstream.url, token: TOKEN } as const;
  await host.api('upstream.set', good);
  await expect(host.api('upstream.set', { ...good, token: 'two words' })).rejects.toMatchObject({
    status: 400,
    message: expect.stringMatching(/cannot be sent/),
  });
  expect(await host.api('upstream.test')).toMatchObject({ status: 'connected' });
  expect(file('secrets.json')).not.toContain('two words');
});

test('secrets that cannot be kept: the upstream stays what it was, and the person is told', async () => {
  const before = await host.api('upstream.get');
  // A directory in its place: the file can neither be read nor written.
  const { rmSync, mkdirSync } = await import('node:fs');
  rmSync(join(host.dataDir, 'secrets.json'));
  mkdirSync(join(host.dataDir, 'secrets.json'));
  await expect(
    host.api('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN }),
  ).rejects.toMatchObject({
    status: 503,
    code: 'unavailable',
    message: expect.stringContaining('secrets.json'),
  });
  expect(await host.api('upstream.get')).toEqual(before);
  expect(file('settings.json')).not.toContain(upstream.url);
});

test('a call that waits is asked anew when the upstream is exchanged', async () => {
  const window = await host.events();
  const client = await host.client();
  const call = client.callTool({ name: 'luma_generate_video', arguments: { prompt: 'A cat' } }).then(
    (answer) => JSON.stringify(answer),
    (error) => String(error),
  );
  const { id } = await window.next('approval', ({ waiting }) => waiting > 0);
  await host.api('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN });
  const ended = await window.next('approval', (each) => each.id === id && each.state !== 'pending');
  expect(ended).toMatchObject({ state: 'withdrawn', reason: expect.stringContaining('upstream') });
  // It was asked of the sandbox; the new upstream has no such tool, or its tools are not known yet.
  await host.api('guard.set', { mode: 'block' });
  expect(await call).toMatch(/Unknown tool|Greenlight: denied/);
  expect(upstream.messages('tools/call')).toEqual([]);
  window.close();
  await client.close();
});

test('an upstream that is away at the start does not stop it, and is found when it is back', async () => {
  const dataDir = join(host.home, 'other');
  {
    await using first = await startBrowserHost({ dataDir });
    await first.api('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN });
    await first.stop();
  }
  const { port } = new URL(upstream.url);
  await upstream.close();
  await using second = await startBrowserHost({ dataDir });
  const { status, message, tools } = (await second.api('state.get')).upstream;
  expect([status, tools]).toEqual(['unreachable', 1]);
  expect(message).toMatch(/nothing listens there/);
  expect((await second.api('upstream.tools')).tools).toHaveLength(1);
  upstream = await startHttpUpstream({ token: TOKEN, port: Number(port) });
  expect(await second.api('upstream.test')).toMatchObject({ status: 'connected' });
  await second.stop();
});

test('a command is started as the upstream, with its environment from the vault', async () => {
  const status = await host.api('upstream.set', {
    kind: 'stdio',
    command: process.execPath,
    args: [join(import.meta.dirname, '../../servers/stdio.ts')],
    env: { LUMA_TOKEN: TOKEN },
  });
  expect(status).toMatchObject({ kind: 'stdio', status: 'connected' });
  expect(file('settings.json')).toContain('LUMA_TOKEN');
  expect(file('settings.json')).not.toContain(TOKEN);
  await host.api('guard.set', { mode: 'policy' });
  const saved = await host.api('policies.save', {
    name: 'Open',
    document: { version: '1', default: 'allow', tools: {} },
  });
  if ('id' in saved) await host.api('settings.set', { defaultPolicyId: saved.id });
  const answer = await host.api('demo.call', { tool: 'env', arguments: { name: 'LUMA_TOKEN' } });
  expect(answer).toEqual({ isError: false, text: TOKEN });
  expect((await host.api('upstream.get')).hasToken).toBe(false);

  const missing = await host.api('upstream.set', { kind: 'stdio', command: 'no-such-program', args: [] });
  expect(missing).toMatchObject({
    status: 'unreachable',
    message: expect.stringContaining('no-such-program'),
  });
});
