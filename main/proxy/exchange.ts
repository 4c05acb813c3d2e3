import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { placeOf } from '../../shared/server-words.ts';
import type { Clock, Logger } from '../base/ports.ts';
import { META_PREFIX } from '../base/revisions.ts';
import { LARGE, ownTurn } from '../base/turns.ts';
import type { ActivityReader } from '../ledger/activity-reader.ts';
import type { ActivityEntry } from '../ledger/activity-row.ts';
import { type Grant, type Grants, isTest } from '../ledger/grants.ts';
import type { Sessions } from '../ledger/sessions.ts';
import type { Tasks } from '../ledger/tasks.ts';
import type { Videos } from '../ledger/videos.ts';
import {
  type Upstream,
  type UpstreamAnswer,
  UpstreamError,
  type UpstreamRequest,
} from '../upstream/upstream.ts';
import { acceptedBy } from './accept.ts';
import type { Calls } from './calls.ts';
import { brokenOff, endedBy, type Fault, faultMessage, internal, notOpened, revoked } from './faults.ts';
import { createHeldBytes, FREE } from './held.ts';
import { createKnownLists, type KnownAnswers } from './known-lists.ts';
import {
  fold,
  HEADER_MISMATCH,
  INVALID_REQUEST,
  METHOD_NOT_FOUND,
  type Message,
  type RequestId,
  SESSION_UNKNOWN,
  UPSTREAM_ERROR,
} from './messages.ts';
import { contradiction } from './mirrors.ts';
import type { Admitted, Exchange, Forward, Passage } from './passage.ts';
import { discard, type Relayed, relay } from './relay.ts';
import { createReply, endJson } from './reply.ts';
import {
  filterTasks,
  madeByTask,
  notifiedResult,
  resultOfTask,
  taskRefusal,
  tellEditedNotice,
  tellEditedTask,
} from './tasks.ts';
import { filterTools, noteTools } from './tool-list.ts';

/**
 * What is forwarded of a client's headers, and nothing else. `Mcp-Param-*` are made anew from the arguments that
 * were judged.
 */
const FORWARDED = new Set([
  'accept',
  'mcp-protocol-version',
  'mcp-session-id',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'traceparent',
  'tracestate',
]);

/** Everything that the ways through the proxy to one server share. */
export interface ProxyParts {
  /** The server's id. */
  server: string;
  clock: Clock;
  logger: Logger;
  grants: Grants;
  sessions: Sessions;
  tasks: Tasks;
  log: ActivityReader;
  videos: Pick<Videos, 'note'>;
  /** Where requests of this grant go at the moment. */
  upstream: (grant: Grant) => Upstream;
  /** Whether the tool is hidden from this grant. */
  hides: (grant: Grant, tool: string) => boolean;
  schemaOf: (tool: string) => JsonObject | undefined;
  /** Told of every answer that carries a tool list, before it is filtered. */
  sawTools: (tools: Json[]) => Promise<void>;
  /** Another number with each change of what is known of the tools. */
  toolsVersion: () => number;
  /** Told when the upstream says that its tool list has changed, and when it is to be seen whether it answers. */
  toolsChanged: () => void;
  /** How long (ms) the upstream may take to open a session. */
  openWithin: () => number;
}

/** The ways through the proxy: one upstream request per client request. */
export function createExchange(parts: ProxyParts, calls: (forward: Forward) => Calls): Exchange {
  const { server, grants, sessions, tasks, logger } = parts;
  /** What is under way, and which token of its grant it came with. */
  const open = new Set<{ gone: AbortController; grant: Grant; rotatedAt: number | undefined }>();
  const heldBytes = createHeldBytes(FREE.answer);
  const knownLists = createKnownLists(parts.toolsVersion);
  // After the gate, which was told first: a call that waits is answered by it, with the reason.
  const unfollow = grants.onChange((grant) => {
    for (const one of open) if (one.grant.id === grant.id && isOver(one)) one.gone.abort(revoked);
  });

  /** Whether the grant, or its token, that something came with is none any more, or not for this server. */
  function isOver({ grant, rotatedAt }: { grant: Grant; rotatedAt: number | undefined }): boolean {
    return grant.revokedAt !== undefined || grant.rotatedAt !== rotatedAt || !grant.servers.has(server);
  }

  const forward: Forward = async (passage, { body, paramHeaders }, options) => {
    const { reply, gone, upstream } = passage;
    const { id } = options;
    const known =
      options.lists && id !== undefined && !isTest(passage.grant.id)
        ? knownLists.answersTo(id, (tool) => parts.hides(passage.grant, tool))
        : undefined;
    const tell = (fault: Fault) => reply.end(faultMessage(id ?? null, fault), id === undefined ? 502 : 200);
    let answer: UpstreamAnswer;
    try {
      const text = JSON.stringify(body);
      if (text.length > LARGE) await ownTurn();
      answer = await upstream.send({
        method: 'POST',
        // What was parsed as UTF-8 JSON is sent as that, whatever else the client called it.
        headers: { ...pick(passage, paramHeaders), 'content-type': 'application/json' },
        body: text,
        message: body,
        ...openedWith(passage),
        signal: gone,
      });
    } catch (error) {
      const fault = unreachable(error);
      const ended = endedBy(gone);
      tell(ended && (fault.ran || !ended.ran) ? ended : fault);
      return { status: 0, fault, reached: fault.ran };
    }
    try {
      options.onAnswer?.(answer);
    } catch (error) {
      logger.error({ err: error }, 'an answer could not be taken over');
      tell(internal);
      await discard(answer);
      return { status: answer.status, fault: internal, reached: true };
    }
    const taken = id === undefined ? 202 : undefined;
    // Of what answers an unknown request (a stream that is resumed) the shape tells.
    const tools = id === undefined || fold(String(ownMember(body, 'method'))) === 'tools/list';
    const relayed = await hand(passage, answer, { id, taken, transform: options.transform, known, tools });
    return { ...relayed, reached: relayed.fault?.ran ?? true };
  };

  /** The upstream's answer on its way to the client: tool lists filtered, sessions noted. */
  async function hand(
    passage: Passage,
    answer: UpstreamAnswer,
    asked: {
      id?: RequestId | undefined;
      taken?: number | undefined;
      transform?: ((message: Json) => Json) | undefined;
      known?: KnownAnswers | undefined;
      /** Whether what has the shape of a tool list is one. */
      tools?: boolean | undefined;
    } = {},
  ): Promise<Relayed> {
    const { id, taken, transform = (message) => message, known, tools = true } = asked;
    if (answer.status === 404) endSession(passage);
    try {
      return await relay(answer, passage.reply, {
        id,
        taken,
        session: passage.session !== undefined,
        resumes: passage.req.headers['last-event-id'] !== undefined,
        place: placeOf(server),
        gone: passage.gone,
        known,
        ...(id !== undefined && isPlain(passage) && { unheard: (message) => decline(passage, message) }),
        // What the sandbox offers to a test call says nothing of the upstream's tools.
        note: (message) => (isTest(passage.grant.id) ? undefined : noteTools(message, parts, tools)),
        transform(message) {
          const seen = visible(passage.grant, message, tools);
          return seen && transform(seen);
        },
      });
    } catch (error) {
      if (!passage.gone.aborted) logger.warn({ reason: String(error) }, "the upstream's answer broke off");
      const fault = endedBy(passage.gone) ?? brokenOff;
      passage.reply.end(faultMessage(id ?? null, fault), id === undefined ? 502 : 200);
      return { status: answer.status, fault };
    }
  }

  /** Answers what the server asks of a client that cannot be asked, so that it goes on. */
  function decline(passage: Passage, message: Json): void {
    const asked = isJsonObject(message) && Object.hasOwn(message, 'method') ? message : {};
    const id = ownMember(asked, 'id');
    if (id === undefined) return;
    const text = 'Greenlight: the client takes no event streams, so nothing can be asked of it.';
    const body = { jsonrpc: '2.0', id, error: { code: METHOD_NOT_FOUND, message: text } };
    passage.upstream
      .send({
        method: 'POST',
        headers: { ...pick(passage), 'content-type': 'application/json' },
        body: JSON.stringify(body),
        message: body,
        signal: passage.gone,
      })
      .then(discard)
      .catch((error) => logger.warn({ reason: String(error) }, 'the upstream could not be answered'));
  }

  /** What `grant` may see of a message, which may hold a tool list; `undefined`: nothing. */
  function visible(grant: Grant, message: Json, tools: boolean): Json | undefined {
    const own = filterTasks(message, (taskId) => tasks.callOf(server, taskId, grant.id) !== undefined);
    if (own === undefined) return undefined;
    const seen = Array.isArray(own) ? own.map((one) => takeResult(grant, one)) : takeResult(grant, own);
    return tools ? filterTools(seen, (tool) => parts.hides(grant, tool)) : seen;
  }

  /** Notes the result of a task that a notification brings, and says what the person had changed. */
  function takeResult(grant: Grant, message: Json): Json {
    const notified = notifiedResult(message);
    const maker = notified && callOfTask(grant, notified.taskId);
    if (!maker) return message;
    note(() => void parts.videos.note(madeByTask(maker), notified.result));
    return tellEditedNotice(message, notified.result, maker);
  }

  const call = calls(forward);

  function passageOf(request: Admitted, id: RequestId | null): Passage | undefined {
    const { req, res, grant } = request;
    const named = req.headers['mcp-session-id'];
    // To other grants than the one that opened it, a session does not exist.
    const known = typeof named === 'string' ? sessions.find(server, named, grant.id) : undefined;
    if (named !== undefined && !known) {
      const message = 'Greenlight: this session is unknown or over. Start a new one with initialize.';
      endJson(res, 404, { jsonrpc: '2.0', id, error: { code: SESSION_UNKNOWN, message } });
      return undefined;
    }
    const accepted = acceptedBy(req.headers.accept);
    // Before anything runs, or anybody is asked whether it may.
    if (id !== null && !accepted.json && !accepted.streams) {
      const message =
        'Greenlight: nothing ran, since its answer could not be read. Accept application/json or text/event-stream.';
      endJson(res, 406, { jsonrpc: '2.0', id, error: { code: INVALID_REQUEST, message } });
      return undefined;
    }
    const gone = new AbortController();
    const passing = { gone, grant, rotatedAt: grant.rotatedAt };
    open.add(passing);
    res.once('close', () => {
      open.delete(passing);
      if (!res.writableFinished) gone.abort();
    });
    return {
      ...request,
      session: known && { id: String(named), known },
      upstream: parts.upstream(request.grant),
      reply: createReply(res, heldBytes.open(grant.id), { streamsOnly: accepted.streams && !accepted.json }),
      accepted,
      gone: gone.signal,
    };
  }

  async function post(request: Admitted, message: Message): Promise<void> {
    const id = message.kind === 'request' ? message.id : null;
    const passage = passageOf(request, id);
    if (!passage) return;
    const { res, grant } = passage;
    if (refusesHeaders(passage, message, id)) return;
    const client = message.kind === 'response' ? undefined : statedClient(message);
    note(() => grants.seen(grant.id, client));
    if (message.kind !== 'response' && message.method === 'tools/call') {
      return call.handle(passage, message, client);
    }
    if (message.kind === 'notification' && message.method === 'notifications/cancelled') {
      // The upstream never saw a call that is still waiting here.
      if (call.cancel(passage, message.params)) return void res.writeHead(202).end();
    }
    if (message.kind === 'response') return void (await forward(passage, { body: message.body }, {}));
    const refusal = taskRefusal(message, (taskId) => tasks.callOf(server, taskId, grant.id) !== undefined);
    if (refusal) return passage.reply.end({ jsonrpc: '2.0', id, error: refusal });
    const opens = message.kind === 'request' && message.method === 'initialize';
    const maker = callOfTask(grant, message.params && ownMember(message.params, 'taskId'));
    const late = new AbortController();
    const stop = opens ? parts.clock.after(parts.openWithin(), () => late.abort(notOpened)) : undefined;
    const sent = opens ? { ...passage, gone: AbortSignal.any([passage.gone, late.signal]) } : passage;
    const { answer } = await forward(
      sent,
      { body: message.body },
      {
        id: message.kind === 'request' ? message.id : undefined,
        lists: message.kind === 'request' && message.method === 'tools/list' && !maker,
        ...(opens && { onAnswer: (answer) => openSession(passage, answer, client, message.params) }),
        ...(maker &&
          message.kind === 'request' && { transform: (seen) => tellEditedTask(seen, message, maker) }),
      },
    ).finally(() => stop?.());
    // Whoever left or was sent away says nothing of the upstream: Greenlight looks for itself, with more patience.
    if (opens && !answer && sent.gone.aborted && !isTest(grant.id)) parts.toolsChanged();
    const result = resultOfTask(message.method, answer);
    if (maker && result) note(() => void parts.videos.note(madeByTask(maker), result));
  }

  /** Refuses a request whose headers say something else than its body; says whether it did. */
  function refusesHeaders(
    { req, res }: Passage,
    message: Message | undefined,
    id: RequestId | null,
  ): boolean {
    const mismatch = contradiction(req.headers, message, parts.schemaOf);
    if (mismatch === undefined) return false;
    const error = { code: HEADER_MISMATCH, message: `Greenlight: ${mismatch}` };
    endJson(res, 400, { jsonrpc: '2.0', id, error });
    return true;
  }

  /** The call of `grant` that made the task. */
  function callOfTask(grant: Grant, taskId: Json | undefined): ActivityEntry | undefined {
    const callId = typeof taskId === 'string' ? tasks.callOf(server, taskId, grant.id) : undefined;
    return callId === undefined ? undefined : parts.log.get(callId);
  }

  /** A new session belongs to the grant that opens it. Throws StorageError. */
  function openSession(
    { grant, upstream }: Passage,
    answer: UpstreamAnswer,
    client: { name: string; version: string } | undefined,
    params: JsonObject | undefined,
  ): void {
    const id = answer.header('mcp-session-id');
    if (id === undefined) return;
    sessions.open(
      id,
      { server, grantId: grant.id, clientName: client?.name, clientVersion: client?.version },
      // A server behind HTTP keeps its sessions itself.
      upstream.kind === 'stdio' ? params : undefined,
    );
  }

  /** How the upstream can open the session of `passage` again; it is this grant's. */
  function openedWith({ session }: Passage): Pick<UpstreamRequest, 'openedWith'> {
    return session ? { openedWith: () => sessions.openedWith(server, session.id) } : {};
  }

  /** The upstream's session is over. */
  function endSession({ session }: Passage): void {
    if (session) note(() => sessions.close(server, session.id));
  }

  async function withoutBody(request: Admitted, method: 'GET' | 'DELETE'): Promise<void> {
    const passage = passageOf(request, null);
    if (!passage || refusesHeaders(passage, undefined, null)) return;
    let answer: UpstreamAnswer;
    try {
      const headers = pick(passage);
      answer = await passage.upstream.send({
        method,
        headers,
        ...openedWith(passage),
        signal: passage.gone,
      });
    } catch (error) {
      return passage.reply.end(faultMessage(null, unreachable(error)), 502);
    }
    if (method === 'DELETE' && answer.status < 300) endSession(passage);
    await hand(passage, answer, method === 'DELETE' ? { taken: answer.status } : {});
  }

  /** What is nice to know must not stop an answer when it cannot be written. */
  function note(write: () => void): void {
    try {
      write();
    } catch (error) {
      logger.warn({ reason: String(error) }, 'what a request brings with it could not be noted');
    }
  }

  function unreachable(error: unknown): Fault {
    if (error instanceof UpstreamError) {
      return {
        code: UPSTREAM_ERROR,
        message: error.message,
        retry: !error.reached && !error.unauthorized,
        ran: error.reached,
      };
    }
    logger.error({ err: error }, 'forwarding failed');
    return internal;
  }

  return {
    post,
    get: (request) => withoutBody(request, 'GET'),
    delete: (request) => withoutBody(request, 'DELETE'),
    close(why) {
      unfollow();
      for (const { gone } of open) gone.abort(why);
    },
  };
}

/** The headers that go upstream, `paramHeaders` among them. */
function pick(
  { req, upstream, accepted }: Passage,
  paramHeaders: Record<string, string> = {},
): Record<string, string> {
  const picked: Record<string, string> = { ...paramHeaders };
  for (const name of FORWARDED) {
    const value = req.headers[name];
    if (typeof value === 'string') picked[name] = value;
  }
  // There Greenlight is the server: it makes of the answer what the client takes.
  if (upstream.kind !== 'http' && (req.method === 'POST' || accepted.anything)) picked.accept = BOTH_FORMS;
  return picked;
}

/** Whether of an answer that comes as an event stream the client gets the answer alone, as plain JSON. */
function isPlain({ upstream, accepted }: Passage): boolean {
  return upstream.kind !== 'http' && !accepted.streams;
}

const BOTH_FORMS = 'application/json, text/event-stream';

/** What the client calls itself: in `initialize`, or since 2026-07-28 with every request. */
function statedClient(
  message: Extract<Message, { method: string }>,
): { name: string; version: string } | undefined {
  const params = message.params ?? {};
  const meta = ownMember(params, '_meta');
  const info =
    message.method === 'initialize'
      ? ownMember(params, 'clientInfo')
      : isJsonObject(meta)
        ? ownMember(meta, `${META_PREFIX}clientInfo`)
        : undefined;
  const name = isJsonObject(info) ? ownMember(info, 'name') : undefined;
  const version = isJsonObject(info) ? ownMember(info, 'version') : undefined;
  if (typeof name !== 'string') return undefined;
  return { name: clean(name), version: typeof version === 'string' ? clean(version) : '' };
}

function clean(text: string): string {
  return text.slice(0, 200).toWellFormed().replaceAll('\0', '');
}
