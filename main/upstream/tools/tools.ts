import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { isJsonObject, type Json } from '../../../shared/json.ts';
import { inTurns } from '../../base/turns.ts';
import type { Upstream } from '../upstream.ts';
import { explainToolListFailure, isOlderHandshakeRefused, ToolListError } from './error.ts';
import { type FetchLike, upstreamFetch } from './fetch.ts';
import { createToolMeasure, TOO_LARGE } from './measure.ts';
import { askModern } from './modern.ts';
import { type ToolDefinition, toDefinition, toolPage } from './page.ts';

export { explainStatus, ToolListError } from './error.ts';
export { type ToolDefinition, toDefinition } from './page.ts';

/** The most pages that are read; a server may send empty pages with a cursor for ever. */
const MAX_PAGES = 100;
/** How long saying goodbye to a session may take, in milliseconds. */
const GOODBYE = 2000;

/** How often it is looked at whether the upstream is starting, in milliseconds. */
const LOOK_EVERY = 1000;
/** The longest that a timer can wait, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What an upstream offers, and who it says it is. */
export interface ToolList {
  server: { name: string; version: string };
  tools: ToolDefinition[];
}

/**
 * Reads the whole tool list of `upstream`, in whichever MCP revision it speaks: with a handshake, or
 * without one (2026-07-28) where the handshake is refused.
 *
 * @param timeoutMs for everything together, in milliseconds; from then on when the upstream was starting last
 * @param onStarting told what the upstream says while it is starting, now and then
 * @throws {ToolListError} in words for people
 */
export async function readTools(
  upstream: Upstream,
  {
    signal,
    timeoutMs,
    onStarting = () => {},
  }: { signal?: AbortSignal; timeoutMs: number; onStarting?: (says: string) => void },
): Promise<ToolList> {
  const { signal: deadline, stop: done } = createDeadline(upstream, timeoutMs, onStarting);
  const tooLarge = new AbortController();
  const stop = AbortSignal.any([deadline, tooLarge.signal, ...(signal ? [signal] : [])]);
  const send = upstreamFetch(upstream, () => tooLarge.abort());
  const fetch: FetchLike = (url, init = {}) => {
    // Nothing is expected on the stream that the SDK opens with GET.
    if (init.method === 'GET') return Promise.resolve(new Response(null, { status: 405 }));
    return send(url, { ...init, signal: init.signal ? AbortSignal.any([init.signal, stop]) : stop });
  };
  try {
    return await readWithHandshake(fetch, send, stop);
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
    throw explainToolListFailure(error);
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

async function readWithHandshake(fetch: FetchLike, send: FetchLike, signal: AbortSignal): Promise<ToolList> {
  const client = new Client({ name: 'greenlight', version: '1.0.0' });
  const transport = new StreamableHTTPClientTransport(new URL('http://upstream.invalid/mcp'), { fetch });
  // The signal says when it is too late.
  const options = { signal, timeout: LONGEST_TIMER };
  try {
    // The SDK's classes do not declare their optional callbacks as `| undefined`.
    await client.connect(transport as Parameters<Client['connect']>[0], options);
    const { name = 'unknown', version = '' } = client.getServerVersion() ?? {};
    const { tools } = await collect((cursor) =>
      client.request(
        { method: 'tools/list', params: cursor === undefined ? {} : { cursor } },
        toolPage,
        options,
      ),
    );
    return { server: { name, version }, tools };
  } finally {
    await endSession(send, transport);
    await client.close();
  }
}

/** Ends the session at the server, even when time is up; failing to is of no consequence. */
async function endSession(send: FetchLike, { sessionId, protocolVersion }: StreamableHTTPClientTransport) {
  if (sessionId === undefined) return;
  const headers = {
    'mcp-session-id': sessionId,
    ...(protocolVersion === undefined ? {} : { 'mcp-protocol-version': protocolVersion }),
  };
  const signal = AbortSignal.timeout(GOODBYE);
  const answer = await send('', { method: 'DELETE', headers, signal }).catch(() => undefined);
  await answer?.body?.cancel().catch(() => {});
}

interface Page {
  tools: Json[];
  nextCursor?: string | undefined;
  server?: ToolList['server'] | undefined;
}

/** Reads page after page, within bounds, until there is no cursor or one that was there before. What is no tool is left out. */
async function collect(readPage: (cursor: string | undefined) => Promise<Page>): Promise<ToolList> {
  const tools = new Map<string, ToolDefinition>();
  let server: ToolList['server'] | undefined;
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
    }
    cursor = read.nextCursor;
    if (cursor === undefined || before.has(cursor))
      return { server: server ?? { name: 'unknown', version: '' }, tools: [...tools.values()] };
    before.add(cursor);
  }
  throw new ToolListError(
    'not-mcp',
    `The upstream's tool list does not end: more than ${MAX_PAGES} pages. Greenlight does not work with it.`,
  );
}
