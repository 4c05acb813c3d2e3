import yargs, { type Argv } from 'yargs';
import packageJson from '../../package.json' with { type: 'json' };
import { type Outcome, outcome } from '../../shared/contract.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { compact } from '../base/compact.ts';
import { homeOf } from '../browser/arguments.ts';
import { denyApproval, listApprovals, refuseAllow, watchApprovals } from './approvals.ts';
import { CommandError, EXIT, exitOf } from './command-error.ts';
import { listClients, previewClient, refuseApply } from './connect.ts';
import { examine } from './doctor.ts';
import { exportLog, tailLog, timeOf, verifyLogOf, type Wanted } from './log.ts';
import { complain } from './output.ts';
import { tryPolicy, validatePolicies } from './policy.ts';
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
  // Something may be waited for that keeps no process alive by itself (the thread that reads the log).
  setInterval(() => {}, 1_000_000);
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
    .command('policy', 'Look at policy files; nothing is put in force', (own) => policy(own, ends))
    .command('log', 'The log of calls, also where Greenlight does not run', (own) => log(own, ends))
    .command(
      'doctor',
      'Say what keeps Greenlight from working, and what to do',
      (own) => own,
      async (rest) => {
        if (!(await examine(asked(rest)))) ends(EXIT.wrong);
      },
    )
    .command(
      'connect [client]',
      'Show what connecting a client would change; without one, list them',
      (own) =>
        own.positional('client', { type: 'string', describe: 'Such as claude-code' }).options({
          'take-over': {
            type: 'boolean',
            default: true,
            describe: 'Take out what reaches Luma past Greenlight; --no-take-over leaves it',
          },
          protect: {
            type: 'boolean',
            default: true,
            describe: 'Put its other MCP servers behind Greenlight; --no-protect leaves them',
          },
          yes: { type: 'boolean', hidden: true },
        }),
      ({ client, takeOver, protect, yes, ...rest }) => {
        if (yes) refuseApply();
        return client === undefined
          ? listClients(asked(rest))
          : previewClient({ ...asked(rest), client, takeOver, protect });
      },
    )
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

function policy(own: Argv, ends: (code: number) => void): Argv {
  return own
    .command(
      'validate <file..>',
      'Say what is wrong with policy files, and where',
      (validate) =>
        validate.positional('file', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'Policy documents (JSON)',
        }),
      ({ file, json }) => {
        if (!validatePolicies({ files: file, json: json === true })) ends(EXIT.wrong);
      },
    )
    .command(
      'try <file>',
      'Say what a policy would do with a call',
      (attempt) =>
        attempt
          .positional('file', { type: 'string', demandOption: true, describe: 'A policy document (JSON)' })
          .option('tool', {
            type: 'string',
            demandOption: true,
            requiresArg: true,
            describe: 'Such as luma_generate_video',
          })
          .option('arguments', {
            type: 'string',
            default: '{}',
            requiresArg: true,
            describe: 'What the call sends, as a JSON object',
          }),
      async ({ file, tool, arguments: args, ...rest }) => {
        if (!(await tryPolicy({ ...asked(rest), file, tool, args }))) ends(EXIT.wrong);
      },
    )
    .demandCommand(1, 'Say what of policies: validate or try.');
}

function log(own: Argv, ends: (code: number) => void): Argv {
  return own
    .command(
      'export',
      'Write the log, newest first, as the window exports it',
      (write) =>
        filters(write).options({
          format: {
            choices: ['jsonl', 'csv'] as const,
            default: 'jsonl' as const,
            describe: 'One JSON object a line, or a table',
          },
          output: {
            type: 'string',
            requiresArg: true,
            describe: 'A new file, for you alone (default: standard output)',
          },
        }),
      ({ format, output, ...rest }) => exportLog({ ...asked(rest), format, output }, wanted(rest)),
    )
    .command(
      'verify',
      'Check that nobody changed the log',
      (verify) => verify,
      async (rest) => {
        if (!(await verifyLogOf(asked(rest)))) ends(EXIT.wrong);
      },
    )
    .command(
      'tail',
      'Say the newest calls',
      (tail) =>
        filters(tail).options({
          lines: { alias: 'n', type: 'number', default: 10, requiresArg: true, describe: 'How many' },
          follow: {
            alias: 'f',
            type: 'boolean',
            default: false,
            describe: 'And each that comes or changes, until Ctrl+C',
          },
        }),
      ({ lines, follow: following, ...rest }) => {
        if (!Number.isInteger(lines) || lines < 0 || lines > 1000)
          throw new CommandError(EXIT.misused, '--lines takes a number from 0 to 1000.');
        const filter = wanted(rest);
        if (following && Object.values(filter).some((value) => value !== undefined))
          throw new CommandError(
            EXIT.misused,
            '--follow says every call: leave out what it should be limited to, or use --json and choose from that.',
          );
        return tailLog({ ...asked(rest), lines, following }, filter);
      },
    )
    .demandCommand(1, 'Say what of the log: export, verify or tail.');
}

/** What limits which calls are meant. */
function filters<T>(own: Argv<T>) {
  return own.options({
    server: { type: 'string', requiresArg: true, describe: 'Only calls to this server, by its slug' },
    tool: { type: 'string', requiresArg: true, describe: 'Only calls of this tool' },
    outcome: { choices: outcome.options, describe: 'Only those that ended so' },
    text: { type: 'string', requiresArg: true, describe: 'Found in tool, arguments, client or message' },
    since: { type: 'string', requiresArg: true, describe: 'From then on: 2026-11-29T14:00, or 2h ago' },
    until: { type: 'string', requiresArg: true, describe: 'Up to then' },
  });
}

function wanted(given: {
  server?: string | undefined;
  tool?: string | undefined;
  outcome?: Outcome | undefined;
  text?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}): Wanted {
  const { server, tool, outcome, text, since, until } = given;
  return compact({
    server,
    tool,
    outcome,
    text,
    since: timeOf('since', since),
    until: timeOf('until', until),
  });
}

/** The options that every command has. */
function asked({ home, json }: { [name: string]: unknown }): { home: string; json: boolean } {
  return {
    home: homeOf(home === undefined ? undefined : String(home), process.env, process.platform),
    json: json === true,
  };
}
