/**
 * Event streams (WHATWG HTML, *Server-sent events*) as the proxy needs them: each event is handed on as it
 * was written, with its id, type, retry and comments, unless its data must change. A parser that only
 * gives the data would lose what resumption depends on.
 */

/** Characters of one event; more is not MCP. */
const LARGEST_EVENT = 64 * 1024 * 1024;

/** Two line ends in a row. A line ends with CRLF, LF or CR; CR and the LF after it never count twice. */
const BLANK_LINE = /(?:\r\n|\n|\r(?!\n)){2}/;

const LINE_END = /\r\n|\r|\n/;

/** One event's text without the blank line that ends it. */
export interface StreamEvent {
  text: string;
  /** Its data lines, joined; `undefined`: it has none (a comment, a retry). */
  data: string | undefined;
  /** Whether it carries an id, by which a client can resume after it. */
  hasId: boolean;
}

/**
 * Splits a stream of bytes into events, each as soon as it is complete. An incomplete last one is dropped,
 * as clients do. Throws when an event is larger than 64 Mi characters.
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  const blankLine = new RegExp(BLANK_LINE, 'g');
  let buffer = '';
  /** Up to here there is no blank line. */
  let searched = 0;
  /** The last event ended with a CR at the end of a chunk: an LF that follows belongs to it. */
  let endedWithCr = false;
  for await (const chunk of body) {
    let text = decoder.decode(chunk, { stream: true });
    if (text === '') continue;
    if (endedWithCr && text[0] === '\n') text = text.slice(1);
    buffer += text;
    let start = 0;
    blankLine.lastIndex = searched;
    for (let blank = blankLine.exec(buffer); blank; blank = blankLine.exec(buffer)) {
      yield parseEvent(buffer.slice(start, blank.index));
      start = blankLine.lastIndex;
    }
    endedWithCr = start > 0 && start === buffer.length && buffer.endsWith('\r');
    buffer = buffer.slice(start);
    // The blank line may be split between two chunks: look at the last three characters again.
    searched = Math.max(0, buffer.length - 3);
    if (buffer.length > LARGEST_EVENT) throw new Error('An event of the stream is larger than 64 MiB.');
  }
}

function parseEvent(text: string): StreamEvent {
  let data: string | undefined;
  let hasId = false;
  for (const line of text.split(LINE_END)) {
    const { name, value } = fieldOf(line);
    if (name === 'data') data = data === undefined ? value : `${data}\n${value}`;
    else if (name === 'id') hasId = value !== '';
  }
  return { text, data, hasId };
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
  const kept = event.text.split(LINE_END).filter((line) => fieldOf(line).name !== 'data');
  return `${[...kept, `data: ${data}`].join('\n')}\n\n`;
}

/** A JSON-RPC message, as JSON text, as an event of its own. */
export function messageEvent(json: string): string {
  return `event: message\ndata: ${json}\n\n`;
}
