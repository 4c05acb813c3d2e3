/** What two texts differ in, line by line, for people: changes with a little around them, the rest folded. */
import { diffLines } from 'diff';

export type DiffLine =
  | { kind: 'same' | 'added' | 'removed'; text: string }
  /** So many lines that are the same are left out here. */
  | { kind: 'fold'; lines: number };

/** How many unchanged lines are shown around a change. */
const AROUND = 3;

/** The lines from `before` to `after`; empty when they are the same. */
export function difference(before: string, after: string): DiffLine[] {
  if (before === after) return [];
  const changes = diffLines(before, after);
  return changes.flatMap((change, index): DiffLine[] => {
    const lines = change.value.replace(/\n$/, '').split('\n');
    if (change.added) return lines.map((text) => ({ kind: 'added', text }));
    if (change.removed) return lines.map((text) => ({ kind: 'removed', text }));
    return folded(lines, index === 0 ? 0 : AROUND, index === changes.length - 1 ? 0 : AROUND);
  });
}

function folded(lines: readonly string[], head: number, tail: number): DiffLine[] {
  const left = lines.length - head - tail;
  const same = (text: string): DiffLine => ({ kind: 'same', text });
  // Folding a line or two would save nothing.
  if (left <= 2) return lines.map(same);
  return [
    ...lines.slice(0, head).map(same),
    { kind: 'fold', lines: left },
    ...lines.slice(lines.length - tail).map(same),
  ];
}

/** How many lines were added and removed: "3 lines added, 1 removed". */
export function differenceWords(lines: readonly DiffLine[]): string {
  const count = (kind: DiffLine['kind']) => lines.filter((line) => line.kind === kind).length;
  const added = count('added');
  const removed = count('removed');
  if (added === 0 && removed === 0) return 'No difference';
  const words = [
    ...(added > 0 ? [`${added} ${added === 1 ? 'line' : 'lines'} added`] : []),
    ...(removed > 0 ? [`${removed} ${removed === 1 ? 'line' : 'lines'} removed`] : []),
  ];
  return words.join(', ');
}
