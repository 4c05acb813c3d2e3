/** Conditions and limits of policies in plain words: the one place for them. */
import { formatDuration, parseDuration } from '../duration.ts';
import { isJsonObject, type Json } from '../json.ts';
import { windowSeconds } from './document.ts';
import { hoursWords, readHours } from './hours.ts';
import { hasStar } from './paths.ts';
import { valueText } from './values.ts';

/** What kind of field an operator's value needs. */
export type ValueKind = 'none' | 'any' | 'number' | 'text' | 'list' | 'hosts';

export interface OperatorWords {
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

/** Whether `value` is of this kind. */
export function fits(value: Json, kind: ValueKind): boolean {
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

/** What a path is about: `callback_url`, `metadata.key`, or "the arguments" for all of them. */
export function subjectWords(path: string): string {
  return path === 'args' ? 'the arguments' : path.replace(/^args\./, '');
}

/** What a condition is for: the three lists of a rule. */
export type Judged = 'deny_if' | 'require' | 'when';

/** A condition in words ("callback_url is present"); undefined when there are none for it. */
export function describePredicate(predicate: Json, judged: Judged): string | undefined {
  const readable = readPredicate(predicate);
  if (readable === undefined) return describeTime(predicate);
  const { path, operator, value, absent } = readable;
  const { words, kind } = operatorWords[operator];
  const each = !hasStar(path) ? '' : judged === 'require' ? 'each ' : 'any ';
  const subject = each + subjectWords(path);
  const start = `${subject} ${absent ? 'is absent, or ' : ''}${words}`;
  if (kind === 'none') return start;
  // How policies say "is given": agents spell nothing as null, or as an empty text.
  if (operator === 'not_in' && isNothing(value)) return `${subject} is neither null nor empty`;
  const values = Array.isArray(value) && (kind === 'list' || kind === 'hosts') ? value : [value];
  return `${start} ${values.length === 0 ? 'an empty list' : values.map(valueWords).join(', ')}`;
}

/** The same of a condition on the time: "it comes outside of Monday to Friday, 09:00 to 18:00". */
function describeTime(predicate: Json): string | undefined {
  if (!isJsonObject(predicate) || predicate.path !== 'time') return undefined;
  const hours = readHours(predicate.value);
  const start = { during: 'it comes within', not_during: 'it comes outside of' }[String(predicate.op)];
  return hours && start && `${start} ${hoursWords(hours)}`;
}

/** Whether it is how policies say "nothing": null, and an empty text. */
export function isNothing(value: Json): boolean {
  const values = Array.isArray(value) ? value : [];
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
  everywhere: 'for everyone, on all servers together',
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
