import { isWorse, type Reason } from './category.ts';
import { BETWEEN, isMain, NEGATING } from './clause.ts';
import { passivesIn } from './passive.ts';
import { isOfShowing, phraseOf } from './switch.ts';
import { MAKING, MEDIA, type Verb, verbFormOf } from './verbs.ts';
import { list, plain } from './words.ts';

/** Characters of a description that are read: one that is longer hides its end from a person, too. */
export const LONGEST_TEXT = 20_000;

/** What stands between the beginning of a sentence and its verb. */
const BEFORE_VERB =
  list(`this the that these tool tools function operation endpoint action api method it its will can may
  could be is used use to allows allow lets let enables enable you your user users agent able for helps help please by going
  a an purpose description summary usage takes automatically also always just only simply quickly easily performs perform does do`);
const JOINING = list('and or then also plus & /');
/** What a sentence goes on with after what is denied in it: `that never expire, and revokes`. */
const GOING_ON = list(', and then also plus &');
const ENDING = list('. ! ? \n ; : | • ( ) — – *');

/** What the tool is called in its description: by one word, or by one after another. */
const ITSELF = list('it this these');
const CALLED = list(
  'tool call calls operation request function action command endpoint method api server service invocation use read fetch',
);
/** Of these, those that are many: `calls to it delete`. */
const MANY = list('calls requests operations actions uses invocations');
const DETERMINING = list('the this these each every a any such its');
const MODAL = list('will would may might can could must');
const BEFORE_MODAL = list('also then otherwise and - ,');
/** What stands between that and what it does. */
const DOING = new Set([...MODAL, ...list('then also automatically always does itself')]);
/** What begins with what happens before: `When called, deletes`. */
const PRECEDING = list(
  'if when whenever once unless until before after upon on by while during for in with without as to at',
);
/** What a sentence is called before it begins: `Caution - deletes`. */
const WARNING = list('warning caution attention danger beware important');
/** What a sentence that begins with a noun or its verb as often says of what is read: `Orders the rows`. */
const SORTING = list('order report share');
/** What follows a verb rather than a noun: `marks it`, not `posts of`. */
const OBJECTS = list('it them each all the a an this these every your their one');

/** What running something is about: a command, or only a question. */
const RUN_WORDS = list('run execute invoke launch trigger');
const COMMANDS = list(
  'command commands script scripts code javascript js python typescript shell bash program programs executable binary sql process terminal arbitrary expression snippet kubectl powershell',
);
const QUESTIONS = list(
  'query queries search searches aggregation aggregations lookup count find report check checks audit',
);

const ANSWERS = { verb: 'return', category: 'read', noun: false, form: 's' } as const;

/** Words that say it all, wherever they stand. */
const SAYING: readonly (readonly [Reason['category'], ReadonlySet<string>])[] = [
  ['destructive', list('irreversible irreversibly destructive destructively unrecoverable')],
  ['spend', list('billable charged billed')],
];

/** Words whose effect depends on those close before: `consumes 2 credits`, `incurs costs`, `costs money`. */
const PRICES = list('credit credits cost costs charge charges fee fees money');
const TAKING = list('consume consumes use uses spend spends deduct deducts incur incurs cost costs');

interface Found extends Verb {
  word: string;
  form: 'base' | 's' | 'ing';
  /** At the beginning of a sentence, not after an *and*. */
  leads: boolean;
  /** What the tool is said to do. */
  done: boolean;
}

/** What a description says: `reads` where its first verb is one of reading, and what speaks for anything else. */
export function readText(text: string): { reads: string | undefined; reasons: Reason[] } {
  const reasons: Reason[] = [];
  let reads: string | undefined;
  const say = (category: Reason['category'], word: string) => {
    if (!reasons.some((known) => !isWorse(category, known.category)))
      reasons.push({ category, because: `Its description says “${word}”.` });
  };
  for (const [at, whole] of sentencesOf(text.slice(0, LONGEST_TEXT)).entries())
    for (const sentence of new Set([whole, withoutAsides(whole)])) {
      for (const { category, word, leads, done } of verbsIn(sentence)) {
        if (category === 'read') {
          if (at === 0 && leads) reads ??= word;
        } else if (at === 0 || done) say(category, word);
      }
      for (const [category, word] of passivesIn(sentence)) say(category, word);
      for (const [category, word] of sayingsIn(sentence)) say(category, word);
    }
  if (text.length > LONGEST_TEXT)
    reasons.push({ category: 'write', because: 'Its description is too long to be read whole.' });
  return { reads, reasons };
}

/** The words of each sentence, commas among them. Linear: no expression goes back. */
function sentencesOf(text: string): string[][] {
  const sentences: string[][] = [];
  let words: string[] = [];
  for (const [token] of plain(text)
    .toLowerCase()
    .matchAll(/[\p{L}\p{N}][\p{L}\p{N}'’]*|[.!?;:|•()—–*\n,&/-]/gu)) {
    if (!ENDING.has(token)) words.push(token.replaceAll("'", '’'));
    else if (words.some((word) => /\p{L}{2}/u.test(word))) {
      sentences.push(words);
      words = [];
    }
  }
  if (words.length > 0) sentences.push(words);
  return sentences;
}

/** A sentence without what is put between what does and what is done: `This will, however, delete it`. */
function withoutAsides(words: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const before = words[at - 1] ?? '';
    const end =
      words[at] === ',' && (DOING.has(before) || isItself(words, at - 1)) ? nextComma(words, at) : -1;
    if (end < 0) kept.push(words[at] ?? '');
    else at = end;
  }
  return kept.length === words.length ? words : kept;
}

/** Where the comma after the one at `at` is, if it is near. */
function nextComma(words: readonly string[], at: number): number {
  const near = words.slice(at + 1, at + 25).indexOf(',');
  return near < 0 ? -1 : at + 1 + near;
}

/** The verbs of a sentence that are not denied. */
function verbsIn(words: readonly string[]): Found[] {
  const verbs: Found[] = [];
  const [begins = ''] = words;
  const first = words.find((word) => !BEFORE_MODAL.has(word) && !WARNING.has(word)) ?? '';
  const subject = ITSELF.has(begins) || MODAL.has(first) || (DETERMINING.has(begins) && isItself(words, 1));
  const preceded = PRECEDING.has(begins) ? words.indexOf(',') + 1 : -1;
  let expects: 'start' | 'and' | ',' | 'itself' | undefined = 'start';
  let clause = 0;
  let itself = false;
  let denied = 0;
  let listed = false;
  for (const [at, word] of words.entries()) {
    denied -= 1;
    if (word === '-') continue;
    if (NEGATING.has(word) && words[at + 1] !== 'only' && words[at + 1] !== 'just') {
      denied = 5;
      listed = false;
      continue;
    }
    const goesOn = !listed && GOING_ON.has(word) && continues(words, at, verbs[0]?.form);
    if (word === 'but' || at + 1 === preceded || goesOn) denied = 0;
    // Of a list all is denied: `never deletes, updates or sends`, `that do not delete, update or send`.
    const inList = denied > 0 ? verbFormOf(word) : undefined;
    if (inList && inList.category !== 'read' && inList.form === verbs[0]?.form)
      listed ||= expects !== undefined || (inList.form === 'base' && !inList.noun);
    if (word === ',') clause = at + 1;
    if (isItself(words, at) && (expects === 'start' || isMain(words.slice(clause, at)))) {
      expects ??= 'itself';
      itself = true;
      continue;
    }
    if (itself && DOING.has(word)) continue;
    const acting = itself;
    itself &&= word.endsWith('ly');
    if (word === 'while') {
      expects = ',';
      continue;
    }
    if (word === ',' || JOINING.has(word) || word === 'but') {
      expects = verbs.length === 0 && expects === 'start' ? 'start' : word === ',' ? ',' : 'and';
      continue;
    }
    if (expects === undefined || (expects === 'start' && WARNING.has(word))) continue;
    if (
      (expects !== 'itself' && (BEFORE_VERB.has(word) || MODAL.has(word))) ||
      word.endsWith('ly') ||
      /^[\p{N}’]+$/u.test(word)
    )
      continue;
    // What is returned is what the tool answers; the name says where a thing is taken back.
    const verb = word === 'returns' ? ANSWERS : word === 'return' ? undefined : verbFormOf(word);
    const how = expects;
    expects = undefined;
    if (!verb || denied > 0) continue;
    const { form, noun, category } = verb;
    const next = words.slice(at + 1, at + 9);
    // `Must call`, `can order by`: what has to be done, and what the caller may.
    const modal = MODAL.has(first);
    const sorts = SORTING.has(verb.verb) && next[0] !== 'your';
    const object = first !== 'must' && !sorts && hasObject(verb, next);
    const plainly = () =>
      DOING.has(words[at - 1] ?? '') || words.slice(clause, at).some((one) => MANY.has(one));
    const follows = preceded > 0 && clause === preceded && how === ',';
    const acts =
      !noun &&
      ((acting && (form === 's' || (form === 'base' && plainly()))) ||
        (follows && (form === 's' || (form === 'base' && MODAL.has(words[at - 1] ?? '')))));
    const participial =
      form === 'ing' && how === ',' && category === 'destructive' && isMain(words.slice(0, at));
    if (how === 'itself' && !acts) continue;
    if (how !== 'start' && !acts && !participial) {
      // After an *and* or a comma stands as often a noun.
      const acted = form === 's' && verbs[0]?.form === 's' && (object || OBJECTS.has(next[0] ?? ''));
      if (noun && !acted && !(form === 'base' && verbFormOf(words[at - 2] ?? ''))) continue;
      if ((how === ',' || form === 'ing') && verbs[0]?.form !== form) continue;
    }
    const plural = form === 's' && (!noun || (how === 'start' && object));
    const subjected = subject && form !== 'ing' && (!modal || !noun || object);
    const shows =
      (modal || follows || MODAL.has(words[at - 1] ?? '')) &&
      isOfShowing(verb.verb, next, words.slice(0, at));
    const done = !shows && (acts || participial || (subject ? subjected : plural));
    const found = { ...verb, word, leads: how === 'start', done };
    if (RUN_WORDS.has(verb.verb)) {
      if (next.some((one) => COMMANDS.has(one))) verbs.push({ ...found, category: 'execute' });
      else if (!next.some((one) => QUESTIONS.has(one)))
        verbs.push({ ...found, category: verb.verb === 'execute' ? 'execute' : 'write' });
    } else if (MAKING.has(verb.verb) && next.slice(0, 5).some((one) => MEDIA.has(one)))
      verbs.push({ ...found, category: 'spend' });
    else verbs.push(found);
  }
  return verbs;
}

/** Whether what follows a verb is what it is done to, and so it is no noun: `marks it`, `emails users.`, `charges 2 cents`. */
function hasObject({ verb, category }: Verb, next: readonly string[]): boolean {
  const [word = ''] = next;
  if (OBJECTS.has(word) || (category === 'spend' && /^\p{N}/u.test(word))) return true;
  const phrase = phraseOf(next);
  if (RUN_WORDS.has(verb)) return phrase.some((one) => COMMANDS.has(one));
  // `Posts new messages to`; not `posts users made`, nor the beginning of something longer.
  return phrase.length <= 2 && /[^s]s$/.test(phrase.at(-1) ?? '');
}

/** Whether a sentence whose first verb has the form `form` goes on after `at` with what else is done. */
function continues(words: readonly string[], at: number, form: Found['form'] | undefined): boolean {
  const rest = words.slice(at + 1, at + 5);
  const next = rest.findIndex((word) => !GOING_ON.has(word) && !BETWEEN.has(word) && !word.endsWith('ly'));
  const verb = verbFormOf(rest[next] ?? '');
  if (!verb || verb.form !== form || form === 'ing') return false;
  return !verb.noun || (form === 's' && OBJECTS.has(rest[next + 1] ?? ''));
}

/** Whether the word at `at` is what the tool is called: *it*, *this*, *the call*. */
function isItself(words: readonly string[], at: number): boolean {
  const [before = '', word = ''] = [words[at - 1], words[at]];
  return (
    ITSELF.has(word) ||
    (CALLED.has(word) && (DETERMINING.has(before) || (CALLED.has(before) && !word.endsWith('s')))) ||
    (word === 'which' && before === ',')
  );
}

function* sayingsIn(words: readonly string[]): Generator<[Reason['category'], string]> {
  for (const [at, word] of words.entries()) {
    const before = words.slice(Math.max(0, at - 4), at);
    const denied = before.some((one) => NEGATING.has(one));
    const saying = SAYING.find(([, those]) => those.has(word));
    if (saying && !denied) yield [saying[0], word];
    if (word === 'undone' && denied) yield ['destructive', 'cannot be undone'];
    if (PRICES.has(word) && !denied && before.some((one) => TAKING.has(one))) yield ['spend', word];
  }
}
