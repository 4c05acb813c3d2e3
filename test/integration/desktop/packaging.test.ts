import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { extractAll, extractFile, listPackage, statFile } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { Arch, build, Platform } from 'electron-builder';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CALL } from '../../../main/desktop/window/channels.ts';
import { openConfSettings } from '../../../main/settings/settings.ts';
import { runCli } from '../../support/cli.ts';
import { builtDesktop, repository } from '../../support/electron/build.ts';
import { startBundle } from '../../support/electron/child.ts';
import { pack, packConfiguration } from '../../support/electron/pack.ts';
import { folderOfSuite } from '../../support/folder.ts';

describe('electron-builder.yml', () => {
  // electron-builder's own check, which it makes before every build. It is no part of its published interface.
  const require = createRequire(import.meta.url);
  const { validateConfiguration } = require('app-builder-lib/out/util/config/config.js') as {
    validateConfiguration(config: unknown, log: unknown): Promise<void>;
  };
  const { DebugLogger } = require('builder-util') as { DebugLogger: new (enabled: boolean) => unknown };
  const validate = (given: unknown) => validateConfiguration(given, new DebugLogger(false));

  test('is what electron-builder understands', async () => {
    await validate(packConfiguration);
    await expect(validate({ ...packConfiguration, electronFuses: { runAsNod: false } })).rejects.toThrow(
      'Invalid configuration',
    );
  });

  test('packs all three systems', () => {
    const { mac, win, linux, publish } = packConfiguration;
    const targets = [mac, win, linux].flatMap((system) =>
      [system?.target ?? []].flat().map((target) => (typeof target === 'string' ? target : target.target)),
    );
    expect(targets).toEqual(['dmg', 'zip', 'nsis', 'AppImage', 'deb']);
    expect(mac).toMatchObject({ hardenedRuntime: true, extendInfo: { LSUIElement: true } });
    expect(publish).toBeNull();
  });
});

/**
 * A packaging dry run without Electron's runtime: electron-builder packs a stand-in that has the one thing of
 * the executable it touches, the wire of the fuses, all of them as Electron ships them.
 */
describe('the packed application', () => {
  const folder = folderOfSuite();
  let unpacked: string;
  let archive: string;
  let files: string[];

  beforeAll(async () => {
    const runtime = join(folder(), 'electron');
    mkdirSync(join(runtime, 'resources'), { recursive: true });
    mkdirSync(join(runtime, 'locales'));
    for (const program of ['electron', 'electron.exe']) {
      writeFileSync(join(runtime, program), standInExecutable(), { mode: 0o755 });
    }
    for (const file of ['version', 'LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak']) {
      writeFileSync(join(runtime, file), '');
    }
    unpacked = await pack({ application: await builtDesktop(), runtime, to: folder() });
    archive = join(unpacked, 'resources/app.asar');
    files = listed(archive);
  }, 180_000);

  test('holds what runs, and nothing of what it was made from', () => {
    for (const file of [
      '/package.json',
      '/out/main/index.js',
      '/out/preload/preload.cjs',
      '/out/renderer/index.html',
      '/build/icon-linux.png',
      '/build/tray/onTemplate.png',
      '/build/tray/onTemplate@2x.png',
      '/out/main/licenses.md',
      '/out/renderer/licenses.md',
    ]) {
      expect(files).toContain(file);
    }
    // Linux shows notifications without node-notifier, and all other packages are in the bundle.
    const roots = new Set(files.map((file) => file.split('/')[1]));
    expect([...roots].sort()).toEqual(['LICENSE', 'build', 'out', 'package.json']);
    expect(files.filter((file) => /\.(ts|tsx|map)$|\/\.|browser/.test(file))).toEqual([]);
    expect(existsSync(`${archive}.unpacked`)).toBe(false);
  });

  test('has the command line beside it, which says that the application is what to start', async () => {
    expect(packConfiguration.extraResources).toEqual([{ from: 'out/cli', to: 'cli' }]);
    const program = join(unpacked, 'resources/cli/index.mjs');
    const home = join(folder(), 'none');
    expect(await runCli(['--version'], { program })).toMatchObject({ code: 0, stderr: '' });
    expect(await runCli(['approvals', 'list', '--home', home], { program })).toMatchObject({ code: 3 });
    expect((await runCli(['doctor', '--home', home], { program })).stdout).toContain('No Greenlight runs');
    expect(await runCli(['serve'], { program })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('came with the desktop application, which is the one to start'),
    });
    expect(existsSync(join(unpacked, 'resources/cli/licenses.md'))).toBe(true);
  });

  test('has for Windows its one notifier, outside the archive, where it can be started', async () => {
    // Both want a whole program for Windows.
    const changes = {
      win: { ...packConfiguration.win, signAndEditExecutable: false },
      disableAsarIntegrity: true,
    };
    const windows = await pack({
      application: await builtDesktop(),
      runtime: join(folder(), 'electron'),
      to: folder(),
      system: 'win',
      changes,
    });
    const vendor = 'node_modules/node-notifier/vendor';
    expect(readdirSync(join(windows, 'resources/app.asar.unpacked', vendor))).toEqual([
      'snoreToast',
      'terminal-notifier-LICENSE',
    ]);
    const inside = listed(join(windows, 'resources/app.asar'));
    const packages = new Set(inside.map((file) => /^\/node_modules\/([^/]+)/.exec(file)?.[1] ?? ''));
    expect(packages).toContain('node-notifier');
    // What node-notifier needs, and no other.
    const { dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies)).toEqual(['node-notifier']);
    expect(packages.size).toBeLessThan(12);
  }, 180_000);

  test('is for Linux an entry in the menu that opens links, with an icon of a size that themes know', async () => {
    // What electron-builder hands to the tools that make the two packages; they are not run.
    const handed: unknown[] = [];
    await build({
      projectDir: repository,
      prepackaged: unpacked,
      publish: 'never',
      targets: Platform.LINUX.createTarget(['deb', 'AppImage'], Arch.x64),
      config: { directories: { output: join(folder(), 'packages') } },
      effectiveOptionComputed: async (options) => {
        // The files that it names go with its end.
        if (!Array.isArray(options)) handed.unshift(options);
        else handed.push(options[0], readFileSync(String(options[1]), 'utf8'));
        return true;
      },
    });
    const [image, deb, entry] = handed as [{ desktop: string; desktopFileName: string }, string[], string];
    const common = [
      'Name=Greenlight',
      'Type=Application',
      'Icon=greenlight',
      'StartupWMClass=greenlight',
      'MimeType=x-scheme-handler/greenlight;',
    ];
    expect(entry.split('\n')).toEqual(
      expect.arrayContaining([...common, 'Exec=/opt/Greenlight/greenlight %U']),
    );
    // With Chromium's sandbox.
    expect(image.desktop.split('\n')).toEqual(expect.arrayContaining([...common, 'Exec=AppRun %U']));
    expect(image.desktopFileName).toBe('greenlight.desktop');
    const placed = deb
      .filter((argument) => argument.includes('=/'))
      .map((argument) => argument.split('=')[1]);
    expect(placed).toEqual([
      '/opt/Greenlight',
      '/usr/share/icons/hicolor/512x512/apps/greenlight.png',
      '/usr/share/applications/greenlight.desktop',
    ]);
    // What Electron itself goes by (the name of its windows on Wayland).
    const { desktopName } = JSON.parse(extractFile(archive, 'package.json').toString());
    expect(desktopName).toBe(image.desktopFileName);
  }, 60_000);

  test('says where its data is when it is removed from a Debian, not when it is replaced', () => {
    const [option, script = ''] = packConfiguration.deb?.fpm ?? [];
    expect(option).toBe('--before-remove');
    const run = (why: string) => execFileSync('sh', [join(repository, script), why], { encoding: 'utf8' });
    expect(run('remove')).toContain('~/.config/Greenlight');
    expect(run('upgrade')).toBe('');
  });

  test('has its fuses set', async () => {
    // As they stand in the executable: "0" and "1".
    const [DISABLE, ENABLE] = [0x30, 0x31];
    expect(await getCurrentFuseWire(join(unpacked, 'greenlight'))).toMatchObject({
      [FuseV1Options.RunAsNode]: DISABLE,
      [FuseV1Options.EnableCookieEncryption]: ENABLE,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: DISABLE,
      [FuseV1Options.EnableNodeCliInspectArguments]: DISABLE,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: ENABLE,
      [FuseV1Options.OnlyLoadAppFromAsar]: ENABLE,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: DISABLE,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: DISABLE,
    });
  });

  test('has no way to look for updates, which are off', () => {
    expect(existsSync(join(unpacked, 'resources/app-update.yml'))).toBe(false);
  });

  test('is the same, byte for byte, when it is built and packed again elsewhere', async () => {
    const elsewhere = join(folder(), 'another place');
    for (const source of [
      'main',
      'renderer',
      'shared',
      'package.json',
      'tsconfig.json',
      'electron.vite.config.ts',
      'vite.config.ts',
    ]) {
      cpSync(join(repository, source), join(elsewhere, source), { recursive: true });
    }
    symlinkSync(join(repository, 'node_modules'), join(elsewhere, 'node_modules'));
    const builder = createRequire(import.meta.url).resolve('electron-vite/package.json');
    execFileSync(process.execPath, [join(dirname(builder), 'bin/electron-vite.js'), 'build'], {
      cwd: elsewhere,
      env: { ...process.env, TZ: 'Pacific/Chatham' },
      stdio: 'pipe',
    });
    // electron-builder takes nothing from outside of the project.
    const again = join(repository, 'out', `test-again-${process.pid}`);
    onTestFinished(() => rmSync(again, { recursive: true, force: true }));
    cpSync(join(elsewhere, 'out'), join(again, 'out'), { recursive: true });
    const runtime = join(folder(), 'electron');
    const second = await pack({ application: again, runtime, to: elsewhere });
    const other = join(second, 'resources/app.asar');
    for (const file of listed(archive)) {
      if ('files' in statFile(archive, file.slice(1))) continue;
      expect(extractFile(other, file.slice(1)).equals(extractFile(archive, file.slice(1))), file).toBe(true);
    }
    expect(readFileSync(other).equals(readFileSync(archive))).toBe(true);
  }, 120_000);

  test('starts with nothing but what was packed', async () => {
    const extracted = join(folder(), 'app');
    extractAll(archive, extracted);
    const data = join(folder(), 'data');
    mkdirSync(data);
    const settings = await openConfSettings(data);
    settings.set({ ...settings.get(), ports: { mcp: 0, ui: 0 } });
    const { main } = JSON.parse(readFileSync(join(extracted, 'package.json'), 'utf8')) as { main: string };
    const host = startBundle(join(extracted, main), extracted, data);
    try {
      expect(await host.ready()).toMatchObject({
        toolTip: 'Greenlight: on, sandbox connected',
        iconMissing: false,
      });
      expect(await host.tell({ do: 'fetch', url: 'app://greenlight/' })).toMatchObject({ status: 200 });
      const verified = await host.tell({ do: 'invoke', channel: CALL, args: ['activity.verify', '{}', '1'] });
      expect(JSON.parse(String(verified))).toEqual({ result: { valid: true, rows: 0 } });
    } finally {
      host.kill('SIGKILL');
      await host.ended();
    }
  });
});

/** What is in an archive. */
function listed(archive: string): string[] {
  return listPackage(archive, { isPack: false }).map((file) => file.replaceAll('\\', '/'));
}

/** A program with the fuse wire of Electron: sentinel, version 1, nine fuses, each on ("1") or off ("0"). */
function standInExecutable(): Buffer {
  const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
  return Buffer.concat([
    Buffer.from(`#!/bin/sh\nexit 0\n# ${sentinel}`),
    Buffer.from([1, 9]),
    Buffer.from('101100011'),
  ]);
}
