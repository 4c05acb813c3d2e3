import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { isExactNumber } from '../../shared/numbers.ts';
import { endOfString } from './message-bounds.ts';

/** As many digits, without an exponent, always come back as they were; only what is more is looked at closely. */
const ALWAYS_EXACT = 15;

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
    if (number.length <= LONGEST_EXACT && String(Number(number)) === number) return true;
    unusual += 1;
    if (unusual > MOST_UNUSUAL)
      throw new RangeError('The text holds too many numbers in an unusual spelling.');
    return number.length <= LONGEST_EXACT && isExactNumber(number);
  };
  const marked = replaceNumbers(text, (number) => (isExact(number) ? number : `{"${key}":"${number}"}`));
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

const [QUOTE, PLUS, MINUS, DOT, ZERO, NINE, UPPER_E, LOWER_E] = [
  0x22, 0x2b, 0x2d, 0x2e, 0x30, 0x39, 0x45, 0x65,
];

/** The JSON `text` with its unusual numbers put through `change`; `undefined` when nothing was changed. */
function replaceNumbers(text: string, change: (number: string) => string): string | undefined {
  let changed = '';
  let kept = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code !== MINUS && !(code >= ZERO && code <= NINE)) at += 1;
    else {
      const start = at;
      let exponent = false;
      for (at += 1; at < text.length; at += 1) {
        const next = text.charCodeAt(at);
        if ((next >= ZERO && next <= NINE) || next === DOT) continue;
        if (next !== LOWER_E && next !== UPPER_E && next !== PLUS && next !== MINUS) break;
        exponent = true;
      }
      if (!exponent && at - start <= ALWAYS_EXACT) continue;
      const number = text.slice(start, at);
      const next = change(number);
      if (next === number) continue;
      changed += text.slice(kept, start) + next;
      kept = at;
    }
  }
  return kept === 0 ? undefined : changed + text.slice(kept);
}

function restore(value: Json, key: string): Json {
  if (Array.isArray(value)) return value.map((inner) => restore(inner, key));
  if (!isJsonObject(value)) return value;
  const number = Object.hasOwn(value, key) ? value[key] : undefined;
  if (typeof number === 'string') return JSON.rawJSON(number) as JsonObject;
  // fromEntries defines own members, so that a member called __proto__ stays one.
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, restore(inner, key)]));
}
