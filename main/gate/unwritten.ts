import { type Database, StorageError } from '../database/database.ts';
import type { Clock, Logger } from '../ports.ts';

/**
 * What has happened and must be written: now, or as soon as the database can be written again. In order,
 * each in a transaction of its own.
 */
export interface Unwritten {
  /** Writes now if that is possible; `written` is called once it is done. Never throws. */
  write(work: () => void, written?: () => void): void;
  /** Leaves for later what could not be written because of `reason`. */
  later(work: () => void, reason: string): void;
  /** How many wait to be written. */
  count(): number;
  /** Why something waits to be written, if something does. */
  trouble(): string | undefined;
  /** One last try. */
  stop(): void;
}

/** How often it is tried again (ms). */
const RETRY_EVERY = 2_000;

export function createUnwritten(database: Database, clock: Clock, logger: Logger): Unwritten {
  const queue: { work: () => void; written: () => void }[] = [];
  let trouble: string | undefined;
  let cancelRetry = () => {};
  let stopped = false;

  function retryLater(reason: string): void {
    trouble = reason;
    cancelRetry();
    if (!stopped) cancelRetry = clock.after(RETRY_EVERY, flush);
  }

  function flush(): void {
    for (let next = queue[0]; next; next = queue[0]) {
      try {
        database.transaction(next.work);
      } catch (error) {
        if (error instanceof StorageError) {
          logger.error({ unwritten: queue.length, reason: error.message }, 'not everything is written yet');
          retryLater(error.message);
          return;
        }
        // Trying again would fail again, and keep what comes after from being written.
        logger.error({ err: error }, 'something could not be written and never will be');
      }
      queue.shift();
      next.written();
    }
    trouble = undefined;
  }

  return {
    write(work, written = () => {}) {
      queue.push({ work, written });
      flush();
    },
    later(work, reason) {
      queue.push({ work, written: () => {} });
      retryLater(reason);
    },
    count: () => queue.length,
    trouble: () => trouble,
    stop() {
      stopped = true;
      cancelRetry();
      flush();
    },
  };
}
