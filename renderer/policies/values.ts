/** How a value of a condition reads in a field, and back: `cat` is a text, `5` a number, `"5"` a text again. */
import type { Json } from '../../shared/json.ts';

/** The text of `value` for a field; {@link parseValue} reads it back. */
export function valueText(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return isPlain(value) ? value : JSON.stringify(value);
}

/** The value that the text of a field stands for: JSON where it is JSON, else the text itself. */
export function parseValue(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text.trim();
  }
}

/** Whether a text stands for itself: in one line, without spaces around it, and not for another value. */
function isPlain(text: string): boolean {
  return text !== '' && !/[\n\r\u2028\u2029]/.test(text) && parseValue(text) === text;
}

/** One value a line. */
export function listText(values: readonly Json[]): string {
  return values.map(valueText).join('\n');
}

/** The values of a field that has one a line; empty lines stand for nothing. */
export function parseList(text: string): Json[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseValue);
}
