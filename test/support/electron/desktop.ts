/**
 * The desktop host for tests, in this process: the real core with a real listener, a real settings file and
 * a real database, on the fake Electron. The application's folder has the real icons and a small page.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import Conf from 'conf';
import { machineClock } from '../../../main/base/machine-clock.ts';
import type { MachineClock } from '../../../main/base/ports.ts';
import { type Desktop, startDesktop } from '../../../main/desktop/desktop.ts';
import type { Machine } from '../../../main/desktop/machine.ts';
import { openConfSettings } from '../../../main/settings/settings.ts';
import type { MethodName, Params, Result } from '../../../shared/contract.ts';
import type { Settings } from '../../../shared/settings.ts';
import { askForVideo, connectClient } from '../client.ts';
import { until } from '../wait.ts';
import { createFakeElectron, type FakeElectron } from './index.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

export interface TestDesktopOptions {
  /** Linux has a real Electron (test/e2e/electron). */
  platform?: 'darwin' | 'win32';
  argv?: string[];
  env?: NodeJS.ProcessEnv;
  clock?: MachineClock;
  packaged?: boolean;
  locked?: boolean;
  openedAtLogin?: boolean;
  settings?: Partial<Settings>;
  /** Sets the fake up before the start. */
  before?: (electron: FakeElectron) => void;
  /** Called in the midst of the start, with what has something throw that nothing catches. */
  whileStarting?: (throwUncaught: (error: unknown) => void) => void;
}

export interface TestDesktop {
  electron: FakeElectron;
  /** Absent when another instance runs. */
  desktop: Desktop | undefined;
  dataDir: string;
  home: string;
  /** Everything that the running host offers; throws when it did not start. */
  running(): Desktop;
  /** Calls a method as a window does, past IPC. */
  call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>>;
  /** A connected MCP client with a grant of its own. */
  connect(label?: string): Promise<Client>;
  /** Sends a call that the policy asks about; resolves once it waits. */
  ask(client: Client, prompt: string): Promise<{ id: string; answer: Promise<CallToolResult> }>;
  /** The tray's menu, once it is as `ready` says. */
  menu(ready?: () => boolean): Promise<NonNullable<FakeElectron['trays'][number]['menu']>>;
  /** Another process asks it to end. */
  signal(): void;
  /** Something in the process throws, and nothing catches it. */
  throwUncaught(error: unknown): void;
  stop(): Promise<void>;
}

/** Makes a folder as electron-vite and scripts/icons.ts leave it. */
function makeApplication(folder: string): void {
  mkdirSync(join(folder, 'out/renderer/assets'), { recursive: true });
  writeFileSync(join(folder, 'out/renderer/index.html'), '<!doctype html><title>Greenlight</title>');
  writeFileSync(join(folder, 'out/renderer/assets/app.js'), 'export {};');
  symlinkSync(join(repository, 'build'), join(folder, 'build'));
}

/** Starts a logger that says nothing; what other tests of this process start is not to hear of it. */
async function quietly<T>(start: () => Promise<T>): Promise<T> {
  const { LOG_LEVEL } = process.env;
  process.env.LOG_LEVEL = LOG_LEVEL ?? 'silent';
  try {
    return await start();
  } finally {
    if (LOG_LEVEL === undefined) delete process.env.LOG_LEVEL;
  }
}

export async function startTestDesktop(options: TestDesktopOptions = {}): Promise<TestDesktop> {
  const root = mkdtempSync(join(tmpdir(), 'greenlight-desktop-'));
  const dataDir = join(root, 'data');
  const home = join(root, 'home');
  const application = join(root, 'application');
  for (const folder of [dataDir, home, application]) mkdirSync(folder);
  makeApplication(application);
  const settings = await openConfSettings(dataDir);
  settings.set({ ...settings.get(), ports: { mcp: 0, ui: 0 }, ...options.settings });

  const electron = createFakeElectron({
    appPath: application,
    userData: dataDir,
    ...(options.packaged !== undefined && { packaged: options.packaged }),
    ...(options.locked !== undefined && { locked: options.locked }),
    ...(options.openedAtLogin !== undefined && { openedAtLogin: options.openedAtLogin }),
  });
  electron.app.paths.home = home;
  options.before?.(electron);
  const signals: (() => void)[] = [];
  const uncaught: ((error: unknown) => void)[] = [];
  const throwUncaught = (error: unknown) => {
    for (const listener of uncaught) listener(error);
  };
  const machine: Machine = {
    electron: electron.module,
    platform: options.platform ?? 'darwin',
    env: options.env ?? {},
    argv: options.argv ?? ['greenlight'],
    execPath: '/opt/Greenlight/greenlight',
    resources: undefined,
    onSignal: (listener) => void signals.push(listener),
    onUncaught: (listener) => void uncaught.push(listener),
    home,
    clock: options.clock ?? machineClock,
    async loadStore() {
      options.whileStarting?.(throwUncaught);
      return (given) => new Conf({ ...given, configName: 'settings' });
    },
    loadUpdater: () => Promise.reject(new Error('Updates are off in tests.')),
  };
  const removeAll = () => rmSync(root, { recursive: true, force: true });
  const desktop = await quietly(() => startDesktop(machine)).catch((error: unknown) => {
    removeAll();
    throw error;
  });
  const clients: Client[] = [];
  const running = () => {
    if (!desktop) throw new Error('Another Greenlight runs.');
    return desktop;
  };

  const test: TestDesktop = {
    electron,
    desktop,
    dataDir,
    home,
    running,
    call: <M extends MethodName>(method: M, params: Params<M>) =>
      running().api.call(method, params) as Promise<Result<M>>,
    async connect(label = 'Claude') {
      const { token } = running().core.grants.create(label);
      const client = await connectClient(running().core.mcpUrl, token);
      clients.push(client);
      return client;
    },
    async ask(client, prompt) {
      const pending = () => running().core.approvals.pending();
      const before = new Set(pending().map(({ id }) => id));
      const answer = askForVideo(client, prompt);
      await until(() => pending().some(({ id }) => !before.has(id)));
      const id = pending().find((approval) => !before.has(approval.id))?.id as string;
      return { id, answer };
    },
    async menu(ready = () => true) {
      await until(() => electron.trays[0]?.menu !== undefined && ready());
      return electron.trays[0]?.menu as NonNullable<FakeElectron['trays'][number]['menu']>;
    },
    signal() {
      for (const listener of signals) listener();
    },
    throwUncaught,
    async stop() {
      await Promise.all(clients.map((client) => client.close()));
      await desktop?.core.stop();
      desktop?.tray.close();
      removeAll();
    },
  };
  return test;
}
