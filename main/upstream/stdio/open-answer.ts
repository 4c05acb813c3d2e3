import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { Json } from '../../../shared/json.ts';
import { type UpstreamAnswer, UpstreamError } from '../upstream.ts';

/** How soon (ms) the answer must be there to be the whole body; later it is an event of a stream, which begins then. */
const SOON = 1_000;

/** The HTTP answer to one request, as its child's messages make it. */
export interface OpenAnswer {
  /** Resolves once there is a first message, or it takes long; rejects when the request is cancelled before. */
  readonly begun: Promise<UpstreamAnswer>;
  /** Adds a message; `line`: the very text that it was parsed from. `last`: it is the answer. */
  add(message: JSONRPCMessage, line: string | undefined, last: boolean): void;
  /** No more comes. */
  end(): void;
  /** Nobody wants it any more. */
  leave(): void;
}

/**
 * Opens the answer to a request of session `session`. `onHeld` is told by how many bytes more (or, negative, fewer)
 * wait to be read, `onDone` once, when all was read or the request was cancelled.
 */
export function openAnswer(
  session: string,
  signal: AbortSignal,
  { onHeld, onDone }: { onHeld: (bytes: number) => void; onDone: () => void },
): OpenAnswer {
  const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
  const slow = setTimeout(() => begin('text/event-stream'), SOON).unref();
  let waiting: Buffer[] = [];
  let begun = false;
  let ended = false;
  let done = false;
  let wake = () => {};

  function begin(type: string, whole?: UpstreamAnswer['whole']): void {
    if (begun) return;
    begun = true;
    clearTimeout(slow);
    const headers = new Map([
      ['content-type', type],
      ['mcp-session-id', session],
    ]);
    resolve({
      status: 200,
      header: (name) => headers.get(name),
      body: { [Symbol.asyncIterator]: read },
      ...(whole && { whole }),
    });
  }

  function push(text: string): void {
    const bytes = Buffer.from(text);
    waiting.push(bytes);
    onHeld(bytes.length);
  }

  async function* read() {
    try {
      while (!done) {
        const chunk = waiting.shift();
        if (chunk) {
          onHeld(-chunk.length);
          yield chunk;
        } else if (ended) break;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
      if (signal.aborted) throw cancelled(true);
    } finally {
      leave();
    }
  }

  function leave(): void {
    if (done) return;
    done = true;
    clearTimeout(slow);
    signal.removeEventListener('abort', leave);
    for (const { length } of waiting) onHeld(-length);
    waiting = [];
    if (!begun) reject(cancelled(true));
    begun = true;
    wake();
    onDone();
  }

  signal.addEventListener('abort', leave);
  return {
    begun: promise,
    add(message, line, last) {
      if (done || ended) return;
      ended = last;
      if (last && !begun) {
        const text = line ?? JSON.stringify(message);
        push(text);
        begin('application/json', () => {
          leave();
          return { text, message: message as Json };
        });
      } else {
        begin('text/event-stream');
        // Not the line: a carriage return in it would end the event's.
        push(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
      }
      wake();
    },
    end() {
      ended = true;
      begin('text/event-stream');
      wake();
    },
    leave,
  };
}

export function cancelled(reached: boolean): UpstreamError {
  return new UpstreamError('The request was cancelled.', { reached });
}
