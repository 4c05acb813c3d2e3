/** The log of a Greenlight that does not run: its database, read only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createLogger } from '../base/log.ts';
import { storageError } from '../database/errors.ts';
import { migrations } from '../database/migrations.ts';
import { readAnchor } from '../ledger/anchor.ts';
import { createLogReader, type LogReader } from '../ledger/log-reader.ts';
import { readWallClock, whenShown } from '../ledger/wall-clock.ts';
import { CommandError, EXIT } from './command-error.ts';

/** What is read of it beside the rows. */
interface Stored {
  log: LogReader;
  /** The instant of Greenlight's time at which the wall clock showed `iso`. */
  at(iso: string): number;
  /** The ends of the chain. */
  ends(): { end: { link: number; seq: number }; anchor: { link: number; hash: string; seq: number } };
}

/** Does `work` with the log in `home`. Rejects with a UserFacingError where there is none, or none that can be read. */
export async function withStoredLog<T>(home: string, work: (stored: Stored) => Promise<T>): Promise<T> {
  const path = join(home, 'greenlight.db');
  if (!existsSync(path)) {
    throw new CommandError(
      EXIT.notRunning,
      `No Greenlight runs with ${home}, and it has no log. Start it (the application, or "greenlight serve"), or name another data directory with --home.`,
    );
  }
  let sql: DatabaseSync | undefined;
  let log: LogReader | undefined;
  try {
    const opened = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
    sql = opened;
    const { user_version: schema } = opened.prepare('PRAGMA user_version').get() as { user_version: number };
    if (schema !== migrations.length) {
      throw new CommandError(
        EXIT.wrong,
        schema < migrations.length
          ? `The database ${path} is of an earlier Greenlight. Start this one once, which brings it up to date.`
          : `The database ${path} is of a newer Greenlight. Use the command line that came with that one.`,
      );
    }
    log = createLogReader(path, createLogger(undefined, 'warn'));
    const offsets = readWallClock(opened);
    return await work({
      log,
      at: (iso) => whenShown(offsets, Date.parse(iso)),
      ends: () => ({
        end: {
          link: lastOf(opened, 'SELECT max(link) AS last FROM activity_chain'),
          seq: lastOf(opened, 'SELECT max(seq) AS last FROM activity'),
        },
        anchor: readAnchor(opened),
      }),
    });
  } catch (error) {
    throw storageError(error, path);
  } finally {
    await log?.close();
    sql?.close();
  }
}

const lastOf = (sql: DatabaseSync, query: string) => Number(sql.prepare(query).get()?.last ?? 0);
