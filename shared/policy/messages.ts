import type { Json } from '../json.ts';
import { isAboutTime, type Predicate, type TimePredicate } from './document.ts';
import { hoursWords } from './hours.ts';
import { hasStar } from './paths.ts';

/** A name or value for a message, short enough to read. */
export function show(value: Json, length = 80): string {
  const text = JSON.stringify(value);
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

/** What an agent is told when a `require` predicate does not hold, in the policy's words where it has some. */
export function requireMessage(predicate: Predicate): string {
  if (predicate.on_deny !== undefined) return predicate.on_deny;
  if (isAboutTime(predicate)) return timeMessage(predicate, predicate.op === 'during');
  return `The policy requires that ${subject(predicate)} must ${condition(predicate)}. Correct it and call again.`;
}

/** What an agent is told when a `deny_if` predicate holds, or could not be applied. */
export function denyMessage(predicate: Predicate, inapplicable: boolean): string {
  if (predicate.on_deny !== undefined) return predicate.on_deny;
  if (isAboutTime(predicate)) return timeMessage(predicate, predicate.op === 'not_during');
  if (inapplicable && isAboutHosts(predicate)) {
    return `The policy cannot judge ${subject(predicate)}: it must be a plain http(s) URL, without user name or password. Correct it, or leave it out, and call again.`;
  }
  if (inapplicable) {
    return `The policy cannot judge ${subject(predicate)}: its value is of a kind that "${predicate.op}" does not apply to. Correct it and call again.`;
  }
  if (predicate.op === 'exists') {
    return predicate.value
      ? `The policy does not allow ${subject(predicate)}. Leave it out and call again.`
      : `The policy requires ${subject(predicate)}. Add it and call again.`;
  }
  return `The policy denies this call because ${subject(predicate)} must not ${condition(predicate)}. Change it and call again.`;
}

/** Why the person is asked where the tool's schema has patterns for these arguments that cannot be checked. */
export function uncheckedMessage(names: readonly string[]): string {
  return `The server says by a pattern that Greenlight cannot check what ${uncheckedNames(names)} must look like, so the person is asked. The rest was checked.`;
}

/** Names of arguments, as far as they are known. */
export function uncheckedNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => (name === '' ? 'an argument' : show(name)));
  return [...shown, ...(names.length > shown.length ? ['more'] : [])].join(', ');
}

/** Why the person is asked, for the agent and the activity. */
export function askMessage(tool: string, predicate: Predicate | undefined): string {
  if (predicate === undefined) return `The policy asks the person before ${show(tool)} runs.`;
  if (predicate.on_deny !== undefined) return predicate.on_deny;
  if (isAboutTime(predicate))
    return `The policy asks the person before ${show(tool)} runs ${timeWords(predicate)}.`;
  return `The policy asks the person before ${show(tool)} runs with such a value for ${subject(predicate)}.`;
}

/** `during`: whether it is let through within these hours, or outside of them. */
function timeMessage({ value }: TimePredicate, during: boolean): string {
  const when = timeWords({ op: during ? 'during' : 'not_during', value });
  return `The policy allows this call only ${when}, by the clock of the person's computer. Call again then.`;
}

function timeWords({ op, value }: Pick<TimePredicate, 'op' | 'value'>): string {
  return op === 'during' ? `within ${hoursWords(value)}` : `outside of ${hoursWords(value)}`;
}

function subject({ path }: Predicate): string {
  if (path.split('.', 1)[0] === 'also') return `what is sent beside the arguments (${show(path, 100)})`;
  return path === 'args'
    ? 'the whole of the arguments'
    : `${hasStar(path) ? 'each argument' : 'the argument'} ${show(path.slice('args.'.length), 100)}`;
}

function isAboutHosts({ op }: Predicate): boolean {
  return op === 'host_in' || op === 'host_not_in';
}

function condition(predicate: Exclude<Predicate, TimePredicate>): string {
  switch (predicate.op) {
    case 'eq':
      return `be ${show(predicate.value)}`;
    case 'neq':
      return `be anything but ${show(predicate.value)}`;
    case 'in':
      return `be one of ${list(predicate.value)}`;
    case 'not_in':
      return `be none of ${list(predicate.value)}`;
    case 'lt':
      return `be less than ${predicate.value}`;
    case 'lte':
      return `be at most ${predicate.value}`;
    case 'gt':
      return `be greater than ${predicate.value}`;
    case 'gte':
      return `be at least ${predicate.value}`;
    case 'contains':
      return `contain ${show(predicate.value)}`;
    case 'starts_with':
      return `start with ${show(predicate.value)}`;
    case 'ends_with':
      return `end with ${show(predicate.value)}`;
    case 'regex':
      return `match the pattern ${show(predicate.value)}`;
    case 'length_lte':
      return `have a length of at most ${predicate.value}`;
    case 'length_gte':
      return `have a length of at least ${predicate.value}`;
    case 'exists':
      return predicate.value ? 'be given' : 'be left out';
    // Enough hosts to correct an honest mistake by, not the person's whole list.
    case 'host_in':
      return `${orAbsent(predicate)}be an http(s) URL on ${list(predicate.value, 3)}`;
    case 'host_not_in':
      return `${orAbsent(predicate)}be an http(s) URL on a host that the policy does not exclude`;
  }
}

function orAbsent({ absent }: { absent?: true | undefined }): string {
  return absent ? 'be left out, or ' : '';
}

function list(values: readonly Json[], most = 8): string {
  if (values.length === 0) return 'an empty list';
  const shown = values.slice(0, most).map((value) => show(value, 40));
  return values.length > most
    ? `${shown.join(', ')} or ${values.length - most} more`
    : shown.join(values.length === 2 ? ' or ' : ', ');
}
