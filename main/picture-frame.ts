import { createHash } from 'node:crypto';

const STYLE =
  ':root{color-scheme:light dark;font:13px/1.5 system-ui,sans-serif}html,body{height:100%;margin:0}img{width:100%;height:100%;object-fit:contain}';

/** What a host answers for the frame that shows one picture from the web. */
export interface PictureFrame {
  html: string;
  /** In the place of the window's own policy: it may load one picture over https and nothing else. */
  contentSecurityPolicy: string;
}

/**
 * The frame in which the window shows a picture that an agent named, once the person has asked for it: a
 * page without script and without origin (`sandbox`), that only the window itself may frame and that sends
 * no referrer. Undefined unless `address` is an https URL without credentials in it.
 */
export function pictureFrame(address: string | undefined): PictureFrame | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return undefined;
  const image = `<img src="${escaped(url.href)}" alt="The picture could not be loaded." referrerpolicy="no-referrer">`;
  return {
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>Picture</title><style>${STYLE}</style>${image}</html>`,
    contentSecurityPolicy: [
      "default-src 'none'",
      'img-src https:',
      `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'self'",
      'sandbox',
    ].join('; '),
  };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
