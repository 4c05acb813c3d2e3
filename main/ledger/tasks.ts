import { isJsonObject, type JsonObject, ownMember } from '../../shared/json.ts';
import type { Clock } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import { serverColumn } from './server-column.ts';

/** How long it is kept whose a task is (ms): no server in the field keeps one longer. */
const KEPT = 90 * 24 * 3_600_000;

/** Tasks remembered without the database, newest: a client asks for its task at once, also when nothing can be written. */
const MOST_REMEMBERED = 1000;

/** A task that a call made. */
interface Task {
  server: string;
  taskId: string;
  grantId: string;
  callId: string;
}

/** Whose the servers' tasks are: with one token for all clients, the server cannot tell them apart. */
export interface Tasks {
  /**
   * Notes that the call `callId` of `grantId` made the task at its server. Throws StorageError; it is remembered until
   * Greenlight stops all the same.
   */
  add(task: Task): void;
  /** The call that made the task; `undefined` when it was none of this grant's. */
  callOf(server: string, taskId: string, grantId: string): string | undefined;
  /** Lets go of what is older than 90 days. */
  prune(): void;
}

/**
 * The tasks in `database`; what is older than 90 days goes. What another upstream than that of `since` made is nobody's:
 * its ids may name others' tasks now.
 */
export function createTasks(database: Database, clock: Clock, since: (server: string) => number): Tasks {
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
    add({ server, taskId, grantId, callId }) {
      const createdAt = clock.now();
      const key = keyOf(server, taskId);
      remembered.delete(key);
      remembered.set(key, { grantId, callId, createdAt });
      const [oldest] = remembered.keys();
      if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
      database.transaction(() => {
        insert.run(key, grantId, callId, createdAt);
      });
    },
    callOf(server, taskId, grantId) {
      const key = keyOf(server, taskId);
      const row = find.get(key) as Row | undefined;
      const known =
        remembered.get(key) ??
        (row && { grantId: row.grant_id, callId: row.call_id, createdAt: row.created_at });
      return known?.grantId === grantId && known.createdAt >= since(server) ? known.callId : undefined;
    },
  };
}

interface Row {
  grant_id: string;
  call_id: string;
  created_at: number;
}

/** As JSON text, which SQLite keeps apart: a lone surrogate would become another text. */
function keyOf(server: string, taskId: string): string {
  const column = serverColumn(server);
  return JSON.stringify(column === null ? taskId : [column, taskId]);
}

/** The task that an answer to a `tools/call` says was made, in the shape of either revision. */
export function taskOf(result: JsonObject): string | undefined {
  const task = ownMember(result, 'resultType') === 'task' ? result : ownMember(result, 'task');
  const taskId = isJsonObject(task) ? ownMember(task, 'taskId') : undefined;
  return typeof taskId === 'string' ? taskId : undefined;
}
