import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../../shared/json.ts';
import { parseExact } from '../../base/exact-json.ts';
import type { Clock } from '../../base/ports.ts';
import { LARGE, ownTurn } from '../../base/turns.ts';
import { type UpstreamAnswer, UpstreamError, type UpstreamRequest } from '../upstream.ts';
import type { Child } from './child.ts';
import { endedAnswer } from './ended.ts';
import { cancelled, type OpenAnswer, openAnswer } from './open-answer.ts';
import { readAhead } from './read-ahead.ts';

/** Bytes that may wait for a child which does not read, and for clients which do not. */
const MOST_UNREAD = 16 * 1024 * 1024;

/**
 * One session: HTTP on one side, one child on the other, message by message. The only thing added is what stdio does
 * not say: which HTTP stream a message of the child belongs to. Usual requests are answered here; the rest (the
 * handshake, streams that are listened to, whatever may be wrong) is the SDK's HTTP side's.
 */
export class StdioSession {
  /** When the last request came or ended, by the clock. */
  lastUsed: number;
  readonly #id: string;
  readonly #http: WebStandardStreamableHTTPServerTransport;
  readonly #child: Child;
  readonly #clock: Clock;
  readonly #idle: number;
  readonly #onEnd: () => void;
  /** Requests the child has not answered, oldest first. */
  readonly #open = new Map<RequestId, { progressToken: unknown; isCall: boolean; opens: boolean }>();
  /** Answers that are made here, by request. */
  readonly #answers = new Map<RequestId, OpenAnswer>();
  /** The handshake was answered. */
  #opened = false;
  #exchanges = 0;
  /** Bytes that the child wrote and that no client has read yet. */
  #held = 0;
  #listening = 0;
  #cancelIdle: () => void = () => {};
  #ended: Promise<void> | undefined;
  /** Why it ended. */
  #reason: string | undefined;

  /** Takes over `child`; `onEnd` runs once, when the session is over. */
  constructor(id: string, child: Child, { clock, idle }: { clock: Clock; idle: number }, onEnd: () => void) {
    this.#id = id;
    this.#child = child;
    this.#clock = clock;
    this.#idle = idle;
    this.#onEnd = onEnd;
    this.lastUsed = clock.now();
    this.#http = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessionclosed: () => void this.end('The session was ended by its client.'),
    });
    child.onmessage = (message, line) => this.#toClient(message, line);
    child.onclose = (reason) => void this.end(reason);
    this.#rest();
  }

  /** Whether a request or a stream is open. */
  get busy(): boolean {
    return this.#exchanges > 0;
  }

  /** Whether it is over, or its child has gone: it takes no more requests. */
  get gone(): boolean {
    return this.#ended !== undefined || this.#child.gone;
  }

  /** What its child wrote last, while that has not begun its work; empty: nothing lately. */
  starting(): string | undefined {
    return this.#child.starting();
  }

  /** Handles one HTTP request of this session. */
  async handle(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const { method, headers, body, signal } = request;
    if (signal.aborted) throw cancelled(false);
    if (body !== undefined && this.#child.unread > MOST_UNREAD) {
      throw new UpstreamError(
        'The upstream process does not read what it is sent, so nothing more was sent to it. Try again later, or start a new session.',
        { reached: false, ofSession: true },
      );
    }
    this.#exchanges += 1;
    this.#cancelIdle();
    const large = body !== undefined && body.length > LARGE;
    const line = request.message === undefined ? undefined : body;
    let message: JSONRPCMessage | undefined;
    let response: Response | undefined;
    try {
      if (large) await ownTurn();
      this.#mustGoOn();
      if (body !== undefined) message = (request.message ?? parseExact(body)) as JSONRPCMessage;
      if (!this.#opened || !isUsual(message, headers)) {
        const web = new Request('http://stdio.invalid/mcp', { method, headers });
        response = await this.#http.handleRequest(web, { parsedBody: message });
      } else if (large) {
        await ownTurn();
        this.#mustGoOn();
      }
    } catch (error) {
      this.#exchanges -= 1;
      this.#rest();
      if (error instanceof UpstreamError) throw error;
      throw new UpstreamError('The session could not take the request. Start a new one.', {
        reached: false,
        ofSession: true,
        cause: error,
      });
    }
    if (!response) return this.#ask(message as JSONRPCRequest, line, signal);
    if (message && 'method' in message && message.method === 'initialize' && response.ok) this.#opened = true;
    const listens = method === 'GET' && response.status === 200;
    if (listens) this.#listening += 1;
    if (large) await ownTurn();
    // What the SDK hands on itself is a copy without the members that it does not know.
    const id = message && response.ok ? this.#toChild(message, line) : undefined;
    return this.#answer(response, signal, () => {
      this.#exchanges -= 1;
      if (listens) this.#listening -= 1;
      if (id !== undefined && this.#open.has(id)) this.#cancel(id);
      this.#rest();
    });
  }

  #mustGoOn(): void {
    if (this.#reason === undefined) return;
    throw new UpstreamError(`${this.#reason} Nothing was sent to it.`, { reached: false, ofSession: true });
  }

  /** Ends the session and its child; open requests are answered with `reason` as error. */
  end(reason: string): Promise<void> {
    this.#ended ??= this.#end(reason);
    return this.#ended;
  }

  async #end(reason: string): Promise<void> {
    this.#cancelIdle();
    this.#reason = reason;
    this.#onEnd();
    for (const [id, { isCall }] of this.#open) this.#respond(endedAnswer(id, { isCall, reason }));
    this.#open.clear();
    for (const answer of this.#answers.values()) answer.end();
    // The child goes, whatever becomes of its HTTP side.
    await this.#http.close().catch(ignore);
    await this.#child.close();
  }

  /** Hands a usual request to the child. */
  #ask(message: JSONRPCRequest, line: string | undefined, signal: AbortSignal): Promise<UpstreamAnswer> {
    const { id } = message;
    const answer = openAnswer(this.#id, signal, {
      onHeld: (bytes) => this.#hold(bytes),
      onDone: () => {
        if (this.#answers.get(id) === answer) this.#answers.delete(id);
        this.#exchanges -= 1;
        if (this.#open.has(id)) this.#cancel(id);
        this.#rest();
      },
    });
    this.#answers.set(id, answer);
    this.#toChild(message, line);
    // It did while a large request had to wait.
    if (signal.aborted) answer.leave();
    return answer.begun;
  }

  /** Hands a message that answers, by its id, to whoever waits for it. */
  #respond(message: Exclude<JSONRPCMessage, { method: string }>, line?: string): void {
    const answer = message.id === undefined ? undefined : this.#answers.get(message.id);
    if (answer) answer.add(message, line, true);
    // Nobody waits for the answer of a request that was cancelled.
    else this.#http.send(message).catch(ignore);
  }

  /** Returns the id of a request. */
  #toChild(message: JSONRPCMessage, line: string | undefined): RequestId | undefined {
    // A child that is gone ends the session, which answers what is open.
    this.#child.send(message, line).catch(ignore);
    if (!('method' in message && 'id' in message)) return undefined;
    this.#open.set(message.id, {
      progressToken: message.params?._meta?.progressToken,
      isCall: message.method === 'tools/call',
      opens: message.method === 'initialize',
    });
    return message.id;
  }

  #toClient(message: JSONRPCMessage, line: string | undefined): void {
    if (!('method' in message)) {
      const asked = message.id === undefined ? undefined : this.#open.get(message.id);
      if (message.id !== undefined) this.#open.delete(message.id);
      this.#respond(message, line);
      if (asked?.opens && 'error' in message) void this.end('The session was not opened.');
      return;
    }
    const relatedRequestId = this.#relatedRequest(message);
    const answer = relatedRequestId === undefined ? undefined : this.#answers.get(relatedRequestId);
    if (answer) answer.add(message, line, false);
    else this.#http.send(message, relatedRequestId === undefined ? {} : { relatedRequestId }).catch(ignore);
  }

  /** Progress names its request. The rest goes to the GET stream, or else along with the newest request. */
  #relatedRequest(message: {
    method: string;
    params?: Record<string, unknown> | undefined;
  }): RequestId | undefined {
    const ids = [...this.#open.keys()];
    if (message.method === 'notifications/progress') {
      const token = message.params?.progressToken;
      return ids.find((id) => this.#open.get(id)?.progressToken === token);
    }
    return this.#listening > 0 ? undefined : ids.at(-1);
  }

  /** A stream that was left cannot be resumed here, so the child need not go on; nor can a session be used whose handshake was. */
  #cancel(requestId: RequestId): void {
    const asked = this.#open.get(requestId);
    this.#open.delete(requestId);
    if (asked?.opens) return void this.end('The client went away before the session was opened.');
    const params = { requestId, reason: 'The client went away.' };
    this.#child.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params }).catch(ignore);
  }

  #rest(): void {
    this.lastUsed = this.#clock.now();
    if (this.busy || this.#ended) return;
    this.#cancelIdle();
    this.#cancelIdle = this.#clock.after(this.#idle, () => void this.end('The session was idle for long.'));
  }

  /** The child has to wait while its session's client does not read. */
  #hold(bytes: number): void {
    this.#held += bytes;
    this.#child.listen(this.#held <= MOST_UNREAD);
  }

  /** `onDone` runs once: when the body was read to its end or the request was cancelled. */
  #answer(response: Response, signal: AbortSignal, onDone: () => void): UpstreamAnswer {
    const chunks = response.body ? readAhead(response.body, (bytes) => this.#hold(bytes)) : undefined;
    let done = false;
    const finish = () => {
      if (done) return;
      done = true;
      signal.removeEventListener('abort', leave);
      onDone();
    };
    const leave = () => {
      chunks?.leave();
      finish();
    };
    if (!chunks) finish();
    else if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      body: {
        async *[Symbol.asyncIterator]() {
          try {
            for (let chunk = await chunks?.next(); chunk; chunk = await chunks?.next()) yield chunk;
            if (signal.aborted) throw cancelled(true);
          } finally {
            leave();
          }
        },
      },
    };
  }
}

/** Whether it is a request of which the SDK's HTTP side would say nothing: not the handshake, and nothing is wrong. */
function isUsual(message: JSONRPCMessage | undefined, headers: UpstreamRequest['headers']): boolean {
  const { accept = '', 'mcp-protocol-version': revision } = headers;
  if (!accept.includes('application/json') || !accept.includes('text/event-stream')) return false;
  if (!headers['content-type']?.includes('application/json')) return false;
  if (revision !== undefined && !SUPPORTED_PROTOCOL_VERSIONS.includes(revision)) return false;
  const request = message as unknown as Json | undefined;
  if (request === undefined || !isJsonObject(request)) return false;
  const [id, method] = [ownMember(request, 'id'), ownMember(request, 'method')];
  if (typeof id !== 'string' && !Number.isSafeInteger(id)) return false;
  if (typeof method !== 'string' || method === 'initialize' || ownMember(request, 'jsonrpc') !== '2.0')
    return false;
  return Object.keys(request).every((name) => MEMBERS.has(name)) && hasUsualParams(request);
}

const MEMBERS = new Set(['jsonrpc', 'id', 'method', 'params']);

/** Whether there are no `params`, or none that the schema of requests would refuse. */
function hasUsualParams(request: JsonObject): boolean {
  if (!Object.hasOwn(request, 'params')) return true;
  const params = ownMember(request, 'params');
  if (!isJsonObject(params)) return false;
  if (!Object.hasOwn(params, '_meta')) return true;
  const meta = ownMember(params, '_meta');
  const token = isJsonObject(meta) ? ownMember(meta, 'progressToken') : null;
  return (
    isJsonObject(meta) &&
    Object.keys(meta).every((name) => name === 'progressToken') &&
    (token === undefined || typeof token === 'string' || Number.isSafeInteger(token))
  );
}

function ignore(): void {}
