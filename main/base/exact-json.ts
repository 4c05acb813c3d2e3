import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';

/** ECMAScript's *JSON.parse source text access*, which TypeScript's libraries do not know yet. */
declare global {
  interface JSON {
    rawJSON(text: string): object;
    isRawJSON(value: unknown): value is { readonly rawJSON: string };
  }
}

/** Up to 15 digits without an exponent always come back as they were; only what is more is looked at closely. */
const PERHAPS_INEXACT = /-?(?:[\d.]{16,}(?:[eE][+-]?\d+)?|[\d.]+[eE][+-]?\d+)/g;

/** No double needs more characters, were it written without an exponent. */
const LONGEST_EXACT = 1100;

/** Numbers in an unusual spelling that one text may hold: each takes microseconds. */
const MOST_UNUSUAL = 10_000;

/**
 * `JSON.parse` that loses no number: one that JavaScript would give back as another (`9007199254740993`,
 * `1e-400`) is kept as it was written, as a value that `JSON.stringify` writes so again and that
 * {@link inexactNumber} finds. Takes linear time. (The reviver's source text, which is made for this, takes a
 * hundred times as long as parsing does.) Throws SyntaxError, and RangeError for what would take long: more than
 * 10,000 numbers like `1.5e3` or of more digits than a double has.
 */
export function parseExact(text: string): Json {
  // Checked as it is: what is put in the place of a number must not mend what is no JSON.
  const value = JSON.parse(text) as Json;
  const key = randomUUID();
  let unusual = 0;
  const isExact = (number: string) => {
    const back = String(Number(number));
    if (back === number) return true;
    unusual += 1;
    if (unusual > MOST_UNUSUAL)
      throw new RangeError('The text holds too many numbers in an unusual spelling.');
    return number.length <= LONGEST_EXACT && decimal(number) === decimal(back);
  };
  const marked = outsideStrings(text, (part) =>
    part.replace(PERHAPS_INEXACT, (number) => (isExact(number) ? number : `{"${key}":"${number}"}`)),
  );
  return marked === undefined ? value : restore(JSON.parse(marked) as Json, key);
}

/** A number that {@link parseExact} kept as it was written, and where: names and indices. */
export function inexactNumber(
  value: Json,
  path: readonly string[] = [],
): { text: string; path: readonly string[] } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (JSON.isRawJSON(value)) return { text: value.rawJSON, path };
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner !== 'object') continue;
    const found = inexactNumber(inner, [...path, name]);
    if (found) return found;
  }
  return undefined;
}

/** `text` with everything that is not in a string put through `change`; `undefined` when nothing was changed. */
function outsideStrings(text: string, change: (part: string) => string): string | undefined {
  let changed = '';
  let kept = 0;
  for (let start = 0; start < text.length; ) {
    const quote = text.indexOf('"', start);
    const end = quote === -1 ? text.length : quote;
    // What stands between two strings is mostly a colon or a comma.
    if (end - start > 2) {
      const part = text.slice(start, end);
      const next = change(part);
      if (next !== part) {
        changed += text.slice(kept, start) + next;
        kept = end;
      }
    }
    start = quote === -1 ? end : endOfString(text, quote);
  }
  return kept === 0 ? undefined : changed + text.slice(kept);
}

/** The index after the string that begins at `quote`. */
function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; ; ) {
    const close = text.indexOf('"', at);
    let escapes = 0;
    while (text[close - 1 - escapes] === '\\') escapes += 1;
    at = close + 1;
    if (escapes % 2 === 0) return at;
  }
}

function restore(value: Json, key: string): Json {
  if (Array.isArray(value)) return value.map((inner) => restore(inner, key));
  if (!isJsonObject(value)) return value;
  const number = Object.hasOwn(value, key) ? value[key] : undefined;
  if (typeof number === 'string') return JSON.rawJSON(number) as JsonObject;
  // fromEntries defines own members, so that a member called __proto__ stays one.
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, restore(inner, key)]));
}

/** A number in one spelling: its digits from the first to the last that is not 0, and the power of ten after them. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  if (short === '') return '0';
  return `${sign}${short}e${Number(power) - fraction.length + digits.length - short.length}`;
}
