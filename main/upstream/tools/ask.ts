import { createParser } from 'eventsource-parser';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../../shared/json.ts';
import { AnsweredError, StatusError } from './answered.ts';
import type { FetchLike } from './fetch.ts';

/** What Greenlight calls itself before upstreams. */
export const CLIENT_INFO = { name: 'greenlight', version: '1.0.0' };

const HEADERS = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };

/**
 * Asks one request and takes its answer as it is, as JSON or from an event stream, whose rest is left. Throws
 * {@link StatusError}, {@link AnsweredError}, or anything else where what comes is no answer.
 */
export async function ask(
  fetch: FetchLike,
  request: { id: number; method: string; params: JsonObject },
  headers: Record<string, string> = {},
): Promise<{ result: JsonObject; headers: Headers }> {
  const response = await post(fetch, { jsonrpc: '2.0', ...request }, headers);
  if (!response.ok) {
    await response.body?.cancel().catch(() => {});
    throw new StatusError(response.status);
  }
  for await (const text of messagesOf(response)) {
    const found = JSON.parse(text) as Json;
    for (const message of Array.isArray(found) ? found : [found]) {
      if (!isJsonObject(message)) continue;
      if (Object.hasOwn(message, 'method')) await answerPing(fetch, message, headers);
      const result = resultOf(message, request.id);
      if (result) return { result, headers: response.headers };
    }
  }
  throw new Error(`The answer to ${request.method} (HTTP ${response.status}) is none.`);
}

/** Tells something that is not answered. What becomes of it is of no consequence. */
export async function tell(
  fetch: FetchLike,
  message: JsonObject,
  headers: Record<string, string>,
): Promise<void> {
  const response = await post(fetch, { jsonrpc: '2.0', ...message }, headers);
  await response.body?.cancel().catch(() => {});
}

function post(fetch: FetchLike, message: JsonObject, headers: Record<string, string>): Promise<Response> {
  return fetch('', { method: 'POST', headers: { ...HEADERS, ...headers }, body: JSON.stringify(message) });
}

/** A server may want to know in between whether somebody is there. */
async function answerPing(
  fetch: FetchLike,
  message: JsonObject,
  headers: Record<string, string>,
): Promise<void> {
  const id = ownMember(message, 'id');
  if (id !== undefined && ownMember(message, 'method') === 'ping')
    await tell(fetch, { id, result: {} }, headers);
}

function resultOf(message: JsonObject, id: number): JsonObject | undefined {
  const error = ownMember(message, 'error');
  const answered = ownMember(message, 'id') ?? null;
  if (isJsonObject(error) && (answered === id || answered === null)) {
    const [code, words] = [ownMember(error, 'code'), ownMember(error, 'message')];
    throw new AnsweredError(
      typeof code === 'number' ? code : 0,
      typeof words === 'string' ? words : 'an error',
      ownMember(error, 'data'),
    );
  }
  const result = ownMember(message, 'result');
  return answered === id && isJsonObject(result) ? result : undefined;
}

/** The JSON texts of an answer, each as soon as it is there. */
async function* messagesOf(response: Response): AsyncGenerator<string> {
  const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== 'text/event-stream') {
    if (type === 'application/json') yield await response.text();
    return;
  }
  let found: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => found.push(data) });
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      parser.feed(decoder.decode(part.value, { stream: true }));
      const complete = found;
      found = [];
      yield* complete.filter((data) => data !== '');
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}
