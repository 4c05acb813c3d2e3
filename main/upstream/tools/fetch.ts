import { createMeasure, LARGEST_MESSAGE } from '../../base/message-bounds.ts';
import { type Upstream, UpstreamError } from '../upstream.ts';
import { TOO_LARGE } from './measure.ts';

/** The headers of an answer that MCP clients look at. */
const ANSWER_HEADERS = ['content-type', 'mcp-session-id', 'www-authenticate', 'retry-after'];
/** Statuses that have no body (Fetch standard, "null body status"). */
const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** Of lines of JSON, where no string goes over the end of one, and of an event stream. */
const LINE_END = /[\r\n]/;

/** What the SDK's transports take as `fetch`. */
export type FetchLike = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Makes any upstream look like `fetch`, so that Greenlight itself can ask it something, as any MCP client can.
 * The URL is ignored: an upstream is one endpoint. Rejects with `UpstreamError`. `onTooLarge` is told
 * of an answer that is larger than can be read at one go, and broken off: of a stream that breaks off a client may say
 * nothing.
 */
export function upstreamFetch(upstream: Upstream, onTooLarge = () => {}): FetchLike {
  return async (_url, init = {}) => {
    const left = new AbortController();
    const answer = await upstream.send({
      method: (init.method ?? 'GET') as 'POST' | 'GET' | 'DELETE',
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(typeof init.body === 'string' ? { body: init.body } : {}),
      signal: init.signal ? AbortSignal.any([init.signal, left.signal]) : left.signal,
    });
    const headers = new Headers();
    for (const name of ANSWER_HEADERS) {
      const value = answer.header(name);
      if (value !== undefined) headers.set(name, value);
    }
    const { status } = answer;
    if (NULL_BODY_STATUSES.has(status)) return new Response(null, { status, headers });
    return new Response(toStream(answer.body, left, onTooLarge), { status, headers });
  };
}

/**
 * A stream of `body`, which errs before it hands on more than can be read at one go; cancelling it aborts `left`, which
 * ends the exchange.
 */
function toStream(
  body: AsyncIterable<Uint8Array>,
  left: AbortController,
  onTooLarge: () => void,
): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  const measure = createMeasure();
  let length = 0;
  /** The line that has not ended. Names and structure of JSON can be told without knowing the encoding. */
  let line = '';
  const tooMuch = (chunk: Uint8Array) => {
    length += chunk.length;
    if (length > LARGEST_MESSAGE) return true;
    const lines = (line + Buffer.from(chunk).toString('latin1')).split(LINE_END);
    line = lines.pop() ?? '';
    return lines.some(measure);
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await chunks.next();
      if (!(chunk.done ? measure(line) : tooMuch(chunk.value)))
        return chunk.done ? controller.close() : controller.enqueue(chunk.value);
      left.abort();
      onTooLarge();
      controller.error(new UpstreamError(TOO_LARGE, { reached: true }));
    },
    cancel: () => left.abort(),
  });
}
