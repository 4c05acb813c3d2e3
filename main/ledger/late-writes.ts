import type { Clock, Logger } from '../base/ports.ts';
import { type Database, StorageError } from '../database/database.ts';

/**
 * What is written for calls, together: all that comes in one turn of the event loop, or in the few that follow while
 * more comes, shares one transaction, which is most of what writing costs. And what cannot be written now, as soon as it can be.
 */
export interface LateWrites {
  /**
   * Writes `work` with all that comes beside it, and resolves with what it returns once that is committed. Rejects
   * with what it throws, or why it cannot be written: then nothing of it is, and what came with it was tried alone.
   * `flush`, asked just before: whether it is on the disk then.
   */
  together<T>(work: () => T, options: { flush: () => boolean }): Promise<T>;
  /**
   * What has happened and must be written: with the next that is written {@link together}, or a moment later. In
   * order, and again until it can be.
   */
  soon(work: () => void, options: { flush: boolean }): void;
  /** Writes now what waits only to share a commit: somebody is about to read it. */
  hurry(): void;
  /** Leaves for later what could not be written because of `reason`. */
  later(work: () => void, reason: string): void;
  /** How many wait to be written. */
  count(): number;
  /** Why something waits to be written, if something does. */
  trouble(): string | undefined;
  /** Writes what waits; what cannot be written now never will be. */
  stop(): void;
}

/** How often it is tried again (ms). */
const RETRY_EVERY = 2_000;

/** How long (ms), and for how many others, something waits to share a commit. */
const SOON = 5;
const MOST_TOGETHER = 64;

/** How long (ms) one transaction may go on before the rest of what came has one of its own. */
const LONGEST = 10;

/** For how many turns of the event loop it is waited for others that come. A turn without any ends that. */
const MOST_TURNS = 4;

interface Late {
  work: () => void;
  flush: boolean;
}

interface Joined {
  work: () => unknown;
  flush: () => boolean;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/** Writes to `database`, and again on `clock` where it cannot be written. */
export function createLateWrites(parts: { database: Database; clock: Clock; logger: Logger }): LateWrites {
  const { database, clock, logger } = parts;
  /** What has come and is to be written next. */
  let joined: Joined[] = [];
  let planned: NodeJS.Immediate | undefined;
  let turns = 0;
  let cameBefore = 0;
  /** What has happened, oldest first. */
  const queue: Late[] = [];
  let trouble: string | undefined;
  let cancelRetry = () => {};
  let cancelSoon: (() => void) | undefined;
  let stopped = false;

  function retryLater(reason: string): void {
    trouble = reason;
    cancelRetry();
    if (!stopped) cancelRetry = clock.after(RETRY_EVERY, flush);
  }

  /** Writes what has happened, each by itself: one that fails must not keep others from being written. */
  function flush(): void {
    cancelSoon?.();
    cancelSoon = undefined;
    if (trouble === undefined) while (queue.length > 1 && writeTogether([]));
    for (let next = queue[0]; next; next = queue[0]) {
      try {
        database.transaction(next.work, next);
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
    }
    trouble = undefined;
  }

  /** One commit for what has happened and for the first of `turn`, which is what came. When that fails nothing is written. */
  function writeTogether(turn: Joined[]): boolean {
    // What could not be written is tried by itself: it must not take what comes along.
    const late = trouble === undefined ? queue.slice(0, MOST_TOGETHER) : [];
    const results: unknown[] = [];
    const started = clock.now();
    try {
      database.transaction(
        () => {
          for (const { work } of late) work();
          for (const { work } of turn) {
            if (results.length > 0 && clock.now() - started > LONGEST) break;
            results.push(work());
          }
        },
        { flush: late.some((one) => one.flush) || turn.some((one) => one.flush()) },
      );
    } catch {
      return false;
    }
    queue.splice(0, late.length);
    if (queue.length === 0) {
      cancelSoon?.();
      cancelSoon = undefined;
    }
    for (const [at, { resolve }] of turn.splice(0, results.length).entries()) resolve(results[at] as never);
    return true;
  }

  /** Waits while more comes, then writes. */
  function nextTurn(): void {
    planned = undefined;
    turns += 1;
    if (joined.length === cameBefore || turns === MOST_TURNS) writeTurn();
    else {
      cameBefore = joined.length;
      plan();
    }
  }

  /** Writes what came, and what has happened with it. */
  function writeTurn(): void {
    turns = 0;
    cameBefore = 0;
    const turn = joined;
    joined = [];
    // What comes is judged by what has happened.
    if (trouble !== undefined) flush();
    if (!writeTogether(turn)) {
      if (trouble === undefined) flush();
      for (const { work, flush: flushes, resolve, reject } of turn.splice(0)) {
        try {
          resolve(database.transaction(work, { flush: flushes() }) as never);
        } catch (error) {
          reject(error);
        }
      }
    }
    if (turn.length === 0) return;
    joined = [...turn, ...joined];
    plan();
  }

  function plan(): void {
    planned ??= setImmediate(nextTurn);
  }

  return {
    together: (work, { flush: flushes }) =>
      new Promise((resolve, reject) => {
        joined.push({ work, flush: flushes, resolve, reject });
        plan();
      }),
    soon(work, { flush: flushed }) {
      queue.push({ work, flush: flushed });
      // Behind what could not be written, its turn comes with that.
      if (trouble !== undefined) return;
      if (queue.length >= MOST_TOGETHER) plan();
      else cancelSoon ??= clock.after(SOON, flush);
    },
    hurry() {
      if (trouble === undefined && queue.length > 0) flush();
    },
    later(work, reason) {
      queue.push({ work, flush: true });
      retryLater(reason);
    },
    count: () => queue.length,
    trouble: () => trouble,
    stop() {
      stopped = true;
      do writeTurn();
      while (joined.length > 0);
      if (planned) clearImmediate(planned);
      planned = undefined;
      cancelRetry();
      if (queue.length > 0) flush();
    },
  };
}
