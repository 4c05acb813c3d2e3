/** Text of which only the beginning is shown at first. */
export interface Folded {
  /** What is shown at first; all of it when `folded` is false. */
  head: string;
  folded: boolean;
  /** Length of the whole text in characters (code points). */
  characters: number;
}

/** What is shown of a text at first, and how much a person may scroll past without unfolding. */
const HEAD_CHARACTERS = 600;
const HEAD_LINES = 12;

/**
 * Folds a text that is longer than about `limit` characters or 12 lines. A text that would lose less than a
 * fifth is left whole: a fold that hides one line only gets in the way.
 */
export function fold(text: string, limit = HEAD_CHARACTERS): Folded {
  const all = Array.from(text);
  const end = Math.min(lineEnd(all), all.length > limit * 1.2 ? wordEnd(all, limit) : all.length);
  return { head: all.slice(0, end).join(''), folded: end < all.length, characters: all.length };
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
