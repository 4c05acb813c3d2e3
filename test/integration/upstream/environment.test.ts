/** What a child gets of the environment, and where programs are looked for, however Greenlight was started. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createNetwork } from '../../../main/base/network/network.ts';
import { upstreamFetch } from '../../../main/upstream/tools/fetch.ts';
import { callForText } from '../../support/client.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { isRunning } from '../../support/processes.ts';
import { skipUnless } from '../../support/skip.ts';
import { startStdio, stdioServer } from '../../support/stdio-upstream.ts';
import { until } from '../../support/wait.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  // As in a terminal.
  vi.stubEnv('TERM', 'xterm');
});

afterEach(() => void vi.unstubAllEnvs());

/** A client of a child that is started so. */
async function connect(over: Parameters<typeof startStdio>[0] = {}) {
  const started = startStdio(over);
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL('http://stdio.invalid/'), {
    fetch: upstreamFetch(started.upstream),
  });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  onTestFinished(() => client.close());
  const call = (name: string, args: Record<string, unknown>) => callForText(client, name, args);
  return { ...started, call, env: (name: string) => call('env', { name }) };
}

function script(path: string, text: string): string {
  writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

/** A program that only the person's shell finds: the scripted server under a name of its own. */
function toolOfTheShell(): string {
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  script(join(tools, 'tool-of-the-shell'), `exec '${process.execPath}' '${stdioServer}'`);
  return tools;
}

const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);
const silent = { debug() {}, info() {}, warn() {}, error() {} };

const WAY = {
  LANG: 'de_AT.UTF-8',
  LC_TIME: 'de_AT.UTF-8',
  TMPDIR: '/tmp',
  HTTPS_PROXY: 'http://proxy.example:3128',
  no_proxy: 'localhost',
  SSL_CERT_FILE: '/etc/ssl/company.pem',
  NODE_EXTRA_CA_CERTS: '/etc/ssl/company.pem',
  UV_DEFAULT_INDEX: 'https://pypi.example/simple',
};

test('language, temporary folder and the way to the network are the child’s as well; what the person entered counts first', async () => {
  for (const [name, value] of Object.entries(WAY)) vi.stubEnv(name, value);
  vi.stubEnv('GREENLIGHT_TEST_SECRET', 'not for children');
  const { env } = await connect({ env: { LANG: 'C' } });
  const found = Object.fromEntries(
    await Promise.all(Object.keys(WAY).map(async (name) => [name, await env(name)])),
  );
  expect(found).toEqual({ ...WAY, LANG: 'C' });
  expect(await env('GREENLIGHT_TEST_SECRET')).toBe('(unset)');
});

test('the password of a proxy is not logged', async () => {
  vi.stubEnv('HTTPS_PROXY', 'http://me:hunter2-hunter2@proxy.example:3128');
  const { call, lines } = await connect();
  await call('say', { line: 'via http://me:hunter2-hunter2@proxy.example:3128' });
  await until(() => lines.length > 0);
  expect(lines).toEqual(['via http://me:***@proxy.example:3128']);
});

test.each([
  [
    'an HTTP proxy',
    'PROXY proxy.example:3128; DIRECT',
    ['http://proxy.example:3128', 'localhost,127.0.0.1,::1'],
  ],
  ['none', 'DIRECT', ['(unset)', '(unset)']],
  ['one that programs are not told of', 'SOCKS5 proxy.example:1080', ['(unset)', '(unset)']],
])(
  'where nothing else names a proxy, the child learns of the system’s: %s',
  async (_what, says, expected) => {
    for (const name of PROXIES) vi.stubEnv(name, undefined);
    const { systemVariables } = createNetwork({ env: {}, logger: silent, systemProxy: async () => says });
    const { env } = await connect({ systemVariables });
    expect([await env('HTTPS_PROXY'), await env('NO_PROXY')]).toEqual(expected);
  },
);

test('a proxy that the environment or the person names is the only one', async () => {
  for (const name of PROXIES) vi.stubEnv(name, undefined);
  vi.stubEnv('https_proxy', 'http://mine.example:1');
  const systemVariables = async () => ({
    HTTPS_PROXY: 'http://system.example:2',
    HTTP_PROXY: 'http://system.example:2',
  });
  const mine = await connect({ systemVariables });
  expect([
    await mine.env('https_proxy'),
    await mine.env('HTTPS_PROXY'),
    await mine.env('HTTP_PROXY'),
  ]).toEqual(['http://mine.example:1', '(unset)', '(unset)']);
});

test('a system that does not say is no reason not to start', async () => {
  const { systemVariables } = createNetwork({
    env: {},
    logger: silent,
    systemProxy: () => Promise.reject(new Error('no')),
  });
  expect(await systemVariables()).toEqual({});
});

const needsShell = skipUnless(process.platform !== 'win32', 'Windows has no login shells');

describe('started by a desktop', needsShell, () => {
  beforeEach(() => {
    vi.stubEnv('TERM', undefined);
    vi.stubEnv('PATH', '/usr/bin:/bin');
  });

  test('the login shell is asked once: its programs, and its way to the network', async () => {
    const asked = join(folder, 'asked');
    // As `.zshrc` and its like are: chatty, and they start something that stays.
    vi.stubEnv(
      'SHELL',
      script(
        join(folder, 'shell'),
        `echo "Welcome!"; echo asked >> '${asked}'; sleep 1000 & echo $! > '${folder}/stays'
        export PATH='${toolOfTheShell()}':"$PATH" HTTPS_PROXY=http://proxy.example:3128 SECRET=mine
        export MANY='one
two=2'
        [ "$1" = -ilc ] && eval "$2"`,
      ),
    );
    onTestFinished(() => void process.kill(Number(readFileSync(join(folder, 'stays'), 'utf8'))));
    const { env, upstream } = await connect({ command: 'tool-of-the-shell', args: [] });
    expect(await env('PATH')).toMatch(new RegExp(`^${folder}/tools:/usr/bin:/bin:.*/\\.local/bin:`));
    expect(await env('HTTPS_PROXY')).toBe('http://proxy.example:3128');
    expect([await env('SECRET'), await env('MANY')]).toEqual(['(unset)', '(unset)']);
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'a', version: '1' },
    };
    const again = await upstream.send({
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
      signal: new AbortController().signal,
    });
    expect(again.status).toBe(200);
    expect(readFileSync(asked, 'utf8')).toBe('asked\n');
  });

  const needsBash = skipUnless(existsSync('/bin/bash'), 'no bash is at /bin/bash');
  test('a real shell reads its own files', needsBash, async () => {
    vi.stubEnv('HOME', folder);
    vi.stubEnv('SHELL', '/bin/bash');
    writeFileSync(join(folder, '.bash_profile'), `echo hello\nexport PATH='${toolOfTheShell()}':"$PATH"\n`);
    const { env } = await connect({ command: 'tool-of-the-shell', args: [] });
    expect(await env('PATH')).toMatch(/^[^:]*\/tools:/);
  });

  test.each([
    ['that does not answer', `echo $$ > "$(dirname "$0")/pid"; exec sleep 1000`, /took more than 5 s/],
    [
      'that knows no such options',
      'echo "Unknown option: -ilc" >&2; exit 1',
      /ended without an answer \(1\)/,
    ],
  ])('a shell %s keeps nothing from starting', async (_, text, reason) => {
    const clock = createTestClock();
    vi.stubEnv('SHELL', script(join(folder, 'shell'), text));
    const warnings: object[] = [];
    const none = () => {};
    const logger = {
      debug: none,
      info: none,
      error: none,
      warn: (details: object) => warnings.push(details),
    };
    const connected = connect({ clock, logger });
    if (text.includes('sleep')) {
      await until(() => existsSync(join(folder, 'pid')));
      clock.advance(5_000);
    }
    const { env } = await connected;
    expect(await env('PATH')).toMatch(/^\/usr\/bin:\/bin:.*\/\.local\/bin:.*\/opt\/homebrew\/bin/);
    expect(warnings).toEqual([{ reason: expect.stringMatching(reason) }]);
    if (text.includes('sleep')) {
      const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
      await until(() => !isRunning(pid));
    }
  });

  test('a shell that is not there keeps nothing from starting', async () => {
    vi.stubEnv('SHELL', join(folder, 'none'));
    const { call } = await connect();
    expect(await call('echo', {})).toBe('{}');
  });
});

test('started in a terminal, no shell is asked', needsShell, async () => {
  const asked = join(folder, 'asked');
  vi.stubEnv('SHELL', script(join(folder, 'shell'), `echo > '${asked}'`));
  const { call } = await connect();
  expect(await call('echo', {})).toBe('{}');
  expect(existsSync(asked)).toBe(false);
});
