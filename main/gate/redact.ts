import type { Json, JsonObject } from '../../shared/json.ts';

const MASK = '[masked]';
const NOT_KEPT = '[not kept]';

/** Names of members whose values are secrets whatever they look like. */
const SECRET_NAME =
  /(password|passwd|passphrase|secret|token|(api|access|private|secret)[_-]?key|authorization|credentials?|cookie)$|(^|[_-])(pass|pwd|auth)$/i;

// An agent chooses what these see, so each takes linear time: none can start twice within one run of characters.

/** Texts that are secrets whatever their name: bearer tokens, JWTs, provider keys, private keys. */
const SECRET_TEXT =
  /\bBearer\s+[\w.~+/=-]{8,}|(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:(?:sk|pk|rk|ghp|gho|ghs|github_pat|glt|glpat|hf|npm|xox[abprs])[-_]|AKIA|AIza)[-_A-Za-z0-9]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*/g;

/** User info and secret-looking query parameters of a URL. No scheme in use is longer than 30 characters. */
const URL_USER_INFO = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@]+@/gi;
const URL_SECRET = /([?&](?:[\w-]*(?:token|secret|key|password|signature|sig|auth))=)[^&#\s]+/gi;

/** The arguments with everything that looks like a secret masked. */
export function maskSecrets(value: JsonObject): JsonObject {
  return mask(value) as JsonObject;
}

/** The arguments as they may be kept once a call is over: secrets masked, or only the names, as the person set it. */
export function keptArguments(args: JsonObject, keep: 'values' | 'names'): JsonObject {
  if (keep === 'values') return maskSecrets(args);
  return Object.fromEntries(Object.keys(args).map((name) => [name, NOT_KEPT]));
}

function mask(value: Json): Json {
  if (typeof value === 'string') {
    return value
      .replace(SECRET_TEXT, MASK)
      .replace(URL_USER_INFO, `$1${MASK}@`)
      .replace(URL_SECRET, `$1${MASK}`);
  }
  if (Array.isArray(value)) return value.map(mask);
  if (value === null || typeof value !== 'object') return value;
  // fromEntries defines own members, so that a member called __proto__ stays one.
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && inner !== null && inner !== '' ? MASK : mask(inner),
    ]),
  );
}
