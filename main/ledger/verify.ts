import type { DatabaseSync } from 'node:sqlite';
import type { ActivityRecord } from './activity-row.ts';
import type { Anchor } from './anchor.ts';
import { contentHash, type Link, linkHash } from './chain.ts';
import type { Turn } from './log-search.ts';
import type { Iso } from './log-view.ts';

/**
 * What a look at the whole log says: `rows` that were looked at, in `message` what does not fit, and where older ones
 * were pruned, when (ms) the oldest of them was asked.
 */
export interface Verified {
  valid: boolean;
  rows: number;
  message?: string;
  from?: number;
}

/** Links verified between two turns. */
const SLICE = 500;

/**
 * Recomputes the chain of `sql` from `anchor` up to `end`, its last link and row when this was asked, with a `turn` for
 * others between two slices; nothing is pruned until it is done. `iso` is the wall clock's.
 */
export async function verifyLog(
  sql: DatabaseSync,
  end: { link: number; seq: number },
  anchor: Anchor,
  iso: Iso,
  turn: Turn,
): Promise<Verified> {
  const bySeq = sql.prepare('SELECT * FROM activity WHERE seq = ?');
  const links = sql.prepare(
    'SELECT * FROM activity_chain WHERE link > ? AND link <= ? ORDER BY link LIMIT ?',
  );
  /** Rows that are not what their newest link so far says: a later link must say so. */
  const differing = new Set<number>();
  let last = anchor.seq;
  let before = anchor.hash;
  let at = anchor.link;
  const broken = (message: string) => ({ valid: false, rows: last - anchor.seq, message });
  while (at < end.link) {
    const slice = links.all(at, end.link, SLICE) as unknown as Link[];
    if (slice.length === 0)
      return broken(`The chain ends after link ${at} of ${end.link}: later links were removed.`);
    for (const one of slice) {
      if (one.link !== at + 1) return broken(`Link ${at + 1} of the chain is missing.`);
      if (linkHash(before, one.seq, one.content) !== one.hash)
        return broken(`Link ${one.link} of the chain is not what was written.`);
      if (one.seq > last + 1) return broken(notWritten(last + 1));
      before = one.hash;
      at = one.link;
      // A later link of a row that was pruned.
      if (one.seq <= anchor.seq) continue;
      const record = bySeq.get(one.seq) as ActivityRecord | undefined;
      if (!record) return broken(`The row ${one.seq} was removed from the log.`);
      if (contentHash(record) === one.content) differing.delete(one.seq);
      else differing.add(one.seq);
      last = Math.max(last, one.seq);
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
  // Rows are numbered without a gap, so one that no link knows has a number outside of theirs.
  const outside = sql
    .prepare('SELECT seq FROM activity WHERE seq <= ? OR (seq > ? AND seq <= ?) LIMIT 1')
    .get(anchor.seq, last, end.seq);
  if (outside) return broken(notWritten(outside.seq));
  const first = anchor.seq === 0 ? undefined : (bySeq.get(anchor.seq + 1) as ActivityRecord | undefined);
  return { valid: true, rows: last - anchor.seq, ...(first && { from: Number(first.at) }) };
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
