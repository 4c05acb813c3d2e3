/** One entry of a `host_in` list, normalised as the URL parser does. */
export interface HostPattern {
  /** The host itself, or for a wildcard what follows the star, dot included. */
  host: string;
  wildcard: boolean;
}

const ipAddress = /^(?:\[.*\]|\d+\.\d+\.\d+\.\d+)$/;

/** Reads one entry of a list of hosts; a text answer says what is wrong with it and how to mend it. */
export function parseHost(text: string): HostPattern | string {
  const wildcard = text.startsWith('*.');
  const name = wildcard ? text.slice(2) : text;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) {
    return `${quote(text)} is a URL; write the host alone, such as "cdn.example.com".`;
  }
  const bracketed = name.startsWith('[') && name.endsWith(']');
  if (!bracketed && /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(name)) {
    return `Write the IPv6 address ${quote(text)} in brackets: "[${name}]".`;
  }
  // Port, path, query, user info and the characters that the URL parser drops or turns around.
  if (name === '' || /[\s\\/?#@*%\p{Cc}]/u.test(name) || (!bracketed && name.includes(':'))) {
    return `${quote(text)} is not a host; write a name such as "cdn.example.com" or "*.example.com", without a port or a path.`;
  }
  const host = hostOf(`http://${name}`);
  if (host === undefined || host === '') {
    return `${quote(text)} is not a host; write a name such as "cdn.example.com" or "*.example.com".`;
  }
  if (!wildcard) return { host, wildcard };
  if (ipAddress.test(host)) return `${quote(text)}: an address has no subdomains; leave out the "*.".`;
  return { host: `.${host}`, wildcard };
}

/** Whether `host` (as {@link urlHost} returns it) is one of `patterns`. `*.a` covers subdomains, not `a`. */
export function hostMatches(host: string, patterns: readonly HostPattern[]): boolean {
  return patterns.some((pattern) =>
    pattern.wildcard
      ? host.length > pattern.host.length && host.endsWith(pattern.host)
      : host === pattern.host,
  );
}

/**
 * The normalised host of a plain http(s) URL (WHATWG URL): lower case, Punycode, no trailing dot, no port.
 * `undefined` for everything else, of whose host nothing can be said: what cannot be parsed, another scheme, user
 * info, and spellings that other URL parsers read differently (a backslash, white space, control characters; in
 * front of the host one slash, or three; in it an escape, or what cannot be seen).
 */
export function urlHost(text: string): string | undefined {
  return PLAIN.test(text) && !/[\s\\\p{Cc}]/u.test(text) ? hostOf(text) : undefined;
}

const PLAIN = /^https?:\/\/[^/?#%\p{Default_Ignorable_Code_Point}]+(?:[/?#]|$)/iu;

function hostOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  // "https://@host/" has empty user info, which the parser forgets; the text still shows it.
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/*[^/?#]*@/i.test(text)) return undefined;
  return url.hostname.endsWith('.') ? url.hostname.slice(0, -1) : url.hostname;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
