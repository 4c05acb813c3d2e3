import type { Logger } from '../base/ports.ts';
import type { Electron } from './electron.ts';

/** Milliseconds that stopping may take. What waits is marked at the next start, if not by then. */
const GRACE = 3_000;

/** How Greenlight ends. */
export interface Quitting {
  /** The person chose to quit. With approvals waiting they are asked first, once. */
  asked(): void;
  /** Ends it without asking: the system shuts down, or a signal came. */
  now(): void;
  /** Ends it because of an error that nothing caught, and tells the person. */
  failed(error: unknown): void;
}

/**
 * Ends the core before the application: what waits is answered and marked interrupted. Whoever has Electron quit
 * (a logout of macOS, which a question would cancel; an update) is not asked anything.
 *
 * @param pending How many approvals wait.
 * @param stop Ends the core.
 * @param tell Tells the person of an error that nothing caught, once nothing runs any more.
 */
export function quitProperly(parts: {
  electron: Pick<Electron, 'app' | 'dialog'>;
  logger: Logger;
  pending: () => number;
  stop: () => Promise<void>;
  tell: (error: unknown) => Promise<void>;
}): Quitting {
  const { logger } = parts;
  const { app, dialog } = parts.electron;
  let asking = false;
  let stopping = false;

  /** `fault`: the error that ends it. */
  async function end(fault?: { error: unknown }): Promise<void> {
    if (stopping) return;
    stopping = true;
    logger.info({}, 'stopping');
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GRACE);
    });
    await Promise.race([
      parts.stop().catch((error) => logger.error({ reason: String(error) }, 'stopping failed')),
      tooLong,
    ]);
    clearTimeout(timer);
    if (fault !== undefined) {
      await parts
        .tell(fault.error)
        .catch((error) =>
          logger.error({ reason: String(error) }, 'the person could not be told of an error'),
        );
    }
    // Not quit(): it would ask the windows, which may hang.
    app.exit(fault === undefined ? 0 : 1);
  }

  async function askThenEnd(count: number): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      const { response } = await dialog.showMessageBox({
        type: 'warning',
        message:
          count === 1 ? '1 call is waiting for your answer.' : `${count} calls are waiting for your answer.`,
        detail: 'If Greenlight quits, they are refused and the agents are told so. Nothing runs.',
        buttons: ['Quit', 'Stay'],
        defaultId: 1,
        cancelId: 1,
        noLink: true,
      });
      if (response === 0) await end();
    } finally {
      asking = false;
    }
  }

  app.on('before-quit', (event) => {
    event.preventDefault();
    void end();
  });
  return {
    asked() {
      const count = parts.pending();
      if (stopping || count === 0) return void end();
      askThenEnd(count).catch((error) => {
        logger.error({ reason: String(error) }, 'the question whether to quit could not be asked');
        void end();
      });
    },
    now: () => void end(),
    failed: (error) => void end({ error }),
  };
}
