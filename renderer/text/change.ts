import { structuredPatch } from 'diff';

/** One line of a change to a file, or a gap where lines that stay are left out. */
export type ChangeLine =
  | { kind: 'same' | 'added' | 'removed'; text: string; before?: number; after?: number }
  | { kind: 'gap'; lines: number };

/** Lines shown around a change. */
const CONTEXT = 3;

/** The change from `before` to `after` line by line; empty when there is none. Line numbers count from 1. */
export function changeLines(before: string, after: string): ChangeLine[] {
  if (before === after) return [];
  const { hunks } = structuredPatch('', '', unixLines(before), unixLines(after), '', '', {
    context: CONTEXT,
  });
  const lines: ChangeLine[] = [];
  let shown = 0;
  for (const { oldStart, newStart, lines: hunk } of hunks) {
    let [old, now] = [oldStart, newStart];
    if (old - 1 > shown) lines.push({ kind: 'gap', lines: old - 1 - shown });
    for (const line of hunk) {
      const text = line.slice(1);
      if (line.startsWith('+')) lines.push({ kind: 'added', text, after: now++ });
      else if (line.startsWith('-')) lines.push({ kind: 'removed', text, before: old++ });
      else if (line.startsWith(' ')) lines.push({ kind: 'same', text, before: old++, after: now++ });
      // A line that starts with a backslash says that the file has no line end at its end.
    }
    shown = old - 1;
  }
  const rest = lineCount(before) - shown;
  if (rest > 0) lines.push({ kind: 'gap', lines: rest });
  return lines;
}

const unixLines = (text: string) => text.replaceAll('\r\n', '\n');

function lineCount(text: string): number {
  if (text === '') return 0;
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
