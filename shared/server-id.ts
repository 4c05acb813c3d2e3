import { dashed } from './dashed.ts';

/** The server that is always there, and first. */
export const LUMA = 'luma';

/** How a server is called in addresses. */
export const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** Where a server is, by `mcpUrl`, that of {@link LUMA}. */
export function mcpUrlOf(mcpUrl: string, server: string): string {
  return server === LUMA ? mcpUrl : `${mcpUrl}/${server}`;
}

/** Servers beside {@link LUMA}, at most: each has connections, and perhaps processes, of its own. */
export const MOST_SERVERS = 50;

/** A slug for a server that is called `name`, which none of `taken` is. */
export function slugOf(name: string, taken: Iterable<string>): string {
  const known = new Set([LUMA, ...taken]);
  const words = dashed(name, 36);
  const slug = words === '' ? 'server' : words;
  for (let count = 1; ; count += 1) {
    const one = count === 1 ? slug : `${slug}-${count}`;
    if (!known.has(one)) return one;
  }
}
