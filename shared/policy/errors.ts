import type { z } from 'zod';
import { knownKeys } from './document.ts';
import { pointer } from './paths.ts';
import type { PolicyError } from './types.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What zod found, as pointers and remedies. */
export function policyErrors(issues: readonly Issue[]): PolicyError[] {
  return issues.flatMap((issue) => translate(issue, []));
}

function translate(issue: Issue, above: Path): PolicyError[] {
  const path = [...above, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ pointer: pointer(...path, key), message: unknownKey(path, key) }));
    case 'invalid_key':
      return issue.issues.flatMap((inner) => translate({ ...inner, path: [] }, path));
    case 'invalid_union': {
      if (path.at(-1) === 'op') return [{ pointer: pointer(...path), message: unknownOperator }];
      if (path.at(-1) === 'value') {
        return [
          { pointer: pointer(...path), message: 'A predicate needs a "value", which may be any JSON.' },
        ];
      }
      // Of the forms a member may take, the one meant is the one whose kind of value is there.
      const meant = issue.errors.find((branch) => branch.every((inner) => !isWrongKind(inner)));
      if (meant !== undefined) return meant.flatMap((inner) => translate(inner, path));
      break;
    }
  }
  return [{ pointer: pointer(...path), message: issue.message }];
}

function isWrongKind(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

const unknownOperator = `"op" must be one of ${knownKeys.operator.join(', ')}.`;

function unknownKey(path: Path, key: string): string {
  const where = keysAt(path);
  if (where === 'all_tools' && (key === 'action' || key === 'reason')) {
    return `"all_tools" has no "${key}"; what happens to tools that are not listed is said by "default", and one tool's action by its own rule.`;
  }
  if (where === 'predicate' && key === 'absent') {
    return '"absent" stands with "host_in" and "host_not_in" under "require" alone: a value that is not given then passes. Everywhere else, remove it.';
  }
  const known = knownKeys[where];
  const meant = closest(key, known);
  const name = JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
  return meant === undefined
    ? `${name} is not known here; remove it. Known: ${known.join(', ')}.`
    : `${name} is not known here; did you mean "${meant}"?`;
}

/** Which kind of object stands at `path`. Tool names may be any word, so they are skipped by position. */
function keysAt(path: Path): keyof typeof knownKeys {
  if (path.length === 0) return 'document';
  if (path[0] === 'costs') return 'cost';
  if (path[0] === 'categories' && path.length === 1) return 'categories';
  const within = path.slice(path[0] === 'all_tools' ? 1 : 2);
  if (within.length === 0) return path[0] === 'all_tools' ? 'all_tools' : 'rule';
  if (within[0] === 'limits') return 'limit';
  if (within[0] === 'rate_limit') return 'rate_limit';
  if (within[0] === 'require_approval' && within.length === 1) return 'require_approval';
  return path.at(-1) === 'value' ? 'hours' : 'predicate';
}

/** The known word nearest to `word`, when it is near enough to be what was meant. */
function closest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(normal(word), normal(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

const normal = (word: string) => word.toLowerCase().replaceAll(/[-_ ]/g, '');

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
