import { format } from '@cfworker/json-schema';
import { RE2JS } from 're2js';

const maxPattern = 1000;

/**
 * Makes a schema's `pattern` checkable in linear time and returns the name under which the validator
 * finds it as a format: the validator would run `pattern` on the engine's own RegExp, which a hostile
 * pair of schema and argument can keep busy for years. Throws when RE2 cannot express the pattern.
 */
export function patternFormat(pattern: string): string {
  const name = `greenlight pattern ${pattern}`;
  if (!Object.hasOwn(format, name)) {
    // RE2JS reads a named back reference as something else instead of refusing it.
    if (pattern.length > maxPattern || pattern.includes('\\k')) throw new Error('unsupported pattern');
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    format[name] = (text) => compiled.test(text);
  }
  return name;
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
