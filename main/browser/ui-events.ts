import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import type { Api } from '../api/api.ts';

/** How often a comment shows a window that its event stream is alive (ms). */
const KEEP_ALIVE_EVERY = 15_000;

/**
 * Characters that may wait for a window that does not read (a page whose machine sleeps). A change of policy tells of
 * every call that waits at once, and each may have up to 1 MiB.
 */
const MOST_UNREAD = 32 * 1024 * 1024;

/**
 * Answers with every event of `api` as server-sent events, until the window goes or `closing` is aborted. A
 * window that does not keep up is cut off: it connects anew and asks for what it missed.
 */
export function streamEvents(
  c: Context<{ Bindings: HttpBindings }>,
  api: Api,
  closing: AbortSignal,
): Response {
  return streamSSE(c, async (stream) => {
    let unread = 0;
    const write = async (text: string) => {
      unread += text.length;
      if (unread > MOST_UNREAD) c.env.outgoing.destroy();
      else await stream.write(text);
      unread -= text.length;
    };
    const unsubscribe = api.subscribe((event, data) => {
      void write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    });
    const alive = setInterval(() => void write(': alive\n\n'), KEEP_ALIVE_EVERY);
    const over = Promise.withResolvers<void>();
    stream.onAbort(() => over.resolve());
    const close = () => over.resolve();
    closing.addEventListener('abort', close);
    await write(': connected\n\n');
    await over.promise;
    clearInterval(alive);
    closing.removeEventListener('abort', close);
    unsubscribe();
  });
}
