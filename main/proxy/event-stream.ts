/**
 * Event streams (WHATWG HTML, *Server-sent events*) as the proxy needs them: all that a client can make something
 * of is handed on, with ids, types, retries and comments; only data may change.
 */
import { createParser } from 'eventsource-parser';
import { LARGEST_MESSAGE } from '../base/message-bounds.ts';

/** One event, or what stands beside events: a comment, a retry, an id alone. */
export interface StreamEvent {
  /** The lines before its data, each with its line end. */
  head: string;
  /** Its data lines, joined; `undefined`: it has none. */
  data: string | undefined;
  /** Whether it carries an id, by which a client can resume after it. */
  hasId: boolean;
}

/** An event is larger than may be. */
export class LargeEvent extends Error {}

/**
 * Splits a stream of bytes into events, each as soon as it is complete, in linear time. An incomplete last one is
 * dropped, as clients do. Throws {@link LargeEvent} when an event has more than 4 Mi characters.
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  // The parser drops the byte order mark; a second one is text.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let found: StreamEvent[] = [];
  const alone = (head: string) => found.push({ head, data: undefined, hasId: false });
  const parser = createParser({
    maxBufferSize: LARGEST_MESSAGE,
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') throw new LargeEvent();
    },
    onComment: (comment) => alone(`: ${comment}\n`),
    onRetry: (retry) => alone(`retry: ${retry}\n`),
    onId: (id) => found.push({ head: `id: ${id}\n`, data: undefined, hasId: id !== '' }),
    onEvent({ id, event, data }) {
      // Its id was told just before.
      const { head, hasId } = (id === undefined ? undefined : found.pop()) ?? { head: '', hasId: false };
      found.push({ head: event === undefined ? head : `${head}event: ${event}\n`, data, hasId });
    },
  });
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    const complete = found;
    found = [];
    yield* complete;
  }
}

/** The event as text to send, with `data` in place of its own data if given. */
export function eventText({ head, data: own }: StreamEvent, data = own): string {
  return data === undefined ? `${head}\n` : `${head}data: ${data.replaceAll('\n', '\ndata: ')}\n\n`;
}

/** A JSON-RPC message, as JSON text, as an event of its own. */
export function messageEvent(json: string): string {
  return `event: message\ndata: ${json}\n\n`;
}
