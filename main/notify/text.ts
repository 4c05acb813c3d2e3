import { markedText } from '../../shared/text.ts';

/**
 * Text that agents supply, made fit for a notification: nothing invisible, nothing that reorders it,
 * no more than fits.
 */

/** Shows each invisible, control or bidirectional character as its code point; keeps line breaks. */
export function visible(text: string): string {
  return markedText(text.replace(/\r\n?/g, '\n').replaceAll('\t', ' '));
}

/** At most `max` code points of `text`; an ellipsis stands for the rest. */
export function clip(text: string, max: number): string {
  // Twice as many code units always hold enough code points; agents may send megabytes.
  const points = [...text.slice(0, 2 * max + 2)];
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}

/** `text` on one line, everything in it visible, at most `max` code points. */
export function oneLine(text: string, max: number): string {
  const trimmed = text.trim();
  const start = trimmed.slice(0, 50 * max);
  const line = visible(start).replace(/\s+/gu, ' ');
  // What the first slice left out is never silently dropped, however much white space stands before it.
  return clip(start.length < trimmed.length ? `${line}…` : line, max);
}

/** `text` with its line breaks, everything else in it visible, at most `max` code points. */
export function severalLines(text: string, max: number): string {
  return clip(visible(clip(text, max)), max);
}
