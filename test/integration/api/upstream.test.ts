/** The upstream as the person chooses it through the API: its token, where it stands, its tools. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { type BrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo, callForText } from '../../support/client.ts';
import { stdioServer } from '../../support/stdio-upstream.ts';

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
  // It is reached a moment after the start.
  await expect
    .poll(() => host.api('upstream.get'))
    .toEqual({
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
  expect(answers[0]).toEqual({
    settings: { kind: 'http', url: upstream.url },
    hasToken: true,
    status,
    signIn: { state: 'out' },
  });
  expect(answers[2].tools).toMatchObject([{ name: 'echo', category: 'read', corrected: false }]);
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

test('a kept token is forgotten: here, in the connection, and at the next start', async () => {
  const dataDir = join(host.home, 'other');
  const kept = () => readFileSync(join(dataDir, 'secrets.json'), 'utf8');
  const chosen = { kind: 'http', url: upstream.url } as const;
  {
    await using first = await startBrowserHost({ dataDir });
    const window = await first.events();
    await first.api('upstream.set', { ...chosen, token: TOKEN });
    expect(kept()).toContain(TOKEN);
    await window.next('changed', ({ what }) => what === 'upstream');

    const asked = upstream.received.length;
    const { message, status } = await first.api('upstream.forgetToken');
    expect(message).toBe(
      'The token is forgotten. The upstream takes no call without one: enter another one to use it.',
    );
    expect(status).toMatchObject({ kind: 'http', status: 'unauthorized' });
    await window.next('changed', ({ what }) => what === 'upstream');
    window.close();
    expect(kept()).not.toContain(TOKEN);
    expect(await first.api('upstream.get')).toEqual({
      settings: chosen,
      hasToken: false,
      status,
      signIn: { state: 'out' },
    });
    const since = upstream.received.slice(asked);
    expect(since.length).toBeGreaterThan(0);
    expect(since.filter(({ headers }) => headers.authorization !== undefined)).toEqual([]);
    await first.stop();
  }
  await using second = await startBrowserHost({ dataDir });
  expect((await second.api('state.get')).upstream.status).toBe('unauthorized');
  // Once more changes nothing, and what is said stays true.
  expect((await second.api('upstream.forgetToken')).message).toMatch(/^The token is forgotten\./);
  expect(await second.api('upstream.set', { ...chosen, token: TOKEN })).toMatchObject({
    status: 'connected',
  });
});

test('an upstream that wants no token goes on without the one that is forgotten', async () => {
  await upstream.close();
  upstream = await startHttpUpstream();
  await host.api('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN });
  expect(await host.api('upstream.forgetToken')).toEqual({
    message: 'The token is forgotten. The upstream answers all the same.',
    status: expect.objectContaining({ status: 'connected' }),
  });
  expect(upstream.received.at(-1)?.headers.authorization).toBeUndefined();
});

test('where nothing can be kept there is nothing to forget', async () => {
  await expect(host.api('upstream.forgetToken')).rejects.toMatchObject({
    status: 404,
    message: 'No token is kept for this upstream.',
  });
});

test('a token that is forgotten while the connection cannot be made anew: both are said', async () => {
  await host.api('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN });
  // A directory in its place: the file cannot be written.
  rmSync(join(host.dataDir, 'settings.json'));
  mkdirSync(join(host.dataDir, 'settings.json'));
  await expect(host.api('upstream.forgetToken')).rejects.toMatchObject({
    status: 503,
    message: expect.stringMatching(
      /^The token is forgotten\. The connection that is open goes on with what it was given until Greenlight ends: it could not be made anew\. .*settings\.json/,
    ),
  });
  expect(file('secrets.json')).not.toContain(TOKEN);
  expect(await host.api('upstream.test')).toMatchObject({ status: 'connected' });
  expect(upstream.received.at(-1)?.headers.authorization).toBe(`Bearer ${TOKEN}`);
});

test('a call that waits when the upstream is exchanged is refused, and nobody is asked again', async () => {
  const window = await host.events();
  const client = await host.client();
  const call = askForVideo(client, 'A cat').then(
    (answer) => JSON.stringify(answer),
    (error) => String(error),
  );
  const { id } = await window.next('approval', ({ waiting }) => waiting > 0);
  await host.api('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN });
  const ended = await window.next('approval', (each) => each.id === id && each.state !== 'pending');
  expect(ended).toMatchObject({ state: 'withdrawn', reason: expect.stringContaining('use another server') });
  expect(await call).toMatch(/Greenlight: denied.+use another server/);
  expect((await host.api('approvals.list')).approvals).toEqual([]);
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
  const { token } = await host.api('clients.create', { label: 'Claude' });
  const client = await host.client(token);
  const seen = () => callForText(client, 'env', { name: 'LUMA_TOKEN' });
  expect(await seen()).toBe(TOKEN);
  expect((await host.api('upstream.get')).hasToken).toBe(false);

  const forgotten = await host.api('upstream.forgetToken');
  expect(forgotten).toMatchObject({
    message: 'The values of LUMA_TOKEN are forgotten. The upstream answers all the same.',
    status: { kind: 'stdio', status: 'connected' },
  });
  expect(file('secrets.json')).not.toContain(TOKEN);
  expect((await host.api('upstream.get')).settings).toMatchObject({ envNames: [] });
  expect(await callForText(await host.client(token), 'env', { name: 'LUMA_TOKEN' })).toBe('(unset)');

  const missing = await host.api('upstream.set', { kind: 'stdio', command: 'no-such-program', args: [] });
  expect(missing).toMatchObject({
    status: 'unreachable',
    message: expect.stringContaining('no-such-program'),
  });
});

describe('a command that would be another one where Greenlight starts it is refused', () => {
  const typed = (command: string, ...args: string[]) => ({ kind: 'stdio' as const, command, args });
  const WHOLE = 'is relative, and nothing says to which folder. Write the whole path.';
  test.each([
    [typed('node', './server.js'), `“./server.js” among the arguments ${WHOLE}`],
    [typed('python', 'server.py'), `“server.py” among the arguments ${WHOLE}`],
    [
      typed('npx', '-y', '@modelcontextprotocol/server-filesystem', 'docs'),
      `“docs” among the arguments ${WHOLE}`,
    ],
    [typed('./server'), `The command “./server” ${WHOLE}`],
    [{ ...typed('npx', 'srv'), cwd: 'here' }, `The folder “here” ${WHOLE}`],
    [{ ...typed('npx', 'srv'), env: { DB_PATH: './x.db' } }, `The variable DB_PATH ${WHOLE}`],
    [
      typed('npm', 'start'),
      '“npm start” does what the folder says in which it is started, and none is named.',
    ],
    [
      typed('npx', 'srv', `\${workspaceFolder}`),
      `\${workspaceFolder} stands in the command, and only a client’s`,
    ],
    [
      typed('npx', 'srv', `--x=\${env:A}`),
      `\${env:A} stands among the arguments, and no variable A is given. Give A=… among the variables`,
    ],
    [
      { ...typed('node', `\${env:A}`), env: { A: 'server.js' } },
      'What a variable brings into the arguments is relative',
    ],
    [typed(`\${env:A}`), `\${env:A} stands in the command`],
    [typed('npx', 'srv', `--x=\${A}`), `\${A} stands in the command`],
    [typed(`\${userHome}/x`), `\${userHome} stands in the command`],
    [typed('npx', 'srv', '$HOME/x'), '$HOME stands in the command'],
    [{ ...typed('npx', 'srv'), env: { A: `\${input:a}` } }, `\${input:a} stands in the variable A`],
    [{ ...typed('npx', 'srv'), env: { A: `\${A}` } }, `\${A} stands in the variable A, and only a client’s`],
  ])('%o', async (upstream, reason) => {
    await expect(host.api('upstream.set', upstream)).rejects.toThrow(reason);
    await expect(host.api('servers.add', { name: 'X', ...upstream })).rejects.toThrow(reason);
    await expect(host.api('servers.update', { id: 'luma', ...upstream })).rejects.toThrow(reason);
    expect((await host.api('upstream.get')).settings).toEqual({ kind: 'sandbox' });
    expect((await host.api('servers.list')).servers).toHaveLength(1);
  });

  const whole = expect.stringMatching(/.[\\/]no[\\/]such$/);
  test.each<[ReturnType<typeof typed> & { cwd?: string; env?: Record<string, string> }, object]>([
    [typed('~/no/such', '--x'), { command: whole, args: ['--x'] }],
    [
      { ...typed('./such', 'a.py'), cwd: '~/no' },
      { command: whole, args: ['a.py'], cwd: expect.stringMatching(/.[\\/]no$/) },
    ],
    [{ ...typed('no-such', `--header=x:\${A}`), env: { A: '1' } }, { args: [`--header=x:\${A}`] }],
    [
      { ...typed('no-such', `--x=\${env:A}`), env: { A: '1' } },
      { args: [`--x=\${env:A}`], envNames: ['A'] },
    ],
    [typed('no-such', '-c', `run \${A} "$HOME/x"`), { args: ['-c', `run \${A} "$HOME/x"`] }],
    [typed('no-such', '@scope/name', 'owner/repo', '--config', 'prod'), {}],
  ])('and any other is not: %o', async (upstream, settings) => {
    expect(await host.api('upstream.set', upstream)).toMatchObject({ status: 'unreachable' });
    expect((await host.api('upstream.get')).settings).toMatchObject(settings);
  });
});

describe('secrets that are typed go to the vault', () => {
  const secret = 'sk-0123456789abcdef0123';
  const nowhere = () => {
    for (const name of ['settings.json', 'greenlight.db', 'greenlight.db-wal'])
      if (existsSync(join(host.dataDir, name))) expect(file(name)).not.toContain(secret);
    expect(file('secrets.json')).toContain(secret);
  };
  const last = () => upstream.received.at(-1);

  test('in an address and as headers; both are sent, and stay until they are given anew', async () => {
    const url = `${upstream.url}?api_key=${secret}`;
    const headers = { 'X-Key': `${secret}-too`, 'X-Toolsets': 'repos' };
    const added = await host.api('servers.add', { name: 'Hub', kind: 'http', url, token: TOKEN, headers });
    const settings = {
      kind: 'http',
      url: `${upstream.url}?api_key=\${env:ARG_ADDRESS}`,
      envNames: ['ARG_ADDRESS'],
      headerNames: ['X-Key', 'X-Toolsets'],
    } as const;
    expect(added).toMatchObject({ status: 'connected', settings });
    expect(JSON.stringify([added, await host.api('upstream.get', { server: 'hub' })])).not.toContain(secret);
    nowhere();
    const sent = {
      path: `/mcp?api_key=${secret}`,
      headers: { 'x-key': `${secret}-too`, 'x-toolsets': 'repos' },
    };
    expect(last()).toMatchObject(sent);

    // Another path of the same host, with what is kept for it.
    const moved = await host.api('servers.update', { id: 'hub', kind: 'http', url: `${settings.url}&x=1` });
    expect(moved).toMatchObject({
      status: 'connected',
      settings: { ...settings, url: `${settings.url}&x=1` },
    });
    expect(last()).toMatchObject({ ...sent, path: `/mcp?api_key=${secret}&x=1` });
    // Other headers take the place of all.
    const other = await host.api('servers.update', {
      id: 'hub',
      kind: 'http',
      url,
      headers: { 'X-Other': 'y' },
    });
    expect(other.settings).toEqual({ ...settings, headerNames: ['X-Other'] });
    expect(last()?.headers).toMatchObject({ 'x-other': 'y' });
    expect(last()?.headers).not.toHaveProperty('x-key');
    // What nothing names any more is not kept.
    expect(file('secrets.json')).not.toContain(`${secret}-too`);
    // What is kept is for this host.
    await expect(
      host.api('servers.update', {
        id: 'hub',
        kind: 'http',
        url: `http://127.0.0.1:9/mcp?api_key=\${env:ARG_ADDRESS}`,
      }),
    ).rejects.toThrow(
      `\${env:ARG_ADDRESS} stands in the address, and no value of ARG_ADDRESS is kept for it. Enter the whole`,
    );
    await expect(
      host.api('servers.update', { id: 'hub', kind: 'http', url, headers: { Host: 'x' } }),
    ).rejects.toThrow('The header “Host” is one that Greenlight sends itself.');

    const { message } = await host.api('upstream.forgetToken', { server: 'hub' });
    expect(message).toContain(
      'The token is forgotten. The values of ARG_ADDRESS, X-Other are forgotten. The value of ARG_ADDRESS, ',
    );
    expect((await host.api('upstream.get', { server: 'hub' })).settings).toEqual({
      kind: 'http',
      url: settings.url,
    });
  });

  test('at the next start they are there', async () => {
    const dataDir = join(host.home, 'other');
    const headers = { 'X-Key': secret };
    {
      await using first = await startBrowserHost({ dataDir });
      const url = `${upstream.url}?api_key=${secret}`;
      await first.api('servers.add', { name: 'Hub', kind: 'http', url, token: TOKEN, headers });
    }
    await using second = await startBrowserHost({ dataDir });
    const before = upstream.received.length;
    expect(await second.api('servers.test', { id: 'hub' })).toMatchObject({ status: 'connected' });
    for (const each of upstream.received.slice(before))
      expect(each).toMatchObject({ path: `/mcp?api_key=${secret}`, headers: { 'x-key': secret } });
  });

  test('among arguments, and stay where the command names them', async () => {
    const typed = {
      kind: 'stdio' as const,
      command: process.execPath,
      args: [stdioServer, '--key', secret],
    };
    const added = await host.api('servers.add', {
      name: 'Tools',
      ...typed,
      env: { OTHER: 'not-named-later' },
    });
    const args = [stdioServer, '--key', `\${env:ARG_KEY}`];
    expect(added).toMatchObject({ status: 'connected', settings: { args, envNames: ['OTHER', 'ARG_KEY'] } });
    nowhere();
    const more = { ...typed, args: [...args, '--more', `${secret}9`] };
    const changed = await host.api('servers.update', { id: 'tools', ...more });
    expect(changed).toMatchObject({
      status: 'connected',
      settings: { args: [...args, '--more', `\${env:ARG_MORE}`], envNames: ['ARG_KEY', 'ARG_MORE'] },
    });
    expect(file('secrets.json')).not.toContain('not-named-later');
    // Those of another command are not.
    await expect(
      host.api('servers.update', { id: 'tools', ...typed, command: `${process.execPath}2`, args }),
    ).rejects.toThrow(`\${env:ARG_KEY} stands among the arguments, and no variable ARG_KEY is given.`);
    const { message } = await host.api('upstream.forgetToken', { server: 'tools' });
    expect(message).toContain(
      'The values of ARG_KEY, ARG_MORE are forgotten. The value of ARG_KEY, which stands among',
    );
  });
});

test('a test call goes to the sandbox: with another upstream, whatever lets calls pass, and while it is away', async () => {
  await host.api('upstream.set', { kind: 'http', url: upstream.url, token: TOKEN });
  await host.api('guard.set', { mode: 'allow' });
  expect(await host.api('demo.call', {})).toMatchObject({
    isError: false,
    text: expect.stringContaining('task_id'),
  });
  // And nothing else does: a tool of the upstream is none of the sandbox's, and the other way round.
  await expect(host.api('demo.call', { tool: 'echo', arguments: {} })).rejects.toThrow('Unknown tool: echo');
  expect(upstream.messages('tools/call')).toEqual([]);
  expect((await host.api('upstream.tools')).tools.map(({ name }) => name)).toEqual(['echo']);
  await upstream.close();
  expect(await host.api('demo.call', {})).toMatchObject({ isError: false });
});
