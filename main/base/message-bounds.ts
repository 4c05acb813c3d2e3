/** What a message may have at most, so that no step over it holds the others up for more than some ten milliseconds. */

/** Bytes, or characters. */
export const LARGEST_MESSAGE = 4 * 1024 * 1024;

/** Members and elements: to read one takes a tenth of a microsecond or so. */
const MOST_VALUES = 50_000;

/** Different names of members, which take ten times as long. */
const MOST_NAMES = 10_000;

/** Characters that a member takes at least: `"a":1,`. */
const SHORTEST_MEMBER = 6;

const [QUOTE, COMMA, COLON, LIST, BACKSLASH, OBJECT] = [0x22, 0x2c, 0x3a, 0x5b, 0x5c, 0x7b];

/**
 * Whether JSON text holds more than `most` values, or different names, than may be read at one go. Takes about a
 * nanosecond a character. Of what is no JSON it says anything.
 */
export function holdsTooMuch(text: string, most = MOST_VALUES): boolean {
  return createMeasure(most, text.length)(text);
}

/**
 * The same for a JSON text, or an event stream of some, that comes in lines: the function takes one after the other
 * and says of all together whether they hold too much. `length`: characters that may come.
 */
export function createMeasure(most = MOST_VALUES, length = Infinity): (line: string) => boolean {
  // Each but the first has a comma, or the list or object that it is the first of.
  let values = 1;
  // What is short cannot have so many.
  const names = length / SHORTEST_MEMBER > MOST_NAMES ? new Set<string>() : undefined;
  return (line) => {
    for (let at = 0; at < line.length && values <= most; ) {
      const code = line.charCodeAt(at);
      if (code === COMMA || code === LIST || code === OBJECT) values += 1;
      if (code !== QUOTE) {
        at += 1;
        continue;
      }
      const end = endOfString(line, at);
      if (names && isName(line, end)) {
        names.add(line.slice(at, end));
        if (names.size > MOST_NAMES) return true;
      }
      at = end;
    }
    return values > most;
  };
}

/** Whether the string that ends before `end` is the name of a member. */
function isName(text: string, end: number): boolean {
  let at = end;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
}

/** The index after the string that begins at `quote`, or that of the end. */
export function endOfString(text: string, quote: number): number {
  const end = text.indexOf('"', quote + 1);
  if (end === -1) return text.length;
  if (text.charCodeAt(end - 1) !== BACKSLASH) return end + 1;
  for (let at = quote + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}
