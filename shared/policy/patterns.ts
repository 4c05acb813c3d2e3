import { format } from '@cfworker/json-schema';
import { RE2JS } from 're2js';

const maxPattern = 1000;

/** The patterns of one schema, each under the name of a format that the validator looks for. */
export type Patterns = Map<string, (text: string) => boolean>;

/**
 * Makes a schema's `pattern` checkable in linear time, adds it to `patterns` and returns its name: the validator would
 * run `pattern` on the engine's own RegExp, which a hostile pair of schema and argument can keep busy for years.
 * `undefined` when RE2 cannot express the pattern (it looks ahead, or back).
 */
export function patternFormat(pattern: string, patterns: Patterns): string | undefined {
  const name = `greenlight pattern ${pattern}`;
  if (patterns.has(name)) return name;
  const test = compiled(pattern);
  if (test) patterns.set(name, test);
  return test && name;
}

/** Adds to `patterns` one that fits anything and tells `met` each time, and returns its name. */
export function uncheckedFormat(patterns: Patterns, met: () => void): string {
  const name = `greenlight unchecked ${patterns.size}`;
  patterns.set(name, () => {
    met();
    return true;
  });
  return name;
}

function compiled(pattern: string): ((text: string) => boolean) | undefined {
  // RE2JS reads a named back reference as something else instead of refusing it.
  if (pattern.length > maxPattern || pattern.includes('\\k')) return undefined;
  try {
    const expression = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return (text) => expression.test(text);
  } catch {
    return undefined;
  }
}

/** Runs `check` while the validator finds `patterns`; its formats are all schemas', so nothing may stay there. */
export function withPatterns<T>(patterns: Patterns, check: () => T): T {
  for (const [name, test] of patterns) format[name] = test;
  try {
    return check();
  } finally {
    for (const name of patterns.keys()) delete format[name];
  }
}

const atom = /(?:[^\\^$.*+?()[\]{}|]|\\[dDwWs]|\\[^a-zA-Z0-9\s]|\.|\[\^?(?:[^\\\]^[]|\\[dwsDW\]\\.\-/^[])+\])/
  .source;
const simplePattern = new RegExp(`^(\\^?)((?:${atom}(?:[*+?]|\\{\\d{1,2}\\})?)*)(\\$?)$`, 'u');

/**
 * Whether a `patternProperties` name is so simple that the engine's own RegExp takes linear time: no
 * groups, no alternatives, and at most one unbounded repetition, which is anchored at the start. The
 * validator offers no way to run these on another engine.
 */
export function isSimplePattern(pattern: string): boolean {
  if (pattern.length > 100) return false;
  const match = simplePattern.exec(pattern);
  if (match === null) return false;
  const unbounded =
    (match[2] ?? '').replaceAll(/\\.|\[(?:\\.|[^\]\\])*\]/gu, 'x').match(/[*+]/g)?.length ?? 0;
  return unbounded === 0 || (unbounded === 1 && match[1] === '^');
}
