import { createListeners } from '../base/listeners.ts';
import type { Logger, Time } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import {
  type ActivityEntry,
  type ActivityRecord,
  type AskedCall,
  askedColumns,
  COLUMNS,
  COMPLETED,
  type Completion,
  completionColumns,
  DECIDED,
  type Decision,
  decisionColumns,
  entryOf,
  storable,
  valuesOf,
} from './activity-row.ts';
import type { AnchorKeeper } from './anchor.ts';
import { contentHash, GENESIS, type Link, linkHash } from './chain.ts';
import type { LogReader } from './log-reader.ts';
import { described, notWritten, type Verified } from './verify.ts';

/**
 * The log of calls: one row each, written before anything is forwarded, sealed into a hash chain with each
 * change. Every method that writes throws StorageError when it cannot.
 */
export interface Activity {
  /** Writes the row, with its decision or, while the person is asked, with the outcome `pending`. */
  open(call: AskedCall, decision: Decision): void;
  /** Replaces the decision of a pending call. Throws when others changed its row. */
  decide(id: string, decision: Decision): void;
  /** Replaces the outcome of calls that were told to call again, once their approval is over. */
  answered(approvalId: string, answer: Pick<Decision, 'outcome' | 'decidedBy' | 'answeredBy'>): void;
  /** Notes what came of a forwarded call. A row that others changed stays as it is. */
  complete(id: string, completion: Completion): void;
  /** When (ms) this client's newest call with this digest since `since` was answered by a request for input. */
  askedForInput(grantId: string, digest: string, since: number): number | undefined;
  /**
   * Calls that an earlier process did not finish, oldest first; without those whose rows others changed: they
   * stay as they are, and {@link problem} tells of them.
   */
  unfinished(): { id: string; at: number; forwarded: boolean; approvalId: string | undefined }[];
  /** Notes up to where all rows are finished, so that the next start need not look there. Returns whether there is more to note. */
  noteFinished(): boolean;
  /** Calls `listener` with each row that was written, until the returned function is called. */
  onWritten(listener: (entry: ActivityEntry) => void): () => void;
  /** Which rows were found changed when they were to be completed, in a sentence. */
  problem(): string | undefined;
  /** Has the chain recomputed, beside the thread that calls are judged on. Rejects as {@link LogReader} does. */
  verify(signal?: AbortSignal): Promise<Verified>;
  /** Whether that goes on now. */
  verifying(): boolean;
}

/**
 * Rows that wait or are under way. An index of them would be written twice for each call, which costs more than to
 * look at all that came since it was noted.
 */
const UNFINISHED = "(outcome = 'pending' OR (forwarded = 1 AND result IS NULL))";

/** Rows that are looked at when that is noted, at most: some ten milliseconds. */
const MOST_NOTED = 25_000;

/**
 * Each time a row is written, a link seals all of it, so that a row that is changed, removed, added or
 * reordered afterwards breaks the chain. (Cutting off the newest calls, rows and links alike, leaves a
 * shorter valid chain; that needs a witness outside this file.)
 */
export function createActivity(
  database: Database,
  parts: {
    time: Pick<Time, 'toWall'>;
    logger: Logger;
    log: Pick<LogReader, 'ask'>;
    anchor: Pick<AnchorKeeper, 'get'>;
  },
): Activity {
  const { time, logger, log, anchor } = parts;
  const { sql } = database;
  const insertRow = sql.prepare(
    `INSERT INTO activity (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map(() => '?').join(', ')})`,
  );
  const updateDecision = sql.prepare(
    `UPDATE activity SET ${DECIDED.map((column) => `${column} = ?`).join(', ')} WHERE seq = ?`,
  );
  const updateCompletion = sql.prepare(
    `UPDATE activity SET ${COMPLETED.map((column) => `${column} = ?`).join(', ')} WHERE seq = ?`,
  );
  const updateCost = sql.prepare('UPDATE activity SET cost = ? WHERE seq = ?');
  const updateMessage = sql.prepare('UPDATE activity SET message = ? WHERE seq = ?');
  const toldToCallAgain = sql.prepare("SELECT * FROM activity WHERE outcome = 'waiting' AND approval_id = ?");
  const byId = sql.prepare('SELECT * FROM activity WHERE id = ?');
  const afterSeq = sql.prepare('SELECT seq FROM activity WHERE seq > ? LIMIT 1');
  const insertLink = sql.prepare('INSERT INTO activity_chain (link, seq, content, hash) VALUES (?, ?, ?, ?)');
  const lastLink = sql.prepare('SELECT link, hash FROM activity_chain ORDER BY link DESC LIMIT 1');
  const waitingForInput = sql.prepare(
    `SELECT at FROM activity WHERE grant_id = ? AND at >= ? AND digest = ? AND result = 'input required'
     ORDER BY at DESC LIMIT 1`,
  );
  const lastSeq = sql.prepare('SELECT max(seq) AS seq FROM activity');
  const newestLink = sql.prepare(
    `SELECT content, hash, (SELECT hash FROM activity_chain WHERE link = newest.link - 1) AS before
     FROM activity_chain AS newest WHERE seq = ? ORDER BY link DESC LIMIT 1`,
  );

  const keptFinished = sql.prepare('SELECT seq FROM activity_finished');
  const keepFinished = sql.prepare('INSERT OR REPLACE INTO activity_finished (id, seq) VALUES (1, ?)');
  const nextUnfinished = sql.prepare(
    `SELECT seq FROM activity WHERE seq > ? AND seq <= ? AND ${UNFINISHED} ORDER BY seq LIMIT 1`,
  );

  const written = createListeners<(entry: ActivityEntry) => void>(logger);
  let link = 0;
  let previous = GENESIS;
  let seq = 0;
  let verifications = 0;
  /** Rows that will be written again, so that they need not be read for it. */
  const unfinished = new Map<string, ActivityRecord>();
  /** Rows that were found changed, by their number. */
  const changed = new Map<number, string>();
  const readAgain = () => {
    const head = lastLink.get() as Pick<Link, 'link' | 'hash'> | undefined;
    link = head?.link ?? 0;
    previous = head?.hash ?? GENESIS;
    seq = (lastSeq.get() as { seq: number | null }).seq ?? 0;
    unfinished.clear();
  };
  database.onRollback(readAgain);
  readAgain();

  function seal(record: ActivityRecord): void {
    const content = contentHash(record);
    const sealed = linkHash(previous, Number(record.seq), content);
    insertLink.run(link + 1, record.seq, content, sealed);
    link += 1;
    previous = sealed;
    if (written.size > 0) database.afterCommit(() => written.tell(entryOf(record)));
    if (record.outcome === 'pending' || (record.forwarded === 1 && record.result === null))
      unfinished.set(String(record.id), record);
    else unfinished.delete(String(record.id));
  }

  function finishedUpTo(): number {
    const kept = Number(keptFinished.get()?.seq ?? 0);
    // Of a log that is shorter than what was noted of it, nothing is known.
    return kept <= seq ? kept : 0;
  }

  /** Whether `record`, as the database has it, is what its newest link seals: a forgery is never sealed. */
  function isIntact(record: ActivityRecord): boolean {
    const seq = Number(record.seq);
    const newest = newestLink.get(seq) as
      | (Pick<Link, 'content' | 'hash'> & { before: string | null })
      | undefined;
    if (
      newest?.content === contentHash(record) &&
      // The link before the first one that is kept was pruned.
      newest.hash === linkHash(newest.before ?? anchor.get().hash, seq, newest.content)
    )
      return true;
    changed.set(
      seq,
      described(record, (at) => new Date(time.toWall(at)).toISOString()),
    );
    return false;
  }

  /** The row of `id`; `undefined` when others changed it. */
  function find(id: string): ActivityRecord | undefined {
    const known = unfinished.get(id);
    if (known) return known;
    const found = byId.get(id) as ActivityRecord | undefined;
    if (!found) throw new Error(`The log has no call ${id}.`);
    return isIntact(found) ? found : undefined;
  }

  return {
    open(call, decision) {
      const record: ActivityRecord = {
        ...askedColumns(seq + 1, call),
        ...decisionColumns(decision, call.grantId),
        ...completionColumns(undefined),
      };
      database.transaction(() => {
        insertRow.run(...valuesOf(record, COLUMNS));
        seq += 1;
        seal(record);
      });
    },
    decide(id, decision) {
      database.transaction(() => {
        const found = find(id);
        if (!found) throw new Error(`The row of the call ${id} was changed by another program.`);
        const record = { ...found, ...decisionColumns(decision, String(found.grant_id)) };
        updateDecision.run(...valuesOf(record, DECIDED), record.seq);
        seal(record);
      });
    },
    answered(approvalId, { outcome, decidedBy, answeredBy }) {
      // What others changed is never sealed.
      const rows = (toldToCallAgain.all(approvalId) as ActivityRecord[]).filter(isIntact);
      database.transaction(() => {
        for (const row of rows) {
          const by = { decided_by: decidedBy ?? null, answered_by: answeredBy ?? null };
          const record = { ...row, outcome, ...by };
          updateDecision.run(...valuesOf(record, DECIDED), record.seq);
          seal(record);
        }
      });
    },
    complete(id, completion) {
      database.transaction(() => {
        const found = find(id);
        if (!found) return;
        const { cost, message } = completion;
        const record = {
          ...found,
          ...completionColumns(completion),
          ...(cost !== undefined && { cost }),
          ...(message !== undefined && { message: storable(message) }),
        };
        updateCompletion.run(...valuesOf(record, COMPLETED), record.seq);
        if (cost !== undefined) updateCost.run(cost, record.seq);
        if (message !== undefined) updateMessage.run(record.message, record.seq);
        seal(record);
      });
    },
    askedForInput(grantId, digest, since) {
      const row = waitingForInput.get(grantId, since, digest) as { at: number } | undefined;
      return row?.at;
    },
    unfinished() {
      const rows = sql
        .prepare(`SELECT * FROM activity WHERE seq > ? AND ${UNFINISHED} ORDER BY seq`)
        .all(finishedUpTo()) as ActivityRecord[];
      return rows.filter(isIntact).map((row) => ({
        id: String(row.id),
        at: Number(row.at),
        forwarded: row.forwarded === 1,
        approvalId: row.approval_id === null ? undefined : String(row.approval_id),
      }));
    },
    onWritten: written.add,
    noteFinished() {
      const from = finishedUpTo();
      const to = Math.min(seq, from + MOST_NOTED);
      const first = nextUnfinished.get(from, to) as { seq: number } | undefined;
      const finished = first ? first.seq - 1 : to;
      if (finished > from) database.transaction(() => keepFinished.run(finished), { flush: false });
      return first === undefined && to < seq;
    },
    problem() {
      const [first] = changed;
      if (!first) return undefined;
      const [seq, words] = first;
      const more = changed.size > 1 ? ` and ${changed.size - 1} more` : '';
      return `The log was changed outside Greenlight: the row ${seq} ${words}${more} is not what was written. It is left as it was found, so do not rely on what it says of that call. Find out which program wrote to the data directory, and look at your account with the server; Verify, in Activity, checks the whole log.`;
    },
    async verify(signal) {
      verifications += 1;
      const asked = log.ask('verify', { end: { link, seq }, anchor: anchor.get() }, signal);
      const verified = await asked.finally(() => {
        verifications -= 1;
      });
      if (!verified.valid) return verified;
      const beyond = afterSeq.get(seq);
      return beyond ? { ...verified, valid: false, message: notWritten(beyond.seq) } : verified;
    },
    verifying: () => verifications > 0,
  };
}
