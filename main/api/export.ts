/** The activity log as text, for other programs. */
import type { ActivityEntry } from '../ledger/activity-row.ts';
import type { Views } from './views.ts';

/** What the lines of `entries` are in `format`; `head`: with the line of names that a CSV file begins with. */
export function exportText(
  views: Views,
  entries: ActivityEntry[],
  format: 'csv' | 'jsonl',
  head: boolean,
): string {
  if (format === 'jsonl')
    return entries.map((entry) => `${JSON.stringify(views.activity(entry))}\n`).join('');
  const lines = entries.map((entry) => csvLine(CSV.map(([, cell]) => cell(entry, views))));
  if (head) lines.unshift(csvLine(CSV.map(([name]) => name)));
  return lines.join('');
}

/** The columns of a CSV file. People have spreadsheets that rely on their names and order: new ones go last. */
const CSV: [name: string, cell: (entry: ActivityEntry, views: Views) => string | number | undefined][] = [
  ['at', ({ at }, { iso }) => iso(at)],
  ['label', ({ label }) => label],
  ['client_name', ({ clientName }) => clientName],
  ['client_version', ({ clientVersion }) => clientVersion],
  ['session', ({ session }) => session],
  ['tool', ({ tool }) => tool],
  ['arguments', (entry) => entry.arguments],
  ['outcome', ({ outcome }) => outcome],
  ['rule', ({ rule }) => rule],
  ['message', ({ message }) => message],
  ['decided_by', ({ decidedBy }) => decidedBy],
  ['policy_id', ({ policy }) => policy?.id],
  ['policy_version', ({ policy }) => policy?.version],
  ['cost', ({ cost }) => cost],
  ['wait_ms', ({ waitMs }) => waitMs],
  ['latency_ms', ({ latencyMs }) => latencyMs],
  ['result', ({ result }) => result],
  ['upstream_status', ({ upstreamStatus }) => upstreamStatus],
  ['task_id', ({ taskId }) => taskId],
  ['approval_id', ({ approvalId }) => approvalId],
  ['digest', ({ digest }) => digest],
  ['edited', ({ edited }) => edited],
  ['id', ({ id }) => id],
  ['also', ({ also }) => also],
];

/** RFC 4180. A cell that a spreadsheet would run as a formula is defused with an apostrophe (OWASP, *CSV Injection*). */
function csvLine(cells: (string | number | undefined)[]): string {
  const texts = cells.map((value) => {
    if (typeof value !== 'string') return String(value ?? '');
    const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${texts.join(',')}\r\n`;
}
