/** The log has an end: what is too old, or too much, is pruned, and its space given back to the system. */
import type { Settings } from '../../shared/settings.ts';
import type { Logger, Time } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { Anchor, AnchorKeeper } from './anchor.ts';
import { type Link, linkHash } from './chain.ts';

/** How long and how much the log keeps, as the settings say. */
export interface Keep {
  keepFor: Settings['activity']['keepFor'];
  /** MiB. */
  atMost: number;
}

/** Prunes the log while Greenlight runs. */
export interface Retention {
  /** What the database uses now (bytes), and when (ms) the oldest call that is kept was made. */
  used(): { bytes: number; from: number | undefined };
  /** Looks at once whether something is to be pruned: the settings were changed. */
  look(): void;
  /** Why the log is not pruned, though it should be, and what to do. */
  problem(): string | undefined;
  stop(): void;
}

const DAY = 86_400_000;

/** How long each choice keeps a call (ms). */
const AGES: Record<Keep['keepFor'], number> = {
  '90 days': 90 * DAY,
  'a year': 365 * DAY,
  'for ever': Number.POSITIVE_INFINITY,
};

/** How long a call matters that the server asked input for, or whose task may go on (ms). */
const STILL_MATTERS = DAY;

/** How often it is looked whether something is to be pruned, and how long calls go on between two slices (ms). */
const LOOK_EVERY = 60_000;
const PAUSE = 10;

/** One slice: links, bytes of rows, and pages that are given back. Each is a few milliseconds of work. */
const LINKS = 200;
const BYTES = 512 * 1024;
const PAGES = 100;

/** Versions of a policy that stay in any case. */
const VERSIONS = 100;

/** Of approvals: it waits for the person, or its ticket may still be redeemed. Such stays, however old it is. */
const MAY_STILL_RUN =
  "(state = 'pending' OR (state = 'allowed' AND used_at IS NULL AND ticket_until IS NOT NULL))";

/** A row, as far as it matters for pruning. */
interface Old {
  seq: number;
  at: number;
  bytes: number;
  stays: number;
}

/**
 * Prunes the log of `database` from its oldest row on, in slices of one short transaction each; a slice that fails is
 * tried again at the next look. What is not finished, or still judges, stays, and so does all that is newer. So does
 * what comes after a link or row that is missing: pruning must not make it look whole. `verifying`: somebody reads the
 * chain meanwhile.
 *
 * What earlier processes left is finished when this is created (recovery.ts): a row of theirs that says otherwise will
 * never end, and does not stay.
 */
export function createRetention(parts: {
  database: Database;
  clock: Time;
  logger: Logger;
  anchor: AnchorKeeper;
  keep: () => Keep;
  verifying: () => boolean;
}): Retention {
  const { database, clock, logger, anchor, keep, verifying } = parts;
  const { sql } = database;
  const links = sql.prepare('SELECT * FROM activity_chain WHERE link > ? ORDER BY link LIMIT ?');
  const rows = sql.prepare(`
    SELECT seq, at,
      octet_length(arguments) + octet_length(tool) + octet_length(rule) + coalesce(octet_length(edited), 0)
        + coalesce(octet_length(also), 0) + coalesce(octet_length(message), 0) AS bytes,
      (seq > ? AND (outcome = 'pending' OR (forwarded = 1 AND result IS NULL)))
        OR (result = 'input required' AND at > ?)
        OR EXISTS (SELECT 1 FROM tasks WHERE call_id = activity.id AND created_at > ?)
        OR EXISTS (SELECT 1 FROM approvals WHERE id = activity.approval_id AND ${MAY_STILL_RUN}) AS stays
    FROM activity WHERE seq > ? AND seq <= ? ORDER BY seq
  `);
  const removeRows = sql.prepare('DELETE FROM activity WHERE seq <= ?');
  const removeLinks = sql.prepare('DELETE FROM activity_chain WHERE link <= ?');
  const checkpoint = sql.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  const oldest = sql.prepare('SELECT at FROM activity ORDER BY seq LIMIT 1');
  /** The last row of earlier processes. */
  const { earlier } = sql.prepare('SELECT coalesce(max(seq), 0) AS earlier FROM activity').get() as {
    earlier: number;
  };
  const outdated = [
    // All states are named for the index.
    `DELETE FROM approvals WHERE id IN (SELECT id FROM approvals WHERE created_at < ?
       AND state IN ('allowed', 'denied', 'expired', 'withdrawn', 'interrupted') AND NOT ${MAY_STILL_RUN} LIMIT ${LINKS})`,
    `DELETE FROM videos WHERE rowid IN (SELECT rowid FROM videos WHERE created_at < ? LIMIT ${LINKS})`,
    // A version is named by calls until the next one takes its place.
    `DELETE FROM policy_versions WHERE (policy_id, version) IN (
       SELECT old.policy_id, old.version FROM policy_versions AS old
         JOIN policy_versions AS next ON next.policy_id = old.policy_id AND next.version = old.version + 1
         JOIN policies ON policies.id = old.policy_id
       WHERE next.created_at < ? AND old.version <= policies.version - ${VERSIONS} LIMIT ${LINKS})`,
  ].map((text) => sql.prepare(text));

  const pragma = (name: string) => Number(Object.values(sql.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  const pageSize = pragma('page_size');
  /** What is in use, not how large the file is: so it is less after each slice. */
  const bytesUsed = () => (pragma('page_count') - pragma('freelist_count')) * pageSize;
  const givesBack = pragma('auto_vacuum') === 2;
  let cancel = () => {};
  let broken: string | undefined;
  /** The last pruned row, for which all that belongs to it is gone too; a log of which nothing was pruned has none. */
  let lookedUpTo = 0;

  /** Prunes the next rows; whether there were any. */
  function pruneRows(): boolean {
    const from = anchor.get();
    const { keepFor, atMost } = keep();
    const tooMuch = bytesUsed() > atMost * 1024 * 1024;
    const before = clock.now() - AGES[keepFor];
    const first = oldest.get() as { at: number } | undefined;
    if (!first || !(tooMuch || first.at < before)) return false;
    const cut = cutAfter(from, (row) => tooMuch || row.at < before);
    if (cut === undefined) return false;
    database.transaction(
      () => {
        removeRows.run(cut.seq);
        removeLinks.run(cut.link);
        anchor.move(cut, clock.now());
      },
      { flush: false },
    );
    return true;
  }

  /** How far a slice after `from` reaches: up to the link before the first one of a row that stays. */
  function cutAfter(from: Anchor, goes: (row: Old) => boolean): Anchor | undefined {
    // Further where it has only later links of rows before it: many calls ended at once.
    for (let most = LINKS; ; most *= 2) {
      const slice = links.all(from.link, most) as unknown as Link[];
      const cut = cutWithin(slice, from, goes);
      if (cut !== 'further' || slice.length < most) return cut === 'further' ? undefined : cut;
    }
  }

  function cutWithin(
    slice: readonly Link[],
    from: Anchor,
    goes: (row: Old) => boolean,
  ): Anchor | 'further' | undefined {
    const last = slice.reduce((seq, link) => Math.max(seq, link.seq), from.seq);
    const since = clock.now() - STILL_MATTERS;
    const old = rows.all(earlier, since, since, from.seq, last) as unknown as Old[];
    let bytes = 0;
    let going = 0;
    for (const row of old) {
      bytes += row.bytes;
      if (row.stays === 1 || !goes(row) || (going > 0 && bytes > BYTES)) break;
      going += 1;
    }
    if (going === 0) return undefined;
    let before = from;
    let cut: Anchor | undefined;
    for (const link of slice) {
      const isNext = link.seq === before.seq + 1;
      const written =
        link.link === before.link + 1 &&
        linkHash(before.hash, link.seq, link.content) === link.hash &&
        (isNext ? old[before.seq - from.seq]?.seq === link.seq : link.seq <= before.seq);
      if (!written) {
        broken = `The log is not as it was written after the row ${before.seq}, so no older call is removed from it. Verify, in Activity, says more; keep a copy of the data folder.`;
        return cut;
      }
      if (isNext && before.seq > from.seq) cut = before;
      if (isNext && before.seq - from.seq >= going) return cut;
      before = { link: link.link, hash: link.hash, seq: Math.max(before.seq, link.seq) };
    }
    return cut ?? 'further';
  }

  /** What belongs to calls that are gone goes with them; whether there was any. */
  function pruneOutdated(): boolean {
    const from = used().from;
    const { seq } = anchor.get();
    if (seq === lookedUpTo || from === undefined) return false;
    // A call may have been answered, or have named a policy, some time after it was asked.
    const before = from - DAY;
    const found = outdated.some(
      (remove) => database.transaction(() => Number(remove.run(before).changes), { flush: false }) > 0,
    );
    if (!found) lookedUpTo = seq;
    return found;
  }

  function giveBack(): boolean {
    if (!givesBack || pragma('freelist_count') === 0) return false;
    database.transaction(() => sql.exec(`PRAGMA incremental_vacuum(${PAGES})`), { flush: false });
    return true;
  }

  function slice(): void {
    let more = false;
    try {
      broken = undefined;
      more = !verifying() && (pruneRows() || pruneOutdated() || giveBack());
      // Else the one after many slices would be a slice of its own, and a long one.
      if (more) checkpoint.get();
    } catch (error) {
      logger.warn({ reason: String(error) }, 'the log could not be pruned; the next try is in a minute');
    }
    cancel();
    cancel = clock.after(more ? PAUSE : LOOK_EVERY, slice);
  }

  function used(): ReturnType<Retention['used']> {
    return { bytes: bytesUsed(), from: (oldest.get() as { at: number } | undefined)?.at };
  }

  cancel = clock.after(LOOK_EVERY, slice);
  return {
    used,
    look() {
      cancel();
      cancel = clock.after(PAUSE, slice);
    },
    problem: () => broken,
    stop: () => cancel(),
  };
}
