/** The desktop host on a real Electron, driven by Playwright: real windows, real IPC, a real tray. */
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { type ElectronApplication, _electron as electron, errors, type Page } from 'playwright';
import { openConfSettings } from '../../../main/settings/settings.ts';
import type { MethodName, Params, Result } from '../../../shared/contract.ts';
import type { Settings } from '../../../shared/settings.ts';
import { connectClient } from '../client.ts';
import { skipUnless } from '../skip.ts';
import { until } from '../wait.ts';
import { builtDesktop, repository } from './build.ts';
import { electronRuntime } from './runtime.ts';

const program = electronRuntime();

/** For what calls {@link startElectron}. */
export const needsElectron = skipUnless(
  program !== undefined,
  'Electron’s runtime is not installed: npx install-electron',
);

/** The folder of the application: one that was built already, for a runtime that cannot load the project's own, or that. */
export const builtApplication = async (): Promise<string> =>
  process.env.GREENLIGHT_ELECTRON_APPLICATION ?? (await builtDesktop());

/** The program of the runtime, and what every start of it needs. */
export const runtime = {
  program: program as string,
  // The sandbox of Chromium wants user namespaces, which root and hosted runners have none of.
  args: process.platform === 'linux' && process.env.CI ? ['--no-sandbox'] : [],
};

export interface RealElectron {
  app: ElectronApplication;
  /** Its first window. */
  page: Page;
  /** What it wrote to standard error. */
  log(): string;
  /** Calls a method over the bridge of the window, as the page does. */
  call<M extends MethodName>(method: M, params: Params<M>): Promise<Result<M>>;
  /** A connected MCP client with a grant of its own. */
  client(label?: string): Promise<Client>;
  /** What stands at the icon. */
  toolTip(): Promise<string | undefined>;
  /** What it asked in dialogs. */
  questions(): Promise<string[]>;
  /** Whatever takes the place of the window. */
  usePage(page: Page): void;
  kill(signal: NodeJS.Signals): void;
  /** The exit code and the signal, once it has ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>;
  /** Ends it, if it still runs. */
  close(): Promise<void>;
}

/** Prepares `data` as somebody does who starts it for the second time; ports that nobody has to share. */
export async function prepareHome(data: string, settings: Partial<Settings> = {}): Promise<void> {
  const store = await openConfSettings(data);
  store.set({ ...store.get(), ports: { mcp: 0, ui: 0 }, welcomed: true, ...settings });
}

/**
 * Starts Electron and has the driver take hold of it, before which the application does nothing (watch-tray.cjs). On a
 * machine that was busy, and on one that was new, the driver once in some hundred times never got through; as nothing of
 * what is tested had begun, it is told and tried once more.
 */
async function launch(args: string[], env: NodeJS.ProcessEnv, again = true): Promise<ElectronApplication> {
  const watch = join(repository, 'test/support/electron/watch-tray.cjs');
  try {
    return await electron.launch({
      executablePath: runtime.program,
      args: [...runtime.args, '-r', watch, ...args],
      env: { ...env, GREENLIGHT_TEST_DRIVER: 'on' } as Record<string, string>,
      timeout: 45_000,
    });
  } catch (error) {
    if (!again || !(error instanceof errors.TimeoutError)) throw error;
    console.warn('The driver did not get hold of Electron:', error.message);
    return await launch(args, env, false);
  }
}

/** Starts the desktop host with its data in `data`, and waits for its window where it is to have one. */
export async function startElectron(
  data: string,
  { args = [], env = {}, window = true }: { args?: string[]; env?: NodeJS.ProcessEnv; window?: boolean } = {},
): Promise<RealElectron> {
  const application = await builtApplication();
  const app = await launch([application, ...args], {
    ...process.env,
    GREENLIGHT_HOME: data,
    GREENLIGHT_SECRETS: 'file',
    ...env,
  });
  let log = '';
  // Once it has ended, the driver has none.
  const main = app.process();
  main.stderr?.on('data', (chunk) => {
    log += chunk;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    main.once('exit', (code, signal) => resolve({ code, signal })),
  );
  // On Windows there is one more, which is never shown.
  const ours = () => app.windows().find((one) => one.url().startsWith('app://'));
  await until(
    () => !window || ours() !== undefined,
    () => `no window came. ${log}`,
  );
  let page = ours() as Page;
  const call = async <M extends MethodName>(method: M, params: Params<M>) => {
    const answer = await page.evaluate(
      ([name, text]) =>
        (
          globalThis as unknown as { greenlight: { call(name: string, text: string): Promise<string> } }
        ).greenlight.call(name, text),
      [method, JSON.stringify(params)] as const,
    );
    const { result, error } = JSON.parse(answer) as { result: Result<M>; error?: { message: string } };
    if (error) throw new Error(error.message);
    return result;
  };
  return {
    app,
    get page() {
      return page;
    },
    usePage(other) {
      page = other;
    },
    log: () => log,
    call,
    async client(label = 'Claude') {
      const { token, mcpUrl } = await call('clients.create', { label });
      return connectClient(mcpUrl, token);
    },
    toolTip: () => app.evaluate(() => (globalThis as { trayToolTip?: string }).trayToolTip),
    questions: () => app.evaluate(() => (globalThis as { questions?: string[] }).questions ?? []),
    kill: (signal) => main.kill(signal),
    ended,
    async close() {
      main.kill('SIGKILL');
      await ended;
    },
  };
}
