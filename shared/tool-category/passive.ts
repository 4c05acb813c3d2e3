import type { Category } from './category.ts';
import { BETWEEN, isMain, NEGATING } from './clause.ts';
import { participleOf, verbFormOf } from './verbs.ts';
import { list } from './words.ts';

/** What denies of a whole sentence: `nothing is deleted`. */
const ABSENT = list('no none nothing neither nor');
const RELATING = list('that which who');
/** `is deleted`; `will be deleted`. */
const PASSIVE = list('is are gets get be');
const BECOMING = list('will would may might');
/** What says that something comes of it: `results in the deletion of all rows`. */
const CAUSING = new Map([
  ['results', 'in'],
  ['leads', 'to'],
  ['effect', 'of'],
]);
const LOSING = list('deletion removal erasure destruction loss');

/** `This results in the deletion of`, `It causes rows to be deleted`, `Reading a message removes it`. */
function comesOf(before: readonly string[], word: string): boolean {
  const verb = participleOf(word) ?? verbFormOf(word);
  const destroys = verb?.category === 'destructive' && !verb.noun;
  if (!(destroys || LOSING.has(word)) || !isMain(before)) return false;
  if (before.slice(-6).some((one) => NEGATING.has(one))) return false;
  const removes = word.endsWith('s') && (before[0] ?? '').endsWith('ing');
  const caused = before.some((one, at) => {
    const next = before[at + 1];
    return one === 'causes' ? next !== 'of' : next !== undefined && CAUSING.get(one) === next;
  });
  return caused || (destroys && removes);
}

/** What is said to be done: `All rows are then deleted`. Not `files that are deleted`, nor `if it is deleted`. */
export function* passivesIn(words: readonly string[]): Generator<[Category, string]> {
  let clause = 0;
  for (const [at, word] of words.entries()) {
    if (word === ',') clause = at + 1;
    if (comesOf(words.slice(clause, at), word)) yield ['destructive', word];
    const verb = participleOf(word);
    if (!verb) continue;
    const before = (end: number) =>
      words.slice(clause, end).findLastIndex((one) => !BETWEEN.has(one) && !one.endsWith('ly')) + clause;
    const is = before(at);
    if (is < clause || !PASSIVE.has(words[is] ?? '')) continue;
    const be = words[is] === 'be' ? before(is) : is;
    if (words[is] === 'be' && !BECOMING.has(words[be] ?? '')) continue;
    const whole = words.slice(clause, be);
    // `Reads the queue, which is deleted`: that goes on with the sentence.
    if (whole.length === 1 && whole[0] === 'which' && clause > 0) whole.pop();
    if (!isMain(whole) || RELATING.has(whole.at(-1) ?? '')) continue;
    if (isDenied(words, { clause, be, at })) continue;
    yield [verb.category, word];
  }
}

/** `Nothing is deleted`, `is not deleted`, `does not mean that it is deleted`; not `those that are not read are deleted`. */
function isDenied(
  words: readonly string[],
  { clause, be, at }: { clause: number; be: number; at: number },
): boolean {
  const from = Math.max(clause, at - 6);
  return words.slice(from, at).some((word, within) => {
    const here = from + within;
    if (!NEGATING.has(word)) return false;
    if (here > be) return true;
    const [before = '', next = ''] = [words[here - 1], words[here + 1]];
    if (ABSENT.has(word)) return next !== 'longer' && !['with', 'have', 'has'].includes(before);
    if (words.slice(clause, here).some((one) => RELATING.has(one))) return false;
    return /^do(es)?(n’t)?$/.test(word === 'not' ? before : word) || (word === 'not' && here === clause);
  });
}
