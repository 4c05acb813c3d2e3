import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  echoTool,
  type HttpUpstream,
  type HttpUpstreamOptions,
  type ScriptedTool,
  startHttpUpstream,
} from '../../servers/http.ts';
import { startGreenlight, type TestGreenlight } from '../../support/greenlight.ts';
import { until } from '../../support/wait.ts';

let upstream: HttpUpstream;
let greenlight: TestGreenlight;
/** Whether Greenlight has read the tool list for itself, so that what is intercepted is the client's. */
let started: boolean;

const tool = (name: string): ScriptedTool => ({ ...echoTool, name });
const policy = {
  version: '1',
  default: 'allow',
  hide: ['secret'],
  tools: { buried: { action: 'hide' } },
};

async function start(options: HttpUpstreamOptions = {}): Promise<void> {
  started = false;
  upstream = await startHttpUpstream({ tools: ['open', 'secret', 'buried', 'last'].map(tool), ...options });
  greenlight = await startGreenlight({ upstream: upstream.url, policy });
  started = true;
}

afterEach(async () => {
  await greenlight.stop();
  await upstream.close();
});

describe.each([
  ['event-stream', 'stateful'],
  ['event-stream', 'stateless'],
  ['json', 'stateful'],
  ['json', 'stateless'],
] as const)('an upstream that answers by %s and is %s', (answers, sessions) => {
  test('lists no hidden tool', async () => {
    await start({ answers, sessions });
    const client = await greenlight.connect();
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['open', 'last']);
    const all = greenlight.core.connection.tools().map(({ name }) => name);
    expect(all).toEqual(['open', 'secret', 'buried', 'last']);
  });
});

test('a page whose tools are all hidden still leads to the next', async () => {
  await start({ pageSize: 1 });
  const client = await greenlight.connect();
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor });
    names.push(...page.tools.map(({ name }) => name));
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  expect(names).toEqual(['open', 'last']);
});

test('what is hidden follows the policy, and each grant sees its own', async () => {
  await start({ answers: 'json' });
  const strict = greenlight.core.policies.save({
    name: 'Strict',
    document: { version: '1', default: 'deny', hide: ['*'], tools: {} },
  });
  if ('errors' in strict) throw new Error('not a policy');
  const blind = greenlight.core.grants.create('Blind', new Map([['luma', strict.id]]));
  const client = await greenlight.connect({ token: blind.token });
  expect((await client.listTools()).tools).toEqual([]);
  greenlight.usePolicy({ version: '1', default: 'allow', tools: {} });
  expect((await (await greenlight.connect()).listTools()).tools).toHaveLength(4);
});

test('a tool that appears later is hidden as well', async () => {
  await start();
  const client = await greenlight.connect();
  let changed = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changed += 1;
  });
  // The stream that the client opens with GET.
  await until(() =>
    upstream.received.some(({ method, headers }) => method === 'GET' && headers['mcp-session-id']),
  );
  await upstream.setTools(['secret', 'new'].map(tool));
  await until(() => changed === 1);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['new']);
  // It is new to the person, too.
  const result = client.callTool({ name: 'new', arguments: { text: 'x' } });
  greenlight.core.gate.decide((await greenlight.asked()).id, { answer: 'allow', for: 'once' });
  expect((await result).isError).toBeUndefined();
});

const listAnswer = (id: unknown) =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    result: { tools: ['open', 'secret'].map((name) => ({ name, inputSchema: { type: 'object' } })) },
  });

/** An upstream that answers `tools/list` (POST) and any GET with these chunks of an event stream. */
function streaming(
  chunks: (id: unknown) => string[],
  contentType = 'text/event-stream',
): HttpUpstreamOptions {
  return {
    sessions: 'stateless',
    answers: 'json',
    intercept(received, response) {
      if (!started) return false;
      const body = received.method === 'POST' ? JSON.parse(received.body) : {};
      if (received.method === 'POST' && body.method !== 'tools/list') return false;
      response.writeHead(200, { 'content-type': contentType });
      void (async () => {
        for (const chunk of chunks(body.id ?? 1)) {
          response.write(chunk);
          await new Promise(setImmediate);
        }
        response.end();
      })();
      return true;
    },
  };
}

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

test.each(['\n', '\r\n', '\r'])(
  'a list in an event stream with the line ends %j is filtered',
  async (end) => {
    await start(
      streaming((id) =>
        [
          ...`: hi${end}id: 7${end}event: message${end}retry: 10${end}data: ${listAnswer(id)}${end}${end}`,
        ].reduce<string[]>((chunks, letter, index) => {
          if (index % 9 === 0) chunks.push('');
          chunks[chunks.length - 1] += letter;
          return chunks;
        }, []),
      ),
    );
    const text = await (await greenlight.post(list)).text();
    expect(text).toBe(
      ': hi\n\nretry: 10\n\nid: 7\nevent: message\ndata: {"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"open","inputSchema":{"type":"object"}}]}}\n\n',
    );
  },
);

test('a list over several data lines is filtered', async () => {
  await start(streaming((id) => [`data: ${listAnswer(id).replaceAll(',', ',\ndata: ')}\n\n`]));
  const text = await (await greenlight.post(list)).text();
  expect(text).toContain('open');
  expect(text).not.toContain('secret');
});

test('a list that comes on GET, as after resumption, is filtered', async () => {
  await start(streaming((id) => [`id: 8\ndata: ${listAnswer(id)}\n\n`]));
  const response = await fetch(greenlight.core.mcpUrl, {
    headers: { ...greenlight.headers, 'last-event-id': '7' },
  });
  const text = await response.text();
  expect(text).toContain('id: 8');
  expect(text).toContain('open');
  expect(text).not.toContain('secret');
  expect(upstream.received.at(-1)?.headers['last-event-id']).toBe('7');
});

test.each(['json', 'event-stream'] as const)(
  'what another method answers is no tool list, whatever its members are called (%s)',
  async (answers) => {
    const result = { tools: ['a wrench', { name: 'secret', inputSchema: {} }, { name: 'no tool' }] };
    await start({
      sessions: 'stateless',
      answers,
      intercept(received, response) {
        const { id, method } = JSON.parse(received.body || '{}');
        if (method !== 'vendor/toolbox' && !received.body.includes('"tools/call"')) return false;
        const body = JSON.stringify({ jsonrpc: '2.0', id, result });
        const type = answers === 'json' ? 'application/json' : 'text/event-stream';
        response.writeHead(200, { 'content-type': type });
        response.end(answers === 'json' ? body : `data: ${body}\n\n`);
        return true;
      },
    });
    for (const asked of [
      { method: 'vendor/toolbox' },
      { method: 'tools/call', params: { name: 'open', arguments: { text: 'x' } } },
    ]) {
      const text = await (await greenlight.post({ jsonrpc: '2.0', id: 3, ...asked })).text();
      expect(JSON.parse(text.replace(/^data: /, '')).result).toEqual(result);
    }
    expect(greenlight.core.connection.find('no tool')).toBe('absent');
    expect(greenlight.core.connection.change('secret')).toBeUndefined();
  },
);

test('a list that is asked for by a method in another case is filtered', async () => {
  await start({
    intercept(received, response) {
      if (!received.body.includes('Tools/List')) return false;
      response.writeHead(200, { 'content-type': 'application/json' }).end(listAnswer(1));
      return true;
    },
  });
  const text = await (await greenlight.post({ ...list, method: 'Tools/List' })).text();
  expect(text).toContain('open');
  expect(text).not.toContain('secret');
});

test('a list among other messages in one JSON answer is filtered', async () => {
  const note = '{"jsonrpc":"2.0","method":"notifications/x"}';
  await start(streaming((id) => [`[${note},${listAnswer(id)}]`], 'application/json'));
  const text = await (await greenlight.post(list)).text();
  expect(JSON.parse(text)).toHaveLength(2);
  expect(text).not.toContain('secret');
});

test('an event that is not JSON is not passed on, since nobody can tell what it shows', async () => {
  await start(streaming((id) => ['data: secret\n\n', `data: ${listAnswer(id)}\n\n`]));
  const text = await (await greenlight.post(list)).text();
  expect(text).not.toContain('secret');
  expect(text).toContain('open');
});

test('of two lists with one name the client gets the one that was filtered', async () => {
  const twice = (id: unknown) =>
    `{"jsonrpc":"2.0","id":${id},"result":{"tools":[{"name":"secret"}],"tools":[{"name":"open"}]},"r\\u0065sult":{"tools":[{"name":"open"}]}}`;
  const seen = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"open"}]}}';
  await start(streaming((id) => [twice(id)], 'application/json; charset=utf-8'));
  expect(await (await greenlight.post(list)).text()).toBe(seen);
  await greenlight.stop();
  await upstream.close();
  await start(streaming((id) => [`data: ${twice(id)}\n\n`]));
  expect(await (await greenlight.post(list)).text()).toBe(`data: ${seen}\n\n`);
});

describe.each(['json', 'event-stream'] as const)('a list that was looked into before (%s)', (answers) => {
  const ask = async (id: number | string, token?: string) => {
    const response = await greenlight.post(
      { ...list, id },
      token === undefined ? {} : { authorization: `Bearer ${token}` },
    );
    const text = await response.text();
    return answers === 'json' ? text : text.replace(/^event: message\ndata: /, '').trimEnd();
  };
  const names = (text: string) =>
    (JSON.parse(text) as { result: { tools: { name: string }[] } }).result.tools.map(({ name }) => name);
  const saw = () => vi.spyOn(greenlight.core.connection, 'saw');

  test('is passed on as before, with the id of each request', async () => {
    await start({ answers, sessions: 'stateless' });
    const first = await ask(1);
    const looked = saw();
    for (const id of [2, 30, 'a "name"', 1]) {
      const text = await ask(id);
      expect(JSON.parse(text).id).toBe(id);
      expect(text).toBe(JSON.stringify({ ...JSON.parse(first), id }));
    }
    expect(looked).not.toHaveBeenCalled();
  });

  test('is filtered by the policy of the moment, for each grant by its own', async () => {
    await start({ answers, sessions: 'stateless' });
    await ask(1);
    expect(names(await ask(2))).toEqual(['open', 'last']);
    const strict = greenlight.core.policies.save({
      name: 'Strict',
      document: { version: '1', default: 'deny', hide: ['*'], tools: {} },
    });
    if ('errors' in strict) throw new Error('not a policy');
    const blind = greenlight.core.grants.create('Blind', new Map([['luma', strict.id]]));
    expect(names(await ask(3, blind.token))).toEqual([]);
    expect(names(await ask(4, blind.token))).toEqual([]);
    greenlight.usePolicy({ version: '1', default: 'allow', hide: ['open'], tools: {} });
    expect(names(await ask(5))).toEqual(['secret', 'buried', 'last']);
    expect(names(await ask(6))).toEqual(['secret', 'buried', 'last']);
    expect(names(await ask(7, blind.token))).toEqual([]);
  });

  test('is another when one letter differs, and the same again when the server takes it back', async () => {
    await start({ answers, sessions: 'stateless' });
    const description = 'Answers with its text';
    const versions = [`${description}.`, `${description}!`].map((text) => [
      { ...tool('open'), description: text },
    ]);
    for (const [round, tools] of [versions[0], versions[1], versions[0], versions[1]].entries()) {
      await upstream.setTools(tools ?? []);
      for (const id of [1, 2, 3]) {
        expect(await ask(`${round} ${id}`)).toContain(tools?.[0]?.description);
        const found = greenlight.core.connection.find('open');
        expect(found).toMatchObject({ description: tools?.[0]?.description });
      }
    }
    expect(greenlight.core.connection.change('open')).toBeDefined();
  });

  test('is looked into anew for another upstream, and once the person accepted a change', async () => {
    await start({ answers, sessions: 'stateless' });
    await ask(1);
    await upstream.setTools([{ ...tool('open'), description: 'Another.' }]);
    for (const id of [2, 3, 4]) await ask(id);
    const { change, ...connection } = greenlight.core.connection;
    const digest = change('open')?.digest ?? '';
    expect(connection.accept([{ name: 'open', digest }])).toBe(true);
    const looked = saw();
    await ask(5);
    expect(looked).toHaveBeenCalledTimes(1);
    await ask(6);
    expect(looked).toHaveBeenCalledTimes(1);
    await greenlight.core.servers.useUpstream('luma', { ...greenlight.core.settings.get().upstream }, {});
    await ask(7);
    expect(looked).toHaveBeenCalledTimes(2);
  });
});
