/** The activity log as text, for other programs. */
import type { ActivityEntry } from './activity-row.ts';
import { type Iso, viewOf } from './log-view.ts';

/** The line of `entry`. */
export function exportLine(entry: ActivityEntry, format: 'csv' | 'jsonl', iso: Iso): string {
  if (format === 'jsonl') return `${JSON.stringify(viewOf(entry, iso))}\n`;
  return csvLine(CSV.map(([, cell]) => cell(entry, iso)));
}

/** What stands before the first line. */
export function exportHead(format: 'csv' | 'jsonl'): string {
  return format === 'jsonl' ? '' : csvLine(CSV.map(([name]) => name));
}

/** The columns of a CSV file. People have spreadsheets that rely on their names and order: new ones go last. */
const CSV: [name: string, cell: (entry: ActivityEntry, iso: Iso) => string | number | undefined][] = [
  ['at', ({ at }, iso) => iso(at)],
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
  ['watched', ({ watched }) => watched],
  ['answered_by', ({ answeredBy }) => answeredBy],
  ['server', ({ server }) => server],
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
