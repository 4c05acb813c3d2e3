/** What the database holds, as it is now: tests look at it without asking the thread that reads for the window. */
import type { Greenlight } from '../../main/greenlight.ts';
import { type ActivityEntry, type ActivityRecord, entryOf } from '../../main/ledger/activity-row.ts';
import type { VideoRecord } from '../../main/ledger/videos.ts';

/** All videos, newest first. */
export function videosIn({ database: { sql } }: Greenlight): VideoRecord[] {
  return sql
    .prepare('SELECT * FROM videos ORDER BY created_at DESC, task_id DESC')
    .all() as unknown as VideoRecord[];
}

/** All rows of the log, newest first. */
export function entriesIn({ database: { sql } }: Greenlight): ActivityEntry[] {
  return (sql.prepare('SELECT * FROM activity ORDER BY seq DESC').all() as ActivityRecord[]).map(entryOf);
}
