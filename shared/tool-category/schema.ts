import type { JsonObject } from '../json.ts';
import { type Argument, argumentsOf, wordsIn } from './arguments.ts';
import type { Category, Reason } from './category.ts';
import { verbsOf } from './name.ts';
import { destroyedBy, doneBySwitch, isLeftOut, isUnguarded } from './switch.ts';
import { LONGEST_TEXT } from './text.ts';
import type { Verb } from './verbs.ts';
import { list, plain, wordsOf } from './words.ts';

/** Something about a tool that a person who is asked wants to know. */
export interface StandsOut {
  kind: 'calls-out' | 'path' | 'command' | 'pays';
  because: string;
  /** The arguments that it is about, as `a.b`; none: the tool as a whole. */
  arguments: string[];
}

/** Languages in which a question can also change what it asks. */
const LANGUAGES = list(
  'sql tsql plsql cypher graphql gql ql sparql gremlin cql aql n1ql surrealql edgeql influxql mongosh dml ddl',
);
const COMMANDS = list(
  `command commands cmd cmdline commandline script scripts statement statements mutation mutations argv executable eval exec
  javascript js typescript python py ruby perl lua php bash sh zsh powershell`,
);
/** What may follow the name of one: `sql_text`. */
const CONTENT = list('text content string str body source input line');
/** Those that are a command where their description says so. */
const PERHAPS_COMMANDS = list('code function expression expr program shell snippet');
const RUNNING = list(
  `javascript js python typescript ruby perl lua php execute executed executes shell eval evaluate evaluated bash
  powershell`,
);
/** Those that are one where the tool asks a database, unless it only searches. */
const QUERIES = list('query queries q');
const DATABASES = list(
  `database databases db postgres postgresql mysql mariadb sqlite duckdb oracle mssql snowflake bigquery redshift
  clickhouse warehouse cassandra neo4j arangodb surrealdb mongodb redis`,
);
const SEARCHING = list(
  'search searches searching searched keyword keywords phrase natural question questions docs documentation',
);
const PATHS = list(
  'path paths file files filename filenames filepath filepaths directory directories dir folder cwd workdir',
);
const PERHAPS_PATHS = list('source destination target from to output');
/** Those that are a path where the tool moves files. */
const PLACES = list('source sources src destination destinations dst dest from to');
const FILES = list('file files directory directories folder folders');
const MOVING = list('move mv rename copy cp link symlink sync');
const PATHLIKE = new Set([...FILES, 'path', 'paths']);
const SAVING = list('output out save dest destination download dump write');
const ADDRESSES = list(
  'url urls uri uris webhook webhooks callback endpoint href link links host hostname website',
);
const CALLING = list('webhook webhooks callback hook notify postback');
const AMOUNTS = list('amount amounts price currency tip bid cents');
const PAYING = list('payment iban cvv cvc billing');
const BOUNDS = list('min max minimum maximum filter from until');
/** What says what is done. */
const TELLING = list('action actions operation operations op ops subcommand command cmd method verb do');
const CHOOSING = new Set([...TELLING, 'methods', 'verbs', 'mode']);
/** What may follow such a word: `operation_type`. */
const KINDS = list('type name kind');
const CALLEES = list('tool function procedure rpc');
const PASSED = list('arguments args kwargs params parameters');
const FILTERING = list('filter filters where condition conditions criteria sort');
const DESTROYING = list('delete overwrite purge destroy wipe erase drop');
const IDS = list('id ids');
const YES_OR_NO = list('yes no true false on off 0 1');
const BODIES = list('body payload data');

/** What a tool's arguments say, and what stands out of them. `about`: what the tool is called, and how described; `reads`: its first verb. */
export function readSchema(
  schema: JsonObject,
  about: { name: string; title: string; description: string; reads: string | undefined },
): { reasons: Reason[]; standsOut: StandsOut[] } {
  const { found, whole } = argumentsOf(schema);
  const pathsOf = (these: readonly Argument[]) => [...new Set(these.map(({ path }) => path))];
  const reasons: Reason[] = [];
  const say = (category: Category, these: readonly Argument[], words: (name: string) => string) => {
    const [first] = these;
    if (first) reasons.push({ category, because: words(quoted(first.path)) });
  };

  const name = wordsOf(plain(about.name.slice(0, 256)));
  const tool = {
    name,
    reads: about.reads,
    all: new Set([
      ...wordsIn(about.name),
      ...wordsIn(about.title),
      ...wordsIn(about.description, LONGEST_TEXT),
    ]),
  };
  const commands = found.filter((argument) => isCommand(argument) || isQuery(argument, tool));
  say('execute', commands, (name) => `It takes what is run (${name}).`);
  const paths = found.filter((argument) => isPath(argument) || isPlace(argument, tool));
  const saves = paths.filter(({ words }) => words.some((word) => SAVING.has(word)));
  say('write', saves, (name) => `It takes a place to write to (${name}).`);
  const addresses = found.filter(
    ({ text, words, uri }) => (text && ADDRESSES.has(words.at(-1) ?? '')) || uri,
  );
  const called = found.filter(({ text, words }) => text && words.some((word) => CALLING.has(word)));
  say('write', called, (name) => `It takes an address that is called (${name}).`);
  const bodies = found.filter(({ words }) => BODIES.has(words.at(-1) ?? ''));
  if (addresses.length > 0) say('write', bodies, (name) => `It sends what it is given (${name}).`);
  const pays = found.filter(isPayment);
  const means = pays.filter(({ words }) => words.some((word) => PAYING.has(word)));
  say('spend', means, (name) => `It takes what pays (${name}).`);
  if (pays.some(ends('amount')) && pays.some(ends('currency')))
    say('spend', pays, () => 'It takes an amount of money.');
  say('destructive', found.filter(isToDestroy), (name) => `It can be told to destroy (${name}).`);
  say(
    'write',
    found.filter(isPretence),
    (name) => `It does more than to read, since it can pretend to (${name}).`,
  );

  for (const argument of found) {
    const { path, words, flag, text } = argument;
    const switches = flag || isYesOrNo(argument);
    // `remove_ids` names what is destroyed; `merge_request_id` does not.
    const names = IDS.has(words.at(-1) ?? '');
    const more = doneBySwitch(words).filter(
      ({ category, noun }) =>
        (switches && !isOrder(argument)) || (names && category === 'destructive' && !noun),
    );
    if (switches && isUnguarded(words))
      reasons.push({
        category: 'write',
        because: `It can be told to do more than to read (${quoted(path)}).`,
      });
    const destroyed = text || argument.list ? destroyedBy(words) : [];
    for (const { verb, category } of [...more, ...destroyed, ...choicesOf(argument)])
      reasons.push({ category, because: `It can be told to ${verb} (${quoted(path)}).` });
  }
  if (found.some(({ words }) => PASSED.has(words.at(-1) ?? '')))
    say('write', found.filter(isCalled), (name) => `It calls what it is told (${name}).`);
  say('write', found.filter(isTold), (name) => `It does what it is told (${name}).`);
  if (!whole) reasons.push({ category: 'write', because: 'It takes too much to be looked through.' });

  const standsOut = (
    [
      ['command', commands, 'Runs what it is given'],
      ['path', paths, 'Takes a path'],
      ['calls-out', [...new Set([...addresses, ...called])], 'Takes an address'],
      ['pays', pays, 'Takes what pays'],
    ] as const
  ).flatMap(([kind, these, because]) =>
    these.length === 0 ? [] : { kind, because: `${because}.`, arguments: pathsOf(these) },
  );
  return { reasons, standsOut };
}

const ends =
  (word: string) =>
  ({ words }: Argument) =>
    words.at(-1) === word;

function isCommand({ text, words, about }: Argument): boolean {
  if (!text) return false;
  const last = named(words, CONTENT);
  if (COMMANDS.has(last) || LANGUAGES.has(last)) return true;
  return (
    PERHAPS_COMMANDS.has(last) &&
    [...words.slice(0, -1), ...about].some((word) => RUNNING.has(word) || LANGUAGES.has(word))
  );
}

/** What is asked in a language that can do more than to ask, or of a database in a language that nothing tells. */
function isQuery(
  { text, words, about }: Argument,
  tool: { name: string[]; reads: string | undefined; all: ReadonlySet<string> },
): boolean {
  if (!text || !QUERIES.has(named(words, CONTENT))) return false;
  const own = [...words, ...about];
  const says = (these: ReadonlySet<string>) =>
    own.some((word) => these.has(word)) || [...these].some((word) => tool.all.has(word));
  if (says(LANGUAGES)) return true;
  if ([...own, ...tool.name].some((word) => SEARCHING.has(word))) return false;
  if (tool.name.includes('query')) return true;
  return says(DATABASES) && !SEARCHING.has(tool.reads ?? '');
}

/** The word that a name is about: its last, or the one before that, if the last is one of `after`. */
function named(words: readonly string[], after: ReadonlySet<string>): string {
  return words.findLast((word, at) => at === 0 || !after.has(word)) ?? '';
}

function isPath({ text, words, about }: Argument): boolean {
  const last = words.at(-1) ?? '';
  return (
    text && (PATHS.has(last) || (PERHAPS_PATHS.has(last) && [...about].some((word) => PATHLIKE.has(word))))
  );
}

/** `source` and `destination`, `from` and `to`, of a tool that moves files. */
function isPlace({ text, words }: Argument, tool: { name: string[]; all: ReadonlySet<string> }): boolean {
  const moves = tool.name.some((word) => MOVING.has(word)) && [...FILES].some((word) => tool.all.has(word));
  return text && moves && PLACES.has(words.at(-1) ?? '');
}

function isPayment({ text, number, words, choices }: Argument): boolean {
  const last = words.at(-1) ?? '';
  if (words.some((word) => BOUNDS.has(word))) return false;
  return (
    (text || number || choices.length > 0) && (AMOUNTS.has(last) || words.some((word) => PAYING.has(word)))
  );
}

/** `delete_after_reading`, `overwrite`, `delete_after_days`, `delete_messages`, or `delete` of whatever kind. */
function isToDestroy({ flag, number, list: many, words }: Argument): boolean {
  const told = flag || number || (many && !isLeftOut(words)) || words.length === 1;
  return told && DESTROYING.has(words[0] ?? '');
}

/** `order`, which may be anything, is that of what is shown. */
function isOrder({ text, flag, number, list: many, words }: Argument): boolean {
  return words.join(' ') === 'order' && text && flag && number && many;
}

function isPretence({ flag, words }: Argument): boolean {
  return flag && ['dry run', 'dryrun', 'force', 'confirm', 'read only', 'readonly'].includes(words.join(' '));
}

function isYesOrNo({ choices }: Argument): boolean {
  return choices.length > 0 && choices.every((choice) => YES_OR_NO.has(choice.toLowerCase()));
}

/** What is done is a text. */
function isTold({ text, words, within }: Argument): boolean {
  return (
    text && TELLING.has(named(words, KINDS)) && ![...words, ...within].some((word) => FILTERING.has(word))
  );
}

/** What is called, where what it takes is passed on: `tool_name` beside `arguments`. */
function isCalled({ text, words }: Argument): boolean {
  return text && CALLEES.has(named(words, KINDS));
}

/** What it can be told to do, of those that it lists. */
function choicesOf(argument: Argument): Verb[] {
  const all = argument.choices.map((choice) => verbsOf(plain(choice)));
  const told = all.flat().filter(({ category }) => category !== 'read');
  if (chooses(argument)) return told;
  // Whatever its name: verbs and nothing else, or one that destroys.
  const only = all.every((verbs) => verbs.length > 0);
  const destroying = argument.choices.some((choice) => DESTROYING.has(wordsOf(plain(choice))[0] ?? ''));
  return only || destroying ? told.filter(({ noun, verb }) => !noun && (only || DESTROYING.has(verb))) : [];
}

/** `action`, `operation_type`, or the `type` of one among `actions`. */
function chooses({ words, within }: Argument): boolean {
  return (
    CHOOSING.has(named(words, KINDS)) ||
    (words.at(-1) === 'type' && within.some((word) => CHOOSING.has(word)))
  );
}

function quoted(path: string): string {
  return path.length > 60 ? `${path.slice(0, 60)}…`.toWellFormed() : path;
}
