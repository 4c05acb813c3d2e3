import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  eventText,
  LargeEvent,
  messageEvent,
  readEvents,
  type StreamEvent,
} from '../../../main/proxy/event-stream.ts';

async function read(chunks: Iterable<Uint8Array | string>): Promise<StreamEvent[]> {
  async function* body() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
  const events: StreamEvent[] = [];
  for await (const event of readEvents(body())) events.push(event);
  return events;
}

/** What a client makes of a stream. */
function asClient(text: string): unknown[] {
  const seen: unknown[] = [];
  const parser = createParser({
    onEvent: (event) => seen.push(event),
    onId: (id) => seen.push({ id }),
    onComment: (comment) => seen.push({ comment }),
    onRetry: (retry) => seen.push({ retry }),
  });
  parser.feed(text);
  return seen;
}

const line = fc.oneof(
  fc.constantFrom('data', 'data:', 'data: ', 'id:', 'id: 7', 'event: message', 'retry: 20', ':', ': hello'),
  fc.json().map((json) => `data: ${json}`),
  fc.string({ unit: 'grapheme' }).map((text) => `data:${text.replaceAll(/[\r\n]/g, '')}`),
  fc.constantFrom('unknown: field', 'data: ü€🎬', 'data:  two blanks', 'DATA: not data'),
);
const event = fc.array(line, { minLength: 1, maxLength: 5 });
const stream = fc
  .tuple(fc.array(event, { maxLength: 6 }), fc.constantFrom('\n', '\r\n', '\r'))
  .map(([events, end]) => events.map((lines) => lines.map((text) => text + end).join('') + end).join(''));

/** The same bytes, cut anywhere, also within a character or between CR and LF. */
function cut(text: string, sizes: number[]): Uint8Array[] {
  const bytes = Buffer.from(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = sizes[chunks.length % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 });

describe('reading events', () => {
  test('does not depend on how the stream was cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(stream, sizes, async (text, sizes) => {
        expect(await read(cut(text, sizes))).toEqual(await read([text]));
      }),
      { numRuns: 500 },
    );
  });

  test('hands on what a client would see, with ids, retries and comments', async () => {
    await fc.assert(
      fc.asyncProperty(stream, sizes, async (text, sizes) => {
        const events = await read(cut(text, sizes));
        expect(asClient(events.map((event) => eventText(event)).join(''))).toEqual(asClient(text));
      }),
      { numRuns: 20_000 },
    );
  });

  test('takes as long again for twice as much, however large an event is', async () => {
    /** Processor time to read one event of `size` characters in chunks of 4 KiB, at best. */
    async function cost(size: number): Promise<number> {
      const chunks = Array.from({ length: size / 4096 }, () => Buffer.alloc(4096, 'x'));
      let best = Number.POSITIVE_INFINITY;
      for (let run = 0; run < 3; run += 1) {
        const before = process.cpuUsage();
        const [event] = await read(['id: 1\ndata: ', ...chunks, '\n\n']);
        expect(event?.data?.length).toBe(size);
        const { user, system } = process.cpuUsage(before);
        best = Math.min(best, user + system);
      }
      return best;
    }
    await cost(2 ** 17);
    // Linear: 16. Looking through what was there for each chunk: 256.
    expect((await cost(2 ** 21)) / (await cost(2 ** 17))).toBeLessThan(80);
  });

  test('gives up on an event that is too large', async () => {
    function* endless() {
      yield 'data: ';
      const chunk = Buffer.alloc(2 ** 20, 'x');
      for (let n = 0; n < 10; n += 1) yield chunk;
    }
    await expect(read(endless())).rejects.toBeInstanceOf(LargeEvent);
  });

  test('hands on an event as soon as its blank line is there, whichever line end is used', async () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const { promise: never } = Promise.withResolvers<void>();
      async function* open() {
        yield Buffer.from(`id: 1${end}data: {"a":1}${end}${end}`);
        await never;
      }
      const first = await readEvents(open()).next();
      expect(first.value).toMatchObject({ data: '{"a":1}', hasId: true });
    }
  });

  test('counts a CR at the end of one chunk and the LF of the next as one line end', async () => {
    const events = await read(['data: 1\r\n\r', '\ndata: 2\r\n', '\r\n']);
    expect(events.map(({ data }) => data)).toEqual(['1', '2']);
    expect((await read(['data: 1\r', '\n', 'data: 2\r', '\n\r', '\n'])).map(({ data }) => data)).toEqual([
      '1\n2',
    ]);
  });

  test('drops an event that was not finished', async () => {
    expect(await read(['data: 1\n\ndata: 2\n'])).toEqual([{ head: '', data: '1', hasId: false }]);
  });

  test('tells data that is empty from no data', async () => {
    const events = await read([': comment\n\nid: 3\ndata:\n\nretry: 5\n\nid: 4\n\n']);
    expect(events.map(({ data, hasId }) => [data, hasId])).toEqual([
      [undefined, false],
      ['', true],
      [undefined, false],
      [undefined, true],
    ]);
  });

  test('ignores a byte order mark', async () => {
    expect(await read(['\ufeffdata: 1\n\n'])).toMatchObject([{ data: '1' }]);
  });
});

describe('writing events', () => {
  test('changed data keeps the id, the type, the retry and the comments', async () => {
    const events = await read([
      ': note\r\nid: 9\r\nevent: message\r\nretry: 20\r\ndata: {\r\ndata: }\r\n\r\n',
    ]);
    const texts = events.map((event) => eventText(event, event.data === undefined ? undefined : '{"b":1}'));
    expect(texts.join('')).toBe(': note\n\nretry: 20\n\nid: 9\nevent: message\ndata: {"b":1}\n\n');
  });

  test('a message is read back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (message) => {
        const [event] = await read([messageEvent(JSON.stringify(message))]);
        expect(JSON.parse(event?.data ?? '')).toEqual(JSON.parse(JSON.stringify(message)));
      }),
    );
  });
});
