import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';
import { compress } from 'hono/compress';
import { secureHeaders } from 'hono/secure-headers';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Api } from '../api/api.ts';
import { listen } from '../base/listen.ts';
import type { Logger } from '../base/ports.ts';
import { PICTURE_PATH, pictureAnswer, windowPolicy } from '../base/window-headers.ts';
import { streamEvents } from './ui-events.ts';

/** Bytes of a method's parameters: a policy may have 1 MiB. */
const LARGEST_PARAMETERS = 4 * 1024 * 1024;

const NOT_BUILT =
  'Greenlight runs, but its window was not built. Run "npm run build", then open this address again.\n';

const STATUS = { invalid: 400, not_found: 404, conflict: 409, unavailable: 503, internal: 500 } as const;

/** Serves the window and its API on 127.0.0.1. */
export interface UiServer {
  /** Where the window is, without the key. */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1:`port` (0: a free one). The page itself is public, everything it shows needs `key`.
 * `assets` is the folder of the built renderer. Throws a {@link UserFacingError} when the port is taken.
 */
export async function openUiServer(parts: {
  port: number;
  key: string;
  api: Api;
  assets: string;
  logger: Logger;
}): Promise<UiServer> {
  const { api, key, assets, logger } = parts;
  let own = new Set<string>();
  const closing = new AbortController();
  const app = new Hono<{ Bindings: HttpBindings }>();

  // Before the window's own headers, which it replaces: this one page may be framed, by the window.
  app.use(PICTURE_PATH, async (c, next) => {
    await next();
    c.header('X-Frame-Options', 'SAMEORIGIN');
    c.header('Content-Security-Policy', pictureAnswer(undefined).headers['content-security-policy']);
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: windowPolicy,
      referrerPolicy: 'no-referrer',
      xFrameOptions: 'DENY',
      strictTransportSecurity: false,
    }),
  );
  app.use(sameSite(() => own));
  app.use('/api/*', bearerKey(key));

  app.get('/api/events', (c) => streamEvents(c, api, closing.signal));
  app.post('/api/:method', async (c) => {
    const text = await readParameters(c.req.raw.body);
    if (text === undefined) return c.json(failure('invalid', 'The parameters are larger than 4 MiB.'), 413);
    let params: unknown;
    try {
      params = text === '' ? {} : JSON.parse(text);
    } catch {
      return c.json(failure('invalid', 'The parameters are not valid JSON.'), 400);
    }
    try {
      return c.json((await api.call(c.req.param('method'), params, c.req.raw.signal)) as object);
    } catch (error) {
      if (!(error instanceof UserFacingError)) throw error;
      return c.json(failure(error.code, error.message), STATUS[error.code]);
    }
  });
  app.get(PICTURE_PATH, (c) => {
    const { status, headers, body } = pictureAnswer(c.req.query('url'));
    return c.newResponse(body, status, headers);
  });
  app.get(
    '*',
    compress(),
    serveStatic({ root: assets, onFound: (_path, c) => c.header('Cache-Control', cached(c.req.path)) }),
  );
  app.get('/', (c) => c.text(NOT_BUILT, 503));
  app.notFound((c) => c.json(failure('not_found', 'There is nothing at this address.'), 404));
  app.onError((error, c) => {
    logger.error({ err: error }, 'a request of the window failed');
    return c.json(failure('internal', 'Greenlight met an error of its own; its log says more.'), 500);
  });

  const server = createServer(getRequestListener(app.fetch));
  const port = await listen(server, parts.port);
  own = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  return {
    origin: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      closing.abort();
      server.closeIdleConnections();
      const grace = setTimeout(() => server.closeAllConnections(), 300);
      await closed;
      clearTimeout(grace);
    },
  };
}

/** A file of the build is named by what is in it, but for the page, which names the others. */
function cached(path: string): string {
  return path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** Only our own page may ask: a foreign one can reach loopback, but cannot forge Host and Origin. */
function sameSite(own: () => Set<string>): MiddlewareHandler {
  return async (c, next) => {
    const origin = c.req.header('origin');
    const foreign = origin !== undefined && !own().has(origin.replace(/^http:\/\//, ''));
    if (foreign || !own().has(c.req.header('host') ?? '')) {
      return c.json(failure('invalid', 'Greenlight answers only at its own loopback address.'), 403);
    }
    await next();
  };
}

/**
 * The parameters as text; `undefined` when they are too large. Those are read to their end all the same: an
 * earlier answer would leave the rest on the connection, which the next question of the window then loses.
 */
async function readParameters(body: ReadableStream<Uint8Array> | null): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size <= LARGEST_PARAMETERS) chunks.push(chunk);
  }
  return size > LARGEST_PARAMETERS ? undefined : Buffer.concat(chunks).toString();
}

function bearerKey(key: string): MiddlewareHandler {
  const expected = createHash('sha256').update(`Bearer ${key}`).digest();
  return async (c, next) => {
    const given = createHash('sha256')
      .update(c.req.header('authorization') ?? '')
      .digest();
    if (!timingSafeEqual(given, expected)) {
      c.header('WWW-Authenticate', 'Bearer');
      return c.json(
        failure(
          'unauthorized',
          'Open the address that Greenlight printed when it started: it carries the key.',
        ),
        401,
      );
    }
    await next();
  };
}

function failure(code: string, message: string) {
  return { error: { code, message } };
}
