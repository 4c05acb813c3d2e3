import { type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { CUT, MASK, NOT_KEPT } from '../ledger/not-kept.ts';

/** Names of members whose values are secrets whatever they look like. */
const SECRET_NAME =
  /(password|passwd|passphrase|secret|token|(api|access|private|secret)[_-]?key|authorization|credentials?|cookie)$|(^|[_-])(pass|pwd|auth)$/i;

/** No such name is longer. */
const LONGEST_SECRET_NAME = 20;

// An agent chooses what these see, so each takes linear time with a small factor: none can start twice within one
// run of characters.

/** Texts that are secrets whatever their name: bearer tokens, JWTs, provider keys, private keys. */
const SECRET_TEXT =
  /\bBearer\s+[\w.~+/=-]{8,}|(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:(?:sk|pk|rk|ghp|gho|ghs|github_pat|glt|glpat|hf|npm|xox[abprs])[-_]|AKIA|AIza)[-_A-Za-z0-9]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g;

/** No secret text is shorter. */
const SHORTEST_SECRET = 15;

/** User info and secret-looking query parameters of a URL. */
const URL_USER_INFO = /:\/\/[^\s/@]+@/g;
const URL_SECRET = /([?&](?:[\w-]*(?:token|secret|key|password|signature|sig|auth))=)[^&#\s]+/gi;

/** What is kept of a call's arguments: characters of JSON text, and members of each list and object. */
const MOST_KEPT = 16 * 1024;
const MOST_MEMBERS = 500;

/** Where the text is longer: how much of each text, list and object. The first that does is used. */
const CUTS = [
  { text: 4096, members: MOST_MEMBERS },
  { text: 512, members: 100 },
  { text: 64, members: 20 },
];

/** The arguments with everything that looks like a secret masked. */
export function maskSecrets(value: JsonObject): JsonObject {
  return mask(value, Number.POSITIVE_INFINITY) as JsonObject;
}

/**
 * The arguments as they may be kept once a call is over: secrets masked, or only the names, as the person set it.
 * What is too much is cut, and says so; each argument has its share, so that none hides another.
 */
export function keptArguments(args: JsonObject, keep: 'values' | 'names'): JsonObject {
  if (keep === 'values') return bounded(mask(args, MOST_MEMBERS) as JsonObject);
  const names = first(Object.keys(args), MOST_MEMBERS);
  return bounded(Object.fromEntries(names.map((name) => [name, NOT_KEPT])));
}

/** The arguments as the log keeps them, as JSON text: {@link keptArguments}, or the list of their names. */
export function loggedArguments(args: JsonObject, keep: 'values' | 'names'): string {
  const kept = keptArguments(args, keep);
  return JSON.stringify(keep === 'values' ? kept : Object.keys(kept));
}

function bounded(value: JsonObject): JsonObject {
  const fits = (kept: JsonObject) => JSON.stringify(kept).length <= MOST_KEPT;
  if (fits(value)) return value;
  for (const most of CUTS) {
    const kept = cut(value, most) as JsonObject;
    if (fits(kept)) return kept;
  }
  const names = first(Object.keys(value), 100);
  return Object.fromEntries(names.map((name) => [cutText(name, 64), CUT]));
}

function cut(value: Json, most: { text: number; members: number }): Json {
  if (typeof value === 'string') return cutText(value, most.text);
  if (Array.isArray(value)) return first(value, most.members).map((inner) => cut(inner, most));
  if (value === null || typeof value !== 'object') return value;
  const names = first(Object.keys(value), most.members);
  return Object.fromEntries(
    names.map((name) => [cutText(name, most.text), cut(ownMember(value, name) ?? CUT, most)]),
  );
}

function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most).toWellFormed()}${CUT} ${text.length - most} more characters`;
}

/** The first `most` of `all`, and a word for the others. */
function first<T>(all: T[], most: number): (T | typeof CUT)[] {
  return all.length <= most ? all : [...all.slice(0, most), CUT];
}

function mask(value: Json, most: number): Json {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return first(value, most).map((inner) => mask(inner, most));
  if (value === null || typeof value !== 'object') return value;
  // fromEntries defines own members, so that a member called __proto__ stays one.
  return Object.fromEntries(
    first(Object.keys(value), most).map((name) => {
      const inner = ownMember(value, name) ?? (Object.hasOwn(value, name) ? null : CUT);
      const secret = SECRET_NAME.test(name.slice(-LONGEST_SECRET_NAME)) && inner !== null && inner !== '';
      return [name, secret ? MASK : mask(inner, most)];
    }),
  );
}

function maskText(text: string): string {
  let masked = text.length < SHORTEST_SECRET ? text : text.replace(SECRET_TEXT, MASK);
  if (masked.includes('://')) masked = masked.replace(URL_USER_INFO, `://${MASK}@`);
  return masked.includes('=') ? masked.replace(URL_SECRET, `$1${MASK}`) : masked;
}
