import type { Clock } from '../base/ports.ts';
import type { Database } from '../database/database.ts';

/** How long it is kept whose a task is (ms): no server in the field keeps one longer. */
const KEPT = 90 * 24 * 3_600_000;

/** Tasks remembered without the database, newest: a client asks for its task at once, also when nothing can be written. */
const MOST_REMEMBERED = 1000;

/** Whose the server's tasks are: with one token for all clients, the server cannot tell them apart. */
export interface Tasks {
  /**
   * Notes that the call `callId` of `grantId` made the task. Throws StorageError; it is remembered until
   * Greenlight stops all the same.
   */
  add(task: { taskId: string; grantId: string; callId: string }): void;
  /** The call that made the task; `undefined` when it was none of this grant's. */
  callOf(taskId: string, grantId: string): string | undefined;
  /** Lets go of what is older than 90 days. */
  prune(): void;
}

/**
 * The tasks in `database`; what is older than 90 days goes. What another upstream than that of `since` made is nobody's:
 * its ids may name others' tasks now.
 */
export function createTasks(database: Database, clock: Clock, since: () => number): Tasks {
  const { sql } = database;
  const insert = sql.prepare(
    'INSERT OR REPLACE INTO tasks (task_id, grant_id, call_id, created_at) VALUES (?, ?, ?, ?)',
  );
  const find = sql.prepare('SELECT grant_id, call_id, created_at FROM tasks WHERE task_id = ?');
  const remembered = new Map<string, { grantId: string; callId: string; createdAt: number }>();
  const remove = sql.prepare('DELETE FROM tasks WHERE created_at < ?');
  const prune = () => void database.transaction(() => remove.run(clock.now() - KEPT));
  prune();

  return {
    prune,
    add({ taskId, grantId, callId }) {
      const createdAt = clock.now();
      remembered.delete(taskId);
      remembered.set(taskId, { grantId, callId, createdAt });
      const [oldest] = remembered.keys();
      if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
      database.transaction(() => {
        insert.run(storable(taskId), grantId, callId, createdAt);
      });
    },
    callOf(taskId, grantId) {
      const row = find.get(storable(taskId)) as Row | undefined;
      const known =
        remembered.get(taskId) ??
        (row && { grantId: row.grant_id, callId: row.call_id, createdAt: row.created_at });
      return known?.grantId === grantId && known.createdAt >= since() ? known.callId : undefined;
    },
  };
}

interface Row {
  grant_id: string;
  call_id: string;
  created_at: number;
}

/** Text as SQLite keeps it apart: a lone surrogate would become another text. */
function storable(text: string): string {
  return JSON.stringify(text);
}
