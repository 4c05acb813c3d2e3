import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { LUMA, mcpUrlOf } from '../../shared/server-id.ts';
import { listen } from '../base/listen.ts';
import { LARGEST_MESSAGE } from '../base/message-bounds.ts';
import type { Logger } from '../base/ports.ts';
import { LARGE, ownTurn } from '../base/turns.ts';
import type { Grant, Grants } from '../ledger/grants.ts';
import type { Exchanges } from './exchanges.ts';
import { faultMessage, internal } from './faults.ts';
import { createHeldBytes, FREE, type Held } from './held.ts';
import { INVALID_PARAMS, INVALID_REQUEST, parseMessage, UPSTREAM_ERROR } from './messages.ts';
import type { Admitted, Exchange } from './passage.ts';
import { endJson } from './reply.ts';
import { isSignIn, refuseSignIn } from './sign-in.ts';

const MCP_PATH = '/mcp';

/** Where servers are found; `luma` without its name, too. */
const SERVER_PATH = /^\/mcp(?:\/([a-z0-9-]+))?\/?$/;

/**
 * Requests of one grant to one server that may be open at once, and streams that it may listen to; notifications and
 * answers always pass, or a call could not end.
 */
const MOST_OPEN = 64;

/** Time for a client to send its headers, and all of its request, and how often that is looked at (ms). */
const TIMEOUTS: EndpointTimeouts = { headers: 10_000, request: 30_000, checkEvery: 2_000 };

/** Bytes of a refused request that are read on, so that its client gets to see the answer. */
const LARGEST_REFUSED = 8 * LARGEST_MESSAGE;

/** In milliseconds; only tests shorten them. */
export interface EndpointTimeouts {
  headers: number;
  request: number;
  checkEvery: number;
}

/** The door: one loopback listener that turns away what is not a known client's MCP message. */
export interface Endpoint {
  /** Where clients find the server `id`. */
  urlOf(id: string): string;
  close(): Promise<void>;
}

/**
 * Listens on 127.0.0.1:`port` (0: a free one). Checks in the order of proxy.md, *Listening*.
 * Throws a {@link UserFacingError} when the port is taken.
 */
export async function openEndpoint(parts: {
  port: number;
  grants: Grants;
  exchanges: Exchanges;
  logger: Logger;
  /** KiB of one call. */
  largestCall: () => number;
  timeouts?: EndpointTimeouts;
}): Promise<Endpoint> {
  const { grants, exchanges, logger, timeouts = TIMEOUTS } = parts;
  /** Requests and streams that are open, by grant and server. */
  const calling = new Map<string, number>();
  const listening = new Map<string, number>();
  const heldBytes = createHeldBytes(FREE.request);
  let own = new Set<string>();

  async function handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const refuse = refuser(req, res);
    // Browsers can be made to send requests here (DNS rebinding); they cannot forge these two headers.
    if (!own.has(req.headers.host?.toLowerCase() ?? '')) {
      return refuse(403, 'Forbidden: Greenlight answers only at its own loopback address.');
    }
    // A browser says "null" where it has no origin to name; an empty one is of a program that has none.
    const { origin = '' } = req.headers;
    if (origin !== '' && !own.has(origin.toLowerCase().replace(/^http:\/\//, ''))) {
      return refuse(403, 'Forbidden: web pages may not use this endpoint.');
    }
    const path = req.url?.split('?', 1)[0] ?? '';
    if (isSignIn(path)) {
      dropRest(req);
      return refuseSignIn(res, path, UNAUTHORIZED);
    }
    const server = serverAt(path);
    if (server === undefined)
      return refuse(
        404,
        `Not found: the MCP endpoint is ${MCP_PATH}, or ${MCP_PATH}/ and the name of a server.`,
      );
    const grant = grantFor(req, server);
    const exchange = exchanges.of(server);
    // Of a server that this client may not use, it does not hear whether there is one.
    if (!grant || !exchange) return refuse(401, UNAUTHORIZED, challenge(req));
    switch (req.method) {
      case 'POST': {
        const held = heldBytes.open(grant.id);
        return post({ req, res, grant }, { server, exchange, held }, refuse).finally(held.end);
      }
      case 'GET':
        if (await within(listening, `${grant.id} ${server}`, () => exchange.get({ req, res, grant }))) return;
        return refuse(
          429,
          `${MOST_OPEN} event streams of this client from this server are open already. Close some of them first.`,
          BUSY,
        );
      case 'DELETE':
        return exchange.delete({ req, res, grant });
      default:
        return refuse(405, 'Method not allowed: use POST, GET or DELETE.', { allow: 'POST, GET, DELETE' });
    }
  }

  /** The grant of the token, if it is for `server`. */
  function grantFor(req: IncomingMessage, server: string): Grant | undefined {
    const grant = grants.findByToken(bearer(req.headers.authorization));
    return grant?.servers.has(server) ? grant : undefined;
  }

  async function post(
    request: Admitted,
    { server, exchange, held }: { server: string; exchange: Exchange; held: Held },
    refuse: Refuse,
  ): Promise<void> {
    const { req, res, grant } = request;
    if (Number(req.headers['content-length']) > LARGEST_MESSAGE) return refuse(413, TOO_LARGE);
    if (req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') {
      return refuse(415, 'The Content-Type must be application/json.');
    }
    const body = await readBody(req, held);
    if (body === 'too large') return refuse(413, TOO_LARGE);
    if (body === 'no room') return refuse(429, NO_ROOM, BUSY);
    if (body === 'gone') return;
    const large = body.length > LARGE;
    if (large) await ownTurn();
    const message = parseMessage(body);
    if (large) await ownTurn();
    if (res.destroyed) return;
    // It may have been revoked while it sent this, or the server removed.
    if (grantFor(req, server) !== grant || exchanges.of(server) !== exchange)
      return refuse(401, UNAUTHORIZED, challenge(req));
    if (!message.ok) {
      const { id, code, message: text } = message;
      return endJson(res, 400, { jsonrpc: '2.0', id, error: { code, message: `Greenlight: ${text}` } });
    }
    if (message.value.kind !== 'request') return exchange.post(request, message.value);
    // All that is done with a call takes time and space with its size.
    const largest = parts.largestCall();
    if (message.value.method === 'tools/call' && body.length > largest * 1024) {
      const text = `Greenlight: nothing ran. The call has ${Math.ceil(body.length / 1024)} KiB, and a call may have ${largest} KiB. Send less: name files by their address instead of sending what is in them. Or ask the user to raise "Largest call" in Greenlight, under Settings.`;
      return endJson(res, 200, {
        jsonrpc: '2.0',
        id: message.value.id,
        error: { code: INVALID_PARAMS, message: text },
      });
    }

    const { value } = message;
    if (await within(calling, `${grant.id} ${server}`, () => exchange.post(request, value))) return;
    const text = `Greenlight: ${MOST_OPEN} requests of this client to this server are open already. Wait until some have ended.`;
    endJson(res, 429, { jsonrpc: '2.0', id: value.id, error: { code: UPSTREAM_ERROR, message: text } }, BUSY);
  }

  /** Does `work`, unless as much of `key` as may be is open already; says whether it did. */
  async function within(open: Map<string, number>, key: string, work: () => Promise<void>): Promise<boolean> {
    const already = open.get(key) ?? 0;
    if (already >= MOST_OPEN) return false;
    open.set(key, already + 1);
    try {
      await work();
    } finally {
      const left = (open.get(key) ?? 1) - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    }
    return true;
  }

  const server = createServer(
    {
      headersTimeout: timeouts.headers,
      requestTimeout: timeouts.request,
      connectionsCheckingInterval: timeouts.checkEvery,
      keepAliveTimeout: 75_000,
    },
    (req, res) => {
      handle(req, res).catch((error) => {
        logger.error({ err: error }, 'a request failed');
        if (res.headersSent) res.destroy();
        else endJson(res, 500, faultMessage(null, internal));
      });
    },
  );
  const port = await listen(server, parts.port);
  own = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  return {
    urlOf: (id) => mcpUrlOf(`http://127.0.0.1:${port}${MCP_PATH}`, id),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      exchanges.close();
      const sweep = setInterval(() => server.closeIdleConnections(), 10);
      const grace = setTimeout(() => server.closeAllConnections(), 500);
      await closed;
      clearInterval(sweep);
      clearTimeout(grace);
    },
  };
}

/** The server that `path` leads to; `undefined`: it leads nowhere. */
function serverAt(path: string): string | undefined {
  const found = SERVER_PATH.exec(path);
  return found ? (found[1] ?? LUMA) : undefined;
}

type Refuse = (status: number, message: string, headers?: Record<string, string>) => void;

/** Of whichever is the case it is true, and tells nobody which: not even whether there is such a server. */
const UNAUTHORIZED =
  'Unauthorized: this is not the token of a client that Greenlight knows, or not of one that may use this server. In Greenlight, under Clients, connect the client again, or let it use this server.';

const BUSY = { 'retry-after': '1' };

const TOO_LARGE = 'The body is larger than 4 MiB.';

const NO_ROOM =
  'Nothing ran. As many large requests are open as there is memory for. Wait until some have ended, then send it again.';

function refuser(req: IncomingMessage, res: ServerResponse): Refuse {
  return (status, message, headers = {}) => {
    dropRest(req);
    endJson(
      res,
      status,
      { jsonrpc: '2.0', id: null, error: { code: INVALID_REQUEST, message: `Greenlight: ${message}` } },
      headers,
    );
  };
}

/**
 * What still comes is read and dropped: closing at once would reset the connection, and the client would see that
 * instead of the answer.
 */
function dropRest(req: IncomingMessage): void {
  let length = 0;
  req.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > LARGEST_REFUSED) req.destroy();
  });
}

/** What goes with a 401 (RFC 6750 3): where there was a token, what is wrong with it. */
function challenge({ headers }: IncomingMessage): { 'www-authenticate': string } {
  const wrong =
    headers.authorization === undefined ? '' : ` error="invalid_token", error_description="${UNAUTHORIZED}"`;
  return { 'www-authenticate': `Bearer${wrong}` };
}

function bearer(header: string | undefined): string {
  return /^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '';
}

function readBody(req: IncomingMessage, held: Held): Promise<Buffer | 'too large' | 'no room' | 'gone'> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const giveUp = (why: 'too large' | 'no room') => {
      req.removeAllListeners('data');
      chunks = [];
      resolve(why);
    };
    req.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > LARGEST_MESSAGE) giveUp('too large');
      else if (!held.set(length)) giveUp('no room');
      else chunks.push(chunk);
    });
    req.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    req.on('error', () => resolve('gone'));
    req.on('close', () => resolve('gone'));
  });
}
