/**
 * `npm run dev`: the desktop host where Electron can run, else the browser host, saying why; `--browser`: the
 * browser host. It starts anew when main/ or shared/ change, and the window is built anew as it changes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { resolveConfig } from 'electron-vite';
import { build, type InlineConfig, type Rolldown } from 'vite';
import { startWatchdog } from '../main/upstream/stdio/watchdog.ts';
import { whyNotDesktop } from './why-not-desktop.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const args = process.argv.slice(2).filter((arg) => arg !== '--browser');
const reason = process.argv.includes('--browser') ? '--browser was given.' : whyNotDesktop();

if (reason === undefined) await desktop();
else await browser(reason);

/** The host from its sources. Node itself watches them. */
async function browser(why: string): Promise<void> {
  say(`The browser host runs: ${why}`);
  await watch({ configFile: `${root}/vite.config.ts`, root: `${root}/renderer`, logLevel: 'warn' });
  const host = startHost(process.execPath, ['--watch', 'main/browser/index.ts', '--no-open', ...args]);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => host.kill(signal));
  host.on('exit', (code) => process.exit(code ?? 0));
}

/**
 * Electron runs what was built. Not `electron-vite dev`: it starts the new host while the old one still holds
 * the lock of the single instance and the port, and serves the window from a server that the host does not know.
 */
async function desktop(): Promise<void> {
  say('The desktop host runs.');
  const { config } = await resolveConfig({ root, logLevel: 'warn' }, 'build', 'production');
  const electron = createRequire(import.meta.url)('electron') as string;
  let host: ChildProcess | undefined;
  let startAgain = false;
  let stopping = false;

  function start(): void {
    startAgain = false;
    host = startHost(electron, ['.', ...args]);
    host.on('exit', (code) => {
      host = undefined;
      if (stopping || (code === 0 && !startAgain)) process.exit();
      if (startAgain) start();
      else say(`The host ended with ${code}; it starts again when main/ or shared/ change.`);
    });
  }

  function restart(): void {
    if (startAgain) return;
    if (host) {
      say('The host starts again.');
      startAgain = true;
      host.kill('SIGTERM');
    } else start();
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stopping = true;
      if (!host?.kill(signal)) process.exit();
    });
  }
  // The first builds are awaited, so that the host finds all it needs.
  await watch(config?.renderer ?? {});
  await watch(config?.preload ?? {}, restart);
  await watch(config?.main ?? {}, restart);
  if (!host) start();
}

/** Starts a host that this script does not leave behind, not even when it is killed. */
function startHost(command: string, rest: string[]): ChildProcess {
  const watchdog = startWatchdog((error) => say(`The host would outlive this script: ${error.message}`));
  const host = spawn(command, rest, {
    cwd: root,
    // A process group of its own, where there are such: that is what the watchdog ends.
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (host.pid !== undefined) watchdog.watch(host.pid);
  host.on('exit', () => watchdog.stop());
  return host;
}

/**
 * Builds, and builds again at each change; after an error the next change is tried. Resolves after the first
 * build that succeeds; `rebuilt` hears of the later ones.
 */
async function watch(config: InlineConfig, rebuilt?: () => void): Promise<void> {
  const watcher = (await build({
    ...config,
    build: { ...config.build, watch: {} },
  })) as Rolldown.RolldownWatcher;
  return new Promise((resolve) => {
    let first = true;
    let failed = false;
    watcher.on('event', (event) => {
      if (event.code === 'START') failed = false;
      // Vite tells it.
      if (event.code === 'ERROR') failed = true;
      if (event.code !== 'END' || failed) return;
      if (first) resolve();
      else rebuilt?.();
      first = false;
    });
  });
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
