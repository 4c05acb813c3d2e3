import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { Grant, Grants } from '../clients/grants.ts';
import type { Session, Sessions } from '../clients/sessions.ts';
import type { Clock, Logger } from '../ports.ts';
import { type Upstream, type UpstreamAnswer, UpstreamError } from '../upstream/upstream.ts';
import type { Calls } from './calls.ts';
import type { Admitted, Exchange } from './endpoint.ts';
import { brokenOff, type Fault, faultMessage, internal } from './faults.ts';
import { HEADER_MISMATCH, type Message, UPSTREAM_ERROR } from './messages.ts';
import { contradiction } from './mirrors.ts';
import { type Relayed, relay } from './relay.ts';
import { createReply, endJson, type Reply } from './reply.ts';
import { filterTools } from './tool-list.ts';

/** What is forwarded of a client's headers, and nothing else (proxy.md). `mcp-param-*` as well. */
const FORWARDED = [
  'accept',
  'content-type',
  'mcp-protocol-version',
  'mcp-session-id',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'traceparent',
  'tracestate',
];

/** Everything that the ways through the proxy share. */
export interface ProxyParts {
  clock: Clock;
  logger: Logger;
  grants: Grants;
  sessions: Sessions;
  /** The upstream of the moment. */
  upstream: () => Upstream;
  /** Whether this grant's policy hides the tool. */
  hides: (grant: Grant, tool: string) => boolean;
  schemaOf: (tool: string) => JsonObject | undefined;
  /** Told of every answer that carries a tool list, before it is filtered. */
  sawTools: (tools: Json[]) => void;
}

/** One request on its way: who sends it, in which session, and when its client is gone. */
export interface Passage extends Admitted {
  session: { id: string; known: Session } | undefined;
  reply: Reply;
  /** Aborted when the client goes away. */
  gone: AbortSignal;
}

/** Sends one message upstream and hands back what comes; used for calls and for everything else. */
export type Forward = (
  passage: Passage,
  request: { body: JsonObject; headers?: Record<string, string>; signal?: AbortSignal },
  options: { id?: string | number | undefined; transform?: (message: Json) => Json },
) => Promise<Relayed & { reached: boolean }>;

/** The ways through the proxy: one upstream request per client request. */
export function createExchange(parts: ProxyParts, calls: (forward: Forward) => Calls): Exchange {
  const { grants, sessions, logger } = parts;

  const forward: Forward = async (passage, { body, headers, signal }, { id, transform }) => {
    const { reply, gone } = passage;
    const request = {
      method: 'POST' as const,
      headers: { ...pick(passage.req.headers), ...headers },
      body: JSON.stringify(body),
      signal: signal ? AbortSignal.any([gone, signal]) : gone,
    };
    let answer: UpstreamAnswer;
    try {
      answer = await parts.upstream().send(request);
    } catch (error) {
      reply.settle();
      const fault = unreachable(error);
      const reached = !(error instanceof UpstreamError) || error.reached;
      if (!gone.aborted) reply.end(faultMessage(id ?? null, fault), id === undefined ? 502 : 200);
      return { status: 0, fault, reached };
    }
    const relayed = await hand(passage, answer, id, transform);
    return { ...relayed, reached: relayed.fault?.ran ?? true };
  };

  /** The upstream's answer on its way to the client: tool lists filtered, sessions noted. */
  async function hand(
    passage: Passage,
    answer: UpstreamAnswer,
    id: string | number | undefined,
    transform: (message: Json) => Json = (message) => message,
  ): Promise<Relayed> {
    if (answer.status === 404 && passage.session) sessions.close(passage.session.id);
    try {
      return await relay(answer, passage.reply, {
        id,
        session: passage.session !== undefined,
        transform: (message) => transform(visible(passage.grant, message)),
      });
    } catch (error) {
      if (!passage.gone.aborted) {
        logger.warn({ reason: String(error) }, "the upstream's answer broke off");
        if (passage.res.headersSent && !passage.reply.streaming) passage.res.destroy();
        else passage.reply.end(faultMessage(id ?? null, brokenOff), id === undefined ? 502 : 200);
      }
      return { status: answer.status, fault: brokenOff };
    }
  }

  function visible(grant: Grant, message: Json): Json {
    const result = isJsonObject(message) ? ownMember(message, 'result') : undefined;
    const tools = isJsonObject(result) ? ownMember(result, 'tools') : undefined;
    if (Array.isArray(tools)) parts.sawTools(tools);
    return filterTools(message, (tool) => parts.hides(grant, tool));
  }

  const call = calls(forward);

  /** The session that the request names, if it belongs to the grant. To others it does not exist. */
  function admitSession({ req, res, grant }: Admitted): Passage['session'] | 'unknown' {
    const id = req.headers['mcp-session-id'];
    if (typeof id !== 'string') return undefined;
    const known = sessions.find(id, grant.id);
    if (known) return { id, known };
    endJson(res, 404, {
      jsonrpc: '2.0',
      id: null,
      error: {
        code: -32001,
        message: 'Greenlight: this session is unknown or over. Start a new one with initialize.',
      },
    });
    return 'unknown';
  }

  function passageOf(request: Admitted): Passage | undefined {
    const session = admitSession(request);
    if (session === 'unknown') return undefined;
    const gone = new AbortController();
    request.res.once('close', () => {
      if (!request.res.writableFinished) gone.abort();
    });
    return { ...request, session, reply: createReply(request.res), gone: gone.signal };
  }

  async function post(request: Admitted, message: Message): Promise<void> {
    const passage = passageOf(request);
    if (!passage) return;
    const { res, grant } = passage;
    const mismatch = contradiction(request.req.headers, message, parts.schemaOf);
    if (mismatch) {
      const id = message.kind === 'request' ? message.id : null;
      return endJson(res, 400, {
        jsonrpc: '2.0',
        id,
        error: { code: HEADER_MISMATCH, message: `Greenlight: ${mismatch}` },
      });
    }
    const client = message.kind === 'response' ? undefined : clientOf(message);
    note(() => grants.seen(grant.id, client));
    if (message.kind !== 'response' && message.method === 'tools/call') {
      return call.handle(passage, message, client);
    }
    if (message.kind === 'notification' && message.method === 'notifications/cancelled') {
      // The upstream never saw a call that is still waiting here.
      if (call.cancel(passage, message.params)) return void res.writeHead(202).end();
    }
    if (message.kind !== 'request') {
      await forward(passage, { body: message.body }, {});
      return;
    }
    if (message.method === 'initialize') return initialize(passage, message, client);
    await forward(passage, { body: message.body }, { id: message.id });
  }

  /** A new session belongs to the grant that opens it. */
  async function initialize(
    passage: Passage,
    message: Extract<Message, { kind: 'request' }>,
    client: { name: string; version: string } | undefined,
  ): Promise<void> {
    const upstream = parts.upstream();
    let answer: UpstreamAnswer;
    try {
      answer = await upstream.send({
        method: 'POST',
        headers: pick(passage.req.headers),
        body: JSON.stringify(message.body),
        signal: passage.gone,
      });
    } catch (error) {
      return passage.reply.end(faultMessage(message.id, unreachable(error)));
    }
    const id = answer.header('mcp-session-id');
    if (id !== undefined) {
      sessions.open(id, {
        grantId: passage.grant.id,
        clientName: client?.name,
        clientVersion: client?.version,
      });
    }
    await hand(passage, answer, message.id);
  }

  async function withoutBody(request: Admitted, method: 'GET' | 'DELETE'): Promise<void> {
    const passage = passageOf(request);
    if (!passage) return;
    try {
      const answer = await parts
        .upstream()
        .send({ method, headers: pick(request.req.headers), signal: passage.gone });
      if (method === 'DELETE' && answer.status < 300 && passage.session) sessions.close(passage.session.id);
      await hand(passage, answer, undefined);
    } catch (error) {
      if (!passage.gone.aborted) endJson(request.res, 502, faultMessage(null, unreachable(error)));
    }
  }

  /** What is nice to know must not stop a call when it cannot be written. */
  function note(write: () => void): void {
    try {
      write();
    } catch (error) {
      logger.warn({ reason: String(error) }, 'the use of a grant could not be noted');
    }
  }

  function unreachable(error: unknown): Fault {
    if (error instanceof UpstreamError) {
      return { code: UPSTREAM_ERROR, message: error.message, retry: !error.reached, ran: error.reached };
    }
    if (!(error instanceof Error && error.name === 'AbortError'))
      logger.error({ err: error }, 'forwarding failed');
    return internal;
  }

  return {
    post,
    get: (request) => withoutBody(request, 'GET'),
    delete: (request) => withoutBody(request, 'DELETE'),
  };
}

/** The headers that go upstream. */
function pick(headers: IncomingHttpHeaders): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of FORWARDED) {
    const value = headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('mcp-param-') && typeof value === 'string') picked[name] = value;
  }
  return picked;
}

/** What the client calls itself: in `initialize`, or since 2026-07-28 with every request. */
function clientOf(
  message: Extract<Message, { method: string }>,
): { name: string; version: string } | undefined {
  const params = message.params ?? {};
  const meta = ownMember(params, '_meta');
  const info =
    message.method === 'initialize'
      ? ownMember(params, 'clientInfo')
      : isJsonObject(meta)
        ? ownMember(meta, 'io.modelcontextprotocol/clientInfo')
        : undefined;
  const name = isJsonObject(info) ? ownMember(info, 'name') : undefined;
  const version = isJsonObject(info) ? ownMember(info, 'version') : undefined;
  if (typeof name !== 'string') return undefined;
  return { name: clean(name), version: typeof version === 'string' ? clean(version) : '' };
}

function clean(text: string): string {
  return text.slice(0, 200).toWellFormed().replaceAll('\0', '');
}
