import type { Clock, Logger } from '../base/ports.ts';
import { type Database, StorageError } from '../database/database.ts';

/**
 * What has happened and must be written: now, or as soon as the database can be written again. In order;
 * what is written together shares one commit, which is what writing costs.
 */
export interface LateWrites {
  /** Writes now if that is possible; `written` is called once it is done. Never throws. */
  write(work: () => void, written?: () => void): void;
  /** Writes together with what comes next, a moment later at most. */
  soon(work: () => void, written: () => void): void;
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

/** How long (ms), and for how many others, something waits to share a commit. */
const SOON = 5;
const MOST_TOGETHER = 32;

/** Writes to `database`, and again on `clock` where it cannot be written. */
export function createLateWrites(parts: { database: Database; clock: Clock; logger: Logger }): LateWrites {
  const { database, clock, logger } = parts;
  const queue: { work: () => void; written: () => void }[] = [];
  let trouble: string | undefined;
  let cancelRetry = () => {};
  let cancelSoon = () => {};
  let soonSet = false;
  let stopped = false;

  function retryLater(reason: string): void {
    trouble = reason;
    cancelRetry();
    if (!stopped) cancelRetry = clock.after(RETRY_EVERY, flush);
  }

  function flush(): void {
    cancelSoon();
    soonSet = false;
    if (queue.length > 1 && writeTogether()) return;
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

  /** One commit for all. When that fails, none is written, and each is tried by itself. */
  function writeTogether(): boolean {
    try {
      database.transaction(() => {
        for (const { work } of queue) work();
      });
    } catch {
      return false;
    }
    trouble = undefined;
    for (const { written } of queue.splice(0)) written();
    return true;
  }

  return {
    write(work, written = () => {}) {
      queue.push({ work, written });
      flush();
    },
    soon(work, written) {
      queue.push({ work, written });
      if (queue.length >= MOST_TOGETHER) flush();
      else if (!soonSet) {
        soonSet = true;
        cancelSoon = clock.after(SOON, flush);
      }
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
