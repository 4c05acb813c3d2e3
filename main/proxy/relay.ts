import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import type { Place } from '../../shared/server-words.ts';
import { parseExact } from '../base/exact-json.ts';
import { holdsTooMuch, LARGEST_MESSAGE } from '../base/message-bounds.ts';
import { LARGE, ownTurn } from '../base/turns.ts';
import type { UpstreamAnswer } from '../upstream/upstream.ts';
import { eventText, LargeEvent, readEvents, type StreamEvent } from './event-stream.ts';
import {
  brokenOff,
  crowded,
  endedBy,
  type Fault,
  faultMessage,
  notMcp,
  otherAnswer,
  statusFault,
  tooLarge,
  unreadable,
} from './faults.ts';
import type { Held } from './held.ts';
import type { KnownAnswers } from './known-lists.ts';
import type { RequestId } from './messages.ts';
import type { Reply } from './reply.ts';
import { saidIn } from './said.ts';

/** Bytes of an answer that nobody wants: read, so that its connection can be used again. */
const LARGEST_UNWANTED = 64 * 1024;

/** How long (ms) a stream whose answer was there may take to end, so that its connection can be used again. */
const END_WITHIN = 1_000;

/** Statuses that a client of the transport must see itself: no such session, no such method or representation. */
const TRANSPORT_STATUS = new Set([404, 405, 406, 415]);

/** 4xx that concern Greenlight's token, or what is asked of all who have it: not for the client's transport. */
const OF_GREENLIGHT = new Set([401, 402, 403, 429]);

export interface Relay {
  /** The request that is answered; absent for GET, DELETE, notifications and responses. */
  id?: RequestId | undefined;
  /** Takes note of each message before it goes on, which waits for a promise. */
  note: (message: Json) => Promise<void> | undefined;
  /**
   * Looks at, and may change, each message on its way to the client. Returns the same object to leave it,
   * `undefined` to drop it.
   */
  transform: (message: Json) => Json | undefined;
  /** Answers that were noted and transformed before, where that is all that is done with the answer. */
  known?: KnownAnswers | undefined;
  /**
   * Nothing is waited for (a notification, an answer to the server, DELETE): the body of what is taken is dropped,
   * whatever it is, and this is the status.
   */
  taken?: number | undefined;
  /** The client takes plain JSON alone: of a stream it gets the answer. What else there is in it is told to this. */
  unheard?: ((message: Json) => void) | undefined;
  /** Whether answers to requests before this one may come: a stream is resumed. */
  resumes: boolean;
  /** The page on which the person sees to this upstream. */
  place: Place;
  /** Whether the request named a session: then 404 means that the session is over. */
  session: boolean;
  /** Aborted when the client goes away, or Greenlight itself ends it. */
  gone: AbortSignal;
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
    if (options.taken !== undefined) {
      await discard(answer);
      reply.endRaw(undefined, options.taken, passedHeaders(answer));
      return { status };
    }
    return relayJson(answer, reply, options, type);
  }
  // An error that is an MCP message is the upstream's own word to the client (a version it does not speak).
  if (status >= 400 && status < 500 && !OF_GREENLIGHT.has(status)) {
    if (type === 'application/json') return relayJson(answer, reply, options, type);
    if (TRANSPORT_STATUS.has(status) && (options.id === undefined || options.session)) {
      return fail(answer, reply, options, await refusal(answer, type, options.place), status);
    }
  }
  return fail(answer, reply, options, await refusal(answer, type, options.place));
}

/** What an error of the upstream means, with what its body says. */
async function refusal(answer: UpstreamAnswer, type: string | undefined, place: Place): Promise<Fault> {
  const body = await readUpTo(LARGEST_UNWANTED, answer.body).catch(() => undefined);
  return statusFault(
    answer,
    place,
    Buffer.isBuffer(body) ? saidIn(body.toString(), type, answer.redact) : undefined,
  );
}

/** Reads the rest of an answer that nobody wants, so that its connection is free; leaves a long one. */
export async function discard(answer: UpstreamAnswer): Promise<void> {
  await readUpTo(LARGEST_UNWANTED, answer.body).catch(() => {});
}

/** Reads a stream to its end, which is near; leaves one that goes on. */
async function end(chunks: AsyncIterator<Uint8Array>): Promise<void> {
  const giveUp = setTimeout(() => void chunks.return?.(), END_WITHIN);
  try {
    let length = 0;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
      length += next.value.length;
      if (length > LARGEST_UNWANTED) break;
    }
  } catch {
    // Broken off: it has ended.
  }
  clearTimeout(giveUp);
  void chunks.return?.();
}

async function relayJson(
  answer: UpstreamAnswer,
  reply: Reply,
  options: Relay,
  type: string | undefined,
): Promise<Relayed> {
  const { status } = answer;
  const whole = answer.whole?.();
  if (whole && !reply.held.set(whole.text.length)) return fail(answer, reply, options, crowded);
  const bytes = whole ? undefined : await readUpTo(LARGEST_MESSAGE, answer.body, reply.held);
  if (bytes && !Buffer.isBuffer(bytes)) return fail(answer, reply, options, bytes);
  const nonsense = () =>
    status < 300
      ? notMcp(options.place)
      : statusFault(answer, options.place, bytes && saidIn(bytes.toString(), type, answer.redact));
  if (bytes?.length === 0) {
    // Nothing to say: right for a notification, wrong for a request.
    if (options.id !== undefined) return fail(answer, reply, options, nonsense());
    reply.endRaw(undefined, status, passedHeaders(answer));
    return { status };
  }
  let passed: Passed | undefined;
  try {
    // As `fetch` reads it: without a byte order mark.
    const text =
      whole?.text ?? (bytes && type === 'application/json' ? bytes.toString().replace(/^\uFEFF/, '') : '');
    passed = reply.streaming ? undefined : passedBefore(text, options);
    if (!passed) {
      const message = whole?.message ?? (await parse(text));
      if (!isMessage(message)) return fail(answer, reply, options, nonsense());
      passed = await pass(message, options, text);
    }
  } catch (error) {
    if (error instanceof RangeError) return fail(answer, reply, options, unreadable);
    throw error;
  }
  if (passed === undefined) return fail(answer, reply, options, otherAnswer);
  if (options.id !== undefined && !passed.answers) return fail(answer, reply, options, nonsense());
  // On a stream the status says nothing any more: the client waits for an answer with its id.
  const body = Buffer.from(passed.text);
  if (!reply.held.set(body.length)) return fail(answer, reply, options, crowded);
  if (reply.streaming && passed.answer) reply.end(passed.answer);
  else reply.endRaw(body, status, passedHeaders(answer));
  return { status, answer: passed.answer };
}

/** A message on its way to the client. */
interface Passed {
  text: string;
  /** Whether the answer to the request is in it. */
  answers: boolean;
  /** All of it, and that answer; of what was known before nobody needs them. */
  message?: Json | undefined;
  answer?: JsonObject | undefined;
}

/** What goes on of `text`, if it is known already. */
function passedBefore(text: string, { known }: Relay): Passed | undefined {
  const passed = known?.find(text);
  return passed === undefined ? undefined : { text: passed, answers: true };
}

/**
 * What goes on of `message`, which came as `from`; `undefined`: nothing. It is written anew from what was read, so that the client
 * sees what was looked into: of two members with one name others may read the first. Throws RangeError for what
 * is nested too deep.
 */
async function pass(message: Json, options: Relay, from: string): Promise<Passed | undefined> {
  const large = from.length > LARGE;
  if (large) await ownTurn();
  const meant = addressed(message, options);
  const noted = meant === undefined ? undefined : options.note(meant);
  if (noted) {
    await noted;
    if (large) await ownTurn();
  }
  const changed = meant === undefined ? undefined : options.transform(meant);
  if (changed === undefined) return undefined;
  const text = JSON.stringify(changed);
  if (large) await ownTurn();
  if (meant === message) options.known?.keep(from, message);
  const answer = answerOf(changed, options.id);
  return { text, message: changed, answers: answer !== undefined, answer };
}

/**
 * What of `message` is for the one who asked; `undefined`: nothing. An answer to another request is not; an
 * error without an id is, since the server could not read whose request it refused.
 */
function addressed(message: Json, options: Relay): Json | undefined {
  if (Array.isArray(message)) {
    const kept = message.map((one) => addressed(one, options)).filter((one) => one !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (!isResponse(message)) return message;
  const id = ownMember(message, 'id') ?? null;
  if (id === options.id) return message;
  const nameless = id === null && Object.hasOwn(message, 'error');
  if (options.id === undefined) return options.resumes || nameless ? message : undefined;
  return nameless ? { ...message, id: options.id } : undefined;
}

function isResponse(message: Json): message is JsonObject {
  return isJsonObject(message) && (Object.hasOwn(message, 'result') || Object.hasOwn(message, 'error'));
}

async function relayStream(answer: UpstreamAnswer, reply: Reply, options: Relay): Promise<Relayed> {
  if (!options.unheard) reply.startStream(passedHeaders(answer));
  let answered = false;
  let answerSeen: JsonObject | undefined;
  let resumable = false;
  let fault = brokenOff;
  /** Bytes since what the client has taken last. */
  let waiting = 0;
  const chunks = answer.body[Symbol.asyncIterator]();
  async function* counted() {
    // Without `return`: whether the rest is left or read is decided below.
    for await (const chunk of { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) }) {
      waiting += chunk.length;
      if (!reply.held.set(waiting)) {
        fault = crowded;
        throw new Error('There is no room for more.');
      }
      yield chunk;
    }
  }
  const events = readEvents(counted());
  async function read(text: string): Promise<Passed | undefined> {
    const message = await parse(text);
    // What cannot be read cannot be filtered either; clients could make nothing of it.
    return message === undefined ? undefined : pass(message, options, text);
  }
  async function handOn(event: StreamEvent): Promise<unknown> {
    resumable ||= event.hasId;
    if (!event.data) return options.unheard ? true : reply.write(eventText(event));
    const passed = passedBefore(event.data, options) ?? (await read(event.data));
    // A request has one answer: what was noted is what the client gets.
    if (passed === undefined || (passed.answers && answered)) return true;
    answered ||= passed.answers;
    answerSeen ??= passed.answer;
    if (options.unheard) {
      if (answered) reply.endRaw(Buffer.from(passed.text), answer.status, passedHeaders(answer));
      else if (passed.message !== undefined) options.unheard(passed.message);
      return !answered;
    }
    const written = reply.write(
      passed.text === event.data ? eventText(event) : eventText(event, passed.text),
    );
    // Nothing of a request comes after its answer, though its stream may stay open.
    return !answered && written;
  }
  /** `false`: it is over. A function of its own, so that nothing of an event is kept while its client reads it. */
  async function step(): Promise<unknown> {
    const { done, value } = await events.next();
    return done ? false : handOn(value);
  }
  try {
    while ((await step()) !== false) {
      waiting = 0;
      reply.held.set(0);
    }
  } catch (error) {
    // Broken off is as good as ended; what cannot be passed on would not be at another time either.
    if (error instanceof RangeError) fault = unreadable;
    if (error instanceof LargeEvent) fault = tooLarge;
    if (fault !== brokenOff) resumable = false;
  } finally {
    await events.return(undefined);
  }
  if (answered) void end(chunks);
  else void chunks.return?.();
  // A stream that ends before its answer is continued by Last-Event-ID, where its events have ids.
  if (options.id !== undefined && !answered && !resumable)
    return fail(answer, reply, options, endedBy(options.gone) ?? fault);
  reply.endStream();
  return { status: answer.status, answer: answerSeen };
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
    (candidate): candidate is JsonObject => isResponse(candidate) && ownMember(candidate, 'id') === id,
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

/** `undefined`: no JSON. Throws RangeError where not every number can be kept, and for too many values. */
async function parse(text: string): Promise<Json | undefined> {
  if (holdsTooMuch(text)) throw new RangeError('The text holds too many values.');
  if (text.length > LARGE) await ownTurn();
  try {
    return parseExact(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return undefined;
  }
}

/** All of `body`; a fault when it is longer than `most` bytes, or than there is room for: the rest is left. */
async function readUpTo(most: number, body: AsyncIterable<Uint8Array>, held?: Held): Promise<Buffer | Fault> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > most) return tooLarge;
    if (held?.set(length) === false) return crowded;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
