import yargs, { type Argv } from 'yargs';
import packageJson from '../../package.json' with { type: 'json' };
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { homeOf } from '../browser/arguments.ts';
import { denyApproval, listApprovals, refuseAllow, watchApprovals } from './approvals.ts';
import { CommandError, EXIT, exitOf } from './command-error.ts';
import { complain } from './output.ts';
import { serve } from './serve.ts';

const EPILOGUE = `Exit codes: 0 fine; 1 something is wrong, or could not be done; 2 used wrong; 3 no Greenlight is running.
Nothing can be allowed from here, and no policy, setting, client or secret be changed: that is the window's.`;

/** Reads the command line `argv`, does what it says and ends the process with what docs/command-line.md says. */
export async function run(argv: string[]): Promise<void> {
  // Its options are its own, and it goes on for as long as Greenlight runs.
  if (argv[0] === 'serve') return serve(argv.slice(1));
  let code: number = EXIT.fine;
  const ends = (found: number) => {
    code = found;
  };
  try {
    // With whatever options.
    if (argv[0] === 'approvals' && argv[1] === 'allow') refuseAllow();
    await commands(argv, ends).parseAsync();
  } catch (error) {
    code = failed(error);
  }
  process.exit(code);
}

/** Tells what went wrong and returns the exit code. */
function failed(error: unknown): number {
  if (error instanceof UserFacingError) {
    complain(error.message);
    return exitOf(error);
  }
  complain(
    `greenlight met an error of its own. Please report it. ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return EXIT.wrong;
}

/** The words of yargs, as a sentence that says what to do. */
function notUnderstood(message: string): CommandError {
  const what = message.trim().replaceAll(/\s*\n\s*/g, ' ');
  const end = /[.!?]$/.test(what) ? '' : '.';
  return new CommandError(
    EXIT.misused,
    `${what}${end} "greenlight --help" lists the commands, and each says its options with --help.`,
  );
}

/** All commands; `ends` is told the exit code of one that ends with another than 0. */
function commands(argv: string[], ends: (code: number) => void): Argv {
  const parser: Argv = yargs(argv)
    .scriptName('greenlight')
    .locale('en')
    .usage('$0 COMMAND\n\nGreenlight asks before your AI agents spend. This is its command line.')
    .options({
      home: {
        type: 'string',
        requiresArg: true,
        describe: "The data directory (default: $GREENLIGHT_HOME, else the system's place for it)",
      },
      json: { type: 'boolean', default: false, describe: 'Say it in JSON, for programs' },
    })
    .command('serve', 'Start Greenlight, its window in a browser tab', serveOptions, () => {
      throw new CommandError(
        EXIT.misused,
        'Say "serve" first, then its options: greenlight serve --home DIR.',
      );
    })
    .command('approvals', 'What waits for an answer', (own) => approvals(own))
    .completion('completion', 'Print the script that completes commands in bash or zsh')
    .demandCommand(1, 'A command is missing.')
    .strictCommands()
    .strictOptions()
    .version(packageJson.version)
    .help()
    .alias({ help: 'h' })
    .epilogue(EPILOGUE)
    .wrap(100)
    .exitProcess(false)
    .fail((message: string | null, error: unknown) => {
      throw message === null ? error : notUnderstood(message);
    });
  void ends;
  return parser;
}

/** For help and completion; the browser host reads them itself (main/browser/arguments.ts). */
function serveOptions(own: Argv): Argv {
  return own.options({
    port: { type: 'string', describe: 'Port of the MCP endpoint' },
    'ui-port': { type: 'string', describe: 'Port of the window' },
    open: { type: 'boolean', describe: 'Open the window; --no-open does not' },
  });
}

function approvals(own: Argv): Argv {
  return own
    .command(
      'list',
      'List what waits',
      (list) =>
        list.option('answered', {
          type: 'boolean',
          default: false,
          describe: 'What was answered last, instead',
        }),
      ({ answered, ...rest }) => listApprovals({ ...asked(rest), answered }),
    )
    .command(
      'watch',
      'Say what waits, and each change, until Ctrl+C',
      (watch) => watch,
      (rest) => watchApprovals(asked(rest)),
    )
    .command(
      'deny <id>',
      'Deny a call that waits',
      (deny) =>
        deny
          .positional('id', { type: 'string', demandOption: true, describe: 'As "approvals list" says it' })
          .option('reason', { type: 'string', requiresArg: true, describe: 'What the agent is told' }),
      ({ id, reason, ...rest }) => denyApproval({ ...asked(rest), id, reason }),
    )
    .command(
      'allow [id]',
      false,
      (allow) => allow.positional('id', { type: 'string' }).strict(false),
      refuseAllow,
    )
    .demandCommand(1, 'Say what of approvals: list, watch or deny.');
}

/** The options that every command has. */
function asked({ home, json }: { [name: string]: unknown }): { home: string; json: boolean } {
  return {
    home: homeOf(home === undefined ? undefined : String(home), process.env, process.platform),
    json: json === true,
  };
}
