import { createParser, type EventSourceMessage } from 'eventsource-parser';

/**
 * Reads a `text/event-stream` body (WHATWG HTML, server-sent events) until it ends, handing each message to
 * `onMessage`. Rejects when the connection breaks or `onMessage` throws.
 */
export async function readEventStream(
  body: ReadableStream<Uint8Array>,
  onMessage: (message: EventSourceMessage) => void,
): Promise<void> {
  const parser = createParser({ onEvent: onMessage });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    // Whatever ended the reading, the connection is not kept; that it is already gone is no news.
    reader.cancel().catch(() => undefined);
  }
}
