import { isJsonObject } from '../../../shared/json.ts';
import type { Place } from '../../../shared/server-words.ts';
import { inTurns } from '../../base/turns.ts';
import type { Upstream } from '../upstream.ts';
import { explainToolListFailure, isOlderHandshakeRefused, ToolListError } from './error.ts';
import { type FetchLike, upstreamFetch } from './fetch.ts';
import { openByHandshake } from './handshake.ts';
import { createToolMeasure, TOO_LARGE } from './measure.ts';
import { askModern } from './modern.ts';
import { type Page, type ToolDefinition, toDefinition, toolPage } from './page.ts';

export { explainStatus, ToolListError } from './error.ts';
export { type ToolDefinition, toDefinition } from './page.ts';

/** The most pages that are read; a server may send empty pages with a cursor for ever. */
const MAX_PAGES = 100;

/** How often it is looked at whether the upstream is starting, in milliseconds. */
const LOOK_EVERY = 1000;

/** What an upstream offers, and who it says it is. */
export interface ToolList {
  server: { name: string; version: string };
  tools: ToolDefinition[];
  /** Entries of the list that are no tools: they have no name. */
  leftOut: number;
}

/**
 * Reads the whole tool list of `upstream`, in whichever MCP revision it speaks: with a handshake, or
 * without one (2026-07-28) where the handshake is refused.
 *
 * @param timeoutMs for everything together, in milliseconds; from then on when the upstream was starting last
 * @param onStarting told what the upstream says (perhaps nothing) while it is starting, now and then
 * @param place the page on which the person sees to it
 * @throws {ToolListError} in words for people
 */
export async function readTools(
  upstream: Upstream,
  {
    signal,
    timeoutMs,
    onStarting = () => {},
    place = 'Settings',
  }: { signal?: AbortSignal; timeoutMs: number; onStarting?: (says: string) => void; place?: Place },
): Promise<ToolList> {
  const { signal: deadline, stop: done } = createDeadline(upstream, timeoutMs, onStarting);
  const tooLarge = new AbortController();
  const stop = AbortSignal.any([deadline, tooLarge.signal, ...(signal ? [signal] : [])]);
  const send = upstreamFetch(upstream, () => tooLarge.abort());
  const fetch: FetchLike = (url, init) => send(url, { ...init, signal: stop });
  try {
    return await readWithHandshake(fetch, send);
  } catch (error) {
    if (isOlderHandshakeRefused(error) && !stop.aborted) {
      const list = await collect((cursor) => askModern(fetch, cursor)).catch(() => undefined);
      if (list) return list;
    }
    if (signal?.aborted)
      throw new ToolListError('unreachable', 'Reading the tool list was cancelled.', error);
    if (tooLarge.signal.aborted) throw new ToolListError('not-mcp', TOO_LARGE, error);
    if (deadline.aborted) {
      throw new ToolListError(
        'timeout',
        'The upstream did not send its tool list in time. Retry later.',
        error,
      );
    }
    throw explainToolListFailure(error, place, upstream);
  } finally {
    done();
  }
}

/** Aborts `timeoutMs` after the start, or after the upstream was starting last. */
function createDeadline(
  upstream: Upstream,
  timeoutMs: number,
  onStarting: (says: string) => void,
): { signal: AbortSignal; stop(): void } {
  const over = new AbortController();
  let left = timeoutMs;
  const look = () => {
    const says = upstream.starting?.();
    if (says === undefined) left -= every;
    else {
      left = timeoutMs;
      onStarting(says);
    }
    if (left <= 0) over.abort();
  };
  const every = Math.min(LOOK_EVERY, timeoutMs);
  const looking = setInterval(look, every);
  return { signal: over.signal, stop: () => clearInterval(looking) };
}

async function readWithHandshake(fetch: FetchLike, send: FetchLike): Promise<ToolList> {
  const opened = await openByHandshake(fetch, send);
  try {
    const list = await collect(async (cursor) =>
      toolPage(await opened.ask('tools/list', cursor === undefined ? {} : { cursor })),
    );
    return { ...list, server: opened.server };
  } finally {
    await opened.close();
  }
}

/** Reads page after page, within bounds, until there is no cursor or one that was there before. What is no tool is left out. */
async function collect(readPage: (cursor: string | undefined) => Promise<Page>): Promise<ToolList> {
  const tools = new Map<string, ToolDefinition>();
  let server: ToolList['server'] | undefined;
  let leftOut = 0;
  let cursor: string | undefined;
  const measure = createToolMeasure();
  const before = new Set<string>();
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const read = await readPage(cursor);
    server ??= read.server;
    await inTurns(read.tools.filter(isJsonObject), measure);
    for (const entry of read.tools) {
      const tool = toDefinition(entry);
      if (tool) tools.set(tool.name, tool);
      else leftOut += 1;
    }
    cursor = read.nextCursor;
    if (cursor === undefined || before.has(cursor))
      return { server: server ?? { name: 'unknown', version: '' }, tools: [...tools.values()], leftOut };
    before.add(cursor);
  }
  throw new ToolListError(
    'not-mcp',
    `The upstream's tool list does not end: more than ${MAX_PAGES} pages. Greenlight does not work with it.`,
  );
}
