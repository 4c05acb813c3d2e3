/** Looking through the log, from the newest row back. */
import type { DatabaseSync } from 'node:sqlite';
import type { Column, Decision } from './activity-row.ts';
import type { Foreseen } from './foreseen.ts';
import { serverColumn } from './server-column.ts';

/** Which calls are wanted; all of what is given must hold. */
export interface LogFilter {
  /** A grant's id. */
  client?: string | undefined;
  tool?: string | undefined;
  server?: string | undefined;
  outcome?: Decision['outcome'] | undefined;
  /** Instants: from `since` on, before `until`. */
  since?: number | undefined;
  until?: number | undefined;
  /** Is found in the tool's name, the client's, the reason, the rule, the arguments or the task. */
  text?: string | undefined;
  /** The task that the call made, or is named by an argument of it. */
  task?: string | undefined;
  /** What the policy that was watched would have done. */
  watched?: Foreseen['would'] | undefined;
}

/**
 * Lets others go on between two steps of something long. Rejects once nobody waits for it any more; whoever does
 * the steps has no transaction open meanwhile.
 */
export type Turn = () => Promise<void>;

/** A row that was found: its number, and about how many characters it has. */
interface Found {
  seq: number;
  size: number;
}

/** Rows looked at between two turns, at most; and how long (ms) that is to take at most. */
const LARGEST_SLICE = 20_000;
const SLICE_TIME = 25;

/** Rows around the ends of a span of time that are looked at all the same: their instants may be a little out of order. */
const MARGIN = 1000;

/** The numbers of the oldest and the newest row; there is none when `newest` is 0. */
export function boundsOf(sql: DatabaseSync): { oldest: number; newest: number } {
  // Both in one would look at all rows.
  const row = sql
    .prepare('SELECT (SELECT min(seq) FROM activity) AS oldest, (SELECT max(seq) FROM activity) AS newest')
    .get();
  return { oldest: Number(row?.oldest ?? 1), newest: Number(row?.newest ?? 0) };
}

/** The number of the first row that was asked at `at` or later: rows are numbered as calls are asked. */
export function firstSince(sql: DatabaseSync, at: number): number {
  const asked = sql.prepare('SELECT at FROM activity WHERE seq = ?');
  let { oldest: low, newest: high } = boundsOf(sql);
  high += 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (Number(asked.get(middle)?.at ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Hands every row that `filter` matches to `found`, newest first, beginning before the number `before`, until
 * `found` returns false. The log has no index for this: what a search reads is dear, and so would be an index for
 * every call (docs/decisions/0006-reading.md).
 */
export async function search(
  sql: DatabaseSync,
  filter: LogFilter,
  before: number | undefined,
  turn: Turn,
  found: (row: Found) => boolean,
): Promise<void> {
  const { oldest, newest } = boundsOf(sql);
  let top = Math.min(newest, (before ?? newest + 1) - 1);
  let bottom = oldest - 1;
  if (filter.until !== undefined) top = Math.min(top, firstSince(sql, filter.until) + MARGIN);
  if (filter.since !== undefined) bottom = Math.max(bottom, firstSince(sql, filter.since) - MARGIN);
  const { where, values } = conditions(filter);
  const slice = sql.prepare(
    `SELECT seq, ${SIZE} AS size FROM activity WHERE seq <= ? AND seq > ?${where} ORDER BY seq DESC`,
  );
  let rows = 100;
  while (top > bottom) {
    const begun = performance.now();
    const end = Math.max(bottom, top - rows);
    for (const row of slice.iterate(top, end, ...values)) if (!found(row as unknown as Found)) return;
    top = end;
    const took = performance.now() - begun;
    rows = took > SLICE_TIME ? Math.max(1, Math.floor(rows / 2)) : Math.min(LARGEST_SLICE, rows * 2);
    await turn();
  }
}

const TEXTS: Column[] = [
  'label',
  'client_name',
  'client_version',
  'session',
  'tool',
  'arguments',
  'rule',
  'message',
  'task_id',
  'also',
  'watched',
  'edited',
];
/** About how many characters a row has, in SQL: known from its head, however large it is. */
export const SIZE = `600 + ${TEXTS.map((column) => `coalesce(octet_length(${column}), 0)`).join(' + ')}`;

function conditions(filter: LogFilter): { where: string; values: (string | number | null)[] } {
  let where = '';
  const values: (string | number | null)[] = [];
  const compare = (column: Column, operator: '=' | '<' | '>=', operand: string | number | undefined) => {
    if (operand === undefined) return;
    // By number alone: the index of a client's calls would have them sorted, all of them.
    where += ` AND +${column} ${operator} ?`;
    values.push(operand);
  };
  compare('grant_id', '=', filter.client);
  compare('tool', '=', filter.tool);
  if (filter.server !== undefined) {
    where += ' AND +server IS ?';
    values.push(serverColumn(filter.server));
  }
  compare('outcome', '=', filter.outcome);
  compare('at', '>=', filter.since);
  compare('at', '<', filter.until);
  if (filter.watched !== undefined) {
    // Quotes within a text of it are escaped, so this stands nowhere else in it.
    where += ' AND instr(watched, ?) > 0';
    values.push(`"would":${JSON.stringify(filter.watched)}`);
  }
  if (filter.task !== undefined) {
    where += ` AND (+task_id = ? OR instr(arguments, ?) > 0)`;
    // As a whole text of the arguments, which are kept as JSON.
    values.push(filter.task, JSON.stringify(filter.task));
  }
  const text = filter.text?.trim();
  if (text) {
    // Arguments are kept as JSON: a quote or a line end in the text is an escape there.
    const inJson = JSON.stringify(text).slice(1, -1);
    const searched: [Column, string][] = [
      ['tool', text],
      ['label', text],
      ['client_name', text],
      ['message', text],
      ['rule', text],
      ['task_id', text],
      ['arguments', inJson],
      ['edited', inJson],
    ];
    where += ` AND (${searched.map(([column]) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')})`;
    values.push(...searched.map(([, part]) => `%${part.replace(/[\\%_]/g, '\\$&')}%`));
  }
  return { where, values };
}
