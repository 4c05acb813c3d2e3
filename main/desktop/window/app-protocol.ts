/** The window's files under app://greenlight. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { PICTURE_PATH, pictureAnswer, policyText, windowPolicy } from '../../base/window-headers.ts';
import type { Electron } from '../electron.ts';
import { APP_SCHEME, isOwn } from './address.ts';

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const headers = {
  'content-security-policy': policyText(windowPolicy),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Makes app: a scheme like https: with an origin, storage and `fetch`. Before the application is ready. */
export function registerAppScheme(protocol: Electron['protocol']): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the folder `assets` (the built renderer). Once the application is ready. Throws when it was not built. */
export function serveApp(protocol: Electron['protocol'], assets: string): void {
  const files = filesOf(assets);
  protocol.handle(APP_SCHEME, (request) => respond(request, files));
}

async function respond({ method, url }: Request, files: ReadonlyMap<string, string>): Promise<Response> {
  if (!isOwn(url) || method !== 'GET') return new Response('Not allowed.', { status: 403, headers });
  const { pathname, searchParams } = new URL(url);
  if (pathname === PICTURE_PATH) {
    const { body, ...init } = pictureAnswer(searchParams.get('url') ?? undefined);
    return new Response(body, init);
  }
  const file = files.get(pathname);
  if (file === undefined) return new Response('There is nothing at this address.', { status: 404, headers });
  const type = types[extname(file)] ?? 'application/octet-stream';
  return new Response(new Uint8Array(await readFile(file)), {
    headers: { ...headers, 'content-type': type },
  });
}

/** Every file by its path in an address. What is not in here is not served, however it is spelled. */
function filesOf(assets: string): ReadonlyMap<string, string> {
  let entries: ReturnType<typeof readEntries>;
  try {
    entries = readEntries(assets);
  } catch (error) {
    throw new UserFacingError(
      'unavailable',
      `The window was not built (${assets} cannot be read). Run "npm run build", then start again.`,
      {
        cause: error,
      },
    );
  }
  const files = new Map(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const parts = relative(assets, path).split(sep);
        return [`/${parts.map(encodeURIComponent).join('/')}`, path];
      }),
  );
  const index = files.get('/index.html');
  if (index === undefined)
    throw new UserFacingError(
      'unavailable',
      `There is no index.html in ${assets}. Run "npm run build", then start again.`,
    );
  return files.set('/', index);
}

function readEntries(assets: string) {
  return readdirSync(assets, { recursive: true, withFileTypes: true });
}
