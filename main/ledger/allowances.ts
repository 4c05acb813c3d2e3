import { randomUUID } from 'node:crypto';
import type { Time } from '../base/ports.ts';
import type { Database } from '../database/database.ts';

/** A standing answer of the person: this client may call this tool, or this client is blocked, for a while. */
export interface Allowance {
  id: string;
  effect: 'allow' | 'block';
  grantId: string;
  /** Absent on a block, which covers every tool. */
  tool: string | undefined;
  /** Set when it holds only for one `Mcp-Session-Id`. */
  session: string | undefined;
  createdAt: number;
  /** By Greenlight's own time (ms); absent: until the session, or Greenlight, ends; a block: until the person ends it. */
  until: number | undefined;
}

export interface Allowances {
  /** Those in force now, each until when it will be. */
  list(): Allowance[];
  allow(grantId: string, tool: string, span: { until: number } | { session: string | undefined }): Allowance;
  /** Without `until` the client is paused. */
  block(grantId: string, until?: number): Allowance;
  revoke(id: string): boolean;
  /** Ends all blocks of the client, in one transaction. Returns whether there was one. */
  unblock(grantId: string): boolean;
  /** Whether the person allowed calls like this one for a while; `since` (ms): and did so then or later. */
  covers(grantId: string, tool: string, session: string | undefined, since?: number): boolean;
  /** Until when the client is blocked, if it is; for ever, where it is paused. */
  blockedUntil(grantId: string): number | undefined;
  /** Lets go of those that are over. */
  prune(): void;
}

interface Row {
  id: string;
  effect: 'allow' | 'block';
  grant_id: string;
  tool: string | null;
  session: string | null;
  created_at: number;
  until: number | null;
}

/**
 * The allowances in `database`. A permission that has no end but its session's does not outlive this process: which
 * sessions are still the same ones cannot be known after a restart.
 */
export function createAllowances(database: Database, clock: Time): Allowances {
  const { sql } = database;
  database.transaction(() => {
    const now = clock.now();
    // What is dated in the future counts as given now.
    sql
      .prepare('UPDATE allowances SET until = until - created_at + ?, created_at = ? WHERE created_at > ?')
      .run(now, now, now);
    sql.prepare("DELETE FROM allowances WHERE (until IS NULL AND effect = 'allow') OR until <= ?").run(now);
  });
  const rows = sql.prepare('SELECT * FROM allowances');
  const all = new Map<string, Allowance>();
  // An allowance whose writing was rolled back was never given.
  const readAgain = () => {
    all.clear();
    for (const row of rows.all() as unknown as Row[]) {
      all.set(row.id, {
        id: row.id,
        effect: row.effect,
        grantId: row.grant_id,
        tool: row.tool ?? undefined,
        session: row.session ?? undefined,
        createdAt: row.created_at,
        until: row.until ?? undefined,
      });
    }
  };
  database.onRollback(readAgain);
  readAgain();
  const insert = sql.prepare(
    'INSERT INTO allowances (id, effect, grant_id, tool, session, created_at, until) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const remove = sql.prepare('DELETE FROM allowances WHERE id = ?');

  function add(allowance: Omit<Allowance, 'id' | 'createdAt'>): Allowance {
    const added = { ...allowance, id: randomUUID(), createdAt: clock.now() };
    // Notes what the wall clock shows now: only what it gains from here on counts.
    clock.toWall(added.createdAt);
    database.transaction(() =>
      insert.run(
        added.id,
        added.effect,
        added.grantId,
        added.tool ?? null,
        added.session?.toWellFormed() ?? null,
        added.createdAt,
        added.until ?? null,
      ),
    );
    all.set(added.id, added);
    return added;
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
    allow: (grantId, tool, span) =>
      add({
        effect: 'allow',
        grantId,
        tool,
        session: 'session' in span ? span.session : undefined,
        until: 'until' in span ? span.until : undefined,
      }),
    block: (grantId, until) => add({ effect: 'block', grantId, tool: undefined, session: undefined, until }),
    revoke(id) {
      if (!all.has(id)) return false;
      database.transaction(() => remove.run(id));
      return all.delete(id);
    },
    unblock(grantId) {
      const blocks = [...all.values()].filter(
        (allowance) => allowance.effect === 'block' && allowance.grantId === grantId,
      );
      if (blocks.length === 0) return false;
      database.transaction(() => {
        for (const { id } of blocks) remove.run(id);
      });
      for (const { id } of blocks) all.delete(id);
      return true;
    },
    prune() {
      const kept = new Set(inForce());
      const over = [...all.values()].filter((allowance) => !kept.has(allowance));
      database.transaction(() => {
        for (const { id } of over) remove.run(id);
      });
      for (const { id } of over) all.delete(id);
    },
    covers: (grantId, tool, session, since = Number.NEGATIVE_INFINITY) =>
      all.size > 0 &&
      inForce().some(
        (allowance) =>
          allowance.effect === 'allow' &&
          allowance.grantId === grantId &&
          allowance.tool === tool &&
          allowance.createdAt >= since &&
          // With an end, it holds for every session; without, for the one it was given in.
          (allowance.until !== undefined || allowance.session === session),
      ),
    blockedUntil(grantId) {
      if (all.size === 0) return undefined;
      const ends = inForce()
        .filter((allowance) => allowance.effect === 'block' && allowance.grantId === grantId)
        .map((allowance) => allowance.until ?? Number.POSITIVE_INFINITY);
      return ends.length > 0 ? Math.max(...ends) : undefined;
    },
  };
}
