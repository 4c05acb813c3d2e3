import type { ServerResponse } from 'node:http';
import { isJsonObject, ownMember } from '../../shared/json.ts';
import { messageEvent } from './event-stream.ts';
import { crowded, faultMessage } from './faults.ts';
import type { Held } from './held.ts';
import type { RequestId } from './messages.ts';

/** How often a comment keeps a waiting event stream open (ms): well under the idle timeouts in the field. */
const KEEP_ALIVE_EVERY = 10_000;

const COMMENT = ': waiting for approval\n\n';

/**
 * The answer to one request of a client: plain JSON, or an event stream once there is a reason to start
 * one before the answer is known. What is sent to a client that has left is dropped.
 */
export interface Reply {
  readonly streaming: boolean;
  /** What the answer holds of the memory that all share, until the client has read it or left. */
  readonly held: Held;
  /** Starts an event stream, unless there is one. */
  startStream(headers?: Record<string, string>): void;
  /** Keeps the stream open with comments, timed by `every`, until the answer begins. */
  keepOpen(every: (ms: number, task: () => void) => () => void): void;
  /** Sends one message on the stream. */
  send(message: unknown): void;
  /**
   * Sends text of the stream; when the client reads slower than that, the promise resolves once it has
   * caught up or left. Returns `false` when it has left.
   */
  write(text: string): Promise<void> | boolean;
  /** The answer begins: no more comments. */
  settle(): void;
  /** Answers with one JSON-RPC message, on the stream if there is one. */
  end(message: unknown, status?: number, headers?: Record<string, string>): void;
  /** Answers with `body` as it is, or, without one, with the status alone. */
  endRaw(body: Buffer | undefined, status: number, headers: Record<string, string>): void;
  /** Ends the stream. */
  endStream(): void;
}

/** The reply that is written to `res`. */
export function createReply(res: ServerResponse, held: Held, { streamsOnly = false } = {}): Reply {
  res.once('close', held.end);
  let streaming = false;
  let stopComments = () => {};
  const left = () => res.destroyed || res.writableEnded;
  function startStream(headers = {}) {
    if (streaming || left()) return;
    streaming = true;
    res.writeHead(200, { ...streamHeaders, ...headers });
    res.flushHeaders();
  }
  return {
    get streaming() {
      return streaming;
    },
    held,
    startStream,
    keepOpen(every) {
      const comment = () => {
        if (!left()) res.write(COMMENT);
      };
      comment();
      stopComments = every(KEEP_ALIVE_EVERY, comment);
    },
    send(message) {
      if (streaming && !left()) res.write(messageEvent(JSON.stringify(message)));
    },
    write(text) {
      if (left()) return false;
      return res.write(text) || drained(res);
    },
    settle: () => stopComments(),
    end(message, status = 200, headers = {}) {
      stopComments();
      if (left()) return;
      let text = JSON.stringify(message);
      if (!held.set(text.length)) text = JSON.stringify(faultMessage(idOf(message), crowded));
      if (streamsOnly && status === 200) startStream(headers);
      if (streaming) res.end(messageEvent(text));
      else endText(res, status, text, headers);
    },
    endRaw(body, status, headers) {
      if (left()) return;
      if (!body) return void res.writeHead(status, headers).end();
      if (streamsOnly && status === 200) {
        startStream(headers);
        return void res.end(messageEvent(body.toString()));
      }
      res.writeHead(status, { ...jsonHeaders(body.length), ...headers });
      res.end(body);
    },
    endStream() {
      if (!left()) res.end();
    },
  };
}

/** Resolves when `res` takes more, or is closed. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
  });
}

/** Headers of every event stream. `no-transform`: a compressing proxy in between would hold events back. */
const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-content-type-options': 'nosniff',
};

function jsonHeaders(length: number) {
  return {
    'content-type': 'application/json',
    'content-length': length,
    'x-content-type-options': 'nosniff',
  };
}

/** Ends `res` with a JSON body. */
export function endJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  endText(res, status, JSON.stringify(body), headers);
}

function endText(res: ServerResponse, status: number, text: string, headers: Record<string, string>): void {
  res.writeHead(status, { ...jsonHeaders(Buffer.byteLength(text)), ...headers });
  res.end(text);
}

function idOf(message: unknown): RequestId | null {
  const id = isJsonObject(message) ? ownMember(message, 'id') : undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
