import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  ElicitRequestSchema,
  type Tool,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSandboxUpstream } from '../../../main/upstream/sandbox/sandbox.ts';
import { upstreamFetch } from '../../../main/upstream/tools/fetch.ts';
import { readTools } from '../../../main/upstream/tools/tools.ts';
import { type Upstream, UpstreamError } from '../../../main/upstream/upstream.ts';
import { startLumaApi } from '../../servers/luma-api.ts';
import { startChild } from '../../support/child.ts';
import { callForText } from '../../support/client.ts';
import { createTestClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { isRunning } from '../../support/processes.ts';
import { skipUnless } from '../../support/skip.ts';
import { post, startStdio, stdioServer } from '../../support/stdio-upstream.ts';

const host = fileURLToPath(new URL('../../support/stdio-host.ts', import.meta.url));

const POLL = { timeout: 30_000 };

/** A model that does not read this pays twice. */
const CALL_LOST =
  /upstream process ended.* It is not known whether the call ran; look whether it did before you try again\.$/;

interface Connected {
  client: Client;
  transport: StreamableHTTPClientTransport;
  call(name: string, args?: Record<string, unknown>): Promise<string>;
}

async function connect(upstream: Upstream, fetch = upstreamFetch(upstream)): Promise<Connected> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: { elicitation: {} } });
  const transport = new StreamableHTTPClientTransport(new URL('http://stdio.invalid/'), { fetch });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  onTestFinished(() => client.close());
  return {
    client,
    transport,
    call: (name, args) => callForText(client, name, args),
  };
}

describe('a session', () => {
  test('has a child of its own, which answers its calls', async () => {
    const { upstream } = startStdio();
    const [one, two] = [await connect(upstream), await connect(upstream)];
    expect(await one.call('echo', { text: 'grüß dich' })).toBe('{"text":"grüß dich"}');
    expect(await one.call('pid')).not.toBe(await two.call('pid'));
    expect(await one.call('pid')).toBe(await one.call('pid'));
  });

  test('carries progress and requests of the server, with or without a GET stream', async () => {
    const { upstream } = startStdio();
    const withoutGet: typeof fetch = (url, init) =>
      init?.method === 'GET'
        ? Promise.resolve(new Response(null, { status: 405 }))
        : upstreamFetch(upstream)(String(url), init);
    for (const { client, call } of [await connect(upstream), await connect(upstream, withoutGet)]) {
      client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
      expect(await call('ask')).toBe('decline');
      const steps: unknown[] = [];
      await client.callTool({ name: 'steps', arguments: {} }, undefined, {
        onprogress: (step) => steps.push(step),
      });
      expect(steps).toEqual([{ progress: 1, total: 2, message: 'half way' }]);
    }
  });

  test('many calls at once keep their answers apart', async () => {
    const { call } = await connect(startStdio().upstream);
    const texts = Array.from({ length: 50 }, (_, i) => `call ${i}`);
    const answers = await Promise.all(texts.map((text) => call('echo', { text })));
    expect(answers).toEqual(texts.map((text) => JSON.stringify({ text })));
  });

  test('ends with its child, also when the SDK cannot close its HTTP side', async () => {
    const { upstream } = startStdio();
    const { call } = await connect(upstream);
    const pid = Number(await call('pid'));
    vi.spyOn(WebStandardStreamableHTTPServerTransport.prototype, 'close').mockRejectedValueOnce(
      new Error('The stream is locked.'),
    );
    await upstream.close();
    expect(isRunning(pid)).toBe(false);
  });

  test('ends with DELETE: its child goes, its id is unknown', async () => {
    const { upstream } = startStdio();
    const { call, transport } = await connect(upstream);
    const pid = Number(await call('pid'));
    const sessionId = transport.sessionId ?? '';
    await transport.terminateSession();
    await expect.poll(() => isRunning(pid)).toBe(false);
    const answer = await upstream.send(post({ id: 1, method: 'ping' }, { 'mcp-session-id': sessionId }));
    expect(answer.status).toBe(404);
  });

  test('ends when nothing was asked for 30 minutes, not while a stream is open', async () => {
    const clock = createTestClock();
    const { upstream } = startStdio({ clock });
    const { call, client } = await connect(upstream);
    const pid = Number(await call('pid'));
    // The client's GET stream is open.
    await expect.poll(() => clock.pending()).toBe(0);
    clock.advance(31 * 60_000);
    expect(await call('pid')).toBe(String(pid));
    await client.close();
    await expect.poll(() => clock.pending()).toBe(1);
    clock.advance(29 * 60_000);
    expect(isRunning(pid)).toBe(true);
    clock.advance(60_000);
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('the one that was quiet for longest makes room for the 33rd', async () => {
    // A program that answers nothing but the handshake costs little; its sessions stay open all the same.
    const clock = createTestClock();
    const result = {
      protocolVersion: '2025-11-25',
      capabilities: {},
      serverInfo: { name: 'cat', version: '1' },
    };
    const answered = JSON.stringify({ jsonrpc: '2.0', id: 1, result });
    const script = `read -r line; echo '${answered}'; exec cat`;
    const { upstream } = startStdio({ command: 'sh', args: ['-c', script], clock });
    const initialize = {
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } },
    };
    const open = async (signal?: AbortSignal) => {
      clock.advance(1);
      const { header, body } = await upstream.send(post(initialize));
      for await (const _ of body);
      const session = { 'mcp-session-id': header('mcp-session-id') ?? '' };
      if (signal) await upstream.send(post({ id: 2, method: 'ping' }, session, signal));
      return session['mcp-session-id'];
    };
    const aborters = Array.from({ length: 32 }, () => new AbortController());
    const ids: string[] = [];
    for (const { signal } of aborters) ids.push(await open(signal));
    const error = await open().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ reached: false, message: expect.stringMatching(/All 32 sessions/) });
    aborters[5]?.abort();
    aborters[3]?.abort();
    expect(await open()).not.toBe('');
    const status = async (id: string | undefined) =>
      (await upstream.send(post({ method: 'notifications/initialized' }, { 'mcp-session-id': id ?? '' })))
        .status;
    expect([await status(ids[3]), await status(ids[5]), await status(ids[0])]).toEqual([404, 202, 202]);
  });
});

describe('the child', () => {
  test('that dies ends its session: the open call gets an error, the next session works', async () => {
    const { upstream } = startStdio();
    const first = await connect(upstream);
    const pending = first.call('hang');
    await expect(first.call('crash')).rejects.toMatchObject({
      code: -32000,
      message: expect.stringMatching(CALL_LOST),
    });
    await expect(pending).rejects.toThrow(CALL_LOST);
    await expect(first.call('echo')).rejects.toMatchObject({ code: 404 });
    expect(await (await connect(upstream)).call('echo')).toBe('{}');
  });

  test('that dies is no reason to look for a task where nothing was called', async () => {
    // It answers the handshake and goes with what comes after it.
    const { upstream } = startStdio({
      args: [
        '-e',
        `let lines = 0;
        require('node:readline').createInterface(process.stdin).on('line', (line) => {
          lines += 1;
          if (lines > 2) process.exit(0);
          const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'x', version: '1' } };
          if (lines === 1) console.log(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(line).id, result }));
        });`,
      ],
    });
    const { client } = await connect(upstream);
    await expect(client.listTools()).rejects.toThrow(
      /The upstream process ended; the next request starts it again\.$/,
    );
  });

  describe('that ends at once', () => {
    const ending = (...lines: string[]) => [
      '-e',
      `process.stderr.write(${JSON.stringify(lines.join('\n'))}, () => process.exit(1))`,
    ];
    const reasonOf = (over: Parameters<typeof startStdio>[0]) =>
      connect(startStdio(over).upstream).then(
        () => 'connected',
        (error: Error) => error.message,
      );

    test('says why, in its last lines', async () => {
      expect(
        await reasonOf({ args: ending('first', '', 'second', 'third', 'ACEDATACLOUD_API_TOKEN is not set') }),
      ).toMatch(
        /The upstream process ended before it answered\. Check its command and its variables in Settings\. It said last: second third ACEDATACLOUD_API_TOKEN is not set$/,
      );
      expect(await reasonOf({ args: ending() })).toMatch(/its variables in Settings\.$/);
    });

    test('is quoted as text, without secrets and where this person keeps things, and not at length', async () => {
      const lines = [
        '\u001b[31mred\u001b[0m\u0007\u202e',
        `token hunter2-hunter2 in ${homedir()}/x`,
        'y'.repeat(9_999),
      ];
      expect(await reasonOf({ args: ending(...lines), env: { TOKEN: 'hunter2-hunter2' } })).toMatch(
        /It said last: red token \*\*\* in ~\/x y{200}…$/,
      );
    });

    test('is helped where it says nothing: mcp-luma without its token', async () => {
      const args = [...ending(), 'mcp-luma'];
      expect(await reasonOf({ args })).toMatch(
        /mcp-luma needs the variable ACEDATACLOUD_API_TOKEN: enter it in Settings\.$/,
      );
      expect(await reasonOf({ args, env: { ACEDATACLOUD_API_TOKEN: 'x' } })).toMatch(/Check its command/);
    });

    test('is told where it is started, where it is given a file by its way from there', async () => {
      const folder = 'It is started in your own folder: name it, and its files, by their whole paths.';
      expect(await reasonOf({ args: ['build/no-such-index.js'] })).toContain(
        `Check its command and its variables in Settings. ${folder} It said last: `,
      );
      expect(await reasonOf({ args: ['build/no-such-index.js'], cwd: tmpdir() })).not.toContain(folder);
      expect(await reasonOf({ args: ['/no/such/index.js'] })).not.toContain(folder);
    });

    test('tells the person as well, as it is', async () => {
      const { upstream } = startStdio({ args: ending('no such account') });
      await expect(readTools(upstream, { timeoutMs: 15_000 })).rejects.toMatchObject({
        kind: 'unreachable',
        message: expect.stringMatching(/^The upstream process ended before it answered.*no such account$/),
      });
    });
  });

  test('is told when its call was left', async () => {
    const { upstream, lines } = startStdio();
    const { client } = await connect(upstream);
    const sessionId = (client.transport as StreamableHTTPClientTransport | undefined)?.sessionId ?? '';
    const aborter = new AbortController();
    const call = { id: 'left', method: 'tools/call', params: { name: 'hang', arguments: {} } };
    await upstream.send(post(call, { 'mcp-session-id': sessionId }, aborter.signal));
    await expect.poll(() => lines).toContain('hanging');
    aborter.abort();
    await expect.poll(() => lines).toContain('cancelled');
  });

  test('does not outlive the upstream, even when it will not end by itself', async () => {
    const { upstream } = startStdio({ args: [stdioServer, '--stubborn'] });
    const pid = Number(await (await connect(upstream)).call('pid'));
    await upstream.close();
    await expect.poll(() => isRunning(pid)).toBe(false);
    await expect(connect(upstream)).rejects.toThrow(/no longer in use/);
  });

  test('does not outlive Greenlight when Greenlight is killed', async () => {
    const greenlight = startChild(process.execPath, [host]);
    const [printed] = (await once(greenlight.stdout, 'data')) as [Buffer];
    const pid = Number(printed.toString());
    expect(isRunning(pid)).toBe(true);
    greenlight.kill('SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  // A wrapper that waits for the server, the server, and a process that was started beside it; the last two are deaf.
  const family = [
    '/bin/sh',
    '-c',
    `echo $$ >&2
    sh -c 'trap "" TERM HUP; echo $$ >&2; exec 0<&- 1>&- 2>&-; while :; do sleep 1; done' &
    "$@"; true`,
    'sh',
    process.execPath,
    stdioServer,
    '--stubborn',
  ];
  const needsGroups = skipUnless(process.platform !== 'win32', 'Windows has no process groups');

  test('and all that it has started are gone when the session ends', needsGroups, async () => {
    const [command = '', ...args] = family;
    const { upstream, lines } = startStdio({ command, args });
    const { call, client } = await connect(upstream);
    const pids = [Number(await call('pid'))];
    await expect.poll(() => lines).toHaveLength(2);
    pids.push(...lines.map(Number));
    expect(pids.map(isRunning)).toEqual([true, true, true]);
    await client.close();
    await upstream.close();
    await expect.poll(() => pids.map(isRunning)).toEqual([false, false, false]);
  });

  test('that dies takes what it has started along', needsGroups, async () => {
    const [command = '', ...args] = family;
    const { upstream, lines } = startStdio({ command, args });
    const { call } = await connect(upstream);
    const pids = [Number(await call('pid'))];
    await expect.poll(() => lines).toHaveLength(2);
    pids.push(...lines.map(Number));
    // The wrapper, which the server and the other do not notice.
    process.kill(Number(lines[0]), 'SIGKILL');
    await expect.poll(() => pids.map(isRunning)).toEqual([false, false, false]);
  });

  test(
    'and all that it has started do not outlive Greenlight when Greenlight is killed',
    needsGroups,
    async () => {
      const greenlight = startChild(process.execPath, [host, ...family]);
      const [printed] = (await once(greenlight.stdout, 'data')) as [Buffer];
      const pids = printed.toString().split(/\s/).filter(Boolean).map(Number);
      expect(pids.map(isRunning)).toEqual([true, true, true]);
      greenlight.kill('SIGKILL');
      await expect.poll(() => pids.map(isRunning)).toEqual([false, false, false]);
    },
  );

  test('that says something last is heard', async () => {
    const { upstream } = startStdio({
      command: process.execPath,
      args: [
        '-e',
        `process.stdin.once('data', (line) => {
          const { id } = JSON.parse(line);
          const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'x'.repeat(1000000), version: '1' } };
          process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n', () => process.exit(0));
        });`,
      ],
    });
    const initialize = {
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'a', version: '1' } },
    };
    let text = '';
    for await (const chunk of (await upstream.send(post(initialize))).body) text += Buffer.from(chunk);
    expect(text.includes('"serverInfo"')).toBe(true);
  });

  test('gets its variables and little else of the environment', async () => {
    process.env.GREENLIGHT_TEST_SECRET = 'not for children';
    onTestFinished(() => void delete process.env.GREENLIGHT_TEST_SECRET);
    const { call } = await connect(startStdio({ env: { GIVEN: 'yes' } }).upstream);
    expect(await call('env', { name: 'GIVEN' })).toBe('yes');
    expect(await call('env', { name: 'GREENLIGHT_TEST_SECRET' })).toBe('(unset)');
    expect(await call('env', { name: 'PATH' })).toMatch(/\.local\/bin/);
  });

  test('gets the values of variables that its arguments name', async () => {
    const told = join(temporaryFolder(), 'arguments');
    const program = `const [, file, ...words] = process.argv;
      require('node:fs').writeFileSync(file, JSON.stringify(words));
      process.stderr.write('given ' + words, () => process.exit(1));`;
    const words = [`--api-key=\${env:KEY}`, `\${env:KEY}`, `\${KEY}`, '$KEY'];
    const env = { KEY: `tr0ub4 "$&" \${env:NOT}` };
    const { upstream, lines } = startStdio({ args: ['-e', program, told, ...words], env });
    await expect(connect(upstream)).rejects.toThrow();
    expect(JSON.parse(readFileSync(told, 'utf8'))).toEqual([
      `--api-key=${env.KEY}`,
      env.KEY,
      `\${KEY}`,
      '$KEY',
    ]);
    await expect.poll(() => lines).toEqual([`given --api-key=***,***,\${KEY},$KEY`]);
  });

  test('is not started without the value of a variable that its arguments name', async () => {
    const { upstream } = startStdio({ args: [stdioServer, `--api-key=\${env:KEY}`], env: { OTHER: 'x' } });
    await expect(connect(upstream)).rejects.toMatchObject({
      reached: false,
      message:
        'The value of KEY, which stands among the arguments of the upstream process, is not kept any more. Enter it in Settings.',
    });
  });

  test('has its standard error logged: without secrets, without endless lines or floods', async () => {
    const { upstream, lines } = startStdio({ env: { TOKEN: 'hunter2-hunter2' }, clock: createTestClock() });
    const { call } = await connect(upstream);
    await call('say', { line: 'token=hunter2-hunter2!' });
    await expect.poll(() => lines).toEqual(['token=***!']);
    await call('say', { line: 'x'.repeat(100_000) });
    await expect.poll(() => lines.at(-1)).toBe(`${'x'.repeat(500)}...`);
    await call('say', { line: Array.from({ length: 300 }, (_, i) => `line ${i}`).join('\n') });
    await expect.poll(() => lines.length).toBe(100);
    await call('say', { line: 'last' });
    expect(lines).not.toContain('last');
  });

  test('may write what is not MCP without harm; it is not logged as it is', async () => {
    const { upstream, lines } = startStdio();
    const { call } = await connect(upstream);
    expect(await call('garble')).toBe('garbled');
    expect(lines).toEqual(['The upstream process wrote a line that is not MCP; it is skipped.']);
  });

  test('is started in its folder; one that is not there is told', async () => {
    const { upstream } = startStdio({ args: ['stdio.ts'], cwd: dirname(stdioServer) });
    expect(await (await connect(upstream)).call('garble')).toBe('garbled');
    const gone = startStdio({ cwd: '/no/such/folder' });
    await expect(connect(gone.upstream)).rejects.toMatchObject({
      reached: false,
      message: expect.stringContaining('to be started in is not there'),
    });
  });

  test('is started in the person’s folder where none is named, never in Greenlight’s', async () => {
    const told = join(temporaryFolder(), 'folder');
    const program = `require('node:fs').writeFileSync(process.argv[1], process.cwd())`;
    const { upstream } = startStdio({ args: ['-e', program, told] });
    await expect(connect(upstream)).rejects.toThrow();
    expect(realpathSync(readFileSync(told, 'utf8'))).toBe(realpathSync(homedir()));
    expect(readFileSync(told, 'utf8')).not.toBe(process.cwd());
  });

  test.each([
    ['uvx-of-nowhere', /^uvx-of-nowhere was not found\. Install it, check its name in Settings/],
    [
      `${process.execPath} hang.mjs`,
      /^No program was found by all that stands in Command\. If that holds arguments too, enter them under Arguments/,
    ],
    [
      './no-such-run',
      /^no-such-run was not found\. It is started in your own folder: name it, .* in Settings/,
    ],
    ['/no/such/uvx', /^uvx was not found\. Install uv, or choose another upstream\.$/],
    [stdioServer, /^[^/]+ may not be run\. Make it executable/],
  ])('that cannot be started is explained: %s', async (command, words) => {
    const { upstream } = startStdio({ command, args: [] });
    const error = await connect(upstream).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({ reached: false, message: expect.stringMatching(words) });
  });
});

test('what is to be done is said with the page where it is done', async () => {
  const reasonOf = (over: Parameters<typeof startStdio>[0]) =>
    connect(startStdio({ place: 'Servers', ...over }).upstream).catch((error: Error) => error.message);
  expect(await reasonOf({ command: 'of-nowhere' })).toMatch(/check its name under Servers, or choose/);
  expect(await reasonOf({ args: ['-e', ''] })).toMatch(
    /Check its command and its variables under Servers\.$/,
  );
});

describe('memory is bounded', () => {
  const message = (method: string, params: object) => ({ jsonrpc: '2.0', method, params });

  async function open(
    upstream: Upstream,
  ): Promise<{ headers: Record<string, string>; connected: Connected }> {
    const connected = await connect(upstream, (url, init) =>
      // The SDK's own stream would read what nobody is to read here.
      init?.method === 'GET'
        ? Promise.resolve(new Response(null, { status: 405 }))
        : upstreamFetch(upstream)(url, init),
    );
    const { sessionId = '', protocolVersion = '' } = connected.transport;
    return { headers: { 'mcp-session-id': sessionId, 'mcp-protocol-version': protocolVersion }, connected };
  }

  test('for a client that does not read: the child has to wait until it does', async () => {
    const { upstream, lines } = startStdio();
    const { headers, connected } = await open(upstream);
    const leaving = new AbortController();
    const stream = await upstream.send({
      method: 'GET',
      headers: { ...headers, accept: 'text/event-stream' },
      signal: leaving.signal,
    });
    expect(stream.status).toBe(200);
    await connected.call('flood');
    await expect.poll(() => lines.find((line) => ['stuck', 'flooded'].includes(line)), POLL).toBe('stuck');
    let length = 0;
    for await (const chunk of stream.body) {
      length += chunk.length;
      if (length > 64 * 1024 * 1024) break;
    }
    await expect.poll(() => lines, POLL).toContain('flooded');
    leaving.abort();
  });

  test('for a child that does not read: it is sent no more', async () => {
    const { upstream } = startStdio();
    const { headers, connected } = await open(upstream);
    await connected.call('deaf');
    const large = message('notifications/x', { filler: 'x'.repeat(1024 * 1024) });
    const flood = async () => {
      for (let n = 0; n < 40; n += 1) await upstream.send(post(large, headers));
    };
    await expect(flood()).rejects.toMatchObject({
      message: expect.stringContaining('does not read what it is sent'),
      reached: false,
    });
  });
});

describe('without a session', () => {
  test('a request learns which revisions have one', async () => {
    const { upstream } = startStdio();
    const answer = await upstream.send(post({ id: 7, method: 'tools/list' }));
    expect(answer.status).toBe(400);
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    expect(JSON.parse(Buffer.concat(chunks).toString())).toMatchObject({
      id: 7,
      error: { code: -32022, data: { supported: expect.arrayContaining(['2025-11-25']) } },
    });
    const get = {
      method: 'GET' as const,
      headers: { accept: 'text/event-stream' },
      signal: new AbortController().signal,
    };
    expect((await upstream.send(get)).status).toBe(405);
  });

  test('a client of 2026-07-28 needs none', async () => {
    const { upstream } = startStdio();
    const client = new ModernClient(
      { name: 'modern', version: '1' },
      { versionNegotiation: { mode: 'auto' } },
    );
    await client.connect(
      new ModernTransport(new URL('http://stdio.invalid/'), { fetch: upstreamFetch(upstream) }),
    );
    onTestFinished(() => client.close());
    const { content } = await client.callTool({ name: 'echo', arguments: { text: 'hi' } });
    expect(content).toEqual([{ type: 'text', text: '{"text":"hi"}' }]);
  });
});

test('list changes reach the client', async () => {
  const { client, call } = await connect(startStdio().upstream);
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changes += 1;
  });
  expect(await call('change')).toBe('changed');
  await expect.poll(() => changes).toBe(1);
});

// The real program; how to get it: `python3 -m venv v && v/bin/pip install mcp-luma`.
const mcpLuma = process.env.GREENLIGHT_MCP_LUMA;
const needsMcpLuma = skipUnless(mcpLuma !== undefined, 'set GREENLIGHT_MCP_LUMA to its executable');
test('the real mcp-luma makes a video at a fake of its API', needsMcpLuma, async () => {
  const api = await startLumaApi();
  onTestFinished(() => api.close());
  const { upstream, lines } = startStdio({
    command: mcpLuma ?? '',
    args: [],
    env: {
      ACEDATACLOUD_API_BASE_URL: api.url,
      ACEDATACLOUD_API_TOKEN: 'secret-token',
    },
  });
  const { client, call } = await connect(upstream);
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('luma_generate_video');
  const submitted = JSON.parse(await call('luma_generate_video', { prompt: 'a very private fox' }));
  expect(submitted).toMatchObject({
    task_id: 'task-1',
    mcp_async_submission: { poll_tool: 'luma_get_task' },
  });
  expect(api.received).toMatchObject([
    { path: '/luma/videos', authorization: 'Bearer secret-token', body: { prompt: 'a very private fox' } },
  ]);
  expect(lines.join('\n')).toMatch(/core\.client.*POST/);
  expect(lines.join('\n')).not.toMatch(/secret-token|private fox/);
});

/** The version of mcp-luma that the sandbox is the twin of. */
const TWIN_OF = '2026.10.18';

/** A tool's fields, without the descriptions: the sandbox has its own. */
function fieldsOf({ name, inputSchema, outputSchema, ...rest }: Tool) {
  const { description: _, ...others } = rest;
  const properties = Object.entries(inputSchema.properties ?? {}).map(([each, schema]) => {
    const { description: _, ...fields } = schema as Record<string, unknown>;
    return [each, fields] as const;
  });
  return { name, ...others, inputSchema: { ...inputSchema, properties }, outputSchema };
}

test('the sandbox is the twin of the real mcp-luma, field by field', needsMcpLuma, async () => {
  const program = mcpLuma ?? '';
  const version = execFileSync(
    join(dirname(program), 'python'),
    ['-c', 'import importlib.metadata as m; print(m.version("mcp-luma"))'],
    { encoding: 'utf8' },
  ).trim();
  const { upstream } = startStdio({ command: program, args: [], env: { ACEDATACLOUD_API_TOKEN: 'x' } });
  const twins = [upstream, createSandboxUpstream({ clock: createTestClock() })];
  const [real, sandbox] = await Promise.all(
    twins.map(async (each) => {
      const { client } = await connect(each);
      const call = (name: string, args = {}) => client.callTool({ name, arguments: args });
      const formOf = ({ content, ...rest }: Awaited<ReturnType<typeof call>>) => ({
        content: (content as { type: string }[]).map(({ type }) => type),
        ...rest,
        ...('structuredContent' in rest && { structuredContent: Object.keys(rest.structuredContent ?? {}) }),
      });
      return {
        tools: (await client.listTools()).tools.map(fieldsOf),
        prompts: (await client.listPrompts()).prompts.map(({ name, arguments: args }) => ({ name, args })),
        list: formOf(await call('luma_list_aspect_ratios')),
        noPicture: formOf(await call('luma_generate_video_from_image', { prompt: 'a fox' })),
        misfit: formOf(await call('luma_generate_video')),
        unknown: await call('nope'),
      };
    }),
  );
  if (version.startsWith(TWIN_OF)) return expect(sandbox).toEqual(real);
  // A newer one is a piece of work, not a fault of what is tested here: it is said, and fails nothing.
  const moved = (Object.keys(real ?? {}) as (keyof typeof real)[]).filter(
    (part) => !isDeepStrictEqual(sandbox?.[part], real?.[part]),
  );
  const differs = moved.length === 0 ? 'nothing that is compared differs' : `${moved.join(', ')} differ`;
  const text = `mcp-luma has moved on: ${version}; the sandbox is the twin of ${TWIN_OF}: ${differs}.`;
  console.warn(text);
});
