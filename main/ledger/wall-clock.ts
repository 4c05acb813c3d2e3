/** What the wall clock showed at an instant of Greenlight's time (time.ts), as the database has it. */
import type { DatabaseSync } from 'node:sqlite';

/** How many milliseconds the wall clock was ahead of Greenlight's time, from `since` on. */
interface WallOffset {
  since: number;
  ahead: number;
}

/** All offsets there were, oldest first. */
export function readWallClock(sql: DatabaseSync): WallOffset[] {
  return sql.prepare('SELECT since, ahead FROM wall_clock ORDER BY since').all() as unknown as WallOffset[];
}

/** How far the wall clock was ahead at the instant `at`. */
export function aheadAt(offsets: readonly WallOffset[], at: number): number {
  return offsets.findLast(({ since }) => since <= at)?.ahead ?? 0;
}

/** The instant at which the wall clock showed `shown`. */
export function whenShown(offsets: readonly WallOffset[], shown: number): number {
  // The newest first: where the clock was set back it showed the same time twice.
  return shown - (offsets.findLast(({ since, ahead }) => since + ahead <= shown)?.ahead ?? 0);
}
