import { type FSWatcher, watch } from 'node:fs';
import type { Logger } from '../base/ports.ts';

/** Milliseconds of quiet after a change before it is looked at: editors save in several steps. */
const QUIET = 100;

/** Milliseconds between looks without any sign: network drives and links give none. */
const RESCAN = 3000;

/**
 * Calls `look` shortly after something in `folder` changed, and every few seconds in any case. The
 * returned function ends that. Its timers are the machine's own: they wait for the file system, which
 * does not follow the clock that a test moves. They do not keep the process alive.
 */
export function watchFolder(folder: string, look: () => void, logger: Logger): () => void {
  let quiet: NodeJS.Timeout | undefined;
  const soon = () => {
    clearTimeout(quiet);
    quiet = setTimeout(look, QUIET).unref();
  };
  const failed = (error: unknown) => {
    logger.warn(
      { folder, error: String(error) },
      'the folder cannot be watched; it is read every few seconds instead',
    );
  };

  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(folder, { persistent: false }, soon);
    watcher.on('error', failed);
  } catch (error) {
    failed(error);
  }
  const rescan = setInterval(look, RESCAN).unref();

  return () => {
    clearTimeout(quiet);
    clearInterval(rescan);
    watcher?.close();
  };
}
