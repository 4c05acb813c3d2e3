import { createParser } from 'eventsource-parser';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../../shared/json.ts';
import { cutText } from '../../base/cut.ts';
import { parseExact } from '../../base/exact-json.ts';
import { type UpstreamAnswer, UpstreamError } from '../upstream.ts';
import { isEnded } from './ended.ts';
import type { StdioSession } from './session.ts';

const ID = 'greenlight';

/** Sends `message` in session `id` as a client does. */
export function sendIn(
  session: StdioSession,
  id: string,
  message: JsonObject,
  signal: AbortSignal,
): Promise<UpstreamAnswer> {
  return session.handle({
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-session-id': id,
    },
    body: JSON.stringify(message),
    message,
    signal,
  });
}

/**
 * Does the handshake of session `id` in the place of a client, which has done it before with a child that has gone
 * since, or knows no handshakes. Returns what the child answers to it.
 *
 * @throws {UpstreamError} where that is no result
 */
export async function shakeHands(
  session: StdioSession,
  id: string,
  openedWith: JsonObject,
): Promise<JsonObject> {
  const { signal } = new AbortController();
  const send = (message: JsonObject) => sendIn(session, id, message, signal);
  const { body } = await send({ jsonrpc: '2.0', id: ID, method: 'initialize', params: openedWith });
  const answer = await answerIn(body);
  const result = answer && ownMember(answer, 'result');
  if (!isJsonObject(result)) throw notOpened(answer && ownMember(answer, 'error'));
  await send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  return result;
}

/** The answer to the handshake, in the event stream that the SDK makes of it. */
async function answerIn(body: AsyncIterable<Uint8Array>): Promise<JsonObject | undefined> {
  let answer: JsonObject | undefined;
  const parser = createParser({
    onEvent({ data }) {
      const message = parseExact(data);
      if (isJsonObject(message) && !Object.hasOwn(message, 'method') && ownMember(message, 'id') === ID)
        answer = message;
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (answer) return answer;
  }
  return undefined;
}

function notOpened(error: Json | undefined): UpstreamError {
  const member = (name: string) => (isJsonObject(error) ? ownMember(error, name) : undefined);
  const said = member('message');
  const words = typeof said === 'string' ? cutText(said, 1_000) : '';
  const message = isEnded(member('data'))
    ? words
    : `The upstream process could not begin its work. ${words}`.trimEnd();
  return new UpstreamError(message, { reached: false });
}
