/** What stands in the place of a secret. */
export const MASK = '••••••••';

/** What Greenlight writes into a preview where no token was made yet. */
export const TOKEN_PLACEHOLDER = 'TOKEN-MADE-WHEN-YOU-APPLY';

/** `"name": "value"` (JSON) or `name = "value"` (TOML), in either kind of quotes. */
const MEMBER = /((["']?)([\w.-]+)\2\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*')/g;

const SECRET_NAME =
  /authorization|cookie|passw|passphrase|secret|credential|private[_-]?key|(?:^|[_.-])(?:token|auth|api[_-]?key|key|pat)$|token$|apikey$|accesskey$/i;

/** `Bearer x`, `--api-key=x`, user info in an address, keys whose form gives them away. */
const BEARER = /\b(Bearer|Basic)(\s+)(?!\$)([^\s"'\\]+)/gi;
const OPTION =
  /(--?[\w-]*(?:token|secret|key|password)[=:]|[?&][\w-]*(?:token|secret|key|password|signature|sig)=)([^\s"'&\\]+)/gi;
const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s/@"']+)@/gi;
const KNOWN_FORM =
  /\b(?:sk|pk|rk|ghp|gho|ghs|glpat|glt|xox[abprs]|AKIA)[-_A-Za-z0-9]{12,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g;

/**
 * One line of a client's configuration file with what looks like a secret masked. References to variables
 * and Greenlight's own placeholder stay: they are not secrets, and say what will be there.
 */
export function maskLine(line: string): string {
  return line
    .replace(MEMBER, (whole, before: string, _quote, name: string, quoted: string) => {
      const value = quoted.slice(1, -1);
      if (!SECRET_NAME.test(name) || isOpen(value)) return whole;
      return `${before}${quoted[0]}${maskedValue(value)}${quoted[0]}`;
    })
    .replace(BEARER, (whole, scheme: string, space: string, value: string) =>
      isOpen(value) ? whole : `${scheme}${space}${MASK}`,
    )
    .replace(OPTION, (whole, before: string, value: string) => (isOpen(value) ? whole : before + MASK))
    .replace(USER_INFO, `$1${MASK}@`)
    .replace(KNOWN_FORM, MASK);
}

/** Whether a value holds no secret: it is empty, a reference to a variable, the placeholder, or masked. */
function isOpen(value: string): boolean {
  const bare = value.replace(/^(?:Bearer|Basic)\s+/i, '');
  return bare === '' || bare === TOKEN_PLACEHOLDER || bare === MASK || /^\$(?:\{[^}]*\}|\w+)$/.test(bare);
}

/** The scheme stays readable: `Bearer` is no secret. */
function maskedValue(value: string): string {
  const scheme = /^(?:Bearer|Basic)\s+/i.exec(value)?.[0] ?? '';
  return scheme + MASK;
}
