/** Machines behind a company's proxy, with an authority of its own: real proxies, real certificates. */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../main/base/listen.ts';
import { createNetwork } from '../../../main/base/network/network.ts';
import { publish } from '../../../main/notify/phone/ntfy.ts';
import { createHttpUpstream } from '../../../main/upstream/http/http.ts';
import { readTools } from '../../../main/upstream/tools/tools.ts';
import { UpstreamError } from '../../../main/upstream/upstream.ts';
import { startConnectProxy } from '../../servers/connect-proxy.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { startNtfy } from '../../servers/ntfy.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { startGreenlight } from '../../support/greenlight.ts';
import { silent } from '../../support/log.ts';
import { skipUnless } from '../../support/skip.ts';

const portOf = (url: string) => Number(new URL(url).port);

async function proxy(options?: Parameters<typeof startConnectProxy>[0]) {
  const started = await startConnectProxy(options);
  onTestFinished(() => started.close());
  return started;
}

async function mcpServer() {
  const server = await startHttpUpstream();
  onTestFinished(() => server.close());
  return server;
}

function upstreamBy(env: Record<string, string>, url = 'http://luma.example/mcp', connectTimeout?: number) {
  const network = createNetwork({ env, logger: silent });
  const upstream = createHttpUpstream({ url, network, ...(connectTimeout && { connectTimeout }) });
  onTestFinished(() => upstream.close());
  return upstream;
}

async function failureBy(env: Record<string, string>, timeout?: number): Promise<UpstreamError> {
  const request = { method: 'POST', headers: {}, body: '{}', signal: new AbortController().signal } as const;
  const error = await upstreamBy(env, undefined, timeout)
    .send(request)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UpstreamError);
  expect((error as UpstreamError).reached).toBe(false);
  expect((error as UpstreamError).message).toMatch(
    /^The upstream at http:\/\/luma.example was not reached: /,
  );
  return error as UpstreamError;
}

describe('behind a proxy', () => {
  test('an upstream is reached through it, by one tunnel for many requests', async () => {
    const server = await mcpServer();
    const by = await proxy({ leadTo: portOf(server.url) });
    const list = await readTools(upstreamBy({ HTTP_PROXY: by.url }), { timeoutMs: 60_000 });
    expect(list.tools.map(({ name }) => name)).toEqual(['echo']);
    expect(new Set(by.asked)).toEqual(new Set(['luma.example:80']));
    expect(server.received.length).toBeGreaterThan(by.asked.length);
    expect(server.received[0]?.headers.host).toBe('luma.example');
    expect(Object.keys(server.received[0]?.headers ?? {})).not.toContain('proxy-authorization');
  });

  test('what is on this computer is reached without it', async () => {
    const server = await mcpServer();
    const by = await proxy();
    await readTools(upstreamBy({ HTTP_PROXY: by.url, ALL_PROXY: by.url }, server.url), { timeoutMs: 60_000 });
    expect(by.asked).toEqual([]);
  });

  test('the proxy is asked for anew with each connection', async () => {
    const server = await mcpServer();
    const by = await proxy({ leadTo: portOf(server.url) });
    let says = 'PROXY 127.0.0.1:9';
    const network = createNetwork({ env: {}, logger: silent, systemProxy: async () => says });
    const upstream = createHttpUpstream({ url: 'http://luma.example/mcp', network });
    onTestFinished(() => upstream.close());
    await expect(readTools(upstream, { timeoutMs: 60_000 })).rejects.toThrow(/the system’s proxy settings/);
    says = `PROXY 127.0.0.1:${portOf(by.url)}`;
    await readTools(upstream, { timeoutMs: 60_000 });
    expect(by.asked).not.toEqual([]);
  });

  test('where the system names several ways, one that is not reached is passed over, and not tried again soon', async () => {
    const server = await mcpServer();
    const by = await proxy({ leadTo: portOf(server.url) });
    const gone = createTcpServer((socket) => {
      tries += 1;
      socket.on('error', () => {}).destroy();
    });
    let tries = 0;
    const port = await listen(gone, 0);
    onTestFinished(() => void gone.close());
    let says = `PROXY 127.0.0.1:${port}; SOCKS5 127.0.0.1:9; PROXY 127.0.0.1:${portOf(by.url)}; DIRECT`;
    const network = createNetwork({ env: {}, logger: silent, systemProxy: async () => says });
    for (let n = 0; n < 3; n += 1) {
      const upstream = createHttpUpstream({ url: 'http://luma.example/mcp', network });
      onTestFinished(() => upstream.close());
      await readTools(upstream, { timeoutMs: 60_000 });
    }
    expect(tries).toBe(1);
    expect(new Set(by.asked)).toEqual(new Set(['luma.example:80']));

    // One that says no is not got around.
    const no = await proxy({ refuse: 403 });
    says = `PROXY 127.0.0.1:${portOf(no.url)}; PROXY 127.0.0.1:${portOf(by.url)}`;
    const upstream = createHttpUpstream({ url: 'http://luma.example/mcp', network });
    onTestFinished(() => upstream.close());
    await expect(readTools(upstream, { timeoutMs: 60_000 })).rejects.toThrow(
      /does not let Greenlight through/,
    );

    says = 'PROXY 127.0.0.1:9; DIRECT';
    const direct = createHttpUpstream({ url: 'http://no-such-host.invalid/mcp', network });
    onTestFinished(() => direct.close());
    await expect(readTools(direct, { timeoutMs: 60_000 })).rejects.toThrow(
      /no-such-host.invalid was not found/,
    );
  });

  test('the phone is told through it', async () => {
    const ntfy = await startNtfy();
    onTestFinished(() => ntfy.close());
    const by = await proxy({ leadTo: portOf(ntfy.url) });
    const { fetch } = createNetwork({ env: { HTTP_PROXY: by.url }, logger: silent });
    const message = { id: 'a', title: 'A', body: 'B', loud: false };
    const closing = new AbortController().signal;
    await publish('http://ntfy.example', 'topic', message, { fetch, closing });
    expect(ntfy.taken).toMatchObject([{ topic: 'topic', title: 'A' }]);
    expect(by.asked).toEqual(['ntfy.example:80']);

    const none = createNetwork({ env: { HTTP_PROXY: 'http://127.0.0.1:9' }, logger: silent });
    await expect(
      publish('http://ntfy.example', 'topic', message, { fetch: none.fetch, closing }),
    ).rejects.toThrow(/phone is told nothing: the proxy http:\/\/127.0.0.1:9 \(of HTTP_PROXY\) refused/);
  });

  test('one that wants to know who asks is told, and what it says of it names no password', async () => {
    const server = await mcpServer();
    const by = await proxy({ leadTo: portOf(server.url), credentials: 'me:p@ss word' });
    const place = by.url.replace('http://', '');
    await readTools(upstreamBy({ HTTP_PROXY: `http://me:p%40ss%20word@${place}` }), { timeoutMs: 60_000 });
    const wrong = await failureBy({ HTTP_PROXY: `http://me:hunter2@${place}` });
    expect(wrong.message).toMatch(
      /the proxy http:\/\/127.0.0.1:\d+ \(of HTTP_PROXY\) wants a name and a password/,
    );
    expect(wrong.message).toMatch(/\(HTTP 407\)\. Put them into HTTP_PROXY/);
    expect(wrong.message).not.toMatch(/hunter2/);
    expect((await failureBy({ http_proxy: by.url })).message).toMatch(/HTTP 407/);
  });

  test.each([
    [502, /could not connect to luma\.example:80 itself \(HTTP 502\)\. Check that address/],
    [504, /could not connect to luma\.example:80 itself \(HTTP 504\)/],
    [403, /does not let Greenlight through to luma\.example:80 \(HTTP 403\)\. Ask whoever runs it/],
    [302, /did not connect to luma\.example:80 \(HTTP 302\)\. Check HTTP_PROXY/],
  ])('one that answers %i is named, and what to do', async (refuse, words) => {
    const by = await proxy({ refuse });
    expect((await failureBy({ HTTP_PROXY: by.url })).message).toMatch(words);
  });

  test('one that is not there, is none, says nothing, or goes away is named', async () => {
    const { message } = await failureBy({ HTTP_PROXY: 'http://127.0.0.1:9' });
    expect(message).toBe(
      'The upstream at http://luma.example was not reached: the proxy http://127.0.0.1:9 (of HTTP_PROXY) refused the connection: nothing listens there. Check HTTP_PROXY, or exempt the host there (NO_PROXY), then retry.',
    );
    expect((await failureBy({ HTTP_PROXY: 'http://no-such-host.invalid' })).message).toMatch(/was not found/);
    expect((await failureBy({ ALL_PROXY: 'socks4://127.0.0.1:9' })).message).toMatch(/cannot use \(socks4\)/);
    expect((await failureBy({ HTTP_PROXY: 'http://' })).message).toMatch(/HTTP_PROXY is not the address/);

    const tcp = (answer: (socket: Socket) => void) => {
      const server = createTcpServer((socket) => answer(socket.on('error', () => {})));
      onTestFinished(() => void server.close());
      return listen(server, 0);
    };
    const ssh = await tcp((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    expect((await failureBy({ HTTP_PROXY: `127.0.0.1:${ssh}` })).message).toMatch(/it is no HTTP proxy/);
    const gone = await tcp((socket) => socket.destroy());
    expect((await failureBy({ HTTP_PROXY: `127.0.0.1:${gone}` })).message).toMatch(/closed the connection/);
    const mute = await tcp(() => {});
    const silence = await failureBy({ HTTP_PROXY: `127.0.0.1:${mute}` }, 100);
    expect(silence.message).toMatch(/did not answer in time/);
  });

  test('the agent and the window read that it is the proxy', async () => {
    const by = await proxy({ refuse: 502 });
    const network = createNetwork({ env: { HTTP_PROXY: by.url }, logger: silent });
    const greenlight = await startGreenlight({ upstream: 'http://luma.example/mcp', network });
    onTestFinished(() => greenlight.stop());
    const words =
      /not reached: the proxy http:\/\/127\.0\.0\.1:\d+ \(of HTTP_PROXY\) could not connect to luma/;
    expect((await greenlight.core.connection.refresh()).message).toMatch(words);
    const answer = await greenlight.post({ jsonrpc: '2.0', id: 1, method: 'resources/list' });
    expect(await answer.text()).toMatch(words);
  });
});

describe('an authority of one’s own', skipUnless(process.platform !== 'win32', 'it needs openssl'), () => {
  const folder = folderOfSuite();
  const at = (name: string) => join(folder(), name);
  const none = () => ({ NODE_EXTRA_CA_CERTS: '', SSL_CERT_FILE: at('empty'), SSL_CERT_DIR: at('nowhere') });

  beforeAll(() => {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder() });
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    writeFileSync(at('empty'), '');
    writeFileSync(at('for'), 'subjectAltName=DNS:luma.example,IP:127.0.0.1');
    openssl('req', '-x509', ...curve, '-subj', '/CN=Company', '-keyout', 'ca.key', '-out', 'ca.pem');
    openssl('req', ...curve, '-subj', '/CN=luma.example', '-keyout', 'key.pem', '-out', 'request.pem');
    // biome-ignore format: one command line
    openssl('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'for', '-out', 'cert.pem');
  });

  /** What a process of this environment gets of a server with a certificate of that authority. */
  async function ask(env: Record<string, string>, url: (port: number) => string) {
    const server = createTlsServer({ key: readFileSync(at('key.pem')), cert: readFileSync(at('cert.pem')) });
    server.on('request', (_request, response) => response.end('{}'));
    const port = await listen(server, 0);
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const by = await proxy({ leadTo: port });
    const program = fileURLToPath(new URL('ask.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program, url(port)], {
      env: { ...process.env, ...none(), HTTPS_PROXY: by.url, ...env },
    });
    return JSON.parse(stdout) as { status?: number; message?: string; reached?: boolean };
  }
  const here = (port: number) => `https://127.0.0.1:${port}/mcp`;
  const throughProxy = () => 'https://luma.example/mcp';

  test('is trusted by NODE_EXTRA_CA_CERTS, through a proxy too', async () => {
    expect(await ask({ NODE_EXTRA_CA_CERTS: at('ca.pem') }, here)).toEqual({ status: 200 });
    expect(await ask({ NODE_EXTRA_CA_CERTS: at('ca.pem') }, throughProxy)).toEqual({ status: 200 });
  });

  test(
    'is trusted where the system trusts it',
    skipUnless(process.platform === 'linux', 'only Linux has its store in a file'),
    async () => {
      expect(await ask({ SSL_CERT_FILE: at('ca.pem') }, here)).toEqual({ status: 200 });
    },
  );

  test('is not trusted else: nothing is sent, and it is said how to trust it', async () => {
    for (const url of [here, throughProxy]) {
      const { message, reached } = await ask({}, url);
      expect(reached).toBe(false);
      expect(message).toMatch(/an authority that this computer does not trust.*NODE_EXTRA_CA_CERTS/);
      expect(message).not.toMatch(/the proxy/);
    }
  });

  test('is trusted by that variable where the runtime itself does not read it', async () => {
    expect(await ask({ UNREAD_CA_CERTS: at('ca.pem') }, here)).toEqual({ status: 200 });
    for (const file of ['key.pem', 'nothing'])
      expect((await ask({ UNREAD_CA_CERTS: at(file) }, here)).message).toMatch(/does not trust/);
  });

  test('does not vouch for another host', async () => {
    const env = { NODE_EXTRA_CA_CERTS: at('ca.pem') };
    expect((await ask(env, () => 'https://other.example/mcp')).message).toMatch(/for another host name/);
  });

  test('a file of it that cannot be read leaves the others', async () => {
    const { message } = await ask({ NODE_EXTRA_CA_CERTS: at('nothing') }, here);
    expect(message).toMatch(/does not trust/);
  });
});
