/** Single rows of the log, for those who judge and forward calls. Whoever looks for rows asks log-reader.ts. */
import type { Database } from '../database/database.ts';
import { type ActivityEntry, type ActivityRecord, entryOf } from './activity-row.ts';

/** The log of calls, row by row. */
export interface ActivityReader {
  get(id: string): ActivityEntry | undefined;
}

/** Reads the log in the database. */
export function createActivityReader({ sql }: Database): ActivityReader {
  const byId = sql.prepare('SELECT * FROM activity WHERE id = ?');
  return {
    get(id) {
      const row = byId.get(id) as ActivityRecord | undefined;
      return row && entryOf(row);
    },
  };
}
