/** The command line as people run it: a process of its own, away from the machine's keyring and home. */
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Ended, launchBrowserHost } from './browser-host.ts';

/** As it was built for this run (built-host.ts), or its sources. */
const PROGRAM =
  process.env.GREENLIGHT_CLI_UNDER_TEST ?? fileURLToPath(new URL('../../main/cli/index.ts', import.meta.url));

export interface CliOptions {
  /** Merged into the environment; `undefined` takes a variable away. */
  env?: Record<string, string | undefined>;
  program?: string;
}

/** Starts `greenlight` with these arguments. */
export function launchCli(args: string[], { env, program = PROGRAM }: CliOptions = {}) {
  // Never the person's own: a command that forgot its --home finds nothing.
  return launchBrowserHost(args, { program: [program], env: { HOME: tmpdir(), ...env } });
}

/** Runs it to its end. */
export function runCli(args: string[], options: CliOptions = {}): Promise<Ended> {
  return launchCli(args, options).ended;
}
