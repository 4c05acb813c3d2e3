import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** What stands in the place of a secret. */
export const MASK = '••••••••';

/** What Greenlight writes into a preview where no token was made yet. */
export const TOKEN_PLACEHOLDER = 'TOKEN-MADE-WHEN-YOU-APPLY';

/**
 * `"name": "value"` (JSON) or `name = "value"` (TOML), in either kind of quotes, or JSON within a text of JSON. The text is
 * whatever others wrote: no pattern here may take more than its length in steps, or nearly so.
 */
const MEMBER =
  /((\\?["']|)(?<![\w.-])([\w.-]+)\2\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|\\"(?:[^"\\]|\\\\(?:\\.|[^"\\]))*\\")/g;

const SECRET_NAME =
  /authorization|cookie|passw|passphrase|secret|credential|private[_-]?key|(?:^|[_.-])(?:token|auth|api[_-]?key|key|pat)$|token$|apikey$|accesskey$/i;

/** `Bearer x`, `--api-key=x`, user info in an address, keys whose form gives them away. */
const BEARER = /\b(Bearer|Basic)(\s+)(?!\$)([^\s"'\\]+)/gi;
const OPTION =
  /(--?[\w.-]{0,60}(?:token|secret|key|passw(?:or)?d|passphrase|bearer|authorization)[=:]|[?&][\w-]{0,60}(?:token|secret|key|password|signature|sig)=)([^\s"'&\\]+)/gi;
const NAMED_SECRET =
  '[\\w.-]{0,60}(?:token|secret|key|passw(?:or)?d|passphrase|bearer|credentials|authorization)';
/** Also mcp-proxy's `--headers X-API-Key x`. */
const OPTION_ALONE = new RegExp(`^(?:(?:--?|X-)${NAMED_SECRET}|--?(?:pass|pwd|pat))$`, 'i');
/** A word of a command line: all behind the sign is the value. */
const OPTION_WITH_VALUE = new RegExp(`^(--?${NAMED_SECRET}=)(.+)$`, 'is');
/** What an argument brings whose value may be anything, so also a secret: a header, a variable of the environment. */
const HEADER_ALONE = /^(?:--header|-H)$/;
const HEADER_VALUE = /^((?:(?:--header|-H)[= ]?)?[\w-]{1,100}:\s*)(.+)$/s;
const VARIABLE = /^((?:--env=|-e)?[A-Za-z_]\w{0,100}=)(.+)$/s;
/** Members of an entry whose values may each be a secret, whatever their names. */
const SECRET_PLACE = /^(?:http_?headers|headers|env|environment|env_?vars)$/i;
/** Up to the last `@`: a password may have one in it. */
const USER_INFO = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?!git@)([^\s/"']+)@/gi;
/** Of what begins as words do, a digit or a long part says that it is none: `sk-learn-for-agents` is a name. */
const KNOWN_FORM =
  /\b(?:(?:[spr]k|xox[abprs])[-_](?=[\w-]{0,200}\d|\w{12})[\w-]{12,}|(?:gh[oprsu]|glt|github_pat)_\w{12,}|glpat-[\w-]{12,}|AKIA[A-Z\d]{12,})|(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;

/** What a person sees in the place of a secret. */
type ShowSecret = (secret: string) => string;

const hide: ShowSecret = () => MASK;

/**
 * One line of a client's configuration file with what looks like a secret masked. References to variables
 * and Greenlight's own placeholder stay: they are not secrets, and say what will be there.
 */
export function maskLine(line: string, show: ShowSecret = hide): string {
  return line
    .replace(MEMBER, (whole, before: string, _quote, name: string, quoted: string) => {
      const quote = quoted.startsWith('\\') ? '\\"' : quoted.charAt(0);
      const value = quoted.slice(quote.length, -quote.length);
      if (!SECRET_NAME.test(name) || isOpen(value)) return whole;
      return `${before}${quote}${maskedValue(value, show)}${quote}`;
    })
    .replace(BEARER, (whole, scheme: string, space: string, value: string) =>
      isOpen(value) ? whole : `${scheme}${space}${show(value)}`,
    )
    .replace(OPTION, (whole, before: string, value: string) => (isOpen(value) ? whole : before + show(value)))
    .replace(USER_INFO, (whole, before: string, value: string) =>
      isOpen(value) ? whole : `${before}${show(value)}@`,
    )
    .replace(KNOWN_FORM, (value) => show(value));
}

/** Shorter ones are no secrets, and stand everywhere. */
const SHORTEST_SECRET = 4;

/** {@link maskLine} that masks `secrets` too, wherever they stand: their names may say nothing. */
export function maskLineWith(secrets: readonly string[]): (line: string) => string {
  const written = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
    .sort((a, b) => b.length - a.length);
  return (line) => maskLine(written.reduce((text, secret) => text.replaceAll(secret, MASK), line));
}

/** Stands for what is too deep, or too large, to be shown. */
export const TOO_MUCH = '(too much to be shown)';

/** Deeper than any configuration is. */
const DEEPEST = 20;

/** `value` of a client's configuration with what looks like a secret masked, as {@link maskLine} does. */
export function maskJson(value: Json, show: ShowSecret = hide, depth = 0): Json {
  if (typeof value === 'string') return maskLine(value, show);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return TOO_MUCH;
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      const before = value[index - 1];
      return typeof item === 'string'
        ? maskWord(item, typeof before === 'string' ? before : '', show)
        : maskJson(item, show, depth + 1);
    });
  }
  const members = Object.entries(isJsonObject(value) ? value : {}).map(([name, member]) => [
    name,
    SECRET_NAME.test(name) || SECRET_PLACE.test(name)
      ? maskAll(member, show, depth + 1)
      : maskJson(member, show, depth + 1),
  ]);
  return Object.fromEntries(members) as JsonObject;
}

/** `word` of a command line, behind the word `before`, with what looks like a secret masked, as {@link maskLine} does. */
export function maskWord(word: string, before: string, show: ShowSecret = hide): string {
  if (OPTION_ALONE.test(before)) return isSecret(word) ? maskedValue(word, show) : word;
  // Docker's `type=bind,src=/here,dst=/there`, which only looks like a variable.
  if (before === '--mount') return maskLine(word, show);
  const header = HEADER_ALONE.test(before) || /^(?:--header|-H)/.test(word);
  const [, name, secret] =
    OPTION_WITH_VALUE.exec(word) ?? (header ? HEADER_VALUE : VARIABLE).exec(word) ?? [];
  return name !== undefined && secret !== undefined && isSecret(secret)
    ? name + maskedValue(secret, show)
    : maskLine(word, show);
}

/** `value` with every text in it masked. */
function maskAll(value: Json, show: ShowSecret, depth: number): Json {
  if (typeof value === 'string') return isSecret(value) ? maskedValue(value, show) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return TOO_MUCH;
  if (Array.isArray(value)) return value.map((item) => maskAll(item, show, depth + 1));
  const members = Object.entries(value as JsonObject).map(([name, member]) => [
    name,
    maskAll(member, show, depth + 1),
  ]);
  return Object.fromEntries(members) as JsonObject;
}

const isSecret = (value: Json): value is string => typeof value === 'string' && !isOpen(value);

/** Whether a value holds no secret: it is empty, made of references to variables, the placeholder, or masked. */
function isOpen(value: string): boolean {
  const bare = value.replace(/^(?:Bearer|Basic)\s+/i, '');
  return (
    bare === '' || bare === TOKEN_PLACEHOLDER || bare === MASK || /^(?:(?:\$\{[^}]*\})+|\$\w+)$/.test(bare)
  );
}

/** The scheme stays readable: `Bearer` is no secret. */
function maskedValue(value: string, show: ShowSecret): string {
  const scheme = /^(?:Bearer|Basic)\s+/i.exec(value)?.[0] ?? '';
  return scheme + show(value.slice(scheme.length));
}
