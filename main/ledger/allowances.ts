import { randomUUID } from 'node:crypto';
import { createListeners } from '../base/listeners.ts';
import type { Logger, Time } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import { serverColumn, serverOfColumn } from './server-column.ts';

/** A standing answer of the person: this client may call this tool, or this client is blocked, for a while. */
export interface Allowance {
  id: string;
  effect: 'allow' | 'block';
  grantId: string;
  /** Absent on a block, which covers every server. */
  server: string | undefined;
  /** Absent on a block, which covers every tool. */
  tool: string | undefined;
  createdAt: number;
  /** By Greenlight's own time (ms); absent: until Greenlight ends; a block: until the person ends it. */
  until: number | undefined;
  /** What it is for, where that is less than every call of the tool. */
  only: Only | undefined;
  /** How much it permits; what is absent has no ceiling. Of a block nothing. */
  ceiling: Ceiling;
  used: { calls: number; cost: number };
}

/** This very call, or calls whose addresses are all on these hosts. */
export type Only = { digest: string } | { hosts: readonly string[] };

/** How many calls, and how much cost in the person's unit. */
interface Ceiling {
  calls?: number | undefined;
  cost?: number | undefined;
}

/** What an allowance is asked about a call. */
interface Asking {
  grantId: string;
  server: string;
  tool: string;
  digest: string;
  cost: number | undefined;
  /** The hosts of its addresses; `undefined`: there is one that cannot be read. */
  hosts: () => readonly string[] | undefined;
}

export interface Allowances {
  /** Those in force now, each until when it will be. */
  list(): Allowance[];
  allow(
    of: { grantId: string; server: string; tool: string },
    span: { until?: number | undefined; only?: Only | undefined; ceiling?: Ceiling },
  ): Allowance;
  /** Without `until` the client is paused. */
  block(grantId: string, until?: number): Allowance;
  revoke(id: string): boolean;
  /** Ends all that lets calls through. Returns whether there was one. */
  revokeAllowing(): boolean;
  /** Ends all blocks of the client, in one transaction. Returns whether there was one. */
  unblock(grantId: string): boolean;
  /** The one by which the person allowed such a call and that has room for it; `since` (ms): given then or later. */
  covering(call: Asking, since?: number): Allowance | undefined;
  /** Ends all that is for `server`, or what of it was given before `since` (ms). */
  revokeOf(server: string, since?: number): boolean;
  /** Whether the client has one whose use is counted: none of it may be lost. */
  counts(grantId: string): boolean;
  /** Counts one call of `cost`. It is never given back, whatever becomes of the call. In the transaction that lets the call through. */
  use(id: string, cost: number | undefined): void;
  /** Until when the client is blocked, if it is; for ever, where it is paused. */
  blockedUntil(grantId: string): number | undefined;
  /** Lets go of those that are over. */
  prune(): void;
  /** Calls `listener` when one was given, used or ended, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

interface Row {
  id: string;
  effect: 'allow' | 'block';
  grant_id: string;
  server: string | null;
  tool: string | null;
  created_at: number;
  until: number | null;
  only: string | null;
  most_calls: number | null;
  most_cost: number | null;
  calls: number | null;
  cost: number | null;
}

/** Sums of costs that people write in decimals may be this much off, relative to the ceiling. */
const ROUNDING = 1e-9;

/**
 * The allowances in `database`. A permission that has no end in time does not outlive this process.
 */
export function createAllowances(database: Database, clock: Time, logger: Logger): Allowances {
  const { sql } = database;
  const listeners = createListeners<() => void>(logger);
  database.transaction(() => {
    const now = clock.now();
    // What is dated in the future counts as given now.
    sql
      .prepare('UPDATE allowances SET until = until - created_at + ?, created_at = ? WHERE created_at > ?')
      .run(now, now, now);
    // Without a ceiling's row, an earlier version gave it, or others took that out: it is asked again.
    sql
      .prepare(
        `DELETE FROM allowances WHERE until <= ? OR (effect = 'allow'
           AND (until IS NULL OR NOT EXISTS (SELECT 1 FROM ceilings WHERE allowance_id = allowances.id)))`,
      )
      .run(now);
    sql.exec('DELETE FROM ceilings WHERE allowance_id NOT IN (SELECT id FROM allowances)');
  });
  const rows = sql.prepare(
    `SELECT id, effect, grant_id, server, tool, created_at, until, only_for AS only, most_calls, most_cost, calls, cost
     FROM allowances LEFT JOIN ceilings ON allowance_id = id`,
  );
  const all = new Map<string, Allowance>();
  // An allowance whose writing was rolled back was never given.
  const readAgain = () => {
    all.clear();
    for (const row of rows.all() as unknown as Row[]) {
      all.set(row.id, {
        id: row.id,
        effect: row.effect,
        grantId: row.grant_id,
        server: row.effect === 'block' ? undefined : serverOfColumn(row.server),
        tool: row.tool ?? undefined,
        createdAt: row.created_at,
        until: row.until ?? undefined,
        only: row.only === null ? undefined : (JSON.parse(row.only) as Only),
        ceiling: { calls: row.most_calls ?? undefined, cost: row.most_cost ?? undefined },
        used: { calls: row.calls ?? 0, cost: row.cost ?? 0 },
      });
    }
  };
  database.onRollback(readAgain);
  readAgain();
  const insert = sql.prepare(
    'INSERT INTO allowances (id, effect, grant_id, tool, created_at, until, server) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertCeiling = sql.prepare(
    'INSERT INTO ceilings (allowance_id, only_for, most_calls, most_cost, calls, cost) VALUES (?, ?, ?, ?, 0, 0)',
  );
  const count = sql.prepare('UPDATE ceilings SET calls = ?, cost = ? WHERE allowance_id = ?');
  const removeRow = sql.prepare('DELETE FROM allowances WHERE id = ?');
  const removeCeiling = sql.prepare('DELETE FROM ceilings WHERE allowance_id = ?');

  function add(allowance: Omit<Allowance, 'id' | 'createdAt' | 'used'>): Allowance {
    const added = { ...allowance, id: randomUUID(), createdAt: clock.now(), used: { calls: 0, cost: 0 } };
    // Notes what the wall clock shows now: only what it gains from here on counts.
    clock.toWall(added.createdAt);
    database.transaction(() => {
      const { id, effect, grantId, server, tool, createdAt, until, only, ceiling } = added;
      const column = server === undefined ? null : serverColumn(server);
      insert.run(id, effect, grantId, tool ?? null, createdAt, until ?? null, column);
      if (effect === 'allow') {
        insertCeiling.run(
          id,
          only === undefined ? null : JSON.stringify(only),
          ceiling.calls ?? null,
          ceiling.cost ?? null,
        );
      }
    });
    all.set(added.id, added);
    database.afterCommit(listeners.tell);
    return added;
  }

  /** Removes them in one transaction. Returns whether there were any. */
  function removeAll(ended: readonly Allowance[]): boolean {
    if (ended.length === 0) return false;
    database.transaction(() => {
      for (const { id } of ended) {
        removeRow.run(id);
        removeCeiling.run(id);
      }
    });
    for (const { id } of ended) all.delete(id);
    database.afterCommit(listeners.tell);
    return true;
  }

  /** When it ends (ms): a permission at the earlier of what time and the wall clock say; a block is none. */
  function endOf({ effect, createdAt, until }: Allowance): number | undefined {
    return until === undefined || effect === 'block' ? until : until - clock.wallGained(createdAt);
  }

  function inForce(): Allowance[] {
    const now = clock.now();
    return [...all.values()].filter((allowance) => (endOf(allowance) ?? Number.POSITIVE_INFINITY) > now);
  }

  return {
    list: () => inForce().map((allowance) => ({ ...allowance, until: endOf(allowance) })),
    allow: ({ grantId, server, tool }, { until, only, ceiling = {} }) =>
      add({ effect: 'allow', grantId, server, tool, until, only, ceiling }),
    block: (grantId, until) =>
      add({
        effect: 'block',
        grantId,
        server: undefined,
        tool: undefined,
        until,
        only: undefined,
        ceiling: {},
      }),
    revoke(id) {
      const allowance = all.get(id);
      return allowance !== undefined && removeAll([allowance]);
    },
    revokeOf: (server, since = Number.POSITIVE_INFINITY) =>
      removeAll(
        [...all.values()].filter((allowance) => allowance.server === server && allowance.createdAt < since),
      ),
    revokeAllowing: () => removeAll([...all.values()].filter(({ effect }) => effect === 'allow')),
    unblock: (grantId) =>
      removeAll(
        [...all.values()].filter(
          (allowance) => allowance.effect === 'block' && allowance.grantId === grantId,
        ),
      ),
    prune() {
      const kept = new Set(inForce());
      removeAll([...all.values()].filter((allowance) => !kept.has(allowance)));
    },
    covering(call, since = Number.NEGATIVE_INFINITY) {
      if (all.size === 0) return undefined;
      return inForce().find(
        (allowance) =>
          allowance.effect === 'allow' &&
          allowance.grantId === call.grantId &&
          allowance.server === call.server &&
          allowance.tool === call.tool &&
          allowance.createdAt >= since &&
          isFor(allowance.only, call) &&
          hasRoom(allowance, call.cost),
      );
    },
    counts: (grantId) =>
      all.size > 0 && inForce().some((one) => one.effect === 'allow' && one.grantId === grantId),
    use(id, cost = 0) {
      const allowance = all.get(id);
      if (!allowance) throw new Error('there is no such allowance');
      const used = { calls: allowance.used.calls + 1, cost: allowance.used.cost + cost };
      if (isUsedUp({ ...allowance, used })) return void removeAll([allowance]);
      count.run(used.calls, used.cost, id);
      all.set(id, { ...allowance, used });
      database.afterCommit(listeners.tell);
    },
    blockedUntil(grantId) {
      if (all.size === 0) return undefined;
      const ends = inForce()
        .filter((allowance) => allowance.effect === 'block' && allowance.grantId === grantId)
        .map((allowance) => allowance.until ?? Number.POSITIVE_INFINITY);
      return ends.length > 0 ? Math.max(...ends) : undefined;
    },
    onChange: listeners.add,
  };
}

/** Whether nothing more can go by it. */
function isUsedUp({ ceiling, used }: Allowance): boolean {
  return (
    used.calls >= (ceiling.calls ?? Number.POSITIVE_INFINITY) ||
    used.cost >= (ceiling.cost ?? Number.POSITIVE_INFINITY) * (1 - ROUNDING)
  );
}

/** A call of unknown cost, or of none, never ends a ceiling in cost, so it does not go by one. */
function hasRoom({ ceiling, used }: Allowance, cost: number | undefined): boolean {
  if (ceiling.cost === undefined) return true;
  return cost !== undefined && cost > 0 && used.cost + cost <= ceiling.cost * (1 + ROUNDING);
}

function isFor(only: Only | undefined, call: Asking): boolean {
  if (only === undefined) return true;
  if ('digest' in only) return only.digest === call.digest;
  const hosts = call.hosts() ?? [];
  return hosts.length > 0 && hosts.every((host) => only.hosts.includes(host));
}
