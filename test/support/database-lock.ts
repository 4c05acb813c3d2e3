import { DatabaseSync } from 'node:sqlite';
import { PATIENCE } from './wait.ts';

/**
 * Holds a database as another program would, so that its host can neither read nor write. It waits for what
 * the host is just writing. Returns what lets go of it.
 *
 * @param file the database's file
 */
export function lockDatabase(file: string): () => void {
  const other = new DatabaseSync(file, { timeout: PATIENCE });
  other.exec('BEGIN EXCLUSIVE');
  return () => other.close();
}
