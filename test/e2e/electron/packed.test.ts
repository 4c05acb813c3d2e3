/**
 * The application as electron-builder packs it, with a real runtime: what is in it, and that it runs. With
 * GREENLIGHT_PROGRAM it is the program that was installed from a package: then only that it runs.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Configuration } from 'electron-builder';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { openConfSettings } from '../../../main/settings/settings.ts';
import { startBrowserHost } from '../../support/browser-host.ts';
import { askForVideo, connectClient } from '../../support/client.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { builtDesktop, repository } from '../../support/electron/build.ts';
import { pack, packConfiguration } from '../../support/electron/pack.ts';
import { electronRuntime } from '../../support/electron/runtime.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { skipUnless } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';

const installed = process.env.GREENLIGHT_PROGRAM;
const runtime = electronRuntime();
/** An application that was built already, for a runtime that cannot load the project's own bundle. */
const given = process.env.GREENLIGHT_ELECTRON_APPLICATION;
/** Where an installed program looks for updates; what is there lies beside it. */
const feed = process.env.GREENLIGHT_FEED;
const linux = process.platform === 'linux';

const canPack = linux && runtime !== undefined;
const needsRuntime = skipUnless(
  canPack && installed === undefined,
  installed === undefined
    ? 'packing here takes Linux and Electron’s runtime: npx install-electron'
    : 'an installed program was given',
);
const needsProgram = skipUnless(
  installed !== undefined || canPack,
  'neither an installed program (GREENLIGHT_PROGRAM) nor Electron’s runtime is there: npx install-electron',
);

/** Within the project, from outside of which electron-builder takes nothing, and not in memory, as it is large. */
const folder = join(repository, 'out', `test-packed-${process.pid}`);
let unpacked: string;
let program: string;

beforeAll(async () => {
  if (installed !== undefined) program = installed;
  else if (canPack && runtime !== undefined) {
    mkdirSync(folder, { recursive: true });
    if (given !== undefined) cpSync(join(given, 'out'), join(folder, 'out'), { recursive: true });
    unpacked = await pack({
      application: given === undefined ? await builtDesktop() : folder,
      runtime: dirname(runtime),
      to: folder,
      changes: await changesFor(runtime),
    });
    // The runtime for which an application is given brings one of its own, which is never loaded.
    if (given !== undefined) rmSync(join(unpacked, 'resources/app'), { recursive: true, force: true });
    program = join(unpacked, 'greenlight');
  }
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

/** What an older runtime does not have: the newest fuses, ES modules. */
async function changesFor(program: string): Promise<Configuration> {
  if (given === undefined) return {};
  const fuses = { ...packConfiguration.electronFuses };
  const known = FuseV1Options.GrantFileProtocolExtraPrivileges in (await getCurrentFuseWire(program));
  if (!known) delete fuses.grantFileProtocolExtraPrivileges;
  return { electronFuses: fuses, extraMetadata: { type: 'commonjs' } };
}

describe('what is packed', needsRuntime, () => {
  test('is the bundle, the page and the icons, in an archive', () => {
    const resources = readdirSync(join(unpacked, 'resources'));
    expect(resources).toContain('app.asar');
    expect(resources).not.toContain('default_app.asar');
    expect(resources).not.toContain('app.asar.unpacked');
    const files = listPackage(join(unpacked, 'resources/app.asar'), { isPack: false });
    expect(files).toContain('/out/main/index.js');
    expect(files).toContain('/out/preload/preload.cjs');
    expect(files).toContain('/build/icon-linux.png');
    expect(new Set(files.map((file) => file.split('/')[1]))).toEqual(
      new Set(['LICENSE', 'build', 'out', 'package.json']),
    );
    expect(files.filter((file) => /\.(ts|tsx|map)$|\/\.|test|node_modules/.test(file))).toEqual([]);
  });
});

describe('the program', needsProgram, () => {
  const needsHands = skipUnless(
    linux && needsDesktop.skip !== true,
    'answering takes a desktop that the test can press on (Linux)',
  );
  const home = folderOfSuite();
  let desktop: Desktop | undefined;
  let mcpUrl: string;
  let token: string;
  let running: ReturnType<typeof start> | undefined;

  const data = () => join(home(), 'data');
  const complaints = () => join(home(), 'standard-error');
  const environment = () => ({
    ...process.env,
    ...desktop?.env,
    HOME: home(),
    XDG_CONFIG_HOME: join(home(), '.config'),
    XDG_DATA_HOME: join(home(), '.local/share'),
    GREENLIGHT_HOME: data(),
    GREENLIGHT_SECRETS: 'file',
  });

  /** Another host has made what is in the home: the two share it, and a client's token comes from the first. */
  const otherHost = () => startBrowserHost({ dataDir: data(), args: ['--port', new URL(mcpUrl).port] });

  beforeAll(async () => {
    if (linux) desktop = await startDesktop();
    mkdirSync(data());
    const port = await freePort();
    mcpUrl = `http://127.0.0.1:${port}/mcp`;
    const settings = await openConfSettings(data());
    settings.set({ ...settings.get(), ports: { mcp: port, ui: 0 }, welcomed: true });
    const host = await otherHost();
    token = host.ready.grant?.token ?? '';
    await host.stop();
  });
  afterEach(async () => {
    running?.child.kill('SIGKILL');
    await running?.ended;
    running = undefined;
  });
  afterAll(async () => {
    await desktop?.close();
  });

  function start(env: NodeJS.ProcessEnv = {}, ...args: string[]) {
    // Chromium's sandbox is not for root, and wants user namespaces, which some systems allow to what is installed only.
    const unsandboxed = process.getuid?.() === 0 || (installed === undefined && process.env.CI);
    const sandbox = linux && unsandboxed ? ['--no-sandbox'] : [];
    // To a file: a pipe stays open for as long as a process of Chromium's lives.
    const log = openSync(complaints(), 'w');
    const child = spawn(program, [...sandbox, ...args], {
      env: { ...environment(), ...env },
      stdio: ['ignore', 'ignore', log],
    });
    closeSync(log);
    return { child, ended: once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]> };
  }

  async function connected(): Promise<Client> {
    let client: Client | undefined;
    await until(
      async () => {
        client = await connectClient(mcpUrl, token);
        return true;
      },
      () => `the program does not answer at ${mcpUrl}: ${readFileSync(complaints(), 'utf8')}`,
    );
    return client as Client;
  }

  test(
    'a call is asked for, allowed and run; the log has it, and the end is an orderly one',
    needsHands,
    async () => {
      running = start();
      const client = await connected();
      const answer = askForVideo(client);
      await desktop?.pressAction('allow');
      expect((await answer).isError).not.toBe(true);
      await client.close();
      running.child.kill('SIGTERM');
      expect(await running.ended).toEqual([0, null]);
      const host = await otherHost();
      expect((await host.api('activity.query', {})).rows).toMatchObject([
        { outcome: 'allowed', result: 'ok' },
      ]);
      expect(await host.api('activity.verify', {})).toMatchObject({ valid: true });
      await host.stop();
    },
  );

  const needsSilence = skipUnless(
    linux,
    'elsewhere a dialog says why it does not start, and waits for the person',
  );

  test(
    'gives other programs no way in: it is no Node.js, has no debugger and loads nothing first',
    needsSilence,
    async () => {
      const mark = join(home(), 'mark');
      const script = join(home(), 'script.cjs');
      writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')`);
      running = start(
        { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: `--require=${script}` },
        ...['--inspect=0', '--remote-debugging-port=0', script],
      );
      const [code] = await running.ended;
      expect(code).toBe(1);
      expect(existsSync(mark)).toBe(false);
      const said = readFileSync(complaints(), 'utf8');
      expect(said).toContain('was started with --remote-debugging-port=0');
      expect(said).not.toContain('Debugger listening');
    },
  );

  const needsFuses = skipUnless(
    !installed?.endsWith('.AppImage'),
    'an AppImage has the program inside of it',
  );

  test('has its fuses set, as they stand in itself', needsFuses, async () => {
    const wire = await getCurrentFuseWire(program);
    const on = Object.keys(wire).filter((fuse) => wire[fuse as unknown as FuseV1Options] === 0x31);
    expect(on.map(Number)).toEqual([
      FuseV1Options.EnableCookieEncryption,
      FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      FuseV1Options.OnlyLoadAppFromAsar,
    ]);
  });

  const needsAppImage = skipUnless(
    linux && (installed === undefined || installed.endsWith('.AppImage')),
    'the program is no AppImage',
  );

  test('an AppImage makes itself known to the desktop', needsAppImage, async () => {
    const image = installed ?? join(home(), 'Greenlight.AppImage');
    // As the runtime of an AppImage starts it.
    running = start(installed === undefined ? { APPIMAGE: image, APPDIR: dirname(program) } : {});
    const entry = join(home(), '.local/share/applications/greenlight.desktop');
    await until(() => existsSync(entry));
    expect(readFileSync(entry, 'utf8')).toContain(`Exec="${image}" %U\n`);
    const icon = join(home(), '.local/share/icons/hicolor/512x512/apps/greenlight.png');
    expect(readFileSync(icon)).toEqual(readFileSync(join(repository, 'build/icon-linux.png')));
  });

  // A package looks for updates only where it was told to.
  if (feed !== undefined) {
    test('looks for updates where the build was told they are', async () => {
      const packages = dirname(program);
      const { files } = parse(readFileSync(join(packages, 'latest-linux.yml'), 'utf8')) as {
        files: { url: string; sha512: string }[];
      };
      for (const { url, sha512 } of files) {
        const hash = createHash('sha512').update(readFileSync(join(packages, url)));
        expect(hash.digest('base64'), url).toBe(sha512);
      }
      const asked: string[] = [];
      const server = createHttpServer((request, response) => {
        const file = basename(new URL(request.url ?? '/', feed).pathname);
        asked.push(file);
        response.end(readFileSync(join(packages, file)));
      }).listen(Number(new URL(feed).port), '127.0.0.1');
      onTestFinished(() => void server.close());
      running = start();
      await until(() => asked.includes('latest-linux.yml'));
      await (await connected()).close();
    });
  }

  const hasThread = skipUnless(
    installed !== undefined || given === undefined || existsSync(join(given, 'out/main/log-worker.js')),
    'the application that was given has no out/main/log-worker.js',
  );

  test('the thread that reads the log runs from within the archive', hasThread, async () => {
    running = start();
    const client = await connected();
    const database = join(data(), 'greenlight.db');
    const before = statSync(database).mtimeMs;
    // Nothing else copies so little from the write-ahead log into the file while the program runs.
    await until(async () => {
      await client.callTool({ name: 'luma_list_aspect_ratios', arguments: {} });
      return statSync(database).mtimeMs > before;
    });
    await client.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
