import { isUtf8 } from 'node:buffer';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { parseExact } from '../base/exact-json.ts';
import { holdsTooMuch } from '../base/message-bounds.ts';

export type RequestId = string | number;

/** One JSON-RPC 2.0 message from a client, classified. `body` is what goes on of it: without what counts as absent. */
export type Message =
  | { kind: 'request'; id: RequestId; method: string; params: JsonObject | undefined; body: JsonObject }
  | { kind: 'notification'; method: string; params: JsonObject | undefined; body: JsonObject }
  | { kind: 'response'; body: JsonObject };

export type Parsed<T> =
  | { ok: true; value: T }
  | { ok: false; code: number; message: string; id: RequestId | null };

/** Levels of lists and objects that a message may have. */
const DEEPEST = 64;

/** Values that a message may have. */
const MOST_VALUES = 10_000;

/** Every method that a revision of MCP has, and any that one may come to have. */
const METHOD = /^[!-~]{1,256}$/;

const MEMBERS = new Set(['jsonrpc', 'id', 'method', 'params', 'result', 'error']);

/** JSON-RPC error codes (https://www.jsonrpc.org/specification#error_object). */
const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
/** A header contradicts the body (MCP 2026-07-28, *Server Validation*). */
export const HEADER_MISMATCH = -32020;
/** As the SDK's servers answer to an `Mcp-Session-Id` that they do not know. */
export const SESSION_UNKNOWN = -32001;
/** What went wrong between Greenlight and the upstream (the range is the server's own). */
export const UPSTREAM_ERROR = -32000;

/**
 * Parses and classifies one message. What is not exactly a request, a notification or a response is
 * refused, never guessed: an upstream that reads it more leniently would run what was not judged.
 */
export function parseMessage(bytes: Buffer): Parsed<Message> {
  if (!isUtf8(bytes)) return refuse(PARSE_ERROR, 'The body is not valid UTF-8.');
  // Some programs begin with a byte order mark, which is not part of the JSON.
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  // A message is small, or it is large for one text in it.
  if (holdsTooMuch(text, MOST_VALUES))
    return refuse(INVALID_REQUEST, `The message holds more than ${MOST_VALUES} values. Send fewer at once.`);
  let body: Json;
  try {
    body = parseExact(text);
  } catch (error) {
    if (error instanceof RangeError) return refuse(INVALID_REQUEST, error.message);
    return refuse(PARSE_ERROR, 'The body is not valid JSON.');
  }
  if (Array.isArray(body))
    return refuse(INVALID_REQUEST, 'Batches are not supported; send one message per request.');
  if (!isJsonObject(body)) return refuse(INVALID_REQUEST, 'The body is not a JSON-RPC message.');
  const flaw = flawOf(body, DEEPEST);
  if (flaw) return refuse(INVALID_REQUEST, flaw);
  return classify(body);
}

function classify(found: JsonObject): Parsed<Message> {
  const foundId = ownMember(found, 'id');
  const invalid = (message: string) => refuse(INVALID_REQUEST, message, isId(foundId) ? foundId : null);
  const misread = Object.keys(found).find((name) => !MEMBERS.has(name) && MEMBERS.has(fold(name)));
  if (misread !== undefined)
    return invalid(`The message has a member ${JSON.stringify(misread)} that could be misread.`);
  const body = withoutAbsent(found);
  if (ownMember(body, 'jsonrpc') !== '2.0') return invalid('The member "jsonrpc" must be "2.0".');

  const id = ownMember(body, 'id');
  const isAnswer = Object.hasOwn(body, 'result') || Object.hasOwn(body, 'error');
  if (!Object.hasOwn(body, 'method')) {
    if (
      !isAnswer ||
      (Object.hasOwn(body, 'result') && Object.hasOwn(body, 'error')) ||
      Object.hasOwn(body, 'params')
    ) {
      return invalid('The message is neither a request nor a notification nor a response.');
    }
    // Who could not read a request cannot say which one it was.
    if (!isId(id) && !((id ?? null) === null && Object.hasOwn(body, 'error'))) {
      return invalid('The "id" of a response must be a string or an integer.');
    }
    return { ok: true, value: { kind: 'response', body } };
  }
  const method = ownMember(body, 'method');
  const params = ownMember(body, 'params');
  if (isAnswer) return invalid('The message is a request and a response at once.');
  if (typeof method !== 'string') return invalid('The member "method" must be a string.');
  // One reader drops a NUL, another blanks or what cannot be seen: what looks like a method must be that method.
  if (!METHOD.test(method))
    return invalid(`The method ${JSON.stringify(method)} is no name: printable ASCII without blanks.`);
  if (method !== 'tools/call' && fold(method) === 'tools/call')
    return invalid(`The method ${JSON.stringify(method)} could be misread as tools/call.`);
  if (params !== undefined && !isJsonObject(params)) return invalid('The member "params" must be an object.');
  if (!Object.hasOwn(body, 'id')) return { ok: true, value: { kind: 'notification', method, params, body } };
  if (!isId(id)) return invalid('The member "id" must be a string or an integer.');
  return { ok: true, value: { kind: 'request', id, method, params, body } };
}

/**
 * A message without members that JSON-RPC does not know, and without those that are `null` where other programs write
 * so what they leave out. A `result` may be null, and so may the `id` of an error; a request with such an `id` waits
 * for an answer that nobody could give it, but what is called a notification waits for none.
 */
function withoutAbsent(message: JsonObject): JsonObject {
  const isNull = (name: string) => ownMember(message, name) === null;
  const has = (name: string) => Object.hasOwn(message, name) && !isNull(name);
  const absent = new Set(['method', 'params', 'error'].filter(isNull));
  if (isNull('result') && (has('method') || has('error'))) absent.add('result');
  const method = ownMember(message, 'method');
  if (isNull('id') && typeof method === 'string' && method.startsWith('notifications/')) absent.add('id');
  const kept = Object.entries(message).filter(([name]) => MEMBERS.has(name) && !absent.has(name));
  return Object.fromEntries(kept);
}

/** As a lenient reader may see a name: without regard to case, width and blanks around it. */
export function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase().trim();
}

function isId(id: Json | undefined): id is RequestId {
  return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id));
}

/** What is wrong with the values themselves: they are nested too deep. */
function flawOf(value: Json, levels: number): string | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  if (levels === 0) return `The message is nested deeper than ${DEEPEST} levels.`;
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    const flaw = flawOf(inner, levels - 1);
    if (flaw) return flaw;
  }
  return undefined;
}

function refuse(code: number, message: string, id: RequestId | null = null): Parsed<never> {
  return { ok: false, code, message, id };
}
