/** A start reads little of a large database: what it left out is checked once, while Greenlight runs. */
import type { Clock, Logger } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import { DamagedError } from '../database/errors.ts';
import { createLogReader, type LogReader } from './log-reader.ts';

/** When that is done after the start: then nobody waits for Greenlight any more (ms). */
const LATER = 90_000;

/** How soon it is tried again where the file could not be read (ms). */
const AGAIN = 3_600_000;

/** The check of what a start left out. */
export interface WholeCheck {
  /** What was found, and what to do. */
  problem(): string | undefined;
  /** Ends it. It waits where one goes on: what SQLite does at one go cannot be interrupted. */
  close(): Promise<void>;
}

/**
 * Checks all of the file `path`, unless its start did. It is read on a thread of its own, which ends afterwards: it
 * takes seconds for a million calls, in which the one that answers the person would stand still. `damaged` is told
 * once, in a sentence for the person, after {@link WholeCheck.problem} says it.
 */
export function createWholeCheck(parts: {
  path: string;
  database: Pick<Database, 'checkedWhole'>;
  clock: Clock;
  logger: Logger;
  damaged: (problem: string) => void;
}): WholeCheck {
  const { path, database, clock, logger, damaged } = parts;
  let problem: string | undefined;
  let reader: LogReader | undefined;
  let cancel = database.checkedWhole ? () => {} : clock.after(LATER, () => void check());
  let closed = false;

  async function check(): Promise<void> {
    reader = createLogReader(path, logger);
    const found = await reader.ask('whole', undefined).then(
      () => undefined,
      (error: unknown) => error,
    );
    await reader.close();
    if (closed) return;
    if (found === undefined) {
      problem = undefined;
      logger.info({}, 'all of the database was checked');
    } else if (found instanceof DamagedError) {
      problem = `The database ${path} is damaged (${found.reason}), so Greenlight blocks every call. Quit Greenlight and start it again: it keeps the damaged file under another name and starts with an empty one. Or put a copy in its place while Greenlight is stopped. Then choose another guard mode.`;
      damaged(problem);
    } else {
      const reason = found instanceof Error ? found.message : String(found);
      problem = `Whether the database ${path} is whole could not be found out: ${reason} Greenlight tries again in an hour.`;
      logger.warn({ reason }, 'the database could not be checked; the next try is in an hour');
      cancel = clock.after(AGAIN, () => void check());
    }
  }

  return {
    problem: () => problem,
    async close() {
      closed = true;
      cancel();
      await reader?.close();
    },
  };
}
