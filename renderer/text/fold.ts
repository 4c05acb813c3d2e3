/** Text of which only the beginning and the end are shown at first: what matters may stand at either. */
export interface Folded {
  /** What is shown first; all of it when `folded` is false. */
  head: string;
  /** The end; empty when `folded` is false. */
  tail: string;
  folded: boolean;
  /** Length of the whole text in characters (code points). */
  characters: number;
}

/** What is shown of a text at first, and how much a person may scroll past without unfolding. */
const HEAD_CHARACTERS = 600;
const HEAD_LINES = 12;
const TAIL_LINES = 3;

/**
 * Folds a text that is longer than about `limit` characters or 12 lines. A text that would lose less than a
 * fifth is left whole, since a fold that hides one line only gets in the way.
 */
export function fold(text: string, limit = HEAD_CHARACTERS): Folded {
  const all = Array.from(text);
  const end = Math.min(lineEnd(all), all.length > limit * 1.2 ? wordEnd(all, limit) : all.length);
  const start = tailStart(all, Math.round(limit / 4));
  if (start <= end) return { head: text, tail: '', folded: false, characters: all.length };
  return {
    head: all.slice(0, end).join(''),
    tail: all.slice(start).join('').trimStart(),
    folded: true,
    characters: all.length,
  };
}

/** Where the last `limit` characters begin, at a word, or the last three lines of them. */
function tailStart(characters: string[], limit: number): number {
  let start = Math.max(0, characters.length - limit);
  const space = characters.indexOf(' ', start);
  if (start > 0 && space >= 0 && space < start + limit * 0.1) start = space + 1;
  let lines = 0;
  for (let at = characters.length - 1; at >= start; at--)
    if (characters[at] === '\n' && ++lines > TAIL_LINES) return at + 1;
  return start;
}

/** Where line 12 ends, or the end. */
function lineEnd(characters: string[]): number {
  let lines = 0;
  const end = characters.findIndex((character) => character === '\n' && ++lines === HEAD_LINES);
  return end < 0 ? characters.length : end;
}

/** The last space within the last tenth before `limit`, or `limit`. */
function wordEnd(characters: string[], limit: number): number {
  const space = characters.lastIndexOf(' ', limit);
  return space > limit * 0.9 ? space : limit;
}
