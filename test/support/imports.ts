/** Which file imports which, as the parser sees it: imports of types, re-exports and `import()` count too. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Every source file of the project's `folder` ("main"), with its text, by its path from the project's root. */
export function sourcesOf(folder: string): Map<string, string> {
  const paths = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/** The project's files that `text`, the file at `path`, imports; paths from the project's root. */
export function importsOf(path: string, text: string): string[] {
  const found: string[] = [];
  visit(parsed(path, text).program, (node) => {
    const source = node.source ?? (node.type === 'TSImportType' ? node.argument : undefined);
    const value = source?.value ?? source?.literal?.value;
    if (typeof value === 'string' && value.startsWith('.')) found.push(posix.join(dirname(path), value));
  });
  return found;
}

/** The names that the file exports, types included, whether it makes them or passes them on. */
export function exportsOf(path: string, text: string): string[] {
  return parsed(path, text).module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName }) => exportName.name ?? []),
  );
}

function parsed(path: string, text: string) {
  const result = parseSync(path, text);
  if (result.errors.length > 0) throw new Error(`${path}: ${result.errors[0]?.message}`);
  return result;
}

interface Node {
  type?: string;
  source?: Literal;
  argument?: Literal;
}
interface Literal {
  value?: unknown;
  literal?: { value?: unknown };
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, see);
  else if (value !== null && typeof value === 'object') {
    if ('type' in value) see(value as Node);
    for (const inner of Object.values(value)) visit(inner, see);
  }
}

/** Circles among `imports` (path to what it imports): each a list of files that all reach one another. */
export function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const open: string[] = [];
  /** Returns the earliest file still open that `path` reaches (Tarjan). */
  const reach = (path: string): number => {
    const own = order.size;
    order.set(path, own);
    open.push(path);
    let earliest = own;
    for (const next of imports.get(path) ?? []) {
      if (!imports.has(next)) continue;
      if (!order.has(next)) earliest = Math.min(earliest, reach(next));
      else if (open.includes(next)) earliest = Math.min(earliest, order.get(next) ?? own);
    }
    if (earliest === own) {
      const circle = open.splice(open.indexOf(path));
      if (circle.length > 1 || imports.get(path)?.includes(path)) circles.push(circle);
    }
    return earliest;
  };
  for (const path of imports.keys()) if (!order.has(path)) reach(path);
  return circles;
}
