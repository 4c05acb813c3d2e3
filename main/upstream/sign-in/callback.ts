import { createServer, type ServerResponse } from 'node:http';
import { listen } from '../../base/listen.ts';

const PATH = '/signed-in';

/** Where the person's browser comes back to after a sign-in (RFC 8252, 7.3). */
export interface Callback {
  /** The address that the authorization server is to send it to. */
  readonly url: string;
  close(): void;
}

/**
 * Listens on a free port of 127.0.0.1 until it is closed. `take` gets what the address said, and returns what the person is
 * told on the page; `undefined`: it was none of this sign-in, and changes nothing.
 */
export async function openCallback(
  take: (said: URLSearchParams) => Promise<string> | undefined,
): Promise<Callback> {
  let host = '';
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '', `http://${host}`);
    if (request.method !== 'GET' || request.headers.host !== host || url?.pathname !== PATH)
      return page(response, 404, 'There is nothing at this address.');
    const told = take(url.searchParams);
    if (told === undefined)
      return page(
        response,
        400,
        'This is not the sign-in that Greenlight waits for. Begin again in Greenlight.',
      );
    void told.then((words) => page(response, 200, words));
  });
  host = `127.0.0.1:${await listen(server, 0)}`;
  server.unref();
  return {
    url: `http://${host}${PATH}`,
    close() {
      server.close();
      server.closeIdleConnections();
    },
  };
}

/** `words` are Greenlight's own, or had their markup taken out. */
function page(response: ServerResponse, status: number, words: string): void {
  const text = words.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
    .end(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Greenlight</title><style>body{font:1rem/1.5 system-ui;max-width:34rem;margin:20vh auto;padding:0 1.5rem}</style><p>${text}</p></html>\n`,
    );
}
