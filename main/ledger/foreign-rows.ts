import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import type { Database } from '../database/database.ts';
import type { ForeignRow, SealedTable, Tampering } from '../database/seal.ts';

/** What a person calls what a table holds: one of it, several. */
const WORDS: Record<SealedTable, readonly [one: string, several: string]> = {
  accepted: ['file that you accepted', 'files that you accepted'],
  allowances: ['allowance', 'allowances'],
  approvals: ['answer', 'answers'],
  ceilings: ['ceiling of an allowance', 'ceilings of allowances'],
  grants: ['client', 'clients'],
  log_anchor: ['note of where the log begins', 'notes of where the log begins'],
  policies: ['policy', 'policies'],
  policy_versions: ['version of a policy', 'versions of policies'],
  quota_events: ['amount that counts toward a limit', 'amounts that count toward limits'],
  reservations: ['amount that a call holds', 'amounts that calls hold'],
  sessions: ['session', 'sessions'],
  tasks: ['task', 'tasks'],
  time_stand: ['note of where time stood', 'notes of where time stood'],
  tool_categories: ['category that you chose for a tool', 'categories that you chose for tools'],
  tool_definitions: ['tool that you accepted', 'tools that you accepted'],
  upstream_tools: ['list of tools', 'lists of tools'],
  wall_clock: ['note of how the clock was set', 'notes of how the clock was set'],
};

/**
 * Takes from `database` what others wrote into it: a client is revoked, an answer is none, an allowance, a version
 * of a policy, a tool's acceptance goes. What only makes a limit tighter stays. `now`: what the wall clock shows (ms).
 * Inside the caller's transaction.
 */
export function leaveOutForeign({ sql }: Database, rows: readonly ForeignRow[], now: number): void {
  for (const { table, row } of rows) {
    switch (table) {
      case 'grants':
        // Other rows name it: it is ended, not removed.
        sql
          .prepare('UPDATE grants SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?')
          .run(now, row.id ?? '');
        break;
      case 'approvals':
        sql
          .prepare(
            `UPDATE approvals SET state = 'interrupted', ticket_until = NULL,
               reason = 'It was changed outside Greenlight.' WHERE id = ?`,
          )
          .run(row.id ?? '');
        break;
      case 'ceilings':
        // Without it the allowance would have none.
        sql.prepare('DELETE FROM allowances WHERE id = ?').run(row.allowance_id ?? '');
        remove(table, row);
        break;
      case 'quota_events':
      case 'reservations':
        if (!(Number(row.amount) > 0)) remove(table, row);
        break;
      default:
        remove(table, row);
    }
  }

  function remove(table: SealedTable, row: ForeignRow['row']): void {
    const columns = Object.keys(row);
    sql
      .prepare(`DELETE FROM ${table} WHERE ${columns.map((column) => `${column} IS ?`).join(' AND ')}`)
      .run(...columns.map((column) => row[column] ?? null));
  }
}

/** Columns that say what a call sends, as JSON text. */
const SENT = ['arguments', 'also', 'edited'] as const;

/** Stands for what cannot be read, and so not be looked through for secrets. */
const NOT_KEPT = '[not kept]';

/** `rows` as evidence: what a call sent is what `kept` leaves of it, the rest is as it was found. */
export function keptRows(rows: readonly ForeignRow[], kept: (args: JsonObject) => JsonObject): ForeignRow[] {
  return rows.map(({ table, row }) => {
    if (table !== 'approvals') return { table, row };
    const sent = SENT.filter((column) => row[column] !== null);
    const columns = sent.map((column) => [column, keptText(row[column], kept)]);
    return { table, row: { ...row, ...Object.fromEntries(columns) } };
  });
}

function keptText(text: unknown, kept: (args: JsonObject) => JsonObject): string {
  const value = parse(text);
  return isJsonObject(value) ? JSON.stringify(kept(value)) : NOT_KEPT;
}

/** What others wrote may be anything. */
function parse(text: unknown): Json | undefined {
  try {
    return JSON.parse(String(text)) as Json;
  } catch {
    return undefined;
  }
}

/**
 * What was found, in sentences for the person. `kept`: the file that has the rows; `keyGone`: nothing could be checked,
 * because the key is another one now.
 */
export function aboutTampering(
  { rows, incomplete, log, older }: Tampering,
  { kept, keyGone }: { kept: string | undefined; keyGone: boolean },
): string {
  const counts = new Map<SealedTable, number>();
  for (const { table } of rows) counts.set(table, (counts.get(table) ?? 0) + 1);
  const found = [...counts].map(([table, count]) => `${count} ${WORDS[table][count === 1 ? 0 : 1]}`);
  const copy = kept === undefined ? '' : `; a copy is in ${kept}`;
  if (keyGone)
    return `The key with which Greenlight sealed what you accepted is gone, so nothing shows that others did not write it. Left out: ${listed(found)}${copy}. Every call is blocked. Look over your policies and limits, connect your clients again, then choose another guard mode.`;
  const said = [
    found.length === 0 ? '' : `Greenlight did not write ${listed(found)}, and left that out${copy}.`,
    incomplete
      ? 'Entries were taken out or put back as they were before, so what counts toward limits, who is blocked and who was revoked may be too little.'
      : '',
    older === true
      ? 'It is from an earlier time than Greenlight left it: its newest part was taken away, or an older copy put in its place. What was spent, blocked or revoked since is not in it.'
      : '',
    older === 'unknown'
      ? 'Nothing shows any more that it is as new as Greenlight left it, because greenlight.stand beside it is gone or not Greenlight’s. What was spent, blocked or revoked lately may not be in it.'
      : '',
    log ? 'The end of the log is not where Greenlight left it.' : '',
  ];
  return [
    'Greenlight’s database was changed by another program while Greenlight did not run.',
    ...said.filter(Boolean),
    isLogOnly({ rows, incomplete, older })
      ? 'Find out which program it was, and look at your account with the server; Verify, in Activity, checks the rest of the log.'
      : 'Every call is blocked. Find out which program it was, look over your clients, policies and limits, then choose another guard mode.',
  ].join(' ');
}

/** Whether nothing was changed that decides what may run. */
export function isLogOnly({ rows, incomplete, older }: Omit<Tampering, 'log'>): boolean {
  return rows.length === 0 && !incomplete && !older;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
