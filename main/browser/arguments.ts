import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Remedies } from '../base/start-error.ts';

/** How the browser host was asked to start. */
export interface Arguments {
  /** Absent: the port in the settings. */
  port: number | undefined;
  uiPort: number | undefined;
  home: string;
  open: boolean;
  json: boolean;
  help: boolean;
}

export const usage = `Greenlight, in a browser tab.

  --port N      port of the MCP endpoint (default 4747, or as set in the window; 0 picks a free one)
  --ui-port N   port of the window (default 4748, or as set; 0 picks a free one)
  --home DIR    the data directory (default: $GREENLIGHT_HOME, else the system's place for it)
  --no-open     do not open the window
  --json        one line of JSON on standard output when ready, for scripts
  --help        this text
`;

/** What the browser host has against what keeps it from starting. */
export const remedies: Remedies = {
  port: 'Or choose another port (--port and --ui-port; 0 picks a free one).',
  directory: 'Or choose another with --home or GREENLIGHT_HOME.',
  'in use': 'Or start this one with --home and another directory.',
  keyring: 'Unlock the keyring, then start Greenlight again.',
};

/** Reads the command line. Throws a {@link UserFacingError} when it is not understood. */
export function readArguments(argv: string[], env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Arguments {
  const values = parse(argv);
  if (values.home === '')
    throw new UserFacingError('invalid', '--home takes a folder. Leave the option out for the usual place.');
  return {
    port: portNumber('--port', values.port),
    uiPort: portNumber('--ui-port', values['ui-port']),
    home: homeOf(values.home, env, platform),
    open: values.open,
    json: values.json,
    help: values.help,
  };
}

/** The data directory: the one that was named, else what the environment says, else the system's place for it. */
export function homeOf(named: string | undefined, env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  return resolve(named || env.GREENLIGHT_HOME || defaultHome(env, platform));
}

const options = {
  port: { type: 'string' },
  'ui-port': { type: 'string' },
  home: { type: 'string' },
  open: { type: 'boolean', default: true },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function parse(args: string[]) {
  try {
    return parseArgs({ args, options, allowNegative: true }).values;
  } catch (error) {
    throw new UserFacingError(
      'invalid',
      `${explain(error as NodeJS.ErrnoException)} --help lists the options.`,
      { cause: error },
    );
  }
}

/** Node's own words advise how to write the option as something else; what a person wants is to mend it. */
function explain({ code, message }: NodeJS.ErrnoException): string {
  const named = /'(?<option>[^'\s]+)/.exec(message)?.groups?.option ?? '';
  switch (code) {
    case 'ERR_PARSE_ARGS_UNKNOWN_OPTION':
      return `There is no option ${named}.`;
    case 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL':
      return `"${named}" is no option.`;
    case 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE':
      return /does not take an argument/.test(message)
        ? `${named} takes no value.`
        : `${named} needs a value after it.`;
    default:
      return message;
  }
}

function portNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new UserFacingError('invalid', `${option} takes a port number from 0 to 65535, not "${text}".`);
}

/** Where Electron keeps an application's data too (`app.getPath('userData')`), so that both hosts share it. */
function defaultHome(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): string {
  switch (platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'Greenlight');
    case 'win32':
      return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Greenlight');
    default:
      return join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'Greenlight');
  }
}
