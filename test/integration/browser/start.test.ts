/** The start of the browser host, as the process that people start. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defaultSettings } from '../../../shared/settings.ts';
import { launchBrowserHost, runBrowserHost, startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo } from '../../support/client.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { modeOf } from '../../support/mode.ts';
import { skipUnless } from '../../support/skip.ts';

let root: string;
let dataDir: string;
const servers: Server[] = [];

beforeEach(() => {
  root = temporaryFolder();
  dataDir = join(root, 'data');
});

afterEach(async () => {
  for (const server of servers.splice(0)) await release(server);
});

async function takePort(): Promise<{ port: number; server: Server }> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, server };
}

function release(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

const freePorts = ['--port', '0', '--ui-port', '0'];
/** Starts that are meant to fail. */
const failing = (args: string[], env: Record<string, string | undefined> = {}) =>
  runBrowserHost(['--json', '--no-open', '--home', dataDir, ...args], { env });

describe('once ready', () => {
  test('one line of JSON is all of standard output; the grant is in it on the first run only', async () => {
    await using first = await startBrowserHost({ dataDir });
    expect(first.ready).toEqual({
      ready: true,
      mcpUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/),
      uiUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#key=[\w-]{43}$/),
      grant: { id: expect.any(String), token: expect.stringMatching(/^glt_/) },
    });
    const { stdout } = await first.stop();
    expect(stdout).toBe(`${JSON.stringify(first.ready)}\n`);

    await using second = await startBrowserHost({ dataDir });
    expect(second.ready.grant).toBeUndefined();
    // The key of the window is another one with each start, and kept nowhere.
    expect(second.key).not.toBe(first.key);
    for (const name of readdirSync(dataDir))
      if (statSync(join(dataDir, name)).isFile())
        expect(readFileSync(join(dataDir, name)).includes(second.key), name).toBe(false);
    // The token of the first run goes on working.
    const client = await second.client(first.ready.grant?.token);
    expect((await client.listTools()).tools).toHaveLength(8);
    await client.close();
  });

  test('a person reads the addresses, where the data is, and what to paste', async () => {
    const host = launchBrowserHost(['--no-open', ...freePorts, '--home', dataDir]);
    await host.printed('Ctrl+C');
    host.child.kill('SIGINT');
    const { stdout, code } = await host.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/MCP address +http:\/\/127\.0\.0\.1:\d+\/mcp/);
    expect(stdout).toMatch(/Window +http:\/\/127\.0\.0\.1:\d+\/#key=/);
    expect(stdout).toMatch(/"Authorization": "Bearer glt_[\w-]+"/);
    expect(stdout).toContain(dataDir);
  });

  test('it listens where the settings say unless the command line says otherwise', async () => {
    const [mcp, ui] = [await takePort(), await takePort()];
    await Promise.all([release(mcp.server), release(ui.server)]);
    mkdirSync(dataDir);
    const settings = { ...defaultSettings, ports: { mcp: mcp.port, ui: ui.port } };
    writeFileSync(join(dataDir, 'settings.json'), JSON.stringify(settings));

    const host = launchBrowserHost(['--json', '--no-open', '--home', dataDir]);
    const ready = JSON.parse(await host.firstLine);
    host.child.kill();
    await host.ended;
    expect(ready.mcpUrl).toBe(`http://127.0.0.1:${mcp.port}/mcp`);
    expect(ready.uiUrl).toContain(`http://127.0.0.1:${ui.port}/#key=`);

    await using other = await startBrowserHost({ dataDir });
    expect(other.ready.mcpUrl).not.toBe(ready.mcpUrl);
    expect(defaultSettings.ports).toEqual({ mcp: 4747, ui: 4748 });
  });

  test('GREENLIGHT_HOME moves the data directory', async () => {
    const host = launchBrowserHost(['--json', '--no-open', ...freePorts], {
      env: { GREENLIGHT_HOME: dataDir },
    });
    await host.firstLine;
    host.child.kill();
    await host.ended;
    expect(readdirSync(dataDir)).toContain('greenlight.db');
  });

  test('every file is for its owner alone', async () => {
    await using host = await startBrowserHost({ dataDir });
    const client = await host.client();
    await client.callTool({ name: 'luma_list_voices', arguments: {} }).catch(() => {});
    await client.close();
    const modes = readdirSync(dataDir, { recursive: true, withFileTypes: true }).map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path, directory: entry.isDirectory(), mode: modeOf(path) };
    });
    expect(modes.map(({ path }) => path)).toEqual(
      expect.arrayContaining(
        ['greenlight.lock', 'greenlight.db', 'secrets.json'].map((f) => join(dataDir, f)),
      ),
    );
    expect(modes.filter(({ directory, mode }) => mode !== (directory ? 0o700 : 0o600))).toEqual([]);
    expect(modeOf(dataDir)).toBe(0o700);
  });

  test('a folder that others use keeps its mode', async () => {
    mkdirSync(dataDir);
    chmodSync(dataDir, 0o755);
    writeFileSync(join(dataDir, 'theirs.txt'), 'theirs');
    await using host = await startBrowserHost({ dataDir });
    expect(modeOf(dataDir)).toBe(0o755);
    expect(modeOf(join(host.dataDir, 'greenlight.db'))).toBe(0o600);
  });

  test('settings that are not valid: it starts, blocks every call and says so', async () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'settings.json'), '{"version": 1, "guard": ');
    await using host = await startBrowserHost({ dataDir });
    const { guard, problems } = await host.api('state.get');
    expect(guard).toEqual({ mode: 'block' });
    expect(problems).toEqual([
      {
        id: 'settings',
        message: expect.stringMatching(/blocks every call.*is kept as .*settings\.invalid-/),
      },
    ]);
    const client = await host.client();
    const answer = await askForVideo(client, 'a cat');
    expect(answer.isError).toBe(true);
    await client.close();
  });

  test('LOG_LEVEL may hold what another program understands', async () => {
    await using host = await startBrowserHost({ dataDir, env: { LOG_LEVEL: 'verbose' } });
    expect((await host.api('state.get')).guard.mode).toBe('policy');
  });

  test('it lives on when nobody reads its log any more', async () => {
    const host = launchBrowserHost(['--json', '--no-open', ...freePorts, '--home', dataDir]);
    const { uiUrl } = JSON.parse(await host.firstLine);
    host.child.stderr?.destroy();
    const [origin, key] = uiUrl.split('/#key=');
    const ask = () =>
      fetch(`${origin}/api/demo.call`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ tool: 'no_such_tool' }),
      });
    expect((await ask()).status).toBe(503);
    expect((await ask()).status).toBe(503);
    host.child.kill();
    expect((await host.ended).code).toBe(0);
  });
});

describe('a start that cannot be', () => {
  const sentence = (stderr: string) => {
    const lines = stderr.trim().split('\n');
    expect(lines.at(-1)).toMatch(/^Greenlight did not start\. \S.*\.$/);
    expect(stderr).not.toMatch(/^\s+at /m);
    return lines.at(-1);
  };

  test.each([
    ['--port', (port: number) => ['--port', `${port}`, '--ui-port', '0']],
    ['--ui-port', (port: number) => ['--port', '0', '--ui-port', `${port}`]],
  ])('a taken %s is named, and nothing stays behind', async (_option, args) => {
    const { port, server } = await takePort();
    const { code, stdout, stderr } = await failing(args(port));
    expect([code, stdout]).toEqual([1, '']);
    expect(sentence(stderr)).toMatch(new RegExp(`Port ${port} is taken .*--port and --ui-port`));

    await release(server);
    await using host = await startBrowserHost({ dataDir });
    expect(host.ready.grant).toBeDefined();
  });

  test('a second host on the same data directory is refused, the first goes on', async () => {
    await using first = await startBrowserHost({ dataDir });
    const { code, stderr } = await failing(freePorts);
    expect(code).toBe(1);
    expect(sentence(stderr)).toMatch(
      /Another Greenlight is already running with this data directory.*--home/,
    );
    expect((await first.api('state.get')).problems).toEqual([]);
  });

  test('a data directory that is a file, or lies under one', async () => {
    writeFileSync(join(root, 'file'), '');
    for (const path of [join(root, 'file'), join(root, 'file', 'data')]) {
      const { code, stdout, stderr } = await failing(['--home', path, ...freePorts]);
      expect([code, stdout]).toEqual([1, '']);
      expect(sentence(stderr)).toContain(`The data directory ${path} cannot be used`);
      expect(sentence(stderr)).toContain('choose another with --home');
    }
  });

  // The superuser may read and write everything.
  test(
    'a data directory that may not be written to',
    skipUnless(process.getuid?.() !== 0, 'the superuser may write everywhere'),
    async () => {
      mkdirSync(dataDir, { mode: 0o500 });
      const { code, stderr } = await failing(freePorts);
      expect(code).toBe(1);
      expect(sentence(stderr)).toContain(dataDir);
    },
  );

  test.each([
    [['--prot', '1'], 'There is no option --prot.'],
    [['--port'], '--port needs a value after it.'],
    [['--port', '70000'], '--port takes a port number from 0 to 65535, not "70000".'],
    [['--ui-port', 'two'], '--ui-port takes a port number from 0 to 65535, not "two".'],
    [['--json=yes'], '--json takes no value.'],
    [['start'], '"start" is no option.'],
  ])('%j is answered with a sentence', async (args, expected) => {
    const { code, stdout, stderr } = await runBrowserHost(args);
    expect([code, stdout]).toEqual([1, '']);
    expect(sentence(stderr)).toContain(expected);
  });

  test('--help lists the options and starts nothing', async () => {
    const { code, stdout, stderr } = await runBrowserHost(['--help', '--home', dataDir]);
    expect([code, stderr]).toEqual([0, '']);
    for (const option of ['--port', '--ui-port', '--home', '--no-open', '--json']) {
      expect(stdout).toContain(option);
    }
    expect(readdirSync(root)).toEqual([]);
  });
});

test('a database and secrets that are something else are kept aside, and every call is blocked', async () => {
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'greenlight.db'), 'not a database, but perhaps dear to somebody');
  writeFileSync(join(dataDir, 'secrets.json'), '{"glt_very_secret');
  await using host = await startBrowserHost({ dataDir });
  const { guard, problems } = await host.api('state.get');
  expect(guard).toEqual({ mode: 'block' });
  expect(problems.map(({ id }) => id).toSorted()).toEqual(['database', 'secrets', 'settings']);
  const aside = readdirSync(dataDir).filter((name) => name.includes('.invalid-'));
  expect(aside.map((name) => readFileSync(join(dataDir, name), 'utf8'))).toEqual([
    'not a database, but perhaps dear to somebody',
    '{"glt_very_secret',
  ]);
  const { stderr } = await host.stop();
  expect(stderr).not.toContain('very_secret');
});
