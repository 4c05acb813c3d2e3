import { chmodSync, existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StorageError, storageError } from './errors.ts';
import { migrations } from './migrations.ts';
import { BESIDE, keepPrivate } from './private.ts';

export { StorageError } from './errors.ts';

/** Greenlight's database: one SQLite file in WAL mode, one writer. */
export interface Database {
  readonly sql: DatabaseSync;
  /**
   * Runs `work` in one write transaction: all of it, or none. A transaction inside a transaction joins
   * the outer one. Throws {@link StorageError} when the file cannot be written.
   */
  transaction<T>(work: () => T): T;
  /**
   * Runs `readAgain` after each rollback: whoever keeps in memory what is in the tables brings it back in line
   * with them. No listener among others: when it fails, nothing is written until it has succeeded.
   */
  onRollback(readAgain: () => void): void;
  /**
   * Runs `task` once the transaction that is open now is committed, and never if it is rolled back; at once when
   * none is open. For telling others of what was written: `task` must not throw (see base/listeners.ts).
   */
  afterCommit(task: () => void): void;
  close(): void;
}

/**
 * Milliseconds that a statement waits for another process's lock. It blocks the one thread there is, so
 * it is short: a call that meets a locked database is refused and can be tried again.
 */
const BUSY_TIMEOUT = 250;

/**
 * Opens (and migrates) the database at `path`.
 *
 * `synchronous = NORMAL` in WAL mode: a killed process loses nothing; a power failure may lose the last
 * moments before it, never the consistency of the file (https://sqlite.org/pragma.html#pragma_synchronous).
 * Throws {@link StorageError} when the file cannot be opened, is not a database, or is from a newer Greenlight.
 */
export function openDatabase(path: string): Database {
  let sql: DatabaseSync | undefined;
  try {
    const file = keepPrivate(path);
    sql = new DatabaseSync(file, { timeout: BUSY_TIMEOUT });
    sql.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA foreign_keys = ON;
      PRAGMA wal_autocheckpoint = 1000;
    `);
    // SQLite gives these the mode of the database, unless an earlier process left them behind.
    for (const beside of BESIDE.map((end) => file + end)) if (existsSync(beside)) chmodSync(beside, 0o600);
    const database = transactions(sql, path);
    migrate(database);
    return database;
  } catch (error) {
    sql?.close();
    throw storageError(error, path);
  }
}

function transactions(sql: DatabaseSync, path: string): Database {
  const begin = sql.prepare('BEGIN IMMEDIATE');
  const commit = sql.prepare('COMMIT');
  const rollback = sql.prepare('ROLLBACK');
  const rereaders: (() => void)[] = [];
  let open = false;
  let afterwards: (() => void)[] = [];
  /** Whether memory may hold what was rolled back. */
  let stale = false;

  function undo(): void {
    // A full disk may have rolled back already; then there is nothing left to roll back.
    if (sql.isTransaction) rollback.run();
    for (const readAgain of rereaders) readAgain();
    stale = false;
  }

  return {
    sql,
    transaction(work) {
      if (open) return work();
      try {
        if (stale) undo();
        begin.run();
      } catch (error) {
        throw storageError(error, path);
      }
      open = true;
      afterwards = [];
      let result: ReturnType<typeof work>;
      try {
        result = work();
        commit.run();
      } catch (error) {
        afterwards = [];
        stale = true;
        try {
          undo();
        } catch {
          // A disk that cannot be read either: the next transaction starts by trying again.
        }
        throw storageError(error, path);
      } finally {
        open = false;
      }
      const tasks = afterwards;
      afterwards = [];
      for (const task of tasks) task();
      return result;
    },
    onRollback: (readAgain) => void rereaders.push(readAgain),
    afterCommit(task) {
      if (open) afterwards.push(task);
      else task();
    },
    close: () => sql.close(),
  };
}

/** Brings the schema forward, one numbered step at a time; never back. */
function migrate({ sql, transaction }: Database): void {
  const at = (sql.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
  if (at > migrations.length) {
    throw new StorageError(
      `The database was written by a newer Greenlight (schema ${at}, this one knows ${migrations.length}). Install the newer version again; nothing was changed.`,
    );
  }
  for (const [index, step] of migrations.slice(at).entries()) {
    transaction(() => {
      sql.exec(step);
      sql.exec(`PRAGMA user_version = ${at + index + 1}`);
    });
  }
}
