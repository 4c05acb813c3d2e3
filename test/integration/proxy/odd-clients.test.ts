/** What clients send that is not quite what JSON-RPC and MCP say: taken as it is meant, and sent on as it was judged. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type HttpUpstream, startHttpUpstream } from '../../servers/http.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;

beforeAll(async () => {
  upstream = await startHttpUpstream({ sessions: 'stateless', answers: 'json' });
  greenlight = await startGreenlight({ upstream: upstream.url });
  upstream.received.length = 0;
});

afterEach(() => {
  upstream.received.length = 0;
});

afterAll(async () => {
  await greenlight.stop();
  await upstream.close();
});

/** What reached the upstream, byte for byte. */
const reached = () => upstream.received.map(({ body }) => body);

describe('what counts as absent is not sent on', () => {
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  test.each([
    ['params that are null', '{"jsonrpc":"2.0","id":1,"method":"ping","params":null}', ping],
    ['a byte order mark', `\uFEFF${ping}`, ping],
    ['unknown top-level members', '{"jsonrpc":"2.0","id":1,"method":"ping","meta":{},"__proto__":{}}', ping],
    [
      'a result and an error that are null beside a method',
      '{"jsonrpc":"2.0","id":1,"method":"ping","result":null,"error":null}',
      ping,
    ],
  ])('of a request: %s', async (_what, sent, taken) => {
    const response = await greenlight.post(sent);
    expect([response.status, await response.json()]).toEqual([200, { jsonrpc: '2.0', id: 1, result: {} }]);
    expect(reached()).toEqual([taken]);
  });

  test.each([
    [
      'an id that is null',
      '{"jsonrpc":"2.0","id":null,"method":"notifications/x"}',
      '{"jsonrpc":"2.0","method":"notifications/x"}',
    ],
    [
      'an error that is null beside a result',
      '{"jsonrpc":"2.0","id":9,"result":{},"error":null}',
      '{"jsonrpc":"2.0","id":9,"result":{}}',
    ],
    [
      'a result that is null beside an error',
      '{"jsonrpc":"2.0","id":9,"result":null,"error":{"code":1,"message":"No."}}',
      '{"jsonrpc":"2.0","id":9,"error":{"code":1,"message":"No."}}',
    ],
    [
      'a method and params that are null beside a result',
      '{"jsonrpc":"2.0","id":9,"method":null,"params":null,"result":{}}',
      '{"jsonrpc":"2.0","id":9,"result":{}}',
    ],
  ])('of what is not answered: %s', async (_what, sent, taken) => {
    expect((await greenlight.post(sent)).status).toBe(202);
    expect(reached()).toEqual([taken]);
  });

  test.each([
    ['an error without an id', '{"jsonrpc":"2.0","error":{"code":-32700,"message":"No."}}'],
    ['an error whose id is null', '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"No."}}'],
  ])('%s is sent on as it came', async (_what, sent) => {
    // What a server makes of it is its own business: the SDK's wants an id.
    await (await greenlight.post(sent)).text();
    expect(reached()).toEqual([sent]);
  });

  test('of a call: arguments and other members that are null', async () => {
    const params = { name: 'echo', arguments: null, _meta: null, task: null, requestState: null };
    const response = await greenlight.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params });
    expect(await response.json()).toMatchObject({ result: { content: [{ text: '{}' }] } });
    expect(reached()).toEqual(['{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}']);
  });

  test('of a call: a byte order mark in the answer', async () => {
    const marked = await startHttpUpstream({
      intercept(_request, response) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('\uFEFF{"jsonrpc":"2.0","id":1,"result":{"n":1}}');
        return true;
      },
    });
    await greenlight.core.servers.useUpstream('luma', { kind: 'http', url: marked.url }, {});
    const response = await greenlight.post({ jsonrpc: '2.0', id: 1, method: 'vendor/ask' });
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: { n: 1 } });
    await greenlight.core.servers.useUpstream('luma', { kind: 'http', url: upstream.url }, {});
    await marked.close();
  });
});

describe('what would be another message to another reader is refused', () => {
  test.each([
    ['a request whose id is null', '{"jsonrpc":"2.0","id":null,"method":"ping"}', '"id"'],
    ['a call whose id is null', '{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{}}', '"id"'],
    ['a second method', '{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', 'misread'],
    ['params in another case', '{"jsonrpc":"2.0","id":1,"method":"ping","Params":{}}', 'misread'],
    ['two byte order marks', '\uFEFF\uFEFF{"jsonrpc":"2.0","id":1,"method":"ping"}', 'JSON'],
    ['a result and an error', '{"jsonrpc":"2.0","id":1,"result":{},"error":{}}', 'neither'],
    ['nothing but nulls', '{"jsonrpc":"2.0","id":1,"method":null,"error":null}', 'neither'],
  ])('%s', async (_what, sent, why) => {
    const response = await greenlight.post(sent);
    const { error } = (await response.json()) as { error: { message: string } };
    expect([response.status, error.message]).toEqual([400, expect.stringContaining(why)]);
    expect(reached()).toEqual([]);
  });
});
