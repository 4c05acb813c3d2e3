import { DatabaseSync } from 'node:sqlite';
import { StorageError } from './database.ts';

/**
 * Makes this process the only Greenlight on `path`'s data directory: the head of the hash chain and the
 * waiting approvals live in memory, so a second writer would contradict the first. SQLite's own file
 * lock is used because the system lets go of it however the process ends.
 * Throws {@link StorageError} when another Greenlight holds it. Returns what releases it.
 */
export function lockDataDirectory(path: string): () => void {
  const sql = new DatabaseSync(path, { timeout: 0 });
  try {
    sql.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (error) {
    sql.close();
    throw new StorageError(
      'Another Greenlight is already running with this data directory. Use that one, stop it first, or start this one with --home and another directory.',
      { cause: error },
    );
  }
  return () => sql.close();
}
