/** An upstream over stdio, by itself: what is sent to it, and what was logged of its child's standard error. */
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Logger } from '../../main/base/ports.ts';
import { createStdioUpstream, type StdioUpstreamSettings } from '../../main/upstream/stdio/stdio.ts';
import type { Upstream } from '../../main/upstream/upstream.ts';

/** The scripted server over stdio. */
export const stdioServer = fileURLToPath(new URL('../servers/stdio.ts', import.meta.url));

/** The scripted server as upstream, until the test ends; `lines` is what was logged of its standard error. */
export function startStdio(over: Partial<StdioUpstreamSettings> = {}): {
  upstream: Upstream;
  lines: string[];
} {
  const lines: string[] = [];
  const note = (details: object) => {
    if ('line' in details) lines.push(String(details.line));
  };
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const upstream = createStdioUpstream({ command: process.execPath, args: [stdioServer], logger, ...over });
  onTestFinished(() => upstream.close());
  return { upstream, lines };
}

/** A request to an upstream that posts `message`. */
export function post(
  message: object,
  headers: Record<string, string> = {},
  signal = new AbortController().signal,
) {
  return {
    method: 'POST' as const,
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    signal,
  };
}
