/** What both hosts send with the window, whatever carries it: over HTTP, or under app:// in Electron. */
import { createHash } from 'node:crypto';

/**
 * The window's Content-Security-Policy: its own files only, no inline script, no foreign origin. `data:`
 * pictures are the sandbox's thumbnails; the frame is {@link pictureAnswer}.
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

const PICTURE_STYLE =
  ':root{color-scheme:light dark;font:13px/1.5 system-ui,sans-serif}html,body{height:100%;margin:0}img{width:100%;height:100%;object-fit:contain}';

/** In the place of the window's own policy: one picture over https and nothing else. */
const picturePolicy = {
  defaultSrc: ["'none'"],
  imgSrc: ['https:'],
  styleSrc: [`'sha256-${createHash('sha256').update(PICTURE_STYLE).digest('base64')}'`],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'self'"],
  sandbox: [],
};

/**
 * The frame in which the window shows a picture that an agent named, once the person has asked for it: a
 * page without script and without origin (`sandbox`), that only the window itself may frame and that sends
 * no referrer. Without an address it says that there is such a frame (204); only https addresses without
 * credentials in them are shown.
 */
export function pictureAnswer(address: string | undefined): {
  status: 200 | 204 | 400;
  headers: Record<string, string>;
  body: string | null;
} {
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policyText(picturePolicy),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  };
  if (address === undefined) return { status: 204, headers, body: null };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    return { status: 400, headers, body: 'Only pictures at https addresses can be shown.' };
  }
  const source = url.href.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  const image = `<img src="${source}" alt="The picture could not be loaded." referrerpolicy="no-referrer">`;
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Picture</title><style>${PICTURE_STYLE}</style>${image}</html>`;
  return { status: 200, headers, body };
}
