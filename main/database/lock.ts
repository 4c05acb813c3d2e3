import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from '../base/start-error.ts';
import { isSqliteError, SQLITE_BUSY, storageError } from './errors.ts';
import { keepPrivate } from './private.ts';

/** What is held. A connection that nobody refers to is collected, and its lock let go of. */
const held = new Set<DatabaseSync>();

/**
 * Makes this process the only Greenlight on `path`'s data directory: the head of the hash chain and the
 * waiting approvals live in memory, so a second writer would contradict the first. SQLite's own file
 * lock is used because the system lets go of it however the process ends.
 * Throws {@link StartError} when another Greenlight holds it. Returns what releases it.
 */
export function lockDataDirectory(path: string): () => void {
  let sql: DatabaseSync | undefined;
  try {
    sql = new DatabaseSync(keepPrivate(path), { timeout: 0 });
    sql.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    sql?.close();
    if (!isSqliteError(error) || (error.errcode & 0xff) !== SQLITE_BUSY) throw storageError(error, path);
    throw new StartError(
      'in use',
      'Another Greenlight is already running with this data directory. Use that one, or stop it first.',
      { cause: error },
    );
  }
  const lock = sql;
  held.add(lock);
  return () => {
    held.delete(lock);
    lock.close();
  };
}

/** Whether a Greenlight holds the lock `path` now. For who only looks: nothing is created, and the lock is not taken. */
export function isLocked(path: string): boolean {
  if (!existsSync(path)) return false;
  let sql: DatabaseSync | undefined;
  try {
    sql = new DatabaseSync(path, { readOnly: true, timeout: 0 });
    sql.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    if (isSqliteError(error) && (error.errcode & 0xff) === SQLITE_BUSY) return true;
    throw storageError(error, path);
  } finally {
    sql?.close();
  }
}
