/** Letters of other scripts that look like Latin ones, each beside the one that it looks like. */
const ALIKE = new Map(
  [
    'аa',
    'еe',
    'оo',
    'рp',
    'сc',
    'уy',
    'хx',
    'іi',
    'ѕs',
    'јj',
    'һh',
    'ԁd',
    'ԛq',
    'ԝw',
    'ӏl',
    'кk',
    'тt',
    'мm',
    'вb',
    'гr',
    'пn',
  ]
    .concat([
      'αa',
      'εe',
      'οo',
      'ρp',
      'τt',
      'ιi',
      'κk',
      'νv',
      'υu',
      'χx',
      'γy',
      'ηn',
      'ωw',
      'σo',
      'ɡg',
      'ıi',
      'ʟl',
      'ɩi',
      'ոn',
    ])
    .map((pair) => [pair[0] ?? '', pair.at(-1) ?? '']),
);

/** `text` in plain letters: without what cannot be seen, accents, wide or styled forms, and letters that only look like Latin ones. */
export function plain(text: string): string {
  const bare = text
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}\p{Cc}]/gu, (mark) => (mark === '\n' || mark === '\t' ? mark : ''));
  // Most texts have none.
  if (/^[\0-\x7f]*$/.test(bare)) return bare;
  let made = '';
  for (const letter of bare) {
    const small = letter.toLowerCase();
    const alike = ALIKE.get(small);
    made += alike === undefined ? letter : small === letter ? alike : alike.toUpperCase();
  }
  return made;
}

/** The words of a name, in small letters: of `snake_case`, `camelCase`, `kebab-case`, `dotted.names` and `ALLCaps`. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** A list of words as one text. */
export function list(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
