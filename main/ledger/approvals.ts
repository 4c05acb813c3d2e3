import type { ApprovalState, Signal } from '../../shared/contract.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { Time } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import { serverColumn, serverOfColumn } from './server-column.ts';

/** How long the right to run an allowed call lasts, from the answer (ms). */
export const TICKET_LIFE = 10 * 60_000;

/** How long a denial is repeated without a new question (ms). */
const DENIAL_MEMORY = 60_000;

/** Signals that say what is sent. They go with it, once the approval is over. */
const SAYS_WHAT_IS_SENT: ReadonlySet<Signal['kind']> = new Set([
  'second-half',
  'also',
  'webhook',
  'host',
  'executes',
  'path',
  'pays',
]);

/** Those of `signals` that quote nothing of what is sent. */
function withoutSent(signals: readonly Signal[]): Signal[] {
  return signals.filter((signal) => !SAYS_WHAT_IS_SENT.has(signal?.kind));
}

/** What binds an approval: this client, this server, this tool, exactly what is sent. */
interface ApprovalKey {
  grantId: string;
  server: string;
  tool: string;
  /** SHA-256 of all that is sent, in RFC 8785 form. */
  digest: string;
}

/** One question to the person and its answer. Times in milliseconds since the epoch. */
export interface ApprovalRecord extends ApprovalKey {
  id: string;
  state: ApprovalState;
  clientName: string | undefined;
  clientVersion: string | undefined;
  session: string | undefined;
  arguments: JsonObject;
  /** What is sent beside the arguments; empty where nothing is. */
  also: JsonObject;
  policyId: string;
  policyVersion: number;
  rule: string;
  signals: Signal[];
  cost: number | undefined;
  createdAt: number;
  expiresAt: number;
  /** Whether a ticket was handed out: the client will call again. */
  ticket: boolean;
  decidedAt: number | undefined;
  reason: string | undefined;
  /** The arguments that run instead, where the person changed them. */
  edited: JsonObject | undefined;
  /** Until when an allowed call that nobody waits for may still run. */
  ticketUntil: number | undefined;
  usedAt: number | undefined;
}

/** The approvals' table, and in memory those that still matter: pending ones, and allowed ones with a live ticket. */
export interface Approvals {
  /** Pending ones, oldest first. */
  pending(): ApprovalRecord[];
  /** Allowed ones whose ticket may still be used. */
  tickets(): ApprovalRecord[];
  /** Whether the time of its ticket is over: at the earlier of what time and the wall clock say. */
  lapsed(ticket: ApprovalRecord): boolean;
  /** Allowed ones whose ticket's time was over before it was used, and that does not say so yet. */
  overdue(): ApprovalRecord[];
  get(id: string): ApprovalRecord | undefined;
  /** The approval that a call with this key joins or runs under: asked under this very version of the policy. */
  live(key: ApprovalKey, policy: { id: string; version: number }): ApprovalRecord | undefined;
  /** The person's denial of a call with this key, while it is remembered. */
  recentDenial(key: ApprovalKey): ApprovalRecord | undefined;
  /** Has the ticket of an allowed one run nothing any more, though that cannot be written yet. */
  voidTicket(id: string): void;
  pendingOf(grantId: string): number;
  /** Whether this client was ever allowed this tool of this server by the person, since that server was added. */
  everAllowed(grantId: string, server: string, tool: string): boolean;
  /** Writes a new pending approval. */
  add(record: ApprovalRecord): void;
  /** Writes a change; memory changes with it, and so does `record`, which may be of before a rollback. */
  change(record: ApprovalRecord, change: Partial<ApprovalRecord>): void;
}

type Row = Record<string, string | number | null>;

/**
 * The approvals in `database`. Writing methods throw StorageError. While an approval may still run, its exact
 * arguments are kept, and signals that quote them; after that only what `kept` leaves of the arguments. `addedAt` says
 * since when (ms) there is a server of that name: what was answered before was asked of another one.
 */
export function createApprovals(
  database: Database,
  clock: Time,
  kept: (args: JsonObject) => JsonObject,
  addedAt: (server: string) => number,
): Approvals {
  const { sql } = database;
  const live = new Map<string, ApprovalRecord>();
  /** Tickets that are over, whatever the database says still. */
  const voided = new Set<string>();

  const insert = sql.prepare(
    `INSERT INTO approvals (id, state, grant_id, client_name, client_version, session, tool, arguments, digest,
       policy_id, policy_version, rule, signals, cost, created_at, expires_at, also, server)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const update = sql.prepare(
    `UPDATE approvals SET state = ?, ticket = ?, decided_at = ?, reason = ?, arguments = ?, also = ?, signals = ?,
       edited = ?, ticket_until = ?, used_at = ?, expires_at = ? WHERE id = ?`,
  );
  const byId = sql.prepare('SELECT * FROM approvals WHERE id = ?');
  const lastDenial = sql.prepare(
    `SELECT * FROM approvals WHERE grant_id = ? AND tool = ? AND server IS ? AND digest = ? AND state = 'denied' AND decided_at > ?
     ORDER BY decided_at DESC LIMIT 1`,
  );
  const allowedBefore = sql.prepare(
    "SELECT 1 FROM approvals WHERE grant_id = ? AND tool = ? AND server IS ? AND state = 'allowed' AND decided_at >= ? LIMIT 1",
  );
  const liveRows = sql.prepare(
    `SELECT * FROM approvals WHERE state = 'pending' OR (state = 'allowed' AND used_at IS NULL AND ticket_until > ?)
     ORDER BY created_at`,
  );
  const overdueRows = sql.prepare(
    "SELECT * FROM approvals WHERE state = 'allowed' AND used_at IS NULL AND ticket_until <= ? ORDER BY created_at",
  );

  function readAgain(): void {
    live.clear();
    for (const row of liveRows.all(clock.now()) as Row[]) live.set(String(row.id), approvalOf(row));
  }
  database.onRollback(readAgain);
  readAgain();

  const lapsed = ({ ticketUntil = 0, decidedAt = 0 }: ApprovalRecord) =>
    ticketUntil - clock.wallGained(decidedAt) <= clock.now();

  return {
    lapsed,
    pending: () => [...live.values()].filter((record) => record.state === 'pending'),
    tickets: () => [...live.values()].filter((record) => record.state === 'allowed'),
    overdue: () => (overdueRows.all(clock.now()) as Row[]).map(approvalOf),
    get(id) {
      const known = live.get(id);
      if (known) return known;
      const row = byId.get(id) as Row | undefined;
      return row && approvalOf(row);
    },
    live(key, policy) {
      for (const record of live.values()) {
        if (record.grantId !== key.grantId || record.server !== key.server) continue;
        if (record.tool !== key.tool || record.digest !== key.digest) continue;
        if (record.policyId !== policy.id || record.policyVersion !== policy.version) continue;
        if (record.state === 'pending' || !(voided.has(record.id) || lapsed(record))) return record;
      }
      return undefined;
    },
    recentDenial(key) {
      const since = Math.max(clock.now() - DENIAL_MEMORY, addedAt(key.server) - 1);
      const row = lastDenial.get(
        key.grantId,
        key.tool.toWellFormed(),
        serverColumn(key.server),
        key.digest,
        since,
      );
      return row && approvalOf(row as Row);
    },
    voidTicket: (id) => void voided.add(id),
    pendingOf(grantId) {
      let count = 0;
      for (const record of live.values())
        if (record.state === 'pending' && record.grantId === grantId) count += 1;
      return count;
    },
    everAllowed: (grantId, server, tool) =>
      allowedBefore.get(grantId, tool.toWellFormed(), serverColumn(server), addedAt(server)) !== undefined,
    add(record) {
      database.transaction(() => {
        insert.run(
          record.id,
          record.state,
          record.grantId,
          record.clientName?.toWellFormed() ?? null,
          record.clientVersion?.toWellFormed() ?? null,
          record.session?.toWellFormed() ?? null,
          record.tool.toWellFormed(),
          JSON.stringify(record.arguments),
          record.digest,
          record.policyId,
          record.policyVersion,
          record.rule,
          JSON.stringify(record.signals),
          record.cost ?? null,
          record.createdAt,
          record.expiresAt,
          JSON.stringify(record.also),
          serverColumn(record.server),
        );
        live.set(record.id, record);
      });
    },
    change(given, change) {
      database.transaction(() => {
        // After a rollback it is another object that is kept: whoever holds the first changes both.
        const record = live.get(given.id) ?? given;
        for (const one of new Set([record, given])) Object.assign(one, change);
        const matters =
          record.state === 'pending' ||
          (record.state === 'allowed' && record.usedAt === undefined && record.ticketUntil !== undefined);
        if (!matters) record.signals = withoutSent(record.signals);
        const text = (args: JsonObject) => JSON.stringify(matters ? args : kept(args));
        update.run(
          record.state,
          record.ticket ? 1 : 0,
          record.decidedAt ?? null,
          record.reason?.toWellFormed() ?? null,
          text(record.arguments),
          text(record.also),
          JSON.stringify(record.signals),
          record.edited ? text(record.edited) : null,
          record.ticketUntil ?? null,
          record.usedAt ?? null,
          record.expiresAt,
          record.id,
        );
        if (matters) return;
        live.delete(record.id);
        database.afterCommit(() => voided.delete(record.id));
      });
    },
  };
}

/** What the columns of `row` say. */
export function approvalOf(row: Row): ApprovalRecord {
  const text = (name: string) => (row[name] === null ? undefined : String(row[name]));
  const number = (name: string) => (row[name] === null ? undefined : Number(row[name]));
  return {
    id: String(row.id),
    state: row.state as ApprovalState,
    grantId: String(row.grant_id),
    server: serverOfColumn(row.server),
    clientName: text('client_name'),
    clientVersion: text('client_version'),
    session: text('session'),
    tool: String(row.tool),
    arguments: JSON.parse(String(row.arguments)) as JsonObject,
    also: JSON.parse(String(row.also)) as JsonObject,
    digest: String(row.digest),
    policyId: String(row.policy_id),
    policyVersion: Number(row.policy_version),
    rule: String(row.rule),
    signals: JSON.parse(String(row.signals)) as Signal[],
    cost: number('cost'),
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    ticket: row.ticket === 1,
    decidedAt: number('decided_at'),
    reason: text('reason'),
    edited: row.edited === null ? undefined : (JSON.parse(String(row.edited)) as JsonObject),
    ticketUntil: number('ticket_until'),
    usedAt: number('used_at'),
  };
}
