/** Policies in plain words: operators as sentences, conditions, limits and whole rules. */

import { formatDuration, parseDuration } from '../../shared/duration.ts';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { windowSeconds } from '../../shared/policy/document.ts';
import { listOf } from '../../shared/policy/edit.ts';
import { approvalOf } from '../../shared/policy/outcome.ts';
import { hasStar } from '../../shared/policy/paths.ts';

import { valueText } from './values.ts';

/** What kind of field an operator's value needs. */
export type ValueKind = 'none' | 'any' | 'number' | 'text' | 'list' | 'hosts';

interface OperatorWords {
  op: string;
  /** The value, where the words say it. */
  fixed?: Json;
  words: string;
  kind: ValueKind;
}

/** The operators, each as the middle of a sentence: "callback_url *is present*". */
export const operatorWords = {
  present: { op: 'exists', fixed: true, words: 'is present', kind: 'none' },
  absent: { op: 'exists', fixed: false, words: 'is absent', kind: 'none' },
  eq: { op: 'eq', words: 'is', kind: 'any' },
  neq: { op: 'neq', words: 'is not', kind: 'any' },
  in: { op: 'in', words: 'is one of', kind: 'list' },
  not_in: { op: 'not_in', words: 'is none of', kind: 'list' },
  lt: { op: 'lt', words: 'is less than', kind: 'number' },
  lte: { op: 'lte', words: 'is at most', kind: 'number' },
  gt: { op: 'gt', words: 'is greater than', kind: 'number' },
  gte: { op: 'gte', words: 'is at least', kind: 'number' },
  contains: { op: 'contains', words: 'contains', kind: 'any' },
  starts_with: { op: 'starts_with', words: 'starts with', kind: 'text' },
  ends_with: { op: 'ends_with', words: 'ends with', kind: 'text' },
  regex: { op: 'regex', words: 'matches the pattern', kind: 'text' },
  length_lte: { op: 'length_lte', words: 'has a length of at most', kind: 'number' },
  length_gte: { op: 'length_gte', words: 'has a length of at least', kind: 'number' },
  host_in: { op: 'host_in', words: 'is a URL on one of the hosts', kind: 'hosts' },
  host_not_in: { op: 'host_not_in', words: 'is a URL on none of the hosts', kind: 'hosts' },
} as const satisfies Record<string, OperatorWords>;

export type OperatorId = keyof typeof operatorWords;

/** All of them, in the order of a menu. */
export const operatorIds = Object.keys(operatorWords) as OperatorId[];

/** A condition that the builder can show: its value is of the kind that its operator takes. */
export interface ReadablePredicate {
  path: string;
  operator: OperatorId;
  value: Json;
  onDeny: string | undefined;
  /** Whether a value that is not given passes; of hosts alone. */
  absent: boolean;
}

/** Reads a predicate; undefined when the builder has no words for it, and so must leave it alone. */
export function readPredicate(predicate: Json): ReadablePredicate | undefined {
  if (!isJsonObject(predicate)) return undefined;
  const { path, op, value, on_deny: onDeny, absent, ...rest } = predicate;
  if (Object.keys(rest).length > 0 || typeof path !== 'string' || value === undefined) return undefined;
  if (onDeny !== undefined && typeof onDeny !== 'string') return undefined;
  const operator = operatorIds.find((id) => {
    const words: OperatorWords = operatorWords[id];
    return words.op === op && (words.fixed === undefined ? fits(value, words.kind) : words.fixed === value);
  });
  if (operator === undefined) return undefined;
  if (absent !== undefined && (absent !== true || operatorWords[operator].kind !== 'hosts')) return undefined;
  return { path, operator, value, onDeny, absent: absent === true };
}

function fits(value: Json, kind: ValueKind): boolean {
  switch (kind) {
    case 'none':
      return typeof value === 'boolean';
    case 'any':
      return true;
    case 'number':
      return typeof value === 'number';
    case 'text':
      return typeof value === 'string';
    case 'list':
      return Array.isArray(value);
    case 'hosts':
      return Array.isArray(value) && value.every((each) => typeof each === 'string');
  }
}

/** `predicate` (a readable one) with another operator; its value is kept where the new one can take it. */
export function withOperator(predicate: JsonObject, operator: OperatorId): JsonObject {
  const words: OperatorWords = operatorWords[operator];
  const before = predicate.value ?? null;
  const value = words.fixed ?? (fits(before, words.kind) ? before : converted(before, words.kind));
  const { absent: _absent, ...rest } = predicate;
  return { ...(words.kind === 'hosts' ? predicate : rest), op: words.op, value };
}

function converted(value: Json, kind: ValueKind): Json {
  switch (kind) {
    case 'number':
      return 0;
    case 'text':
      return '';
    case 'list':
      return typeof value === 'boolean' ? [] : [value];
    case 'hosts':
      return typeof value === 'string' && /^[\w.*-]+$/.test(value) ? [value] : [];
    default:
      return value;
  }
}

/** What a path is about: `callback_url`, `metadata.key`, or "the arguments" for all of them. */
export function subjectWords(path: string): string {
  return path === 'args' ? 'the arguments' : path.replace(/^args\./, '');
}

/** What a condition is for: the three lists of a rule. */
export type Judged = 'deny_if' | 'require' | 'when';

/** A condition in words ("callback_url is present"); undefined when there are none for it. */
export function describePredicate(predicate: Json, judged: Judged): string | undefined {
  const readable = readPredicate(predicate);
  if (readable === undefined) return undefined;
  const { path, operator, value, absent } = readable;
  const { words, kind } = operatorWords[operator];
  const each = !hasStar(path) ? '' : judged === 'require' ? 'each ' : 'any ';
  const subject = each + subjectWords(path);
  const start = `${subject} ${absent ? 'is absent, or ' : ''}${words}`;
  if (kind === 'none') return start;
  // How policies say "is given": agents spell nothing as null, or as an empty text.
  if (operator === 'not_in' && isNothing(value)) return `${subject} is neither null nor empty`;
  const values = kind === 'list' || kind === 'hosts' ? listOf(value) : [value];
  return `${start} ${values.length === 0 ? 'an empty list' : values.map(valueWords).join(', ')}`;
}

/**
 * What a condition does beyond its words, for the person who writes it. `names`: the arguments that are known;
 * empty while none is.
 */
export function hintsOf(
  { path, operator, value, absent }: ReadablePredicate,
  judged: Judged,
  names: readonly string[],
): string[] {
  const hints: string[] = [];
  const [, name] = path.split('.');
  if (name !== undefined && names.length > 0 && !names.includes(name)) {
    hints.push(`No argument called ${JSON.stringify(name)} is known: perhaps nothing is ever found there.`);
  }
  if (hasStar(path)) {
    const every = absent ? 'all must fit' : 'all must fit, and there must be one';
    hints.push(`* is each element of a list: ${judged === 'require' ? every : 'one that fits is enough'}.`);
  }
  if (operatorWords[operator].kind === 'hosts') {
    const what = 'Whatever is no plain http(s) URL, also null and an empty text,';
    hints.push(judged === 'when' ? `${what} asks you as well.` : `${what} is denied as well.`);
  }
  if (judged !== 'require' && NEGATIVE.includes(operator) && !isNothing(value)) {
    const passes = judged === 'when' ? 'is not asked about for this' : 'is let through';
    hints.push(`A call without ${subjectWords(path)} ${passes}.`);
  }
  if (BY_SPELLING.includes(operator) && listOf(Array.isArray(value) ? value : [value]).some(isAddress)) {
    const other = 'choose “is a URL on one of the hosts”';
    if (judged !== 'require')
      hints.push(`The same host can be written in many ways, and this keeps out one of them: ${other}.`);
    else if (operator !== 'eq' && operator !== 'in')
      hints.push(`Other hosts fit this too, such as ${LOOKALIKE}: ${other}.`);
  }
  return hints;
}

/** What holds of whatever is not named. */
const NEGATIVE: readonly OperatorId[] = ['neq', 'not_in', 'host_not_in'];

/** What looks at how a text is written. */
const BY_SPELLING: readonly OperatorId[] = ['eq', 'in', 'contains', 'starts_with', 'ends_with', 'regex'];

const LOOKALIKE = 'https://good.example.evil.example';

function isAddress(value: Json): boolean {
  return typeof value === 'string' && /:\/\/|^[\w-]+(?:\\?\.[\w-]+)*\\?\.[a-z]{2,}(?:[/:]|$)/i.test(value);
}

function isNothing(value: Json): boolean {
  const values = listOf(value);
  return values.length === 2 && values.includes(null) && values.includes('');
}

function valueWords(value: Json): string {
  if (value === '') return 'an empty text';
  if (value === null) return 'null';
  const text = typeof value === 'string' ? valueText(value) : JSON.stringify(value);
  return text.length > 48 ? `${text.slice(0, 48)}…` : text;
}

const scopes: Record<string, string> = {
  grant: 'for each client',
  session: 'in each session',
  all: 'for everyone together',
};

/** A limit in words: "at most 20 per day for everyone together, counted in cost"; undefined when it is none. */
export function describeLimit(limit: Json): string | undefined {
  if (!isJsonObject(limit)) return undefined;
  const { counter, max, increment, increment_from: from } = limit;
  const window = windowWords(limit.window);
  const scope = scopes[String(limit.scope ?? 'grant')];
  if (typeof counter !== 'string' || typeof max !== 'number') return undefined;
  if (window === undefined || scope === undefined) return undefined;
  const counted =
    from === 'cost'
      ? ', counted in cost'
      : typeof from === 'string'
        ? `, counted by ${subjectWords(from)}`
        : typeof increment === 'number' && increment !== 1
          ? `, each call counting ${increment}`
          : '';
  const then = limit.when_reached === 'ask' ? ', then you are asked' : '';
  return `at most ${max.toLocaleString('en')} ${window} ${scope}${counted}${then}`;
}

/** The short form of a limit in words. */
export function describeRate(rate: Json): string | undefined {
  const match = typeof rate === 'string' ? /^(\d+)\/(minute|hour|day|month)$/.exec(rate) : null;
  if (match !== null)
    return describeLimit({
      counter: '-',
      max: Number(match[1]),
      window: match[2] as string,
      scope: 'session',
    });
  return isJsonObject(rate) ? describeLimit({ ...rate, counter: '-', scope: 'session' }) : undefined;
}

function windowWords(window: Json | undefined): string | undefined {
  if (typeof window === 'string') {
    return Object.hasOwn(windowSeconds, window) ? `per ${window}` : undefined;
  }
  if (typeof window !== 'number') return undefined;
  const word = Object.entries(windowSeconds).find(([, seconds]) => seconds === window)?.[0];
  return word === undefined ? `in ${formatDuration(window * 1000)}` : `per ${word}`;
}

/** How long an approval waits, in words: "5 min". */
export function timeoutWords(timeout: string): string {
  const ms = parseDuration(timeout);
  return ms === undefined ? timeout : formatDuration(ms);
}

/** What a rule's conditions and limits amount to, a clause each; what has no words is counted. */
export function ruleWords(rule: JsonObject | undefined): string[] {
  if (rule === undefined) return [];
  const clauses: string[] = [];
  let unsaid = 0;
  const say = (start: string, items: readonly Json[], words: (item: Json) => string | undefined) => {
    for (const item of items) {
      const said = words(item);
      if (said === undefined) unsaid++;
      else clauses.push(start + said);
    }
  };
  say('denied if ', listOf(rule.deny_if), (each) => describePredicate(each, 'deny_if'));
  say('only if ', listOf(rule.require), (each) => describePredicate(each, 'require'));
  say('', listOf(rule.limits), describeLimit);
  if (rule.rate_limit !== undefined) say('', [rule.rate_limit], describeRate);
  const { mode, timeout } = approvalOf(rule);
  const waits = timeout === undefined ? '' : `, waits ${timeoutWords(timeout)}`;
  if (mode === 'always') clauses.push(`asks every time${waits}`);
  if (mode === 'when') {
    const asks = rule.require_approval;
    say('asks if ', isJsonObject(asks) ? listOf(asks.when) : [], (each) => describePredicate(each, 'when'));
  }
  if (rule.validate_arguments === false) clauses.push('arguments are not checked against the schema');
  if (unsaid > 0)
    clauses.push(unsaid === 1 ? 'one part only the JSON shows' : `${unsaid} parts only the JSON shows`);
  return clauses;
}
