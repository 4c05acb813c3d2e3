import { once } from 'node:events';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { UpstreamAnswer } from '../upstream/upstream.ts';
import { eventText, readEvents } from './event-stream.ts';
import { brokenOff, type Fault, faultMessage, notMcp, statusFault } from './faults.ts';
import type { RequestId } from './messages.ts';
import { type Reply, streamHeaders } from './reply.ts';

/** Bytes of an answer that is plain JSON; more cannot be looked into, so it is not let through. */
const LARGEST_JSON = 64 * 1024 * 1024;

/** Statuses that a client of the transport must see itself: no such session, no such method or representation. */
const TRANSPORT_STATUS = new Set([404, 405, 406, 415]);

export interface Relay {
  /** The request that is answered; absent for GET, DELETE, notifications and responses. */
  id?: RequestId | undefined;
  /** Looks at, and may change, each message on its way to the client. Returns the same object to leave it. */
  transform: (message: Json) => Json;
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
  const type = (answer.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (status >= 200 && status < 300) {
    if (type === 'text/event-stream') return relayStream(answer, reply, options);
    return relayJson(answer, reply, options, type);
  }
  // An error that is an MCP message is the upstream's own word to the client (a version it does not speak).
  if (status >= 400 && status < 500 && status !== 401 && status !== 403 && status !== 429) {
    if (type === 'application/json') return relayJson(answer, reply, options, type);
    if (TRANSPORT_STATUS.has(status) && (options.id === undefined || options.session)) {
      await drain(answer);
      return fail(reply, options, statusFault(answer), status);
    }
  }
  await drain(answer);
  return fail(reply, options, statusFault(answer), options.id === undefined ? 502 : 200);
}

async function relayJson(
  answer: UpstreamAnswer,
  reply: Reply,
  options: Relay,
  type: string | undefined,
): Promise<Relayed> {
  const { status } = answer;
  const bytes = await readAll(answer.body);
  if (bytes === undefined)
    return fail(
      reply,
      options,
      {
        ...notMcp,
        message:
          "The upstream's answer is larger than 64 MiB, which Greenlight does not let through. Ask for less.",
      },
      502,
    );
  const succeeded = status < 300;
  if (bytes.length === 0) {
    // Nothing to say: right for a notification, wrong for a request.
    if (options.id !== undefined) return fail(reply, options, succeeded ? notMcp : statusFault(answer), 200);
    reply.res.writeHead(status, passedHeaders(answer)).end();
    return { status };
  }
  const message = type === 'application/json' ? parse(bytes) : undefined;
  const isMessage =
    Array.isArray(message) || (isJsonObject(message) && ownMember(message, 'jsonrpc') === '2.0');
  if (message === undefined || !isMessage) {
    return fail(
      reply,
      options,
      succeeded ? notMcp : statusFault(answer),
      options.id === undefined ? 502 : 200,
    );
  }
  const changed = options.transform(message);
  const answered = answerOf(changed, options.id);
  if (reply.streaming) {
    reply.end(answered ?? changed);
  } else {
    const body = changed === message ? bytes : Buffer.from(JSON.stringify(changed));
    reply.res.writeHead(status, {
      'content-type': 'application/json',
      'content-length': body.length,
      'x-content-type-options': 'nosniff',
      ...passedHeaders(answer),
    });
    reply.res.end(body);
  }
  return { status, answer: answered };
}

async function relayStream(answer: UpstreamAnswer, reply: Reply, options: Relay): Promise<Relayed> {
  const { res } = reply;
  if (!reply.streaming) {
    res.writeHead(answer.status, { ...streamHeaders, ...passedHeaders(answer) });
    res.flushHeaders();
  }
  let answered: JsonObject | undefined;
  try {
    for await (const event of readEvents(answer.body)) {
      let text = eventText(event);
      if (event.data !== undefined && event.data !== '') {
        const message = parse(event.data);
        // What cannot be read cannot be filtered either; clients could make nothing of it.
        if (message === undefined) continue;
        const changed = options.transform(message);
        answered ??= answerOf(changed, options.id);
        if (changed !== message) text = eventText(event, JSON.stringify(changed));
      }
      if (!res.write(text)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
      if (res.destroyed) break;
    }
  } catch {
    if (options.id !== undefined && !answered) return fail(reply, options, brokenOff, 200, true);
  }
  res.end();
  // Ending without the answer is right where the client resumes by Last-Event-ID; it is not an answer.
  return { status: answer.status, answer: answered };
}

function fail(reply: Reply, { id }: Relay, fault: Fault, status: number, midStream = false): Relayed {
  const message = faultMessage(id ?? null, fault);
  if (midStream && !reply.streaming) reply.res.end(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  else reply.end(message, status);
  return { status, fault };
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

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > LARGEST_JSON) return undefined;
    chunks.push(chunk);
  }
  return chunks.length === 1 ? Buffer.from(chunks[0] as Uint8Array) : Buffer.concat(chunks);
}

/** Reads an answer's body to its end, so that the connection can be used again; gives up on a long one. */
async function drain(answer: UpstreamAnswer): Promise<void> {
  let length = 0;
  try {
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > 64 * 1024) break;
    }
  } catch {
    // Its status was all that was wanted.
  }
}
