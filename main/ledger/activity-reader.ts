/** Reading the activity log: filtered, paged, exported. */
import type { z } from 'zod';
import type { ActivityRow, activityFilter } from '../../shared/contract.ts';
import { activityView } from '../api/views.ts';
import type { Database } from '../database/database.ts';
import type { ActivityRecord } from './activity.ts';

export type ActivityFilter = z.output<typeof activityFilter>;

export interface ActivityLog {
  get(id: string): ActivityRow | undefined;
  /**
   * Newest first. `before` is the `next` of an earlier page, `skip` how many rows to pass over. Only the
   * first page counts how many match.
   */
  query(
    filter: ActivityFilter,
    page: { limit: number; before?: number | undefined; skip?: number | undefined },
  ): {
    rows: ActivityRow[];
    next?: string;
    total?: number;
  };
  /** One piece of the filtered log as text, newest first; `next` is where the following piece starts. */
  export(
    filter: ActivityFilter,
    format: 'csv' | 'jsonl',
    before: number | undefined,
  ): { content: string; next?: string };
  /** Calls of a grant since `time`. */
  callsSince(grantId: string, time: number): number;
  /** Calls and cost of the calls that ran, per local day since `time`, oldest first. */
  days(since: number): { day: string; calls: number; cost: number }[];
}

/** Rows of one piece of an export. */
const PIECE = 2000;

export function createActivityLog({ sql }: Database): ActivityLog {
  const byId = sql.prepare('SELECT * FROM activity WHERE id = ?');
  const since = sql.prepare('SELECT count(*) AS calls FROM activity WHERE grant_id = ? AND at >= ?');
  const perDay = sql.prepare(`
    SELECT date(at / 1000, 'unixepoch', 'localtime') AS day, count(*) AS calls, coalesce(sum(cost), 0) AS cost
    FROM activity WHERE at >= ? AND forwarded = 1 GROUP BY day ORDER BY day
  `);

  function select(
    filter: ActivityFilter,
    before: number | undefined,
    limit: number,
    skip = 0,
  ): ActivityRecord[] {
    const { where, values } = conditions(filter, before);
    return sql
      .prepare(`SELECT * FROM activity ${where} ORDER BY seq DESC LIMIT ? OFFSET ?`)
      .all(...values, limit, skip) as unknown as ActivityRecord[];
  }

  function count(filter: ActivityFilter): number {
    const { where, values } = conditions(filter, undefined);
    const { total } = sql.prepare(`SELECT count(*) AS total FROM activity ${where}`).get(...values) as {
      total: number;
    };
    return total;
  }

  return {
    get(id) {
      const row = byId.get(id) as ActivityRecord | undefined;
      return row && activityView(row);
    },
    query(filter, { limit, before, skip }) {
      const rows = select(filter, before, limit + 1, skip);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        rows: page.map(activityView),
        ...(rows.length > limit && last && { next: String(last.seq) }),
        ...(before === undefined && { total: count(filter) }),
      };
    },
    export(filter, format, before) {
      const rows = select(filter, before, PIECE);
      const lines = rows.map((row) =>
        format === 'csv' ? csvLine(row) : `${JSON.stringify(activityView(row))}\n`,
      );
      if (format === 'csv' && before === undefined) lines.unshift(`${CSV_COLUMNS.join(',')}\r\n`);
      const last = rows.length === PIECE ? rows.at(-1) : undefined;
      return { content: lines.join(''), ...(last && { next: String(last.seq) }) };
    },
    callsSince: (grantId, time) => (since.get(grantId, time) as { calls: number }).calls,
    days: (from) => perDay.all(from) as { day: string; calls: number; cost: number }[],
  };
}

function conditions(filter: ActivityFilter, before: number | undefined) {
  const parts: string[] = [];
  const values: (string | number)[] = [];
  const add = (condition: string, ...operands: (string | number)[]) => {
    parts.push(condition);
    values.push(...operands);
  };
  if (before !== undefined) add('seq < ?', before);
  if (filter.client !== undefined) add('grant_id = ?', filter.client);
  if (filter.tool !== undefined) add('tool = ?', filter.tool);
  if (filter.outcome !== undefined) add('outcome = ?', filter.outcome);
  if (filter.since !== undefined) add('at >= ?', Date.parse(filter.since));
  if (filter.until !== undefined) add('at < ?', Date.parse(filter.until));
  const text = filter.text?.trim();
  if (text) {
    const pattern = (part: string) => `%${part.replace(/[\\%_]/g, '\\$&')}%`;
    const columns = ['tool', 'label', 'client_name', 'message', 'rule', 'task_id', 'arguments', 'edited'];
    // Arguments are kept as JSON: a quote or a line end in the text is an escape there.
    const inJson = JSON.stringify(text).slice(1, -1);
    add(
      `(${columns.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')})`,
      ...columns.map((column) => pattern(column === 'arguments' || column === 'edited' ? inJson : text)),
    );
  }
  return { where: parts.length > 0 ? `WHERE ${parts.join(' AND ')}` : '', values };
}

const CSV_COLUMNS = [
  'at',
  'label',
  'client_name',
  'client_version',
  'session',
  'tool',
  'arguments',
  'outcome',
  'rule',
  'message',
  'decided_by',
  'policy_id',
  'policy_version',
  'cost',
  'wait_ms',
  'latency_ms',
  'result',
  'upstream_status',
  'task_id',
  'approval_id',
  'digest',
  'edited',
  'id',
] as const satisfies readonly (keyof ActivityRecord)[];

/** RFC 4180. A cell that a spreadsheet would run as a formula is defused with an apostrophe (OWASP, *CSV Injection*). */
function csvLine(row: ActivityRecord): string {
  const cells = CSV_COLUMNS.map((column) => {
    const value = column === 'at' ? new Date(Number(row.at)).toISOString() : row[column];
    if (value === null) return '';
    if (typeof value === 'number') return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${cells.join(',')}\r\n`;
}
