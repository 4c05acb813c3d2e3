import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { ErrorCode, type JSONRPCMessage, type RequestId } from '@modelcontextprotocol/sdk/types.js';
import { parseExact } from '../../base/exact-json.ts';
import type { Clock } from '../../base/ports.ts';
import { LARGE, ownTurn } from '../../base/turns.ts';
import { type UpstreamAnswer, UpstreamError, type UpstreamRequest } from '../upstream.ts';
import type { Child } from './child.ts';
import { readAhead } from './read-ahead.ts';

/** Bytes that may wait for a child which does not read, and for clients which do not. */
const MOST_UNREAD = 16 * 1024 * 1024;

/**
 * One session: the HTTP side of the SDK glued to one child, message by message. The only thing added is
 * what stdio does not say: which HTTP stream a message of the child belongs to.
 */
export class StdioSession {
  /** When the last request came or ended, by the clock. */
  lastUsed: number;
  readonly #http: WebStandardStreamableHTTPServerTransport;
  readonly #child: Child;
  readonly #clock: Clock;
  readonly #idle: number;
  readonly #onEnd: () => void;
  /** Requests the child has not answered, oldest first, with their progress tokens. */
  readonly #open = new Map<RequestId, unknown>();
  #exchanges = 0;
  /** Bytes that the child wrote and that no client has read yet. */
  #held = 0;
  #listening = 0;
  #cancelIdle: () => void = () => {};
  #ended: Promise<void> | undefined;

  /** Takes over `child`; `onEnd` runs once, when the session is over. */
  constructor(id: string, child: Child, { clock, idle }: { clock: Clock; idle: number }, onEnd: () => void) {
    this.#child = child;
    this.#clock = clock;
    this.#idle = idle;
    this.#onEnd = onEnd;
    this.lastUsed = clock.now();
    this.#http = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      onsessionclosed: () => void this.end('The session was ended by its client.'),
    });
    child.onmessage = (message) => this.#toClient(message);
    child.onclose = (reason) => void this.end(reason);
    this.#rest();
  }

  /** Whether a request or a stream is open. */
  get busy(): boolean {
    return this.#exchanges > 0;
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
    let message: JSONRPCMessage | undefined;
    let response: Response;
    try {
      if (large) await ownTurn();
      if (this.#ended) throw new Error('The session ended meanwhile.');
      message = body === undefined ? undefined : (parseExact(body) as JSONRPCMessage);
      const web = new Request('http://stdio.invalid/mcp', { method, headers });
      response = await this.#http.handleRequest(web, { parsedBody: message });
    } catch (error) {
      this.#exchanges -= 1;
      this.#rest();
      throw new UpstreamError('The session could not take the request. Start a new one.', {
        reached: false,
        ofSession: true,
        cause: error,
      });
    }
    const listens = method === 'GET' && response.status === 200;
    if (listens) this.#listening += 1;
    if (large) await ownTurn();
    // What the SDK hands on itself is a copy without the members that it does not know.
    const id = message && response.ok ? this.#toChild(message) : undefined;
    return this.#answer(response, signal, () => {
      this.#exchanges -= 1;
      if (listens) this.#listening -= 1;
      if (id !== undefined && this.#open.has(id)) this.#cancel(id);
      this.#rest();
    });
  }

  /** Ends the session and its child; open requests are answered with `reason` as error. */
  end(reason: string): Promise<void> {
    this.#ended ??= this.#end(reason);
    return this.#ended;
  }

  async #end(reason: string): Promise<void> {
    this.#cancelIdle();
    this.#onEnd();
    for (const id of this.#open.keys()) {
      this.#http
        .send({ jsonrpc: '2.0', id, error: { code: ErrorCode.ConnectionClosed, message: reason } })
        .catch(ignore);
    }
    this.#open.clear();
    // The child goes, whatever becomes of its HTTP side.
    await this.#http.close().catch(ignore);
    await this.#child.close();
  }

  /** Returns the id of a request. */
  #toChild(message: JSONRPCMessage): RequestId | undefined {
    // A child that is gone ends the session, which answers what is open.
    this.#child.send(message).catch(ignore);
    if (!('method' in message && 'id' in message)) return undefined;
    this.#open.set(message.id, message.params?._meta?.progressToken);
    return message.id;
  }

  #toClient(message: JSONRPCMessage): void {
    if (!('method' in message)) {
      if (message.id !== undefined) this.#open.delete(message.id);
      // Nobody waits for the answer of a request that was cancelled.
      this.#http.send(message).catch(ignore);
      return;
    }
    const relatedRequestId = this.#relatedRequest(message);
    this.#http.send(message, relatedRequestId === undefined ? {} : { relatedRequestId }).catch(ignore);
  }

  /** Progress names its request. The rest goes to the GET stream, or else along with the newest request. */
  #relatedRequest(message: {
    method: string;
    params?: Record<string, unknown> | undefined;
  }): RequestId | undefined {
    const ids = [...this.#open.keys()];
    if (message.method === 'notifications/progress') {
      const token = message.params?.progressToken;
      return ids.find((id) => this.#open.get(id) === token);
    }
    return this.#listening > 0 ? undefined : ids.at(-1);
  }

  /** A stream that was left cannot be resumed here, so the child need not go on. */
  #cancel(requestId: RequestId): void {
    this.#open.delete(requestId);
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

function cancelled(reached: boolean): UpstreamError {
  return new UpstreamError('The request was cancelled.', { reached });
}

function ignore(): void {}
