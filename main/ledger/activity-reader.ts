/** Reading the activity log: filtered and in pages. */
import type { Time } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import {
  type ActivityEntry,
  type ActivityRecord,
  type Column,
  type Decision,
  entryOf,
} from './activity-row.ts';

/** Which calls are wanted; all of what is given must hold. */
interface ActivityFilter {
  /** A grant's id. */
  client?: string | undefined;
  tool?: string | undefined;
  outcome?: Decision['outcome'] | undefined;
  /** ISO times of the wall clock: from `since` on, before `until`. */
  since?: string | undefined;
  until?: string | undefined;
  /** Is found in the tool's name, the client's, the reason, the rule, the arguments or the task. */
  text?: string | undefined;
}

/** The log of calls, for reading. */
export interface ActivityReader {
  get(id: string): ActivityEntry | undefined;
  /**
   * Newest first. `before` is the `next` of an earlier page, `skip` how many calls to pass over.
   */
  query(
    filter: ActivityFilter,
    page: { limit: number; before?: number | undefined; skip?: number | undefined },
  ): { entries: ActivityEntry[]; next?: number };
  /** How many calls `filter` matches. */
  count(filter: ActivityFilter): number;
  /** Calls of a grant since `time`. */
  callsSince(grantId: string, time: number): number;
  /** Calls and cost of the calls that ran, per local day since `time`, oldest first. */
  days(since: number): { day: string; calls: number; cost: number }[];
}

/** Reads the log in the database. */
export function createActivityReader({ sql }: Database, time: Pick<Time, 'fromWall'>): ActivityReader {
  const byId = sql.prepare('SELECT * FROM activity WHERE id = ?');
  const since = sql.prepare('SELECT count(*) AS calls FROM activity WHERE grant_id = ? AND at >= ?');
  const perDay = sql.prepare(`
    SELECT date((at + coalesce((SELECT ahead FROM wall_clock WHERE since <= at ORDER BY since DESC LIMIT 1), 0))
        / 1000, 'unixepoch', 'localtime') AS day, count(*) AS calls, coalesce(sum(cost), 0) AS cost
    FROM activity WHERE at >= ? AND forwarded = 1 GROUP BY day ORDER BY day
  `);

  function select(
    filter: ActivityFilter,
    before: number | undefined,
    limit: number,
    skip = 0,
  ): ActivityRecord[] {
    const { where, values } = conditions(filter, before, time);
    return sql
      .prepare(`SELECT * FROM activity ${where} ORDER BY seq DESC LIMIT ? OFFSET ?`)
      .all(...values, limit, skip) as unknown as ActivityRecord[];
  }

  return {
    get(id) {
      const row = byId.get(id) as ActivityRecord | undefined;
      return row && entryOf(row);
    },
    query(filter, { limit, before, skip }) {
      const rows = select(filter, before, limit + 1, skip);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        entries: page.map(entryOf),
        ...(rows.length > limit && last && { next: Number(last.seq) }),
      };
    },
    count(filter) {
      const { where, values } = conditions(filter, undefined, time);
      return Number(sql.prepare(`SELECT count(*) AS total FROM activity ${where}`).get(...values)?.total);
    },
    callsSince: (grantId, time) => (since.get(grantId, time) as { calls: number }).calls,
    days: (from) => perDay.all(from) as { day: string; calls: number; cost: number }[],
  };
}

function conditions(filter: ActivityFilter, before: number | undefined, time: Pick<Time, 'fromWall'>) {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, ...operands: (string | number)[]) => {
    parts.push(condition);
    values.push(...operands);
  };
  const compare = (column: Column, operator: '=' | '<' | '>=', operand: string | number | undefined) => {
    if (operand !== undefined) add(`${column} ${operator} ?`, operand);
  };
  const at = (text: string | undefined) => (text === undefined ? undefined : time.fromWall(Date.parse(text)));
  compare('seq', '<', before);
  compare('grant_id', '=', filter.client);
  compare('tool', '=', filter.tool);
  compare('outcome', '=', filter.outcome);
  compare('at', '>=', at(filter.since));
  compare('at', '<', at(filter.until));
  const text = filter.text?.trim();
  if (text) {
    const pattern = (part: string) => `%${part.replace(/[\\%_]/g, '\\$&')}%`;
    const columns: Column[] = [
      'tool',
      'label',
      'client_name',
      'message',
      'rule',
      'task_id',
      'arguments',
      'edited',
    ];
    // Arguments are kept as JSON: a quote or a line end in the text is an escape there.
    const inJson = JSON.stringify(text).slice(1, -1);
    add(
      `(${columns.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')})`,
      ...columns.map((column) => pattern(column === 'arguments' || column === 'edited' ? inJson : text)),
    );
  }
  return { where: parts.length > 0 ? `WHERE ${parts.join(' AND ')}` : '', values };
}
