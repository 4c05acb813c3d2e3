import type { Logger } from './ports.ts';

/**
 * The one place for errors that nothing caught, thrown or rejected. Node would end the process in the midst of what
 * it does, Electron would go on with it; what state they leave behind nobody knows. So each is logged, and at the
 * first one `end` is called with it, which refuses what is open and ends the process.
 *
 * @param listen Calls its listener with each such error ({@link onUncaught}, or a test's own).
 */
export function endOnUncaught(
  listen: (listener: (error: unknown) => void) => void,
  logger: Logger,
  end: (error: unknown) => void,
): void {
  let ending = false;
  listen((error) => {
    logger.error({ err: error }, 'an error that nothing caught: Greenlight refuses what is open and ends');
    if (ending) return;
    ending = true;
    end(error);
  });
}

/** Calls `listener` with what nothing in this process caught; the process then goes on. */
export function onUncaught(listener: (error: unknown) => void): void {
  process.on('uncaughtException', listener);
  process.on('unhandledRejection', listener);
}
