import type { DatabaseSync } from 'node:sqlite';
import type { ActivityRecord } from './activity-row.ts';
import { contentHash, GENESIS, type Link, linkHash } from './chain.ts';
import type { Turn } from './log-search.ts';
import type { Iso } from './log-view.ts';

/** What a look at the whole log says: `rows` that were looked at, and in `message` what does not fit. */
export interface Verified {
  valid: boolean;
  rows: number;
  message?: string;
}

/** Links verified between two turns. */
const SLICE = 500;

/**
 * Recomputes the chain of `sql` up to `end`, its last link and row when this was asked, with a `turn` for others
 * between two slices. `iso` is the wall clock's.
 */
export async function verifyLog(
  sql: DatabaseSync,
  end: { link: number; seq: number },
  iso: Iso,
  turn: Turn,
): Promise<Verified> {
  const bySeq = sql.prepare('SELECT * FROM activity WHERE seq = ?');
  const links = sql.prepare(
    'SELECT * FROM activity_chain WHERE link > ? AND link <= ? ORDER BY link LIMIT ?',
  );
  /** Rows that are not what their newest link so far says: a later link must say so. */
  const differing = new Set<number>();
  let rows = 0;
  let before = GENESIS;
  let at = 0;
  const broken = (message: string) => ({ valid: false, rows, message });
  while (at < end.link) {
    const slice = links.all(at, end.link, SLICE) as unknown as Link[];
    if (slice.length === 0)
      return broken(`The chain ends after link ${at} of ${end.link}: later links were removed.`);
    for (const one of slice) {
      if (one.link !== at + 1) return broken(`Link ${at + 1} of the chain is missing.`);
      if (linkHash(before, one.seq, one.content) !== one.hash)
        return broken(`Link ${one.link} of the chain is not what was written.`);
      if (one.seq > rows + 1) return broken(notWritten(rows + 1));
      const record = bySeq.get(one.seq) as ActivityRecord | undefined;
      if (!record) return broken(`The row ${one.seq} was removed from the log.`);
      if (contentHash(record) === one.content) differing.delete(one.seq);
      else differing.add(one.seq);
      rows = Math.max(rows, one.seq);
      before = one.hash;
      at = one.link;
    }
    await turn();
  }
  // A row may have been written again since its slice was read; then a newer link says so.
  const newer = sql.prepare(
    'SELECT content FROM activity_chain WHERE link > ? AND seq = ? ORDER BY link DESC LIMIT 1',
  );
  for (const row of differing) {
    const record = bySeq.get(row) as ActivityRecord | undefined;
    if (!record || newer.get(end.link, row)?.content !== contentHash(record)) {
      return broken(`The row ${row}${record ? ` ${described(record, iso)}` : ''} is not what was written.`);
    }
  }
  // Rows are numbered from 1 without a gap, so one that no link knows has a number outside of theirs.
  const outside = sql
    .prepare('SELECT seq FROM activity WHERE seq < 1 OR (seq > ? AND seq <= ?) LIMIT 1')
    .get(rows, end.seq);
  if (outside) return broken(notWritten(outside.seq));
  return { valid: true, rows };
}

/** For a person who looks for the row in the list. What it says may be forged, and no time at all. */
export function described({ at, tool }: ActivityRecord, iso: Iso): string {
  try {
    return `(${iso(Number(at))}, ${tool})`;
  } catch {
    return `(${at}, ${tool})`;
  }
}

/** What is said of a row that no link knows. */
export function notWritten(seq: unknown): string {
  return `The row ${seq} was not written by Greenlight.`;
}
