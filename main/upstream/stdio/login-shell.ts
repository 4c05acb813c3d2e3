import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Clock, Logger } from '../../base/ports.ts';
import { endGroup, ownGroup } from './process-group.ts';

/** How long the shell may take (ms), and how much it may write (bytes). */
const LONGEST = 5_000;
const LARGEST = 1024 * 1024;

/** Starts nothing of its own where these say so: updates that ask, a terminal within the terminal. */
const QUIET = { DISABLE_AUTO_UPDATE: 'true', ZSH_TMUX_AUTOSTART: 'false', ZSH_TMUX_AUTOSTARTED: 'true' };

/**
 * The environment that the person's login shell has, where Greenlight was not started from a shell: a desktop gives its
 * applications little of it, on macOS not even where `uvx` and `node` are. Returns nothing where there is none, and
 * where it does not tell in time, which is logged. (The library `shell-env` waits without end, and brings a dozen others.)
 */
export async function askLoginShell(
  clock: Clock,
  logger: Logger,
): Promise<Record<string, string> | undefined> {
  // Terminals set it, desktops do not.
  if (process.platform === 'win32' || process.env.TERM !== undefined) return undefined;
  const mark = randomUUID();
  try {
    const text = await outputOf(`printf %s ${mark}; env -0 || env; printf %s ${mark}`, mark, clock);
    const lines = text.split(text.includes('\0') ? '\0' : '\n');
    return Object.fromEntries(
      lines.flatMap((line) => {
        const end = line.indexOf('=');
        return end > 0 ? [[line.slice(0, end), line.slice(end + 1)]] : [];
      }),
    );
  } catch (error) {
    logger.warn(
      { reason: error instanceof Error ? error.message : String(error) },
      'the login shell did not say where programs are; they are looked for in the usual places',
    );
    return undefined;
  }
}

/** What the shell writes between two `mark`s; what it has started besides may go on, and hold its output open. */
function outputOf(command: string, mark: string, clock: Clock): Promise<string> {
  const shell = process.env.SHELL || userInfo().shell || '/bin/sh';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // A group of its own: an interactive shell would take the terminal, were there one.
  const running = spawn(shell, ['-ilc', command], {
    ...ownGroup,
    env: { ...process.env, ...QUIET },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  const giveUp = (why: string) => {
    reject(new Error(why));
    if (running.pid !== undefined) endGroup(running.pid, 'SIGKILL');
  };
  const stop = clock.after(LONGEST, () => giveUp(`it took more than ${LONGEST / 1000} s`));
  running.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const [, told, ...rest] = text.split(mark);
    if (told !== undefined && rest.length > 0) resolve(told);
    else if (text.length > LARGEST) giveUp('it wrote too much');
  });
  running.on('error', reject);
  running.on('close', (code) => reject(new Error(`it ended without an answer (${code})`)));
  return promise.finally(() => {
    stop();
    running.stdout.destroy();
    running.unref();
  });
}
