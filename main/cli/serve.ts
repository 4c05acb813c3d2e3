import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hostEnvironment, hostOptions } from '../browser/host-options.ts';
import { EXIT } from './command-error.ts';
import { complain } from './output.ts';

/** The browser host: as it was built beside the built command line, or its sources. */
const HOST = fileURLToPath(
  new URL(`../browser/index.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

/** Starts the browser host with `args` in place of this process. */
export function serve(args: string[]): void {
  if (!existsSync(HOST)) {
    complain(
      'This command line came with the desktop application, which is the one to start. From a checkout, "npm run build" makes what "greenlight serve" starts.',
    );
    process.exit(EXIT.wrong);
  }
  Object.assign(process.env, { ...hostEnvironment, ...process.env });
  const rest = [...hostOptions, HOST, ...args];
  // The host becomes this very process: whoever ends it, however, ends the host.
  if (process.execve && process.platform !== 'win32')
    process.execve(process.execPath, [process.execPath, ...rest]);
  // On Windows a child of Node.js ends with it. Signals go to it, its exit code is ours.
  const child = spawn(process.execPath, rest, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    complain(`Greenlight did not start: ${error.message}.`);
    process.exit(EXIT.wrong);
  });
  child.on('exit', (code) => process.exit(code ?? EXIT.wrong));
}
