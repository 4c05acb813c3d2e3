/**
 * Event streams (WHATWG HTML, *Server-sent events*) as the proxy needs them: each event is handed on as it
 * was written, with its id, type, retry and comments, unless its data must change. A parser that only
 * gives the data would lose what resumption depends on.
 */

/** Bytes of one event; more is not MCP. */
const LARGEST_EVENT = 64 * 1024 * 1024;

/** One event's text without the blank line that ends it, and its data lines joined. */
export interface StreamEvent {
  text: string;
  /** `undefined`: the event has no data field (a comment, a retry). */
  data: string | undefined;
  type: string;
}

/** Splits a stream of bytes into events, as they become complete. An incomplete last one is dropped, as clients do. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let buffer = '';
  let searched = 0;
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    for (;;) {
      const end = blankLine(buffer, searched);
      if (!end) break;
      yield parseEvent(buffer.slice(0, end.start));
      buffer = buffer.slice(end.end);
      searched = 0;
    }
    // The blank line may be split between two chunks: look at the last three characters again.
    searched = Math.max(0, buffer.length - 3);
    if (buffer.length > LARGEST_EVENT) throw new Error('An event of the stream is larger than 64 MiB.');
  }
}

/** Where the next blank line starts and ends. A lone CR at the very end may be half of a CRLF: wait for more. */
function blankLine(text: string, from: number): { start: number; end: number } | undefined {
  for (let i = from; i < text.length; i++) {
    const first = lineEnd(text, i);
    if (first === 0) continue;
    const second = lineEnd(text, i + first);
    if (second > 0) return { start: i, end: i + first + second };
  }
  return undefined;
}

/** The length of the line ending at `at`; 0 where there is none, or where more text must decide. */
function lineEnd(text: string, at: number): number {
  if (text[at] === '\n') return 1;
  if (text[at] !== '\r' || at + 1 >= text.length) return 0;
  return text[at + 1] === '\n' ? 2 : 1;
}

function parseEvent(text: string): StreamEvent {
  let data: string | undefined;
  let type = 'message';
  for (const line of text.split(/\r\n|\r|\n/)) {
    const field = fieldOf(line);
    if (field.name === 'data') data = data === undefined ? field.value : `${data}\n${field.value}`;
    else if (field.name === 'event' && field.value !== '') type = field.value;
  }
  return { text, data, type };
}

function fieldOf(line: string): { name: string; value: string } {
  const colon = line.indexOf(':');
  if (colon === -1) return { name: line, value: '' };
  const value = line.slice(colon + 1);
  return { name: line.slice(0, colon), value: value.startsWith(' ') ? value.slice(1) : value };
}

/** The event as text to send, with `data` in place of its own data if given. JSON text holds no line ends. */
export function eventText(event: StreamEvent, data?: string): string {
  if (data === undefined) return `${event.text}\n\n`;
  const kept = event.text.split(/\r\n|\r|\n/).filter((line) => fieldOf(line).name !== 'data');
  return `${[...kept, `data: ${data}`].join('\n')}\n\n`;
}

/** A JSON-RPC message as an event of its own. */
export function messageEvent(message: unknown): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}
