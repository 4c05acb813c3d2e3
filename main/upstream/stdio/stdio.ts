import { randomUUID } from 'node:crypto';
import { LATEST_PROTOCOL_VERSION, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { isJsonObject, type JsonObject, ownMember } from '../../../shared/json.ts';
import { parseExact } from '../../base/exact-json.ts';
import { machineClock } from '../../base/machine-clock.ts';
import type { Clock, Logger } from '../../base/ports.ts';
import { revisionNamed, UNSUPPORTED_PROTOCOL_VERSION } from '../../base/revisions.ts';
import { createModern } from '../modern.ts';
import { type Upstream, type UpstreamAnswer, UpstreamError, type UpstreamRequest } from '../upstream.ts';
import { jsonAnswer } from './answer.ts';
import { type ChildCommand, startChild } from './child.ts';
import { sendIn, shakeHands } from './handshake.ts';
import { askLoginShell } from './login-shell.ts';
import { StdioSession } from './session.ts';

/** How many sessions, and so children, may be open at once. */
const MAX_SESSIONS = 32;
/** After how long without any request a session ends, in milliseconds. */
const IDLE = 30 * 60 * 1000;

/** How long a child that shows nothing may take until it has begun its work again, in milliseconds. */
const START_WITHIN = 15_000;
const TOO_LATE = 'The upstream process did not begin its work in time. Try again later.';

/** What the session is opened with that clients without one share: it must not be asked what only one of them can answer. */
const ALONE: JsonObject = {
  protocolVersion: LATEST_PROTOCOL_VERSION,
  capabilities: {},
  clientInfo: { name: 'greenlight', version: '1.0.0' },
};

/** A session that Greenlight opened itself, and what its child answered. */
interface Opened {
  id: string;
  session: StdioSession;
  result: JsonObject;
}

/** `env` is added to the little that children inherit (environment.ts); its values are never logged. */
export interface StdioUpstreamSettings extends ChildCommand {
  logger: Logger;
  clock?: Clock;
  /** The variables that say by which proxies the system's settings go, asked with each child. */
  systemVariables?: (() => Promise<Record<string, string>>) | undefined;
}

/**
 * An MCP server that is a program (`uvx mcp-luma`), made to look like one behind streamable HTTP. Each
 * session has a child of its own, which goes with DELETE, after 30 minutes without a request, or when all are needed. A
 * session that lost its child, also with an earlier Greenlight, has another one at its next request, where it is known
 * what it was opened with. Clients of 2026-07-28, which knows no sessions, share one that is opened
 * for them; other requests without a session are answered with the revisions that have one.
 */
export function createStdioUpstream(settings: StdioUpstreamSettings): Upstream {
  const clock = settings.clock ?? machineClock;
  const sessions = new Map<string, StdioSession>();
  /** Sessions whose initialize is on its way count too. */
  const children = new Set<StdioSession>();
  /** Sessions that get another child, by id. */
  const returning = new Map<string, Promise<StdioSession | undefined>>();
  /** Streams that are listened to of sessions without a child, by id of the session: told of it once there is one. */
  const listening = new Map<string, Set<(session: StdioSession | undefined) => void>>();
  /** Asked once, before the first child. */
  let shell: ReturnType<typeof askLoginShell> | undefined;
  let sharing: Promise<Opened> | undefined;
  const answerModern = createModern({
    opened: async () => (await shared()).result,
    async send(message, signal) {
      const { id, session } = await shared();
      return sendIn(session, id, message, signal);
    },
  });
  let starting = 0;
  let closed = false;

  async function openSession(id: string = randomUUID()): Promise<StdioSession> {
    makeRoom();
    starting += 1;
    try {
      shell ??= askLoginShell(clock, settings.logger);
      const child = await startChild(settings, {
        logger: settings.logger,
        clock,
        shell: await shell,
        system: await settings.systemVariables?.(),
      });
      const session = new StdioSession(id, child, { clock, idle: IDLE }, () => {
        children.delete(session);
        if (sessions.get(id) === session) sessions.delete(id);
      });
      children.add(session);
      sessions.set(id, session);
      if (closed) await session.end('Greenlight was told to use another upstream, or is quitting.');
      return session;
    } finally {
      starting -= 1;
    }
  }

  /** Clients seldom say goodbye: the session that was quiet for longest makes room for a new one. */
  function makeRoom(): void {
    if (children.size + starting < MAX_SESSIONS) return;
    const [quietest] = [...children].filter(({ busy }) => !busy).sort((a, b) => a.lastUsed - b.lastUsed);
    if (!quietest) {
      throw new UpstreamError(
        `All ${MAX_SESSIONS} sessions with the upstream process are in use. Close a client, then retry.`,
        { reached: false, ofSession: true },
      );
    }
    void quietest.end('The session made room for a new one. Start a new session.');
  }

  async function inSession(id: string, request: UpstreamRequest): Promise<UpstreamAnswer> {
    const coming = returning.get(id);
    if (coming) return (await coming)?.handle(request) ?? unknownSession();
    const known = sessions.get(id);
    if (known && !known.gone) return known.handle(request);
    const openedWith = request.openedWith?.();
    if (openedWith === undefined) return unknownSession();
    if (request.method === 'GET') return streamOf(id, request.signal, (session) => session.handle(request));
    // Of what the process that is gone was told or asked, another one knows nothing.
    if (request.method === 'DELETE') return jsonAnswer(200, null);
    if (!isRequest(parse(request))) return jsonAnswer(202, null);
    const again = giveChild(id, openedWith, request.headers['mcp-protocol-version']).finally(() =>
      returning.delete(id),
    );
    returning.set(id, again);
    return (await again)?.handle(request) ?? unknownSession();
  }

  /** A session whose handshake is done here. Throws UpstreamError. */
  async function opened(id: string, openedWith: JsonObject): Promise<Opened> {
    const session = await openSession(id);
    const begin = () => {
      if (!session.starting()) void session.end(TOO_LATE);
      else stop = clock.after(START_WITHIN, begin);
    };
    let stop = clock.after(START_WITHIN, begin);
    try {
      return { id, session, result: await shakeHands(session, id, openedWith) };
    } catch (error) {
      void session.end('The session was not opened.');
      throw error;
    } finally {
      stop();
    }
  }

  /** The session that all share who know none. */
  async function shared(): Promise<Opened> {
    const mine = sharing;
    const found = await mine;
    if (found && !found.session.gone) return found;
    // Who is first to see that there is none opens it.
    if (sharing === mine) {
      const next = opened(randomUUID(), ALONE);
      sharing = next;
      next.catch(() => {
        if (sharing === next) sharing = undefined;
      });
    }
    return sharing ?? shared();
  }

  /** `undefined`: the process speaks another revision than the client, which has to begin anew. */
  async function giveChild(
    id: string,
    openedWith: JsonObject,
    spoken: string | undefined,
  ): Promise<StdioSession | undefined> {
    const { session, result } = await opened(id, openedWith);
    if (spoken !== undefined && spoken !== ownMember(result, 'protocolVersion')) {
      void session.end('The upstream process speaks another revision than before. Start a new session.');
      return undefined;
    }
    settings.logger.info({}, 'a session got another upstream process');
    for (const tell of listening.get(id) ?? []) tell(session);
    return session;
  }

  /** A stream over a session that has no child: what it brings begins with the next one, which it alone does not start. */
  function streamOf(
    id: string,
    signal: AbortSignal,
    open: (session: StdioSession) => Promise<UpstreamAnswer>,
  ): UpstreamAnswer {
    const { promise, resolve } = Promise.withResolvers<StdioSession | undefined>();
    const mine = listening.get(id) ?? new Set();
    listening.set(id, mine.add(resolve));
    const leave = () => resolve(undefined);
    signal.addEventListener('abort', leave);
    if (signal.aborted) leave();
    const opened = promise.then((session) => {
      signal.removeEventListener('abort', leave);
      mine.delete(resolve);
      if (mine.size === 0 && listening.get(id) === mine) listening.delete(id);
      return session && open(session);
    });
    opened.catch(() => {});
    return {
      status: 200,
      header: (name) => (name === 'content-type' ? 'text/event-stream' : undefined),
      body: {
        async *[Symbol.asyncIterator]() {
          const answer = await opened;
          if (answer?.status === 200) yield* answer.body;
        },
      },
    };
  }

  return {
    kind: 'stdio',
    starting() {
      const all = [...children].map((session) => session.starting()).filter((says) => says !== undefined);
      return all.findLast((says) => says !== '') ?? all[0];
    },
    async send(request) {
      if (closed) {
        throw new UpstreamError('The upstream process is no longer in use. It is safe to retry.', {
          reached: false,
        });
      }
      const id = request.headers['mcp-session-id'];
      if (id !== undefined) return inSession(id, request);
      if (request.method !== 'POST') return jsonAnswer(405, null, { allow: 'POST' });
      const message = parse(request);
      if (message && revisionNamed(message) !== undefined) return answerModern(message, request.signal);
      if (message?.method !== 'initialize') return sessionNeeded(message);
      return initialize(await openSession(), request);
    },
    async close() {
      closed = true;
      for (const streams of listening.values()) for (const tell of streams) tell(undefined);
      const reason = 'Greenlight was told to use another upstream, or is quitting.';
      await Promise.all([...children].map((session) => session.end(reason)));
    },
  };
}

async function initialize(session: StdioSession, request: UpstreamRequest): Promise<UpstreamAnswer> {
  let opens = false;
  try {
    const answer = await session.handle(request);
    opens = answer.header('mcp-session-id') !== undefined;
    return answer;
  } finally {
    // Without a session id in its answer (a malformed initialize, a client that left) nobody can ever use the session.
    if (!opens) void session.end('The session was not opened.');
  }
}

function isRequest(message: JsonObject | undefined): boolean {
  return message?.id !== undefined && message.method !== undefined;
}

function parse({ message, body = '' }: UpstreamRequest): JsonObject | undefined {
  try {
    const found = message ?? parseExact(body);
    return isJsonObject(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function unknownSession(): UpstreamAnswer {
  const message =
    'The session is not known: it is over, or its process ended and it is not known how it began. Start a new session.';
  return jsonAnswer(404, { jsonrpc: '2.0', id: null, error: { code: -32001, message } });
}

function sessionNeeded(message: JsonObject | undefined): UpstreamAnswer {
  const error = {
    code: UNSUPPORTED_PROTOCOL_VERSION,
    message: 'This upstream is a process and needs a session: send initialize first.',
    data: { supported: SUPPORTED_PROTOCOL_VERSIONS },
  };
  return jsonAnswer(400, { jsonrpc: '2.0', id: message?.id ?? null, error });
}
