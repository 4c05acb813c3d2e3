import { type Upstream, UpstreamError } from '../upstream.ts';

/** Bytes of one answer about tools; a thousand tools are a MiB or two. */
const LARGEST = 4 * 1024 * 1024;

/** The headers of an answer that MCP clients look at. */
const ANSWER_HEADERS = ['content-type', 'mcp-session-id', 'www-authenticate', 'retry-after'];
/** Statuses that have no body (Fetch standard, "null body status"). */
const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** What the SDK's transports take as `fetch`. */
export type FetchLike = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Makes any upstream look like `fetch`, so that Greenlight itself can talk to it with the SDK's client.
 * The URL is ignored: an upstream is one endpoint. Rejects with `UpstreamError`.
 */
export function upstreamFetch(upstream: Upstream): FetchLike {
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
    return new Response(toStream(answer.body, left), { status, headers });
  };
}

/** A stream of `body`; cancelling it aborts `left`, which ends the exchange. */
function toStream(body: AsyncIterable<Uint8Array>, left: AbortController): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  let length = 0;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await chunks.next();
      if (chunk.done) return controller.close();
      length += chunk.value.length;
      if (length <= LARGEST) return controller.enqueue(chunk.value);
      left.abort();
      controller.error(
        new UpstreamError(
          'The upstream sends a tool list of more than 4 MiB. Ask its operator for a shorter one.',
          {
            reached: true,
          },
        ),
      );
    },
    cancel: () => left.abort(),
  });
}
