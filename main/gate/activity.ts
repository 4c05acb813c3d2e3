import { hash } from 'node:crypto';
import type { StatementSync } from 'node:sqlite';
import type { Database } from '../database/database.ts';

/** The columns of one call's row, in the order in which they are sealed. */
const ASKED = [
  'seq',
  'id',
  'at',
  'grant_id',
  'label',
  'client_name',
  'client_version',
  'session',
  'tool',
  'arguments',
  'digest',
] as const;
const DECIDED = [
  'policy_id',
  'policy_version',
  'cost',
  'approval_id',
  'outcome',
  'rule',
  'message',
  'decided_by',
  'wait_ms',
  'edited',
  'forwarded',
] as const;
const COMPLETED = ['result', 'latency_ms', 'upstream_status', 'task_id'] as const;

type Column = (typeof ASKED)[number] | (typeof DECIDED)[number] | (typeof COMPLETED)[number];

/** A row as it is in the database. */
export type ActivityRecord = Record<Column, string | number | null>;

/** What is known of a call when it is asked. Times in milliseconds. */
export interface AskedCall {
  id: string;
  at: number;
  grantId: string;
  label: string;
  clientName: string | undefined;
  clientVersion: string | undefined;
  session: string | undefined;
  tool: string;
  /** JSON text: the masked arguments, or the list of their names. */
  arguments: string;
  digest: string;
}

/** Who decided. `timeout`: nobody did in time. `client`: it left. `greenlight`: it could not be judged or Greenlight stopped. */
export type DecidedBy =
  | 'policy'
  | 'person'
  | 'allowance'
  | 'guard mode'
  | 'timeout'
  | 'client'
  | 'greenlight';

export interface Decision {
  outcome: 'pending' | 'allowed' | 'denied' | 'waiting' | 'expired' | 'withdrawn' | 'interrupted';
  rule: string;
  message?: string | undefined;
  decidedBy?: DecidedBy | undefined;
  policy?: { id: string; version: number } | undefined;
  cost?: number | undefined;
  approvalId?: string | undefined;
  waitMs?: number | undefined;
  /** JSON text of the arguments that run instead. */
  edited?: string | undefined;
  /** Whether the call goes to the upstream next. */
  forwarded: boolean;
}

export interface Completion {
  result: 'ok' | 'tool error' | 'upstream error' | 'cancelled' | 'interrupted';
  latencyMs?: number | undefined;
  upstreamStatus?: number | undefined;
  taskId?: string | undefined;
}

/**
 * The log of calls: one row each, written before anything is forwarded, sealed stage by stage into a hash
 * chain. Every method writes and throws StorageError when it cannot.
 */
export interface Activity {
  /** Writes the row, with its decision or, while the person is asked, with the outcome `pending`. */
  open(call: AskedCall, decision: Decision): void;
  /** Replaces the decision of a pending call. */
  decide(id: string, decision: Decision): void;
  /** Notes what came of a forwarded call. */
  complete(id: string, completion: Completion): void;
  /** Calls that an earlier process did not finish, oldest first. */
  unfinished(): { id: string; outcome: string; forwarded: boolean; approvalId: string | undefined }[];
  /** Recomputes the chain, in slices so that calls go on meanwhile. */
  verify(): Promise<{ valid: boolean; rows: number; message?: string }>;
}

type Stage = 'asked' | 'decided' | 'completed';

const STAGES: Record<Stage, readonly Column[]> = {
  asked: ASKED,
  decided: [...ASKED, ...DECIDED],
  completed: [...ASKED, ...DECIDED, ...COMPLETED],
};

/** The hash of the chain before its first link. */
const GENESIS = '0'.repeat(64);

/** Links verified between two turns of the event loop. */
const SLICE = 500;

/**
 * Each link's hash covers the link before it and the row's columns that are final at its stage, so that a
 * row that is changed, removed, added or reordered afterwards breaks the chain from there on. (Cutting off
 * the newest links leaves a shorter valid chain; that needs a witness outside this file.)
 */
export function createActivity(database: Database): Activity {
  const { sql } = database;
  const insertRow = sql.prepare(
    `INSERT INTO activity (${STAGES.decided.join(', ')}) VALUES (${STAGES.decided.map(() => '?').join(', ')})`,
  );
  const updateDecision = sql.prepare(
    `UPDATE activity SET ${DECIDED.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
  );
  const updateCompletion = sql.prepare(
    `UPDATE activity SET ${COMPLETED.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
  );
  const byId = sql.prepare('SELECT * FROM activity WHERE id = ?');
  const bySeq = sql.prepare('SELECT * FROM activity WHERE seq = ?');
  const insertLink = sql.prepare('INSERT INTO activity_chain (link, seq, stage, hash) VALUES (?, ?, ?, ?)');
  const last = sql.prepare('SELECT link, hash FROM activity_chain ORDER BY link DESC LIMIT 1');
  const lastSeq = sql.prepare('SELECT max(seq) AS seq FROM activity');

  const readHead = () =>
    (last.get() as { link: number; hash: string } | undefined) ?? { link: 0, hash: GENESIS };
  let link = 0;
  let previous = GENESIS;
  let seq = 0;
  const readAgain = () => {
    ({ link, hash: previous } = readHead());
    seq = (lastSeq.get() as { seq: number | null }).seq ?? 0;
  };
  database.onRollback(readAgain);
  readAgain();

  function seal(record: ActivityRecord, stage: Stage): void {
    const sealedHash = linkHash(previous, stage, record);
    insertLink.run(link + 1, record.seq, stage, sealedHash);
    link += 1;
    previous = sealedHash;
  }

  function find(id: string): ActivityRecord {
    const found = byId.get(id) as ActivityRecord | undefined;
    if (!found) throw new Error(`The log has no call ${id}.`);
    return found;
  }

  return {
    open(call, decision) {
      const record: ActivityRecord = {
        seq: seq + 1,
        id: call.id,
        at: call.at,
        grant_id: call.grantId,
        label: storable(call.label),
        client_name: storable(call.clientName),
        client_version: storable(call.clientVersion),
        session: storable(call.session),
        tool: storable(call.tool),
        arguments: call.arguments,
        digest: call.digest,
        ...decisionColumns(decision),
        result: null,
        latency_ms: null,
        upstream_status: null,
        task_id: null,
      };
      database.transaction(() => {
        insertRow.run(...STAGES.decided.map((column) => record[column]));
        seq += 1;
        seal(record, decision.outcome === 'pending' ? 'asked' : 'decided');
      });
    },
    decide(id, decision) {
      database.transaction(() => {
        const record = { ...find(id), ...decisionColumns(decision) };
        updateDecision.run(...DECIDED.map((column) => record[column]), id);
        // Asked again under a newer policy: nothing is final yet.
        if (decision.outcome !== 'pending') seal(record, 'decided');
      });
    },
    complete(id, completion) {
      database.transaction(() => {
        const record = {
          ...find(id),
          result: completion.result,
          latency_ms: completion.latencyMs ?? null,
          upstream_status: completion.upstreamStatus ?? null,
          task_id: storable(completion.taskId),
        };
        updateCompletion.run(...COMPLETED.map((column) => record[column]), id);
        seal(record, 'completed');
      });
    },
    unfinished() {
      const rows = sql
        .prepare(
          "SELECT id, outcome, forwarded, approval_id FROM activity WHERE outcome = 'pending' OR (forwarded = 1 AND result IS NULL) ORDER BY seq",
        )
        .all() as { id: string; outcome: string; forwarded: number; approval_id: string | null }[];
      return rows.map((row) => ({
        id: row.id,
        outcome: row.outcome,
        forwarded: row.forwarded === 1,
        approvalId: row.approval_id ?? undefined,
      }));
    },
    async verify() {
      const upTo = link;
      const lastRow = seq;
      const links = sql.prepare(
        'SELECT link, seq, stage, hash FROM activity_chain WHERE link > ? AND link <= ? ORDER BY link LIMIT ?',
      );
      const sealedAs = new Map<number, Stage>();
      let expected = GENESIS;
      let at = 0;
      const broken = (message: string) => ({ valid: false, rows: sealedAs.size, message });
      while (at < upTo) {
        const slice = links.all(at, upTo, SLICE) as {
          link: number;
          seq: number;
          stage: Stage;
          hash: string;
        }[];
        if (slice.length === 0)
          return broken(`The chain ends after link ${at} of ${upTo}: later links were removed.`);
        for (const row of slice) {
          if (row.link !== at + 1) return broken(`Link ${at + 1} of the chain is missing.`);
          const record = bySeq.get(row.seq) as ActivityRecord | undefined;
          if (!record) return broken(`The row ${row.seq} was removed from the log.`);
          if (!Object.hasOwn(STAGES, row.stage) || linkHash(expected, row.stage, record) !== row.hash) {
            return broken(
              `The row ${row.seq} (${new Date(Number(record.at)).toISOString()}, ${record.tool}) is not what was written.`,
            );
          }
          expected = row.hash;
          at = row.link;
          sealedAs.set(row.seq, row.stage);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      // A column that its stage does not seal yet must still be empty, and no row may stand outside the chain.
      const rows = sql.prepare('SELECT seq, outcome, result FROM activity WHERE seq <= ?');
      for (const row of rows.iterate(lastRow) as Iterable<{
        seq: number;
        outcome: string;
        result: string | null;
      }>) {
        const stage = sealedAs.get(row.seq);
        if (!stage) return broken(`The row ${row.seq} was added to the log from outside.`);
        const early =
          stage === 'asked' ? row.outcome !== 'pending' : stage === 'decided' && row.result !== null;
        // Rows may have moved on since their slice was read; then their newer link says so.
        if (
          early &&
          !hasLaterLink(sql.prepare('SELECT 1 FROM activity_chain WHERE seq = ? AND link > ?'), row.seq, upTo)
        ) {
          return broken(`The row ${row.seq} was changed outside Greenlight.`);
        }
      }
      return { valid: true, rows: sealedAs.size };
    },
  };
}

function hasLaterLink(statement: StatementSync, seq: number, link: number): boolean {
  return statement.get(seq, link) !== undefined;
}

/** Text as SQLite gives it back: no lone surrogates, no NUL; otherwise the chain would not verify. */
function storable(text: string | undefined): string | null {
  return text === undefined ? null : text.toWellFormed().replaceAll('\0', '\u2400');
}

function linkHash(previous: string, stage: Stage, record: ActivityRecord): string {
  return hash('sha256', JSON.stringify([previous, stage, ...STAGES[stage].map((column) => record[column])]));
}

function decisionColumns(decision: Decision): Pick<ActivityRecord, (typeof DECIDED)[number]> {
  return {
    policy_id: decision.policy?.id ?? null,
    policy_version: decision.policy?.version ?? null,
    cost: decision.cost ?? null,
    approval_id: decision.approvalId ?? null,
    outcome: decision.outcome,
    rule: decision.rule,
    message: storable(decision.message),
    decided_by: decision.decidedBy ?? null,
    wait_ms: decision.waitMs ?? null,
    edited: decision.edited ?? null,
    forwarded: decision.forwarded ? 1 : 0,
  };
}
