import { randomUUID } from 'node:crypto';
import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { machineClock } from '../../base/machine-clock.ts';
import type { Clock, Logger } from '../../base/ports.ts';
import { type Upstream, type UpstreamAnswer, UpstreamError, type UpstreamRequest } from '../upstream.ts';
import { jsonAnswer } from './answer.ts';
import { type ChildCommand, startChild } from './child.ts';
import { StdioSession } from './session.ts';

/** How many sessions, and so children, may be open at once. */
const MAX_SESSIONS = 32;
/** After how long without any request a session ends, in milliseconds. */
const IDLE = 30 * 60 * 1000;

/** JSON-RPC error of the MCP revision 2026-07-28: the revision a request names is not served here. */
const UNSUPPORTED_PROTOCOL_VERSION = -32022;

/** `env` is added to the little that children inherit; its values are never logged. */
export interface StdioUpstreamSettings extends ChildCommand {
  logger: Logger;
  clock?: Clock;
}

/**
 * An MCP server that is a program (`uvx mcp-luma`), made to look like one behind streamable HTTP. Each
 * session has a child of its own; it ends with DELETE, after 30 minutes without a request, when its child
 * dies, or when all are needed. Requests without a session are answered with the revisions that have one,
 * which is what clients of 2026-07-28 need to fall back to them.
 */
export function createStdioUpstream(settings: StdioUpstreamSettings): Upstream {
  const clock = settings.clock ?? machineClock;
  const sessions = new Map<string, StdioSession>();
  /** Sessions whose initialize is on its way count too. */
  const children = new Set<StdioSession>();
  let starting = 0;
  let closed = false;

  async function openSession(): Promise<StdioSession> {
    makeRoom();
    starting += 1;
    try {
      const child = await startChild(settings, settings.logger, clock);
      const id = randomUUID();
      const session = new StdioSession(id, child, { clock, idle: IDLE }, () => {
        children.delete(session);
        sessions.delete(id);
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

  return {
    kind: 'stdio',
    async send(request) {
      if (closed) {
        throw new UpstreamError('The upstream process is no longer in use. It is safe to retry.', {
          reached: false,
        });
      }
      const id = request.headers['mcp-session-id'];
      if (id !== undefined) return (await sessions.get(id)?.handle(request)) ?? unknownSession();
      if (request.method !== 'POST') return jsonAnswer(405, null, { allow: 'POST' });
      const message = parse(request.body);
      if (message?.method !== 'initialize') return sessionNeeded(message);
      return initialize(await openSession(), request);
    },
    async close() {
      closed = true;
      const reason = 'Greenlight was told to use another upstream, or is quitting.';
      await Promise.all([...children].map((session) => session.end(reason)));
    },
  };
}

async function initialize(session: StdioSession, request: UpstreamRequest): Promise<UpstreamAnswer> {
  const answer = await session.handle(request);
  // Without a session id in its answer (a malformed initialize) nobody can ever use the session.
  if (answer.header('mcp-session-id') === undefined) void session.end('The session was not opened.');
  return answer;
}

function parse(body: string | undefined): { id?: unknown; method?: unknown } | undefined {
  try {
    const message: unknown = JSON.parse(body ?? '');
    return typeof message === 'object' && message !== null ? message : undefined;
  } catch {
    return undefined;
  }
}

function unknownSession(): UpstreamAnswer {
  const message =
    'The session is not known: its process ended, or it was idle for long. Start a new session.';
  return jsonAnswer(404, { jsonrpc: '2.0', id: null, error: { code: -32001, message } });
}

function sessionNeeded(message: { id?: unknown } | undefined): UpstreamAnswer {
  const error = {
    code: UNSUPPORTED_PROTOCOL_VERSION,
    message: 'This upstream is a process and needs a session: send initialize first.',
    data: { supported: SUPPORTED_PROTOCOL_VERSIONS },
  };
  return jsonAnswer(400, { jsonrpc: '2.0', id: message?.id ?? null, error });
}
