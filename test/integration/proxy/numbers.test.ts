/** Numbers that JavaScript cannot give back (`9007199254740993`): what was judged is what is sent. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;

beforeEach(async () => {
  upstream = await startHttpUpstream({ sessions: 'stateless', answers: 'json' });
  greenlight = await startGreenlight({ upstream: upstream.url });
  upstream.received.length = 0;
});

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

const NUMBERS = ['9007199254740993', '2512292042121000001', '1e-400', '1e400', '0.1000000000000000055'];

describe.each(NUMBERS)('%s', (number) => {
  test.each([
    ['an argument', `"arguments":{"text":"a","n":${number}}`, 'params.arguments.n'],
    ['deep in an argument', `"arguments":{"list":[0,{"n":${number}}]}`, 'params.arguments.list.1.n'],
    [
      'what is sent beside the arguments',
      `"arguments":{},"inputResponses":{"usd":${number}}`,
      'params.inputResponses.usd',
    ],
    ['_meta', `"arguments":{},"_meta":{"n":${number}}`, 'params._meta.n'],
  ])('as %s is refused in words', async (_where, members, path) => {
    const body = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo",${members}}}`;
    const response = await greenlight.post(body, { accept: 'application/json' });
    const { id, error } = (await response.json()) as { id: number; error: { code: number; message: string } };
    expect({ id, code: error.code }).toEqual({ id: 7, code: -32602 });
    expect(error.message).toBe(
      `Greenlight: ${path} is the number ${number}, which cannot be passed on exactly. Send it as text where the tool takes that, or another number.`,
    );
    expect(upstream.received).toEqual([]);
  });

  test.each([
    ['a request', `{"jsonrpc":"2.0","id":7,"method":"vendor/ask","params":{"n":[${number}]}}`],
    ['a notification', `{"jsonrpc":"2.0","method":"notifications/vendor","params":{"n":${number}}}`],
    ['a response', `{"jsonrpc":"2.0","id":"of-the-server","result":{"n":${number}}}`],
  ])('in %s goes on digit by digit', async (_what, body) => {
    await greenlight.post(body).then((response) => response.text());
    expect(upstream.received.map((request) => request.body)).toEqual([body]);
  });
});

test('a number that JavaScript gives back in another spelling passes', async () => {
  const body =
    '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a"},"_meta":{"progressToken":6e4}}}';
  const response = await greenlight.post(body);
  expect(await response.json()).not.toHaveProperty('error');
});
