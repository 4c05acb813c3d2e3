import { visit } from 'jsonc-parser';
import { pointer } from './policy/paths.ts';

/** Whether JavaScript keeps the decimal number `text`: `9007199254740993` and `1e-400` become others. */
export function isExactNumber(text: string): boolean {
  const back = String(Number(text));
  return back === text || decimal(back) === decimal(text);
}

/** A number in one spelling: its digits from the first to the last that is not 0, and the power of ten after them. */
function decimal(text: string): string | undefined {
  const [matched, sign = '', whole = '', fraction = '', power = '0'] =
    /^\+?(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (matched === undefined) return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  if (short === '') return '0';
  return `${sign}${short}e${Number(power) - fraction.length + digits.length - short.length}`;
}

/** What is wrong with a number that is not exact. */
export function inexactWords(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return `The number ${short} does not survive: it would become ${Number(text)}. Write another one, or a text.`;
}

/** The numbers in JSON text that are not exact, each with its JSON Pointer. */
export function inexactNumbers(json: string): { pointer: string; message: string }[] {
  const found: { pointer: string; message: string }[] = [];
  visit(json, {
    onLiteralValue(value, offset, length, _line, _character, path) {
      if (typeof value !== 'number') return;
      const text = json.slice(offset, offset + length);
      if (!isExactNumber(text)) found.push({ pointer: pointer(...path()), message: inexactWords(text) });
    },
  });
  return found;
}
