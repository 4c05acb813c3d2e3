/** How a value of a condition reads in a field, and back: `cat` is a text, `5` a number, `"5"` a text again. */
import type { Json } from '../json.ts';
import { inexactNumbers } from '../numbers.ts';

/** The text of `value` for a field; {@link parseValue} reads it back. */
export function valueText(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return isPlain(value) ? value : JSON.stringify(value);
}

/**
 * The value that the text of a field stands for: JSON where it is JSON, else the text itself. Undefined where a number
 * is not exact.
 */
export function parseValue(text: string): Json | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return text.trim();
  }
  return inexactNumbers(text).length === 0 ? value : undefined;
}

/** Whether a text stands for itself: in one line, without spaces around it, and not for another value. */
function isPlain(text: string): boolean {
  return text !== '' && !/[\n\r\u2028\u2029]/.test(text) && parseValue(text) === text;
}

/** One value a line. */
export function listText(values: readonly Json[]): string {
  return values.map(valueText).join('\n');
}

/** The values of a field that has one a line; empty lines stand for nothing. Undefined where one is no value. */
export function parseList(text: string): Json[] | undefined {
  const values = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseValue);
  return values.every((value) => value !== undefined) ? values : undefined;
}
