/**
 * `npm start`: the desktop host where Electron can run, else the browser host, saying why.
 * `npm run start:browser`: the browser host. Other arguments are handed on.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { hostEnvironment, hostOptions } from '../main/browser/host-options.ts';
import { buildIfStale } from './build-if-stale.ts';
import { whyNotDesktop } from './why-not-desktop.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const [browserOnly, args] = [
  process.argv.includes('--browser'),
  process.argv.slice(2).filter((arg) => arg !== '--browser'),
];

const reason = browserOnly ? undefined : whyNotDesktop();
await buildIfStale(root, browserOnly || reason !== undefined ? 'browser' : 'desktop');
if (reason !== undefined) say(`Greenlight runs in the browser host: ${reason}`);
if (browserOnly || reason !== undefined) {
  Object.assign(process.env, { ...hostEnvironment, ...process.env });
  run(process.execPath, [...hostOptions, 'out/browser/index.js', ...args]);
} else run(createRequire(import.meta.url)('electron') as string, ['.', ...args]);

/** Runs the host in our place. */
function run(command: string, rest: string[]): void {
  process.chdir(root);
  // The host becomes this very process: whoever ends it, however, ends the host.
  if (process.execve && process.platform !== 'win32') process.execve(command, [command, ...rest]);
  // On Windows a child of Node.js ends with it. Signals go to it, its exit code is ours.
  const child = spawn(command, rest, { stdio: 'inherit' });
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
