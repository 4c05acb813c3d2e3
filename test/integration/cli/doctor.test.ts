/** `greenlight doctor`, with a running host and without. */
import { chmodSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { defaultSettings, type Settings } from '../../../shared/settings.ts';
import { startBrowserHost } from '../../support/browser-host.ts';
import { type CliOptions, runCli } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { POSIX } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';
import { PATIENCE } from '../../support/wait.ts';

const onPosix = skipUnless(POSIX, 'signals that stop a process');

interface Finding {
  check: string;
  state: 'ok' | 'wrong' | 'unknown';
  what: string;
  todo?: string;
}

async function examine(dataDir: string, env: CliOptions['env'] = {}) {
  const options = { env: { HOME: temporaryFolder(), NODE_EXTRA_CA_CERTS: undefined, ...env } };
  const { code, stdout } = await runCli(['doctor', '--json', '--home', dataDir], options);
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Finding[] };
  return { code, ok, checks, of: (check: string) => checks.filter((each) => each.check === check) };
}

async function listener(answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function homeWith(settings: Partial<Settings>): string {
  const dataDir = join(temporaryFolder(), 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  const text = JSON.stringify({ ...defaultSettings, ...settings });
  writeFileSync(join(dataDir, 'settings.json'), text, { mode: 0o600 });
  return dataDir;
}

test('a Greenlight that runs well: nothing is wrong', async () => {
  await using host = await startBrowserHost();
  const { code, ok, checks, of } = await examine(host.dataDir);
  expect(checks.filter(({ state }) => state === 'wrong')).toEqual([]);
  expect({ code, ok }).toEqual({ code: 0, ok: true });
  expect(of('lock')[0]?.what).toMatch(/^Greenlight \d+\.\d+\.\d+ runs with .* \(browser host\)\.$/);
  expect(of('port')[0]?.what).toBe(`Greenlight answers at ${host.ready.mcpUrl}.`);
  expect(of('upstream')[0]?.what).toMatch(/^sandbox: .*, 8 tools\.$/);
  const said = await runCli(['doctor', '--home', host.dataDir], { env: { NODE_EXTRA_CA_CERTS: undefined } });
  expect(said.stdout).toMatch(/^ok {5}lock: .*\nNothing is wrong\.\n$/s);
});

test('each server has a line of its own, by its name', async () => {
  await using host = await startBrowserHost({ dataDir: join(temporaryFolder(), 'data') });
  const url = `http://127.0.0.1:${await freePort()}/mcp`;
  const away = { kind: 'http' as const, url };
  await host.api('servers.add', { ...away, name: 'Notes' });
  await host.api('servers.add', { kind: 'sandbox', name: 'More' });
  for (const id of ['notes', 'more']) await host.api('servers.test', { id });
  const running = await examine(host.dataDir);
  expect(running.code).toBe(1);
  expect(running.of('upstream (Luma)')).toMatchObject([
    { state: 'ok', what: expect.stringMatching(/^sandbox: .*, 8 tools\.$/) },
  ]);
  expect(running.of('upstream (Notes)')).toMatchObject([
    {
      state: 'wrong',
      what: expect.stringContaining(`http: The upstream at ${new URL(url).origin} refused the connection`),
      todo: 'See Servers in the window.',
    },
  ]);
  expect(running.of('upstream (More)')).toMatchObject([{ state: 'ok', what: 'sandbox: it answers.' }]);
  await host.stop();
  const stopped = await examine(host.dataDir);
  expect(stopped.of('upstream (Luma)')).toMatchObject([{ state: 'ok' }]);
  expect(stopped.of('upstream (Notes)')).toMatchObject([
    { state: 'wrong', what: `${url} cannot be reached (ECONNREFUSED).` },
  ]);
  expect(stopped.of('upstream (More)')).toMatchObject([{ state: 'ok' }]);
});

test('that approvals wait in the window is said once', async () => {
  await using host = await startBrowserHost({ env: { PATH: temporaryFolder() } });
  await expect.poll(async () => (await host.api('state.get')).notifier.working).toBe(false);
  const [notifier] = (await examine(host.dataDir)).of('notifier');
  expect(notifier).toMatchObject({ state: 'wrong' });
  expect(JSON.stringify(notifier).match(/approvals wait in the window/g)).toHaveLength(1);
});

test('what is wrong with one that runs is said in its own words', async () => {
  await using host = await startBrowserHost();
  writeFileSync(join(host.dataDir, 'settings.json'), JSON.stringify({ ...defaultSettings, costUnit: 'x' }));
  await expect.poll(async () => (await host.api('state.get')).problems).not.toEqual([]);
  const { code, checks } = await examine(host.dataDir);
  expect(code).toBe(1);
  const [problem] = (await host.api('state.get')).problems;
  expect(checks).toContainEqual({
    check: `problem (${problem?.id})`,
    state: 'wrong',
    what: problem?.message,
  });
});

test('one that says nothing is told, and holds nobody up', {
  ...onPosix,
  timeout: 2 * PATIENCE,
}, async () => {
  await using host = await startBrowserHost();
  process.kill(host.pid, 'SIGSTOP');
  const { code, of } = await examine(host.dataDir);
  process.kill(host.pid, 'SIGCONT');
  expect(code).toBe(1);
  expect(of('lock')).toMatchObject([
    { state: 'wrong', what: expect.stringContaining('but says nothing. Quit it') },
  ]);
  expect(of('clients')).toMatchObject([{ state: 'unknown' }]);
});

test('before the first start there is nothing to be wrong with', async () => {
  const home = join(temporaryFolder(), 'none');
  const { of } = await examine(home, { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nothing' });
  for (const check of ['lock', 'data directory', 'settings', 'keyring', 'upstream', 'proxy', 'policies'])
    expect(of(check), check).toMatchObject([{ state: 'ok' }]);
  expect(of('clients')).toMatchObject([{ state: 'unknown', what: expect.stringContaining('No client') }]);
});

test('each thing that keeps a start from working has its cause, and what to do', async () => {
  const taken = await listener(() => {});
  const home = temporaryFolder();
  const dataDir = homeWith({
    ports: { mcp: taken, ui: 0 },
    upstream: { kind: 'http', url: 'https://luma.example/mcp' },
  });
  mkdirSync(join(dataDir, 'policies'));
  writeFileSync(join(dataDir, 'policies/mine.json'), '{"version":"2"}');
  writeFileSync(join(dataDir, 'greenlight.db'), '', { mode: 0o600 });
  utimesSync(join(dataDir, 'greenlight.db'), new Date(), new Date(Date.now() + 86_400_000));
  mkdirSync(join(home, '.cursor'));
  writeFileSync(
    join(home, '.cursor/mcp.json'),
    '{"mcpServers":{"luma":{"url":"https://luma.mcp.acedata.cloud/mcp"}}}',
  );
  if (POSIX) chmodSync(join(dataDir, 'settings.json'), 0o644);
  const { code, checks, of } = await examine(dataDir, {
    HOME: home,
    HTTPS_PROXY: 'http://someone:secret@127.0.0.1:9',
    HTTP_PROXY: 'socks5://someone:secret@x',
    NODE_EXTRA_CA_CERTS: join(home, 'nothing.pem'),
    PATH: home,
    GREENLIGHT_SECRETS: undefined,
  });
  expect(code).toBe(1);
  const wrong = [
    ['port', `Port ${taken} is taken by another program.`],
    ['upstream', 'https://luma.example/mcp cannot be reached: the proxy http://127.0.0.1:9'],
    ['proxy', '127.0.0.1:9, which HTTPS_PROXY names, cannot be reached (ECONNREFUSED).'],
    ['proxy', 'HTTP_PROXY is not the address of an http proxy.'],
    ['certificates', 'cannot be read (ENOENT).'],
    ['clock', 'It shows a time before Greenlight last wrote'],
    ['policies', 'mine.json: /version:'],
    ['client (Cursor)', 'It reaches Luma past Greenlight, by luma in'],
    ...(POSIX ? [['data directory', 'Other users can get at']] : []),
    ...(process.platform === 'linux'
      ? [
          ['notifier', 'The program notify-send is missing.'],
          ['keyring', 'The system’s keyring cannot be used ('],
        ]
      : []),
  ] as const;
  for (const [check, what] of wrong) {
    expect(of(check)).toContainEqual({
      check,
      state: 'wrong',
      what: expect.stringContaining(what),
      todo: expect.stringMatching(/[.:')]$/),
    });
  }
  expect(JSON.stringify(checks)).not.toContain('secret@');
});

test('the clock is compared with the upstream’s', async () => {
  let ahead = 0;
  const port = await listener((_request, response) => {
    response.setHeader('Date', new Date(Date.now() + ahead).toUTCString());
    response.statusCode = 401;
    response.end();
  });
  const dataDir = homeWith({ upstream: { kind: 'http', url: `http://127.0.0.1:${port}/mcp` } });
  // Loopback does not go through the proxy that is named.
  const env = { HTTP_PROXY: 'http://127.0.0.1:9' };
  expect((await examine(dataDir, env)).of('clock')).toMatchObject([{ state: 'ok' }]);
  ahead = 3_600_000;
  const { of } = await examine(dataDir, env);
  expect(of('upstream')).toMatchObject([{ state: 'ok', what: expect.stringContaining('answers (401)') }]);
  expect(of('clock')).toMatchObject([{ state: 'wrong', what: 'It is 60 minutes behind the upstream’s.' }]);
});

test('an upstream that is away', async () => {
  const port = await freePort();
  const { of } = await examine(homeWith({ upstream: { kind: 'http', url: `http://127.0.0.1:${port}/mcp` } }));
  expect(of('upstream')).toMatchObject([
    { state: 'wrong', what: `http://127.0.0.1:${port}/mcp cannot be reached (ECONNREFUSED).` },
  ]);
});

test('a local upstream must be there', async () => {
  const here = { kind: 'stdio' as const, args: [], envNames: [] };
  const found = await examine(homeWith({ upstream: { ...here, command: process.execPath } }));
  expect(found.of('upstream')).toMatchObject([{ state: 'ok' }]);
  const missing = await examine(homeWith({ upstream: { ...here, command: 'no-such-program' } }));
  expect(missing.of('upstream')).toMatchObject([
    { state: 'wrong', what: 'The program no-such-program is not there, or not in the PATH.' },
  ]);
});
