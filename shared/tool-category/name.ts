import type { Reason } from './category.ts';
import { ENDS, MAKING, MEDIA, MONEY, PLACING, type Verb, verbOf, verbWithin } from './verbs.ts';
import { plain, wordsOf } from './words.ts';

/** Characters of a name that are read. */
const LONGEST_NAME = 256;

const JOINING = new Set(['and', 'or', 'then', 'also', 'plus', 'else', 'n']);

/** What a tool's name says. */
export function reasonsOfName(name: string): Reason[] {
  const read = plain(name.slice(0, LONGEST_NAME));
  const reasons = verbsOf(read).map(({ verb, category }) => ({
    category,
    because: `Its name says ${verb}.`,
  }));
  const words = new Set(wordsOf(read));
  const has = (these: ReadonlySet<string>) => [...words].some((word) => these.has(word));
  if ((has(MAKING) && has(MEDIA)) || (has(PLACING) && has(MONEY)))
    reasons.push({ category: 'spend', because: 'Its name says that it makes something that costs.' });
  if (name.length > LONGEST_NAME)
    reasons.push({ category: 'write', because: 'Its name is too long to be read whole.' });
  else if (!/^[\x20-\x7e]*$/.test(name))
    reasons.push({ category: 'write', because: 'Its name has letters that may only look like others.' });
  return reasons;
}

/** The verbs of a name, those that are as often nouns only where the verb stands: first, or after an *and*. */
export function verbsOf(name: string): Verb[] {
  let first = true;
  let joined = false;
  const words = wordsOf(name);
  return words.flatMap((word, at) => {
    if (JOINING.has(word)) {
      joined = true;
      return [];
    }
    const verb = verbOf(word) ?? verbWithin(word);
    // To check in, out or off is not to look.
    const looks = word !== 'check' || !['in', 'out', 'off'].includes(words[at + 1] ?? '');
    const ends = at > 0 && at === words.length - 1 && ENDS.has(word);
    const stands = verb !== undefined && looks && !ends && (!verb.noun || first || joined);
    if (verb) first = false;
    joined = false;
    return stands ? [verb] : [];
  });
}
