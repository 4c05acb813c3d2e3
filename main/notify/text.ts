/**
 * Text that agents supply, made fit for a notification: nothing invisible, nothing that reorders it,
 * no more than fits.
 */

// Default_Ignorable_Code_Point holds what fonts show as nothing: zero-width characters, joiners, variation
// selectors, tags, fillers. Cf adds the bidirectional controls, Cc the terminal's, Cs lone surrogates;
// U+2800 is a letter that looks like a space.
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu;

// An emoji needs its joiner (U+200D) and its variation selector (U+FE0F).
const emojiPart =
  /(?<=\p{Emoji}(?:\p{Emoji_Modifier}|\uFE0F)?)(?:\uFE0F|\u200D(?=\p{Extended_Pictographic}))/gu;

/** Shows each invisible, control or bidirectional character as its code point; keeps line breaks. */
export function visible(text: string): string {
  const kept = new Set([...text.matchAll(emojiPart)].map((match) => match.index));
  return text.replace(/\r\n?/g, '\n').replace(invisible, (character, index: number) => {
    if (character === '\n' || kept.has(index)) return character;
    if (character === '\t') return ' ';
    return `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
  });
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
