import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { UpstreamAnswer } from '../upstream/upstream.ts';
import { eventText, readEvents } from './event-stream.ts';
import { brokenOff, type Fault, faultMessage, notMcp, statusFault, tooLarge } from './faults.ts';
import type { RequestId } from './messages.ts';
import type { Reply } from './reply.ts';

/** Bytes of an answer that is plain JSON; more cannot be looked into, so it is not let through. */
const LARGEST_JSON = 64 * 1024 * 1024;

/** Bytes of an answer that nobody wants: read, so that its connection can be used again. */
const LARGEST_UNWANTED = 64 * 1024;

/** Statuses that a client of the transport must see itself: no such session, no such method or representation. */
const TRANSPORT_STATUS = new Set([404, 405, 406, 415]);

export interface Relay {
  /** The request that is answered; absent for GET, DELETE, notifications and responses. */
  id?: RequestId | undefined;
  /**
   * Looks at, and may change, each message on its way to the client. Returns the same object to leave it,
   * `undefined` to drop it.
   */
  transform: (message: Json) => Json | undefined;
  /** Whether the request named a session: then 404 means that the session is over. */
  session: boolean;
}

/** What came of relaying: the answer to the request, if it was seen, or what went wrong. */
export interface Relayed {
  status: number;
  answer?: JsonObject | undefined;
  fault?: Fault | undefined;
}

/** Hands the upstream's answer to the client, as JSON or event by event; never what is not MCP. */
export async function relay(answer: UpstreamAnswer, reply: Reply, options: Relay): Promise<Relayed> {
  reply.settle();
  const { status } = answer;
  const type = (answer.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (status >= 200 && status < 300) {
    if (type === 'text/event-stream') return relayStream(answer, reply, options);
    return relayJson(answer, reply, options, type);
  }
  // An error that is an MCP message is the upstream's own word to the client (a version it does not speak).
  if (status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429) {
    if (type === 'application/json') return relayJson(answer, reply, options, type);
    if (TRANSPORT_STATUS.has(status) && (options.id === undefined || options.session)) {
      await discard(answer);
      return fail(answer, reply, options, statusFault(answer), status);
    }
  }
  await discard(answer);
  return fail(answer, reply, options, statusFault(answer));
}

/** Reads the rest of an answer that nobody wants, so that its connection is free; leaves a long one. */
export async function discard(answer: UpstreamAnswer): Promise<void> {
  await readUpTo(LARGEST_UNWANTED, answer.body).catch(() => {});
}

async function relayJson(
  answer: UpstreamAnswer,
  reply: Reply,
  options: Relay,
  type: string | undefined,
): Promise<Relayed> {
  const { status } = answer;
  const bytes = await readUpTo(LARGEST_JSON, answer.body);
  if (bytes === undefined) return fail(answer, reply, options, tooLarge);
  const nonsense = status < 300 ? notMcp : statusFault(answer);
  if (bytes.length === 0) {
    // Nothing to say: right for a notification, wrong for a request.
    if (options.id !== undefined) return fail(answer, reply, options, nonsense);
    reply.endRaw(undefined, status, passedHeaders(answer));
    return { status };
  }
  const message = type === 'application/json' ? parse(bytes) : undefined;
  if (!isMessage(message)) return fail(answer, reply, options, nonsense);
  const changed = options.transform(message);
  if (changed === undefined) return fail(answer, reply, options, notMcp);
  const answered = answerOf(changed, options.id);
  if (!reply.streaming) {
    const body = changed === message ? bytes : Buffer.from(JSON.stringify(changed));
    reply.endRaw(body, status, passedHeaders(answer));
    return { status, answer: answered };
  }
  // On a stream the status says nothing any more: the client waits for an answer with its id.
  const error = isJsonObject(changed) && ownMember(changed, 'error');
  const said = answered ?? (error ? { ...changed, id: options.id ?? null } : undefined);
  if (!said) return fail(answer, reply, options, notMcp);
  reply.end(said);
  return { status, answer: said };
}

async function relayStream(answer: UpstreamAnswer, reply: Reply, options: Relay): Promise<Relayed> {
  reply.startStream(passedHeaders(answer));
  let answered: JsonObject | undefined;
  let resumable = false;
  try {
    for await (const event of readEvents(answer.body)) {
      let text = eventText(event);
      resumable ||= event.hasId;
      if (event.data) {
        const message = parse(event.data);
        // What cannot be read cannot be filtered either; clients could make nothing of it.
        if (message === undefined) continue;
        const changed = options.transform(message);
        if (changed === undefined) continue;
        answered ??= answerOf(changed, options.id);
        if (changed !== message) text = eventText(event, JSON.stringify(changed));
      }
      const written = reply.write(text);
      if (written === false) break;
      if (written !== true) await written;
    }
  } catch {
    // Broken off: as good as ended.
  }
  // A stream that ends before its answer is continued by Last-Event-ID, where its events have ids.
  if (options.id !== undefined && !answered && !resumable) return fail(answer, reply, options, brokenOff);
  reply.endStream();
  return { status: answer.status, answer: answered };
}

/** Tells the client of `fault`. A request is answered with 200, since the error is its JSON-RPC answer. */
function fail(
  answer: UpstreamAnswer,
  reply: Reply,
  { id }: Relay,
  fault: Fault,
  status = id === undefined ? 502 : 200,
): Relayed {
  reply.end(faultMessage(id ?? null, fault), status, status < 500 ? passedHeaders(answer) : {});
  return { status: answer.status, fault };
}

function isMessage(message: Json | undefined): message is Json {
  return Array.isArray(message) || (isJsonObject(message) && ownMember(message, 'jsonrpc') === '2.0');
}

/** The message that answers request `id`, whether it stands alone or in a list. */
function answerOf(message: Json, id: RequestId | undefined): JsonObject | undefined {
  if (id === undefined) return undefined;
  const candidates = Array.isArray(message) ? message : [message];
  return candidates.find(
    (candidate): candidate is JsonObject =>
      isJsonObject(candidate) &&
      ownMember(candidate, 'id') === id &&
      (Object.hasOwn(candidate, 'result') || Object.hasOwn(candidate, 'error')),
  );
}

/** What the client gets of the upstream's headers. */
function passedHeaders(answer: UpstreamAnswer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ['mcp-session-id', 'mcp-protocol-version', 'allow']) {
    const value = answer.header(name);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}

function parse(text: Buffer | string): Json | undefined {
  try {
    return JSON.parse(text.toString()) as Json;
  } catch {
    return undefined;
  }
}

/** All of `body`; `undefined` when it is longer than `most` bytes: the rest is left. */
async function readUpTo(most: number, body: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
