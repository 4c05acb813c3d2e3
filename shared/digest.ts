import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Json, JsonObject } from './json.ts';

/** A list or an object whose members are being written. */
interface Frame {
  value: Json[] | JsonObject;
  /** The object's names in order; `null` for a list. */
  names: string[] | null;
  next: number;
}

/**
 * The canonical text of a JSON value (RFC 8785): members ordered by UTF-16 code units, no white space,
 * numbers and strings as ECMAScript writes them.
 *
 * Total where RFC 8785 is not: a lone surrogate is written as its escape (as `JSON.stringify` does), and
 * nesting is bounded by memory only, so that anything a client sends has a digest that can be logged.
 * The published `canonicalize` package throws on lone surrogates, which is why this is our own.
 */
export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return scalar(value);
  let text = '';
  const stack: Frame[] = [];
  // Depth first with a stack of our own: a deep value must not overflow the engine's.
  let entering: Json[] | JsonObject | undefined = value;
  for (;;) {
    if (entering !== undefined) {
      const names = Array.isArray(entering) ? null : Object.keys(entering).sort();
      text += names === null ? '[' : '{';
      stack.push({ value: entering, names, next: 0 });
      entering = undefined;
    }
    const frame = stack[stack.length - 1];
    if (frame === undefined) return text;
    const { names } = frame;
    const length = names === null ? (frame.value as Json[]).length : names.length;
    while (frame.next < length) {
      const index = frame.next++;
      if (index > 0) text += ',';
      let member: Json;
      if (names === null) {
        member = (frame.value as Json[])[index] as Json;
      } else {
        const name = names[index] as string;
        text += `${JSON.stringify(name)}:`;
        // An own member always shadows the prototype, so `__proto__` from JSON.parse reads as itself.
        member = (frame.value as JsonObject)[name] as Json;
      }
      if (typeof member === 'object' && member !== null) {
        entering = member;
        break;
      }
      text += scalar(member);
    }
    if (entering === undefined) {
      text += names === null ? ']' : '}';
      stack.pop();
    }
  }
}

/** Non-finite numbers are refused before they get here; they are named so that none reads as `null`. */
function scalar(value: null | boolean | number | string): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return value === 0 ? '0' : String(value);
}

/** Lower-case hexadecimal SHA-256 of the UTF-8 form of {@link canonicalJson}. */
export function digest(value: Json): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value))));
}
