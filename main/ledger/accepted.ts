import type { Json } from '../../shared/json.ts';
import type { Database } from '../database/database.ts';

/** What the person accepted of files that other programs can change, by a name for each file. */
export interface Accepted {
  /** `undefined`: nothing was accepted yet, or it is not known any more. */
  get(name: string): Json | undefined;
  /** Throws StorageError; what was accepted before then stays so. */
  set(name: string, content: Json): void;
  /** From now on nothing is accepted under that name. Throws StorageError. */
  delete(name: string): void;
}

/** What was accepted, in `database`. */
export function createAccepted(database: Database): Accepted {
  const { sql } = database;
  const read = sql.prepare('SELECT content FROM accepted WHERE name = ?');
  const write = sql.prepare('INSERT OR REPLACE INTO accepted (name, content) VALUES (?, ?)');
  const remove = sql.prepare('DELETE FROM accepted WHERE name = ?');
  return {
    get(name) {
      const row = read.get(name) as { content: string } | undefined;
      return row && (JSON.parse(row.content) as Json);
    },
    set: (name, content) => void database.transaction(() => write.run(name, JSON.stringify(content))),
    delete: (name) => void database.transaction(() => remove.run(name)),
  };
}
