/** What a child over stdio gets and says, message by message: with all digits, in order, and only so much. */
import { describe, expect, test, vi } from 'vitest';
import { post, startStdio } from '../../support/stdio-upstream.ts';
import { countTurns } from '../../support/turns.ts';

/** Says on standard error what it gets; a request's params come back as a notification's, a request's and its result. */
const mirror = `
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    process.stderr.write(line + '\\n');
    const say = (text) => process.stdout.write(text + '\\n');
    if (line.includes('"initialize"')) say('{"jsonrpc":"2.0","id":1,"result":{}}');
    if (line.includes('"vendor/plain"')) say('{"jsonrpc":"2.0", "id":7, "result":{"n":9007199254740993}}');
    if (line.includes('"vendor/slow"')) setTimeout(say, 1200, '{"jsonrpc":"2.0","id":7,"result":{"late":true}}');
    if (line.includes('"vendor/many"'))
      say('{"jsonrpc":"2.0","id":7,"result":{"list":[' + Array(10001).fill('1e-05') + ']}}');
    if (line.includes('"vendor/large"')) {
      const [unit, times] = JSON.parse(line).params.say;
      say('{"jsonrpc":"2.0","method":"notifications/vendor","params":{}}');
      say('{"jsonrpc":"2.0","id":7,"result":{"list":[' + unit.repeat(times).slice(0, -1) + ']}}');
    }
    if (!line.includes('"vendor/ask"')) return;
    const params = line.slice(line.indexOf('"params":') + 9, -1);
    say('{"jsonrpc":"2.0","method":"notifications/vendor","params":' + params + '}');
    say('{"jsonrpc":"2.0","id":"of-the-server","method":"vendor/ask","params":' + params + '}');
    say('{"jsonrpc":"2.0","id":7,"result":' + params + '}');
  });`;

async function startMirror() {
  const { upstream, lines } = startStdio({ args: ['-e', mirror] });
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'a', version: '1' },
  };
  const opened = await upstream.send(post({ id: 1, method: 'initialize', params }));
  const session = { 'mcp-session-id': opened.header('mcp-session-id') ?? '' };
  const answerTo = (body: string, over: object = {}) =>
    upstream.send({ ...post({}, session), body, ...over });
  /** What the answer holds, or its events. */
  const send = async (body: string) => {
    let text = '';
    const { body: chunks, header } = await answerTo(body);
    for await (const chunk of chunks) text += Buffer.from(chunk);
    if (header('content-type') === 'application/json') return [text];
    return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data);
  };
  return { answerTo, send, session, lines };
}

describe('numbers that JavaScript cannot give back keep every digit', () => {
  test.each(['9007199254740993', '2512292042121000001', '1e-400', '1e400', '0.1000000000000000055'])(
    '%s',
    async (number) => {
      const { send, lines } = await startMirror();
      const params = `{"_meta":${number},"list":[0,{"n":${number}}]}`;
      const request = `{"jsonrpc":"2.0","id":7,"method":"vendor/ask","params":${params}}`;
      expect(await send(request)).toEqual([
        `{"jsonrpc":"2.0","method":"notifications/vendor","params":${params}}`,
        `{"jsonrpc":"2.0","id":"of-the-server","method":"vendor/ask","params":${params}}`,
        `{"jsonrpc":"2.0","id":7,"result":${params}}`,
      ]);
      const notification = `{"jsonrpc":"2.0","method":"notifications/vendor","params":{"n":${number}}}`;
      const response = `{"jsonrpc":"2.0","id":"of-the-server","result":{"n":${number}}}`;
      await send(notification);
      await send(response);
      await expect.poll(() => lines.slice(1)).toEqual([request, notification, response]);
    },
  );

  test('where they cannot, the request is answered in words', async () => {
    const { send } = await startMirror();
    const [answer = ''] = await send('{"jsonrpc":"2.0","id":7,"method":"vendor/many"}');
    expect(JSON.parse(answer)).toMatchObject({
      id: 7,
      error: { message: expect.stringMatching(/more than 10,000 numbers in an unusual spelling/) },
    });
  });
});

describe('the answer to a request', () => {
  const many = '{"jsonrpc":"2.0","id":7,"method":"vendor/plain"}';
  const result = '{"jsonrpc":"2.0", "id":7, "result":{"n":9007199254740993}}';

  test('is one JSON body when nothing comes before it: the line of the child, parsed once', async () => {
    const { answerTo, send } = await startMirror();
    expect(await send(many)).toEqual([result]);
    const answer = await answerTo(many);
    expect(answer.header('content-type')).toBe('application/json');
    const whole = answer.whole?.();
    expect(whole?.text).toBe(result);
    expect(JSON.stringify(whole?.message)).toBe(result.replaceAll(' ', ''));
    // What was taken is not there to be read again, and the session goes on.
    const left: unknown[] = [];
    for await (const chunk of answer.body) left.push(chunk);
    expect(left).toEqual([]);
    expect(await send(many)).toEqual([result]);
  });

  test('is an event stream when something comes before it', async () => {
    const { answerTo } = await startMirror();
    const answer = await answerTo('{"jsonrpc":"2.0","id":7,"method":"vendor/ask","params":{}}');
    expect(answer.header('content-type')).toBe('text/event-stream');
    expect(answer.whole).toBeUndefined();
    for await (const _ of answer.body);
  });

  test('is an event stream, which begins at once, when it takes more than a second', async () => {
    const { answerTo } = await startMirror();
    const answer = await answerTo('{"jsonrpc":"2.0","id":7,"method":"vendor/slow"}');
    expect(answer.header('content-type')).toBe('text/event-stream');
    expect(answer.whole).toBeUndefined();
    let text = '';
    for await (const chunk of answer.body) text += Buffer.from(chunk);
    expect(text).toBe('event: message\ndata: {"jsonrpc":"2.0","id":7,"result":{"late":true}}\n\n');
  });

  test.each([
    ['a small request', ''],
    ['a large one, which waits for a turn of its own', 'x'.repeat(100_000)],
  ])('to %s that is taken back: the child hears of it, and the session goes on', async (_, text) => {
    const { answerTo, send, lines } = await startMirror();
    const gone = new AbortController();
    const request = { jsonrpc: '2.0', id: 8, method: 'vendor/none', params: { text } };
    const answer = answerTo(JSON.stringify(request), { signal: gone.signal });
    gone.abort();
    await expect(answer).rejects.toThrow('The request was cancelled.');
    expect(await send(many)).toEqual([result]);
    const methods = () => lines.slice(1).map((line) => /"method":"([^"]*)"/.exec(line)?.[1]);
    await expect.poll(methods).toEqual(['vendor/none', 'notifications/cancelled', 'vendor/plain']);
  });

  // Whoever wrote the text gives what it was written from along: it is not read again.
  test('is asked for with the very text of the request, and its numbers', async () => {
    const { answerTo, lines } = await startMirror();
    const body = '{"jsonrpc":"2.0","id":7,"method":"vendor/plain","params":{"n":1}}';
    const answer = await answerTo(body, { message: JSON.parse(body) });
    expect(answer.whole?.().text).toBe(result);
    await expect.poll(() => lines).toContain(body);
  });
});

describe('a request that is wrong is refused as the SDK refuses it, and never reaches the child', () => {
  const usual = { jsonrpc: '2.0', id: 7, method: 'vendor/plain' };
  test.each([
    ['takes no event stream', { accept: 'application/json' }, usual, 406],
    ['takes no JSON', { accept: 'text/event-stream' }, usual, 406],
    ['is no JSON', { 'content-type': 'text/plain' }, usual, 415],
    ['is of an unknown revision', { 'mcp-protocol-version': '1999-01-01' }, usual, 400],
    ['has null as its id', {}, { ...usual, id: null }, 400],
    ['has half a number as its id', {}, { ...usual, id: 7.5 }, 400],
    ['has another version of JSON-RPC', {}, { ...usual, jsonrpc: '1.0' }, 400],
    ['has a list as params', {}, { ...usual, params: [] }, 400],
    ['has a member that none has', {}, { ...usual, more: 1 }, 400],
    ['has a list as progress token', {}, { ...usual, params: { _meta: { progressToken: [] } } }, 400],
    ['has a number as _meta', {}, { ...usual, params: { _meta: 1 } }, 400],
    ['has a text as params', {}, { ...usual, params: 'x' }, 400],
  ])('%s', async (_, headers, message, status) => {
    const { answerTo, session, send, lines } = await startMirror();
    const answer = await answerTo(JSON.stringify(message), {
      headers: { ...post({}).headers, ...session, ...headers },
    });
    expect(answer.status).toBe(status);
    await send('{"jsonrpc":"2.0","id":7,"method":"vendor/plain"}');
    await expect.poll(() => lines.slice(1)).toEqual(['{"jsonrpc":"2.0","id":7,"method":"vendor/plain"}']);
  });
});

describe('what is more than can be read at one go', () => {
  test.each([
    ['characters', ['"xxxxxxx",', 500_000]],
    ['values', ['{},', 50_001]],
    ['different names', [Array.from({ length: 10_001 }, (_, n) => `{"a${n}":0},`).join(''), 1]],
  ])('too many %s: the child is ended, and its client hears why', async (_what, say) => {
    const { send, lines } = await startMirror();
    const [, answer = ''] = await send(
      JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'vendor/large', params: { say } }),
    );
    expect(JSON.parse(answer)).toMatchObject({
      id: 7,
      error: { message: expect.stringMatching(/more than 4 MiB, 50,000 values or 10,000 different names/) },
    });
    expect(lines).toContain('The upstream process wrote a line that is too large; it is ended.');
  });

  test('what is large has turns of its own, and keeps its place', async () => {
    const { send } = await startMirror();
    const turn = countTurns();
    const turns: number[] = [];
    const { parse, stringify } = JSON;
    const note = (text: string) => text.length > 100_000 && turns.push(turn());
    vi.spyOn(JSON, 'parse').mockImplementation((text, ...more) => {
      note(text);
      return parse(text, ...more);
    });
    vi.spyOn(JSON, 'stringify').mockImplementation((value, ...more) => {
      const text = stringify(value, ...(more as []));
      note(text);
      return text;
    });
    const params = `{"say":["\\"x\\",",40000],"more":"${'x'.repeat(100_000)}"}`;
    const events = await send(`{"jsonrpc":"2.0","id":7,"method":"vendor/large","params":${params}}`);
    vi.restoreAllMocks();
    // To the child and back, read and written each.
    expect(turns).toHaveLength(4);
    expect(new Set(turns).size).toBe(4);
    expect(events.map((event) => event?.slice(0, 40))).toEqual([
      '{"jsonrpc":"2.0","method":"notifications',
      '{"jsonrpc":"2.0","id":7,"result":{"list"',
    ]);
  });
});
