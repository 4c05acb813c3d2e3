/** Headers that a server wants with each request, beside a bearer token. */

/** Those that say what a request is, or by whom it goes: Greenlight sends them itself. */
const ITS_OWN =
  /^(?:accept(?:-.*)?|connection|content-.*|expect|host|keep-alive|last-event-id|mcp-.*|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i;

/** Why the header `name` with `value` cannot be sent, as the rest of a sentence; nothing where it can. */
export function againstHeader(name: string, value: string): string | undefined {
  if (!/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)) return 'is no name of a header';
  if (ITS_OWN.test(name)) return 'is one that Greenlight sends itself';
  if (/^authorization$/i.test(name) && /^bearer(?:\s|$)/i.test(value))
    return 'is a token: give what follows Bearer as that';
  return /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(value)
    ? undefined
    : 'is empty, or has a character that cannot be sent';
}
