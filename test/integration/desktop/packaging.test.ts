import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { extractAll, listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import type { Configuration } from 'electron-builder';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CALL } from '../../../main/desktop/window/channels.ts';
import { openConfSettings } from '../../../main/settings/settings.ts';
import { builtDesktop, repository } from '../../support/electron/build.ts';
import { startBundle } from '../../support/electron/child.ts';

const config = parse(readFileSync(join(repository, 'electron-builder.yml'), 'utf8')) as Configuration;

describe('electron-builder.yml', () => {
  // electron-builder's own check, which it makes before every build. It is no part of its published interface.
  const require = createRequire(import.meta.url);
  const { validateConfiguration } = require('app-builder-lib/out/util/config/config.js') as {
    validateConfiguration(config: unknown, log: unknown): Promise<void>;
  };
  const { DebugLogger } = require('builder-util') as { DebugLogger: new (enabled: boolean) => unknown };
  const validate = (given: unknown) => validateConfiguration(given, new DebugLogger(false));

  test('is what electron-builder understands', async () => {
    await validate(config);
    await expect(validate({ ...config, electronFuses: { runAsNod: false } })).rejects.toThrow(
      'Invalid configuration',
    );
  });

  test('packs all three systems', () => {
    const targets = [config.mac, config.win, config.linux].flatMap((system) =>
      [system?.target ?? []].flat().map((target) => (typeof target === 'string' ? target : target.target)),
    );
    expect(targets).toEqual(['dmg', 'zip', 'nsis', 'AppImage', 'deb']);
    expect(config.mac).toMatchObject({ hardenedRuntime: true, extendInfo: { LSUIElement: true } });
    expect(config.publish).toBeNull();
  });
});

/**
 * A packaging dry run without Electron's runtime: electron-builder packs a stand-in that has the one thing of
 * the executable it touches, the wire of the fuses, all of them as Electron ships them.
 */
describe('the packed application', () => {
  const folder = mkdtempSync(join(tmpdir(), 'greenlight-pack-'));
  const unpacked = join(folder, 'dist/linux-unpacked');
  const archive = join(unpacked, 'resources/app.asar');
  let application: string;
  let files: string[];

  beforeAll(async () => {
    application = await builtDesktop();
    const runtime = join(folder, 'electron');
    mkdirSync(join(runtime, 'resources'), { recursive: true });
    mkdirSync(join(runtime, 'locales'));
    writeFileSync(join(runtime, 'electron'), standInExecutable(), { mode: 0o755 });
    for (const file of ['version', 'LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak']) {
      writeFileSync(join(runtime, file), '');
    }
    const built = [config.files ?? []]
      .flat()
      .filter((file) => typeof file !== 'string' || !file.startsWith('out/'));
    const configPath = join(folder, 'electron-builder.json');
    writeFileSync(
      configPath,
      JSON.stringify({
        ...config,
        electronDist: runtime,
        files: [...built, { from: join(application, 'out'), to: 'out' }],
        directories: { ...config.directories, output: join(folder, 'dist') },
      }),
    );
    const builder = createRequire(import.meta.url).resolve('electron-builder/cli.js');
    const args = [
      builder,
      '--linux',
      '--x64',
      '--dir',
      '--publish',
      'never',
      '--projectDir',
      repository,
      '--config',
      configPath,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, complaint, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    if (code !== 0) throw new Error(`electron-builder ended with ${code}.\n${output}\n${complaint}`);
    files = listPackage(archive, { isPack: false }).map((file) => file.replaceAll('\\', '/'));
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('holds what runs, and nothing of what it was made from', () => {
    for (const file of [
      '/package.json',
      '/out/main/index.js',
      '/out/preload/preload.cjs',
      '/out/renderer/index.html',
      '/build/icon.png',
      '/build/tray/onTemplate.png',
      '/build/tray/onTemplate@2x.png',
      '/node_modules/electron-store/index.js',
      '/node_modules/electron-updater/out/main.js',
    ]) {
      expect(files).toContain(file);
    }
    const roots = new Set(files.map((file) => file.split('/')[1]));
    expect([...roots].sort()).toEqual(['build', 'node_modules', 'out', 'package.json']);
    const strays = files.filter((file) =>
      /^\/node_modules\/(@napi-rs|hono|@hono|react|electron|vite|vitest)(\/|$)|\.env/.test(file),
    );
    expect(strays).toEqual([]);
  });

  test('keeps programs outside the archive, where they can be started', () => {
    // The programs for Windows are left out of a package for Linux.
    const program =
      'node_modules/node-notifier/vendor/mac.noindex/terminal-notifier.app/Contents/MacOS/terminal-notifier';
    expect(statSync(join(`${archive}.unpacked`, program)).mode & 0o111).not.toBe(0);
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

  test('starts with nothing but what was packed', async () => {
    const extracted = join(folder, 'app');
    extractAll(archive, extracted);
    const data = join(folder, 'data');
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

/** A program with the fuse wire of Electron: sentinel, version 1, nine fuses, each on ("1") or off ("0"). */
function standInExecutable(): Buffer {
  const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
  return Buffer.concat([
    Buffer.from(`#!/bin/sh\nexit 0\n# ${sentinel}`),
    Buffer.from([1, 9]),
    Buffer.from('101100011'),
  ]);
}
