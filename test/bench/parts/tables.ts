/** Tables of a run, as Markdown. */
import type { Summary } from './profile.ts';
import { aims, figures, type Results } from './results.ts';
import { median } from './statistics.ts';

/** A table in Markdown: the first column is text, the others are numbers. */
export function markdownTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = heading.map((_, column) => (column === 0 ? '---' : '---:'));
  return [heading, rule, ...rows].map(line).join('\n');
}

/** A number with some digits; a dash where it was not measured. */
export function shown(value: number, digits = 2): string {
  return Number.isFinite(value) ? value.toFixed(digits) : '-';
}

/** Calls: what each target takes and costs. */
export function callsTable(results: Results): string {
  const all = results.targets.map((target) => figures(results, target));
  const cpu = all.some((row) => Number.isFinite(row.cpu));
  const heading = [
    ...['target', 'calls/s', '/ bare'],
    ...(cpu ? ['CPU µs', '/ bare', 'core busy'] : []),
    ...['p50 ms', 'p99 ms', '/ bare', 'serial p50 ms', '/ bare', 'longest block ms'],
  ];
  const rows = all.map((row) => [
    ...[row.name, shown(row.rate, 0), shown(row.rateRatio)],
    ...(cpu ? [shown(row.cpu, 0), shown(row.cpuRatio), shown(row.busy)] : []),
    ...[shown(row.p50), shown(row.p99), shown(row.p99Ratio), shown(row.serial, 3), shown(row.serialRatio)],
    shown(row.block, 1),
  ]);
  return markdownTable(heading, rows);
}

/** Processes: starts and memory. */
export function processesTable({ processes }: Results): string {
  const heading = ['process', 'start ms', 'start CPU ms', 'MiB at rest', 'MiB after', 'calls between'];
  return markdownTable(
    heading,
    processes.map(({ name, starts, atRest, after, calls }) => [
      name,
      shown(median(starts.map(({ wall }) => wall)), 0),
      shown(median(starts.map(({ cpu }) => cpu)), 0),
      shown(atRest, 0),
      shown(after, 0),
      calls.toLocaleString('en'),
    ]),
  );
}

/** Where the CPU went, by category; what is less than half a percent is left out. */
export function profileTable({ categories }: Summary): string {
  const rows = categories.filter(({ share }) => share >= 0.005);
  return markdownTable(
    ['', 'own time, %'],
    rows.map(({ name, share }) => [name, shown(share * 100, 1)]),
  );
}

/** The aims, met or missed. */
export function aimsTable(results: Results): string {
  return markdownTable(
    ['', 'aim', 'measured', ''],
    aims(results).map(({ what, aim, value, met }) => [
      what,
      aim,
      value,
      met === undefined ? '' : met ? 'met' : '**missed**',
    ]),
  );
}
