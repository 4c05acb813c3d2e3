import { chmodSync, existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { migrations } from './migrations.ts';

/** Greenlight's database: one SQLite file in WAL mode, one writer. */
export interface Database {
  readonly sql: DatabaseSync;
  /**
   * Runs `work` in one write transaction: all of it, or none. A transaction inside a transaction joins
   * the outer one. Throws {@link StorageError} when the file cannot be written.
   */
  transaction<T>(work: () => T): T;
  /** Calls `listener` after each rollback: whoever keeps in memory what is in the tables reads it again. */
  onRollback(listener: () => void): void;
  close(): void;
}

/** The log or the counters cannot be written. `message` says what to do about it. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
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
  let sql: DatabaseSync;
  try {
    sql = new DatabaseSync(path, { timeout: BUSY_TIMEOUT });
    sql.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA foreign_keys = ON;
      PRAGMA wal_autocheckpoint = 1000;
    `);
  } catch (error) {
    throw storageError(error, path);
  }
  // SQLite gives the -wal and -shm files the mode of the database itself.
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600);

  const begin = sql.prepare('BEGIN IMMEDIATE');
  const commit = sql.prepare('COMMIT');
  const rollback = sql.prepare('ROLLBACK');
  const rollbackListeners: (() => void)[] = [];
  let open = false;

  const transaction = <T>(work: () => T): T => {
    if (open) return work();
    try {
      begin.run();
    } catch (error) {
      throw storageError(error, path);
    }
    open = true;
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      // A full disk may have rolled back already; then there is nothing left to roll back.
      if (sql.isTransaction) rollback.run();
      open = false;
      for (const listener of rollbackListeners) listener();
      throw storageError(error, path);
    } finally {
      open = false;
    }
  };

  try {
    migrate(sql, transaction);
  } catch (error) {
    sql.close();
    throw storageError(error, path);
  }
  return {
    sql,
    transaction,
    onRollback: (listener) => void rollbackListeners.push(listener),
    close: () => sql.close(),
  };
}

/** Brings the schema forward, one numbered step at a time; never back. */
function migrate(sql: DatabaseSync, transaction: Database['transaction']): void {
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

/** SQLite's primary result codes: https://sqlite.org/rescode.html */
export const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** Says in a sentence what SQLite says in a code. Errors that are not SQLite's pass unchanged. */
export function storageError(error: unknown, path: string): unknown {
  if (error instanceof StorageError || !isSqliteError(error)) return error;
  return new StorageError(storageMessage(error.errcode & 0xff, path), { cause: error });
}

export function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}

function storageMessage(code: number, path: string): string {
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return `Another program holds the database ${path}. Close it (a SQLite browser, a backup), then try again.`;
    case SQLITE_FULL:
      return `The disk that holds ${path} is full. Free some space, then try again.`;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return `The database ${path} cannot be opened for writing. Check that its folder exists and that you may write to it.`;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return `The file ${path} is not a database that Greenlight can read. Move it aside (do not delete it), then start again.`;
    case SQLITE_IOERR:
      return `Reading or writing ${path} failed. Check the disk, then try again.`;
    default:
      return `The database ${path} refused the operation (SQLite code ${code}).`;
  }
}
