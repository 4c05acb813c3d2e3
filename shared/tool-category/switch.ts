import { type Verb, verbOf, verbWithin } from './verbs.ts';
import { list } from './words.ts';

/** What speaks of what is shown, left out or permitted, not of what is done: `skip_delete`, `in_trash`. */
const KEEPING = list(
  'include includes including exclude excludes excluding show skip ignore no not dont never without prevent omit dry has have can is in needs supports',
);
/** What may stand before a verb: `auto_commit`. */
const LEADING = list('auto automatically and then also should do please allow always immediately must');
/** Verbs that are as often nouns, and that a switch does where they lead. */
const LEADING_NOUNS = list(
  'fix commit mark share reply export import upload forward charge order run start stop launch email mail sms tweet print backup store ban post stage install mint burn transfer restart pop',
);
/** Verbs of how something is read or shown, each before what it is then about: `follow_redirects`. */
const OPTIONS = new Map(
  Object.entries({
    follow: 'redirect redirects link links symlink symlinks',
    truncate: 'output text content results result response responses',
    format: 'output text content results result response responses',
    enable: 'search cache caching highlighting formatting markdown pagination fuzzy citations images',
    disable: 'search cache caching highlighting formatting markdown pagination fuzzy citations images',
    add: 'numbers metadata context summary timestamps highlights',
    append: 'metadata context summary',
    generate: 'summary summaries highlights',
    resolve: 'redirects links symlinks refs references aliases',
    merge: 'results pages duplicates',
    transform: 'output results response',
  }).map(([verb, about]) => [verb, list(about)]),
);
const ALONE = list('follow truncate');
/** What is taken from what is shown: `remove_html_tags`. */
const SHOWN = list(
  `images image base64 html tags markup duplicates duplicate dupes nulls null nan empty stopwords punctuation whitespace
  formatting ads navigation accents emojis outliers comments prefix suffix`,
);
/** Which of what is listed is left out of it: `remove_columns`; what is dropped may be a table's. */
const COLUMNS = list('columns fields');
/** What is told of what is done, rather than what it is done to: `delete_reason`. */
const TOLD = list('reason time date at by marker status policy');
/** What takes it from there. */
const LEAVING_OUT = list('remove replace truncate drop discard prune');
const LATER = list('after when once on');

/** Where another one begins: `show_and_delete`. */
const JOINING = list('and or then also plus');
const DENYING = list('no not dont never without skip omit ignore prevent');
/** What guards against harm: without it more is done. */
const GUARDS = list('confirm confirmation backup prompt ask asking');

/** Of a sentence, what else is said of what is done. */
const PREPOSITIONS = list(
  'from in into on onto of to with without by for as at after before over per if when',
);
const PLACES = list('from in into on onto of to');
const PRESENTED = list(
  `duplicates duplicate dupes nulls null nan stopwords punctuation whitespace markup html formatting ads emojis accents
  output numbers metadata`,
);
const RESULTS = list('output result results response responses page line lines each it them');

/** What a switch that is called so makes a tool do more. */
export function doneBySwitch(words: readonly string[]): Verb[] {
  const ends = words.flatMap((word, at) => (JOINING.has(word) ? [at] : []));
  return [...ends, words.length].flatMap((end, at) => doneBy(words.slice((ends[at - 1] ?? -1) + 1, end)));
}

/** Whether it takes a guard away, or changes what it reads: `no_confirm`, `in_place`. */
export function isUnguarded(words: readonly string[]): boolean {
  return words.some((_, at) => unguards(words, at));
}

function unguards(words: readonly string[], at: number): boolean {
  const [word = '', next = ''] = words.slice(at);
  return (
    (DENYING.has(word) && GUARDS.has(next)) ||
    ['in place', 'assume yes'].includes(`${word} ${next}`) ||
    ['inplace', 'noconfirm'].includes(word)
  );
}

function doneBy(words: readonly string[]): Verb[] {
  const kept = words.findIndex((word, at) => KEEPING.has(word) && !unguards(words, at));
  const said = kept < 0 ? words : words.slice(0, kept);
  return said.flatMap((word, at) => {
    const verb = verbOf(word) ?? verbWithin(word) ?? verbOf(word.replace(/^auto/, ''));
    return verb && does(verb, words, at) ? [verb] : [];
  });
}

function does({ verb, category, noun }: Verb, words: readonly string[], at: number): boolean {
  const next = words[at + 1] ?? '';
  if (category === 'read') return false;
  if (noun) return LEADING_NOUNS.has(verb) && words.slice(0, at).every((word) => LEADING.has(word));
  if (LATER.has(next)) return true;
  const taken = words.includes('from') && !RESULTS.has(words.at(-1) ?? '');
  const shown = LEAVING_OUT.has(verb) && SHOWN.has(next) && !taken;
  return !(shown || isOption(verb, words.slice(at + 1)) || words.includes('cache'));
}

function isOption(verb: string, about: readonly string[]): boolean {
  const these = OPTIONS.get(verb);
  return these !== undefined && (about.length === 0 ? ALONE.has(verb) : these.has(about.at(-1) ?? ''));
}

/** What is destroyed of what a text or list called so names: `delete_path`, `ids_to_delete`. */
export function destroyedBy(words: readonly string[]): Verb[] {
  const leads = verbOf(words[words.indexOf('to') + 1] ?? '');
  if (isLeftOut(words) || TOLD.has(words.at(-1) ?? '')) return [];
  return doneBySwitch(words).filter(
    (verb) => verb === leads && !verb.noun && verb.category === 'destructive',
  );
}

/** Whether a list called so is of what is not shown: `remove_columns`. */
export function isLeftOut(words: readonly string[]): boolean {
  const [first = '', second = ''] = words;
  return words.length === 2 && first !== 'drop' && LEAVING_OUT.has(first) && COLUMNS.has(second);
}

/**
 * Whether a verb in a sentence is of how something is shown, by the words after it and before: `removes duplicates from
 * the result`, `when the output is long, truncates it`.
 */
export function isOfShowing(verb: string, after: readonly string[], before: readonly string[]): boolean {
  const what = phraseOf(after);
  const rest = after.slice(what.length);
  const place = PLACES.has(rest[0] ?? '') ? phraseOf(rest.slice(1)).at(-1) : undefined;
  const about = what.at(-1) ?? '';
  if (about === 'it' || about === 'them')
    return ALONE.has(verb) && before.some((word) => isOption(verb, [word]));
  const shown = LEAVING_OUT.has(verb) && SHOWN.has(about);
  if (!shown && (about === '' || !isOption(verb, what))) return false;
  // Where nothing says from what it is taken, only what nobody keeps.
  return place === undefined ? what.some((word) => PRESENTED.has(word)) : RESULTS.has(place);
}

/** The words before what else is said. */
export function phraseOf(words: readonly string[]): readonly string[] {
  const end = words.findIndex((word) => word === ',' || JOINING.has(word) || PREPOSITIONS.has(word));
  return end < 0 ? words : words.slice(0, end);
}
