/**
 * `npm start`: the desktop host where Electron can run, else the browser host, saying why.
 * `npm run start:browser`: the browser host. Other arguments are handed on.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfStale } from './build-if-stale.ts';

/** Milliseconds that fetching Electron's runtime may take. */
const FETCH_LIMIT = 10 * 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const [browserOnly, args] = [
  process.argv.includes('--browser'),
  process.argv.slice(2).filter((arg) => arg !== '--browser'),
];

const reason = browserOnly ? undefined : whyNotDesktop();
await buildIfStale(root, browserOnly || reason !== undefined ? 'browser' : 'desktop');
if (reason !== undefined) say(`Greenlight runs in the browser host: ${reason}`);
if (browserOnly || reason !== undefined) run(process.execPath, ['out/browser/index.js', ...args]);
else run(createRequire(import.meta.url)('electron') as string, ['.', ...args]);

/** Why the desktop host cannot run here, as a sentence; `undefined` when it can. */
function whyNotDesktop(): string | undefined {
  const { platform, env } = process;
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) {
    return 'there is no screen here (neither DISPLAY nor WAYLAND_DISPLAY is set).';
  }
  const electron = dirname(createRequire(import.meta.url).resolve('electron'));
  if (env.ELECTRON_OVERRIDE_DIST_PATH || existsSync(join(electron, 'path.txt'))) return undefined;
  say("Fetching Electron's runtime, once (about 120 MB)...");
  const fetched = spawnSync(process.execPath, [join(electron, 'install.js')], {
    timeout: FETCH_LIMIT,
    encoding: 'utf8',
  });
  if (fetched.status === 0 && existsSync(join(electron, 'path.txt'))) return undefined;
  const why =
    /\b(E[A-Z]{4,}|HTTPError[^\n]*|RequestError[^\n]*)/.exec(fetched.stderr ?? '')?.[0] ?? 'no answer';
  return `Electron's runtime is not installed and could not be fetched (${why}). With a connection to the internet, "npx install-electron" fetches it.`;
}

/** Runs the host in our place: signals go to it, its exit code is ours. */
function run(command: string, rest: string[]): void {
  const child = spawn(command, rest, { cwd: root, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    say(`Greenlight did not start: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) =>
    process.exit(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)),
  );
}

/** Standard output belongs to the host: with --json it is one line for a script. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
