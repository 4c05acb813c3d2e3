/** `npm run dev`: the browser host, started anew when main/ or shared/ change, and the window, built anew as it changes. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
await build({
  configFile: `${root}/vite.config.ts`,
  root: `${root}/renderer`,
  build: { watch: {} },
  logLevel: 'warn',
});
const host = spawn(
  process.execPath,
  ['--watch', 'main/browser/index.ts', '--no-open', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => host.kill(signal));
host.on('exit', (code) => process.exit(code ?? 0));
