/** What both hosts send with the window, whatever carries it: over HTTP, or under app:// in Electron. */

/**
 * The window's Content-Security-Policy: its own files only, no inline script, no foreign origin. `data:`
 * pictures are the sandbox's thumbnails; the frame is {@link picturePage}.
 */
export const windowPolicy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  frameSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
  requireTrustedTypesFor: ["'script'"],
};

/** `policy` as the value of a Content-Security-Policy header. */
export function policyText(policy: Record<string, string[]>): string {
  return Object.entries(policy)
    .map(
      ([name, values]) =>
        `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${values.join(' ')}`,
    )
    .join('; ');
}

/** Where the window frames a picture: `/picture?url=...`. */
export const PICTURE_PATH = '/picture';

/**
 * A page that holds one foreign picture and can do nothing else: no script, no form, no origin of its own
 * (`sandbox`), no referrer to the picture's host. The window frames it after a click. `undefined` for what is
 * no http(s) address.
 */
export function picturePage(url: string): { html: string; headers: Record<string, string> } | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username || parsed.password) return undefined;
  const source = parsed.href.replace(/[&"'<>]/g, (character) => `&#${character.charCodeAt(0)};`);
  return {
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Picture</title><body><img src="${source}" alt="The picture at ${source}" referrerpolicy="no-referrer" width="100%">`,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; img-src http: https:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
  };
}
