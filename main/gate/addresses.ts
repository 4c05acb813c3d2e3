/** Addresses as people and agents write them, alone or in the middle of a text. */

/** What stands around an address in a text. */
const BREAK = /[\s<>"'`()[\]{}|,;]+/u;
/** What an address has somewhere. */
const TRACE = /[/:]|www\./i;
/** What no address begins with, but a dash or a bullet of a text may stand before one. */
const BEFORE = /^[^\p{L}\p{N}/]+/u;
/** What ends a sentence, not an address. */
const AFTER = /[.:!?*_]+$/;

const SCHEME = /^(?:https?|wss?|ftp|mailto):/i;
const HOST_ALONE = /^(?:\/\/|www\.|(?:\d{1,3}\.){3}\d{1,3}(?:[:/]|$)|localhost[:/])/i;
const HOST_AND_PATH = /^(?:[\p{L}\p{N}_-]+\.)+\p{L}{2,}\.?(?::\d+)?[/?#]/u;
const OF_A_SCHEME = /[a-z0-9+.-]/i;

/** Characters of an address that are looked at: its host is within them. */
const MOST_OF_ONE = 2000;

/** What may be an address in `text`; {@link hostOf} reads each. Takes linear time. */
export function addressesIn(text: string): string[] {
  if (!TRACE.test(text)) return [];
  const found: string[] = [];
  for (const part of text.split(BREAK)) {
    if (!TRACE.test(part)) continue;
    const word = part.replace(BEFORE, '').replace(AFTER, '');
    if (SCHEME.test(word) || HOST_ALONE.test(word) || HOST_AND_PATH.test(word))
      found.push(word.slice(0, MOST_OF_ONE));
    // Wherever a scheme with its two slashes stands: also within what looks like another address.
    for (let at = word.indexOf('://', 1); at > 0; at = word.indexOf('://', at + 3)) {
      let start = at;
      while (start > 0 && OF_A_SCHEME.test(word.charAt(start - 1))) start -= 1;
      if (start > 0 || !SCHEME.test(word)) found.push(word.slice(start, start + MOST_OF_ONE));
    }
  }
  return found;
}

/** The host that `address` leads to, as whoever calls it most likely reads it; `undefined`: none that is known. */
export function hostOf(address: string): string | undefined {
  const text = address.trim();
  if (/^mailto:/i.test(text)) return /@([^@?&]+)(?:[?&]|$)/.exec(text)?.[1]?.toLowerCase();
  // What comes before a port is no scheme.
  const hasScheme = SCHEME.test(text) || /^[a-z][a-z0-9+-]*:(?!\d)/i.test(text);
  const whole = hasScheme ? text : `https:${text.startsWith('//') ? '' : '//'}${text}`;
  return URL.parse(whole)?.host.replace(/\.$/, '') || undefined;
}
