import type { Network } from '../../base/network/network.ts';
import { isLoopback } from '../../base/network/proxies.ts';
import type { FetchLike } from '../tools/fetch.ts';

/** How long one request of a sign-in may take (ms), and how many bytes its answer may have. */
const LIMIT = 15_000;
const LARGEST = 256 * 1024;

/** Why an address was not asked. */
export class UnsafeAddress extends Error {
  override readonly name = 'UnsafeAddress';
}

/**
 * Whether a server at `upstream` may send Greenlight, or the person, to `url` to sign in: over TLS only, and to what is on
 * this computer only where it is there itself. It says where, and is not trusted.
 */
export function isAllowed(url: URL, upstream: URL): boolean {
  if (url.username || url.password) return false;
  return isLoopback(upstream)
    ? url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
    : url.protocol === 'https:' && !isLoopback(url);
}

/** What the SDK is to use as `fetch` for a sign-in to `upstream`. `failed` is told of errors, which the SDK may swallow. */
export function guardedFetch(
  network: Network,
  upstream: URL,
  { signal, failed }: { signal?: AbortSignal | undefined; failed?: (error: unknown) => void } = {},
): FetchLike {
  return async (address, init = {}) => {
    const url = new URL(address);
    try {
      if (url.href !== upstream.href && !isAllowed(url, upstream)) throw new UnsafeAddress(url.origin);
      const deadline = AbortSignal.timeout(LIMIT);
      const answer = await network.fetch(url, {
        method: init.method ?? 'GET',
        headers: Object.fromEntries(new Headers(init.headers)),
        body: init.body === undefined || init.body === null ? null : String(init.body),
        // The SDK follows those that stay at the same server.
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      });
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of answer.body ?? []) {
        size += chunk.length;
        if (size > LARGEST) throw new Error('the answer is larger than 256 KiB');
        chunks.push(chunk);
      }
      const empty = [101, 204, 205, 304].includes(answer.status);
      return new Response(empty ? null : Buffer.concat(chunks), {
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
      });
    } catch (error) {
      failed?.(error);
      throw error;
    }
  };
}
