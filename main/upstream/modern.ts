import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { createParser } from 'eventsource-parser';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';
import { parseExact } from '../base/exact-json.ts';
import { META_PREFIX, revisionNamed, SESSIONLESS, UNSUPPORTED_PROTOCOL_VERSION } from '../base/revisions.ts';
import { LARGE, ownTurn } from '../base/turns.ts';
import type { UpstreamAnswer } from './upstream.ts';

/** What both revisions know, and whether clients are told how long they may keep the result. */
const METHODS = new Map([
  ['tools/list', true],
  ['tools/call', false],
  ['prompts/list', true],
  ['prompts/get', false],
  ['resources/list', true],
  ['resources/templates/list', true],
  ['resources/read', true],
  ['completion/complete', false],
]);

/** What is offered of a server's capabilities: what needs nothing but an answer. */
const CAPABILITIES = ['tools', 'prompts', 'resources', 'completions'];

/** A server of a revision with a handshake, done by a client that can do nothing: it is never asked anything. */
export interface Elder {
  /** What it answered to `initialize`. */
  opened(): Promise<JsonObject>;
  send(message: JsonObject, signal: AbortSignal): Promise<UpstreamAnswer>;
}

/**
 * Answers requests of 2026-07-28 by `elder`, which many clients share: ids and progress tokens are the server's own
 * for each request, and of what it says besides its answer only the progress of that request is passed on.
 */
export function createModern(elder: Elder) {
  let asked = 0;

  async function answer(message: JsonObject, signal: AbortSignal): Promise<UpstreamAnswer> {
    const [id, method] = [ownMember(message, 'id'), ownMember(message, 'method')];
    // Nothing that this revision has for servers to be told needs one over HTTP.
    if (id === undefined) return answerOf(202, undefined);
    const refuse = (status: number, error: JsonObject) => answerOf(status, { jsonrpc: '2.0', id, error });
    const requested = revisionNamed(message) as Json;
    if (requested !== SESSIONLESS) {
      return refuse(400, {
        code: UNSUPPORTED_PROTOCOL_VERSION,
        message: `This upstream is served in ${SESSIONLESS} and the revisions before it.`,
        data: { supported: [SESSIONLESS], requested },
      });
    }
    if (method === 'server/discover')
      return answerOf(200, { jsonrpc: '2.0', id, result: await discovered() });
    const cacheable = METHODS.get(String(method));
    if (cacheable === undefined)
      return refuse(404, { code: ErrorCode.MethodNotFound, message: 'Method not found' });
    const server = await serverInfo();
    asked += 1;
    const own = `greenlight-${asked}`;
    const { sent, progressToken } = asElder(message, own);
    const complete = (result: JsonObject): JsonObject => ({
      ...result,
      resultType: 'complete',
      ...(cacheable && CACHE),
      _meta: { ...objectIn(result, '_meta'), ...server },
    });
    /** What the client gets of a message of the server. */
    const forClient = (said: Json): Json | undefined => {
      if (!isJsonObject(said)) return undefined;
      if (Object.hasOwn(said, 'method')) return progressFor(said, own, progressToken);
      if (ownMember(said, 'id') !== own) return undefined;
      const result = ownMember(said, 'result');
      return { ...said, id, ...(isJsonObject(result) && { result: complete(result) }) };
    };
    return rewritten(await elder.send(sent, signal), forClient);
  }

  async function serverInfo(): Promise<JsonObject> {
    return { [`${META_PREFIX}serverInfo`]: ownMember(await elder.opened(), 'serverInfo') ?? null };
  }

  async function discovered(): Promise<JsonObject> {
    const opened = await elder.opened();
    const offered = objectIn(opened, 'capabilities');
    const instructions = ownMember(opened, 'instructions');
    return {
      supportedVersions: [SESSIONLESS],
      capabilities: Object.fromEntries(
        CAPABILITIES.filter((name) => Object.hasOwn(offered, name)).map((name) => [name, {}]),
      ),
      ...(instructions !== undefined && { instructions }),
      resultType: 'complete',
      ...CACHE,
      _meta: await serverInfo(),
    };
  }

  return answer;
}

/** Nothing is kept: what was read before may have changed. */
const CACHE = { ttlMs: 0, cacheScope: 'private' };

/** `message` as a server of before knows it, under the id `own`. */
function asElder(message: JsonObject, own: string): { sent: JsonObject; progressToken: Json | undefined } {
  const params = objectIn(message, 'params');
  const meta = Object.entries(objectIn(params, '_meta')).filter(([name]) => !name.startsWith(META_PREFIX));
  const { progressToken, ...others } = Object.fromEntries(meta);
  const kept = progressToken === undefined ? others : { ...others, progressToken: own };
  const { _meta: _, ...rest } = params;
  const sent = Object.keys(kept).length > 0 ? { ...rest, _meta: kept } : rest;
  return {
    sent: { jsonrpc: '2.0', id: own, method: ownMember(message, 'method') as Json, params: sent },
    progressToken,
  };
}

function progressFor(said: JsonObject, own: string, progressToken: Json | undefined): Json | undefined {
  const params = objectIn(said, 'params');
  const mine = ownMember(said, 'method') === 'notifications/progress' && params.progressToken === own;
  return mine && progressToken !== undefined ? { ...said, params: { ...params, progressToken } } : undefined;
}

/** `answer` with each message as `change` makes it; what is `undefined` is left out. */
async function rewritten(
  answer: UpstreamAnswer,
  change: (message: Json) => Json | undefined,
): Promise<UpstreamAnswer> {
  const { status } = answer;
  const type = answer.header('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    return { status, header: headers(type), body: { [Symbol.asyncIterator]: () => events(answer, change) } };
  }
  const message = answer.whole ? answer.whole().message : parseExact(await textOf(answer));
  return answerOf(status, change(message) ?? message);
}

async function* events(answer: UpstreamAnswer, change: (message: Json) => Json | undefined) {
  let found: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => found.push(data) });
  const decoder = new TextDecoder();
  for await (const chunk of answer.body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    const [these, none]: [string[], string[]] = [found, []];
    found = none;
    for (const data of these) {
      if (data.length > LARGE) await ownTurn();
      const message = data === '' ? undefined : change(parseExact(data));
      if (message !== undefined) yield Buffer.from(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    }
  }
}

async function answerOf(status: number, message: Json | undefined): Promise<UpstreamAnswer> {
  if (message === undefined) return { status, header: () => undefined, body: once(undefined) };
  const text = JSON.stringify(message);
  if (text.length > LARGE) await ownTurn();
  return {
    status,
    header: headers('application/json'),
    body: once(text),
    ...(status === 200 && { whole: () => ({ text, message }) }),
  };
}

function once(text: string | undefined): AsyncIterable<Uint8Array> {
  return {
    async *[Symbol.asyncIterator]() {
      if (text !== undefined) yield Buffer.from(text);
    },
  };
}

function headers(type: string): UpstreamAnswer['header'] {
  return (name) => (name === 'content-type' ? type : undefined);
}

async function textOf({ body }: UpstreamAnswer): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function objectIn(object: JsonObject, name: string): JsonObject {
  const value = ownMember(object, name);
  return isJsonObject(value) ? value : {};
}
