import type { ServerResponse } from 'node:http';
import { messageEvent } from './event-stream.ts';

/** How often a comment keeps a waiting event stream open (ms): well under the idle timeouts in the field. */
const KEEP_ALIVE_EVERY = 10_000;

/**
 * The answer to one request of a client: plain JSON, or an event stream once there is a reason to start
 * one before the answer is known.
 */
export interface Reply {
  readonly res: ServerResponse;
  readonly streaming: boolean;
  /** Starts an event stream and keeps it open with comments until the answer begins. */
  startStream(every: (ms: number, task: () => void) => () => void): void;
  /** Sends one message on the stream. */
  send(message: unknown): void;
  /** The answer begins: no more comments. */
  settle(): void;
  /** Answers with one JSON-RPC message, on the stream if there is one. */
  end(message: unknown, status?: number, headers?: Record<string, string>): void;
}

/** The reply that is written to `res`. */
export function createReply(res: ServerResponse): Reply {
  let streaming = false;
  let stopComments = () => {};
  return {
    res,
    get streaming() {
      return streaming;
    },
    startStream(every) {
      streaming = true;
      res.writeHead(200, streamHeaders);
      res.write(': waiting for approval\n\n');
      stopComments = every(KEEP_ALIVE_EVERY, () => res.write(': waiting for approval\n\n'));
    },
    send(message) {
      if (streaming && !res.writableEnded) res.write(messageEvent(message));
    },
    settle: () => stopComments(),
    end(message, status = 200, headers = {}) {
      stopComments();
      if (res.writableEnded || res.destroyed) return;
      if (streaming) res.end(messageEvent(message));
      else endJson(res, status, message, headers);
    },
  };
}

/** Headers of every event stream. `no-transform`: a compressing proxy in between would hold events back. */
export const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-content-type-options': 'nosniff',
};

/** Ends `res` with a JSON body. */
export function endJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  res.end(text);
}
