import { type FSWatcher, statSync, watch } from 'node:fs';
import type { Logger } from './ports.ts';

/** Milliseconds of quiet after a change before it is looked at: editors save in several steps. */
const QUIET = 100;

/** Milliseconds between looks without any sign: network drives and links give none. */
const RESCAN = 3000;

/** How long after its last change a file may change again within the same time stamp, in milliseconds. */
const TIMESTAMP_GRAIN = 2000;

/** Differs when the file at `path` does; `undefined`: there is none, or it is too young to tell. */
export function fileSignature(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || Date.now() - Number(stat.mtimeMs) < TIMESTAMP_GRAIN) return undefined;
  return [stat.mtimeNs, stat.ctimeNs, stat.size, stat.ino].join(' ');
}

/**
 * Calls `look` shortly after something in `folder` changed (with `only`, the file of that name), and every few
 * seconds in any case. The returned function ends that. Its timers are the machine's own: they wait for the
 * file system, which does not follow the clock that a test moves. They do not keep the process alive.
 */
export function watchFolder(folder: string, look: () => void, logger: Logger, only?: string): () => void {
  let quiet: NodeJS.Timeout | undefined;
  const soon = (_event: string, name: string | null) => {
    // Not every system says which file it was.
    if (only !== undefined && name !== null && name !== only) return;
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
