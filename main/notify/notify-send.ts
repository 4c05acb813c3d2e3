/**
 * Notifications on Linux through `notify-send` (libnotify), which shows buttons where Electron shows none.
 * One child process per notification: it prints the pressed action and ends when the notification is gone.
 */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger, Notice, NoticeResponse, Notifier, NotifierStatus } from '../base/ports.ts';
import { watchDaemon } from './daemon-watch.ts';
import { type Child, ended, interrupt, whenInterruptible } from './notify-send-child.ts';
import {
  failureOf,
  fleetingTime,
  notifySendArguments,
  responseOf,
  textOf,
  understandsActions,
} from './notify-send-protocol.ts';
import { systemProgram } from './system-program.ts';

const kind = 'notify-send';

/** More than this on the screen at once help nobody; the announcer shows far fewer. */
const maxChildren = 8;

const daemonGone =
  'The notification service ended while a question was on the screen. Start your desktop’s own again, or one such ' +
  'as dunst or mako. Until then approvals wait in the window.';

const notTheSystems = (program: string) =>
  `${program} is not used: every program of yours can replace it, and answer in your place. Install notify-send for the whole system (Debian, Ubuntu: apt install libnotify-bin; Fedora, Arch: libnotify). Until then approvals wait in the window.`;

const notInstalled =
  'The program notify-send is missing. Install it (Debian, Ubuntu: apt install libnotify-bin; Fedora, ' +
  'Arch: libnotify). Until then approvals wait in the window.';

/**
 * A notifier that runs notify-send, or `command` instead. With a libnotify older than 0.8.0 notifications have no buttons, since
 * it could not take them off the screen again.
 */
export function createNotifySendNotifier(options: {
  logger: Logger;
  command?: string;
  /** The environment of `command`: it names the session bus. */
  env?: NodeJS.ProcessEnv;
}): Notifier {
  const { logger, env = process.env } = options;
  const children = new Set<Child>();
  const onScreen = new Set<string>();
  /** Notifications that their daemon took with it when it ended; their programs wait on. */
  const lost = new WeakSet<Child>();
  const shown = new Set<Child>();
  let watch: ReturnType<typeof watchDaemon> | undefined;
  let watchers = 0;
  const closing = new AbortController();
  let problem: string | undefined;
  let actions: Promise<boolean> | undefined;

  const fail = (message: string): Error => {
    problem = message;
    return new Error(message);
  };

  const failToStart = (cause: unknown): Error => {
    if (cause instanceof Error && cause.message === problem) return cause;
    return fail(
      isMissing(cause)
        ? notInstalled
        : `notify-send does not run (${String(cause)}). Approvals wait in the window.`,
    );
  };

  /** Looked for each time: it may be installed while Greenlight runs. */
  const program = (): string => {
    if (options.command !== undefined) return options.command;
    const found = systemProgram('notify-send', env.PATH);
    if (found.program !== undefined) return found.program;
    throw fail(found.own === undefined ? notInstalled : notTheSystems(found.own));
  };

  const start = (args: string[], timeout?: number): Child => {
    const child = spawn(program(), args, { env, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    for (const end of ['close', 'error']) child.once(end, () => children.delete(child));
    return child;
  };

  /** Does `work` while the daemon is watched, from before it shows anything: its end would go unnoticed otherwise. */
  const watched = async <T>(work: () => Promise<T>): Promise<T> => {
    watchers += 1;
    watch ??= watchDaemon(env, () => {
      for (const one of shown) {
        lost.add(one);
        // Not interrupted: it would close a notification of the next daemon, which counts from the start again.
        one.kill('SIGKILL');
      }
    });
    try {
      await watch.ready;
      return await work();
    } finally {
      watchers -= 1;
      if (watchers === 0) {
        watch?.end();
        watch = undefined;
      }
    }
  };

  const distinctArguments = (notice: Notice, interactive: boolean): string[] => {
    for (let copy = 1; ; copy++) {
      const args = notifySendArguments(notice, interactive, copy);
      if (!onScreen.has(textOf(args))) return args;
    }
  };

  /** Whether buttons work, asked of the program itself until it answers. */
  const withActions = (): Promise<boolean> => {
    actions ??= Promise.resolve()
      .then(() => ended(start(['--version'], 5_000)))
      .then(({ stdout }) => {
        problem = undefined;
        const able = understandsActions(stdout);
        if (!able) logger.warn({ version: stdout.trim() }, 'notify-send is older than 0.8.0: no buttons');
        return able;
      })
      .catch((cause: unknown) => {
        // It may be installed while Greenlight runs: the next notification asks again.
        actions = undefined;
        throw failToStart(cause);
      });
    return actions;
  };

  /** Shows `notice` until it is answered or gone. */
  async function put(notice: Notice, signal: AbortSignal, interactive: boolean): Promise<NoticeResponse> {
    const gone = AbortSignal.any([signal, closing.signal]);
    if (gone.aborted) return 'closed';
    if (children.size >= maxChildren) {
      throw fail(`${maxChildren} notifications are on the screen already. Answer some, or use the page.`);
    }

    const args = distinctArguments(notice, interactive);
    const text = textOf(args);
    const child = start(args);
    if (interactive) {
      shown.add(child);
      child.once('close', () => shown.delete(child));
    }
    onScreen.add(text);
    const takeDown = () => void interrupt(child);
    gone.addEventListener('abort', takeDown, { once: true });
    try {
      void whenInterruptible(child).then((shown) => {
        if (shown) problem = undefined;
      });
      const { stdout, stderr, code } = await ended(child, (soFar) => failureOf(soFar) !== undefined).catch(
        (cause: unknown) => {
          throw failToStart(cause);
        },
      );
      // An answer that crossed with the abort is still an answer.
      if (gone.aborted) return responseOf(stdout);
      if (lost.has(child) && responseOf(stdout) === 'closed') throw fail(daemonGone);
      const failure = failureOf(stderr, code);
      if (failure !== undefined) throw fail(failure);
      problem = undefined;
      // Without buttons the child ended at once; the notification stays until its time is over.
      if (!interactive) await sleep(fleetingTime, undefined, { ref: false, signal: gone }).catch(() => {});
      return responseOf(stdout);
    } finally {
      gone.removeEventListener('abort', takeDown);
      onScreen.delete(text);
    }
  }

  // Asked ahead, so that the page can tell what is missing before the first approval.
  withActions().catch((error: unknown) => logger.warn({ reason: String(error) }, 'no notifications'));

  return {
    async show(notice: Notice, signal: AbortSignal): Promise<NoticeResponse> {
      const interactive = await withActions();
      return interactive ? watched(() => put(notice, signal, true)) : put(notice, signal, false);
    },

    status: (): NotifierStatus =>
      problem === undefined ? { kind, working: true } : { kind, working: false, message: problem },

    async close() {
      const ends = [...children].map((child) => new Promise((resolve) => child.once('close', resolve)));
      closing.abort();
      await Promise.race([Promise.all(ends), sleep(3_000, undefined, { ref: false })]);
    },
  };
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}
