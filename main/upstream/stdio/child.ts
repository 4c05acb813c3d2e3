import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, isAbsolute } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import spawn from 'cross-spawn';
import { variablesNamed, withVariables } from '../../../shared/argument-variable.ts';
import { onPage, type Place } from '../../../shared/server-words.ts';
import type { Clock, Logger } from '../../base/ports.ts';
import { UpstreamError } from '../upstream.ts';
import { endedAtOnce, endedAtWork, IN_OWN_FOLDER } from './ended.ts';
import { childEnvironment, passwordsIn } from './environment.ts';
import { createLineLog } from './lines.ts';
import { endGroup, groupRuns, ownGroup } from './process-group.ts';
import { createReceiver } from './received.ts';
import { startWatchdog } from './watchdog.ts';

/** How long a child has to end by itself, and then after SIGTERM, in milliseconds; how often that is looked at. */
const GRACE = 500;
const LOOK_EVERY = 20;

/**
 * How long (ms) a child may take until it begins its work, and how long what it wrote meanwhile tells that it is at it:
 * `uvx` names what it downloads, and then is silent until it has that; `npx -y` is silent all the time.
 */
const LONGEST_START = 10 * 60_000;
const LONGEST_SILENCE = 2 * 60_000;

const TOO_MUCH =
  'The upstream process wrote more than 4 MiB, 50,000 values or 10,000 different names at once, and was ended. Ask for less.';

export interface ChildCommand {
  command: string;
  /** With the values of `env` in the place of variables that they name (shared/argument-variable.ts). */
  args: string[];
  env?: Record<string, string> | undefined;
  /** The folder it is started in; absent: the person's own, as desktop clients do it. */
  cwd?: string | undefined;
  /** The page on which the person sees to it; *Settings* where it is not said. */
  place?: Place | undefined;
}

/** A running child that speaks MCP over its standard input and output. */
export interface Child {
  /** Set once by whoever uses the child; `line`: the text that the message was parsed from, where it is that. */
  onmessage: ((message: JSONRPCMessage, line: string | undefined) => void) | undefined;
  /** Told why it ended, for the agent. */
  onclose: ((reason: string) => void) | undefined;
  /** `line`: the text of the message, where it is there already. */
  send(message: JSONRPCMessage, line?: string): Promise<void>;
  /** It has exited; what it wrote may not be read yet. */
  readonly gone: boolean;
  /** What it wrote last, while it has not begun its work (its program is being fetched, perhaps); empty: nothing lately. */
  starting(): string | undefined;
  /** Bytes that it was sent and has not read yet. */
  readonly unread: number;
  /** Whether what it writes is read; while it is not, it has to wait. */
  listen(on: boolean): void;
  /** Ends the child and all that it has started: closes its input, then SIGTERM, then SIGKILL. */
  close(): Promise<void>;
}

/**
 * Starts the child, in a process group of its own; its standard error goes to the log, line by line. The group does
 * not outlive the child, nor Greenlight. (The SDK's transport cannot do that: it starts no groups, and ends one process.)
 *
 * @param shell what the person's login shell has, where it was asked
 * @param system the variables that say what the system's settings have of proxies
 * @throws {UpstreamError} when there is no such program or it cannot be run
 */
export async function startChild(
  { command, args, env, cwd, place = 'Settings' }: ChildCommand,
  {
    logger,
    clock,
    shell,
    system,
  }: {
    logger: Logger;
    clock: Clock;
    shell: Record<string, string> | undefined;
    system: Record<string, string> | undefined;
  },
): Promise<Child> {
  // Without it, it would be said that the program is not there.
  if (cwd !== undefined && !existsSync(cwd))
    throw new UpstreamError(
      'The folder that the upstream process is to be started in is not there. Make it again, or choose another upstream.',
      { reached: false },
    );
  const missing = args.flatMap(variablesNamed).find((name) => !Object.hasOwn(env ?? {}, name));
  if (missing !== undefined)
    throw new UpstreamError(
      `The value of ${missing}, which stands among the arguments of the upstream process, is not kept any more. Enter it ${onPage(place)}.`,
      { reached: false },
    );
  const filled = args.map((word) => withVariables(word, env ?? {}));
  const environment = childEnvironment(env ?? {}, shell, system);
  const log = createLineLog(logger, clock, [...Object.values(env ?? {}), ...passwordsIn(environment)]);
  const watchdog = startWatchdog((error) =>
    logger.warn(
      { reason: String(error) },
      'what ends the upstream process when Greenlight is killed did not start',
    ),
  );
  let running: ReturnType<typeof start>;
  const start = () =>
    spawn(command, filled, {
      ...ownGroup,
      env: environment,
      stdio: 'pipe',
      cwd: cwd ?? homeFolder(),
    });
  try {
    running = start();
    await once(running, 'spawn');
  } catch (error) {
    watchdog.stop();
    throw explainStart({ command, cwd }, error, onPage(place));
  }
  const group = Number(running.pid);
  watchdog.watch(group);

  const child: Child = {
    onmessage: undefined,
    onclose: undefined,
    send,
    get gone() {
      return exited;
    },
    starting() {
      const now = clock.now();
      if (spoke || exited || now - started >= LONGEST_START) return undefined;
      return now - wroteAt < LONGEST_SILENCE ? log.last(1) : '';
    },
    get unread() {
      return running.stdin.writableLength;
    },
    listen(on) {
      if (on) hear();
      else if (!exited) deaf ??= Promise.withResolvers();
    },
    close,
  };
  /** Until it resolves, nothing is read. */
  let deaf: PromiseWithResolvers<void> | undefined;
  let exited = false;
  /** It has exited, and all that it wrote was read. */
  let closed = false;
  let closing: Promise<void> | undefined;
  const started = clock.now();
  /** When it wrote to its standard error last. */
  let wroteAt = Number.NEGATIVE_INFINITY;
  /** It has written a message. */
  let spoke = false;
  /** Why Greenlight ended it. */
  let reason: string | undefined;

  const receive = createReceiver({
    onMessage(message, line) {
      spoke = true;
      child.onmessage?.(message, line);
    },
    // What is not MCP may hold anything.
    onNonsense: () => log.note('The upstream process wrote a line that is not MCP; it is skipped.'),
    onTooMuch() {
      reason = TOO_MUCH;
      log.note('The upstream process wrote a line that is too large; it is ended.');
      void close();
    },
  });
  function hear(): void {
    deaf?.resolve();
    deaf = undefined;
  }

  async function readAll(): Promise<void> {
    for await (const chunk of running.stdout) {
      await receive(chunk);
      await deaf?.promise;
    }
  }
  // That its output broke off, its end says.
  const read = readAll().catch(() => {});
  // What takes or writes nothing any more can answer nothing, though it may go on.
  void read.then(close);
  running.stdin.on('error', () => void close());
  running.stderr.on('data', (chunk: Buffer) => {
    wroteAt = clock.now();
    log.push(chunk);
  });
  for (const part of [running, running.stdin, running.stdout, running.stderr]) {
    part.on('error', (error: NodeJS.ErrnoException) =>
      log.note(`Greenlight could not talk to the upstream process (${error.code ?? 'unknown'}).`),
    );
  }
  // What it has started and left behind, nobody can talk to.
  running.on('exit', (code, signal) => {
    exited = true;
    logger.info({ code, signal }, 'the upstream process ended');
    // What is left of its output is little.
    hear();
    void close();
  });
  running.on('close', async (code, signal) => {
    await read;
    closed = true;
    log.end();
    const byItself = spoke
      ? endedAtWork(code, signal)
      : endedAtOnce({ command, args, env, cwd, place }, log.last());
    child.onclose?.(reason ?? byItself);
  });

  async function send(message: JSONRPCMessage, line = JSON.stringify(message)): Promise<void> {
    if (!running.stdin.writable) throw new Error('The upstream process takes nothing any more.');
    // Whoever sends looks at how much is unread.
    running.stdin.write(`${line}\n`);
  }

  function close(): Promise<void> {
    closing ??= end();
    return closing;
  }

  async function end(): Promise<void> {
    running.stdin.end();
    for (const how of [undefined, 'SIGTERM', 'SIGKILL'] as const) {
      if (how) endGroup(group, how);
      if (await within(GRACE, () => exited && !groupRuns(group))) break;
    }
    watchdog.stop();
    // What has left the group may keep the pipes open; that must not hold Greenlight up.
    await within(GRACE, () => closed);
    for (const pipe of [running.stdout, running.stderr]) pipe.destroy();
  }

  return child;
}

/** Never Greenlight's own working folder: what a program does by a relative path would happen there, unseen. */
function homeFolder(): string {
  const home = homedir();
  return existsSync(home) ? home : tmpdir();
}

/** `there`: where the person sees to it. */
function explainStart(
  { command, cwd }: Pick<ChildCommand, 'command' | 'cwd'>,
  error: unknown,
  there: string,
): UpstreamError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const install = /(^|[\\/])uvx?(\.exe)?$/.test(command)
    ? 'Install uv'
    : `Install it, check its name ${there}`;
  // Agents read this too: where programs are on this machine is not theirs to know.
  const name = basename(command);
  const reason =
    code === 'ENOENT'
      ? /\s/.test(command)
        ? `No program was found by all that stands in Command. If that holds arguments too, enter them under Arguments, and the program alone in Command; else check it ${there}, or choose another upstream.`
        : cwd === undefined && /[\\/]/.test(command) && !isAbsolute(command)
          ? `${name} was not found. ${IN_OWN_FOLDER} Check it ${there}, or choose another upstream.`
          : `${name} was not found. ${install}, or choose another upstream.`
      : code === 'EACCES'
        ? `${name} may not be run. Make it executable, or choose another upstream.`
        : `${name} could not be started (${code}). Check it ${there}, or choose another upstream.`;
  return new UpstreamError(reason, { reached: false, cause: error });
}

/** Waits until `condition` holds, for `ms` at most; says whether it does. */
async function within(ms: number, condition: () => boolean): Promise<boolean> {
  for (let waited = 0; !condition() && waited < ms; waited += LOOK_EVERY) await sleep(LOOK_EVERY);
  return condition();
}
