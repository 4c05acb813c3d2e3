import { aboutProgram, aboutRecent, forSharing } from '../api/report.ts';
import type { Logger } from '../base/ports.ts';
import type { RecentLine } from '../base/recent-log.ts';
import type { Machine } from './machine.ts';
import { restart } from './restart.ts';

const MESSAGE = 'Greenlight met an error of its own and stopped.';
const DETAIL =
  'Calls that waited were refused, and none runs until Greenlight starts again. What you set and what is in the log is kept.';

/**
 * Tells the person of `error`, which nothing caught; to be called once nothing runs any more. Resolves when they have
 * chosen to quit, or to restart, for which the system is then prepared.
 *
 * The dialog stands still all of this process: were something left of Greenlight that could not be stopped, it would
 * let nothing through either.
 *
 * @param log The file of the log; absent: standard error has it.
 */
export async function tellCrash(parts: {
  machine: Pick<Machine, 'electron' | 'env' | 'argv'>;
  error: unknown;
  recent: readonly RecentLine[];
  log: string | undefined;
  logger: Logger;
}): Promise<void> {
  const { machine, error, recent, log, logger } = parts;
  const { clipboard, dialog, shell } = machine.electron;
  const choices = {
    Restart: undefined,
    'Copy details': () => clipboard.writeText(crashDetails(error, recent)),
    ...(log !== undefined && { 'Show log': () => shell.showItemInFolder(log) }),
    Quit: undefined,
  };
  const buttons = Object.keys(choices) as (keyof typeof choices)[];
  for (;;) {
    const chosen = dialog.showMessageBoxSync({
      type: 'error',
      title: 'Greenlight',
      message: MESSAGE,
      detail: `${DETAIL}\n\n${summary(error)}`,
      buttons,
      // Where the button or Escape closes it, nothing is started that may fall again at once.
      cancelId: buttons.length - 1,
      defaultId: 0,
      noLink: true,
    });
    const button = buttons[chosen] ?? 'Quit';
    // With its window, also where the system had started it.
    if (button === 'Restart')
      restart(
        machine,
        machine.argv.slice(1).filter((one) => one !== '--at-login'),
      );
    if (button === 'Restart' || button === 'Quit') return;
    try {
      await choices[button]?.();
    } catch (failed) {
      logger.warn({ reason: String(failed) }, 'the dialog about an error was not obeyed');
    }
  }
}

/** Characters of the error that the dialog itself shows. */
const SHOWN = 300;

function summary(error: unknown): string {
  return forSharing([words(error)]).slice(0, SHOWN);
}

/** What whoever mends it needs to know: no secrets, no addresses. */
function crashDetails(error: unknown, recent: readonly RecentLine[]): string {
  const stack = error instanceof Error && error.stack !== undefined ? error.stack : words(error);
  return forSharing([
    ...aboutProgram('desktop'),
    '',
    'An error that nothing caught:',
    stack,
    '',
    ...aboutRecent(recent),
  ]);
}

/** Not everything that is thrown can be made a text. */
function words(error: unknown): string {
  try {
    return String(error);
  } catch {
    return 'Something that has no text was thrown.';
  }
}
