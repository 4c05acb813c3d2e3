import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';
import { certificateProblem } from './certificates.ts';
import { codeOf } from './failure.ts';
import { type NamedProxy, SYSTEM } from './proxies.ts';
import { ProxyError } from './proxy-error.ts';

/**
 * A connection to `target` ("host:port") through `proxy` (HTTP CONNECT, RFC 9110, 9.3.6). Whatever is sent there is
 * tunnelled, plain HTTP too: so it is known that nothing has reached the other side while the proxy says no. Rejects with
 * a {@link ProxyError} after at most `timeout` milliseconds.
 */
export function openTunnel(proxy: NamedProxy, target: string, timeout: number): Promise<Socket> {
  const { url } = proxy;
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return Promise.reject(
      fail(
        proxy,
        `is of a kind that Greenlight cannot use (${url.protocol.slice(0, -1)}). Name an HTTP proxy`,
        { unreached: true },
      ),
    );
  const open = url.protocol === 'https:' ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const request: ClientRequest = open({
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorization(url) },
      agent: false,
    });
    const late = setTimeout(() => {
      request.destroy();
      reject(fail(proxy, 'did not answer in time', { unreached: true }));
    }, timeout);
    request.once('connect', (answer: IncomingMessage, socket: Socket, head: Buffer) => {
      clearTimeout(late);
      const { statusCode = 0 } = answer;
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head);
        return resolve(socket);
      }
      socket.on('error', () => {}).destroy();
      reject(refusal(proxy, statusCode, target));
    });
    request.on('error', (error) => {
      clearTimeout(late);
      reject(unreached(proxy, error));
    });
    request.end();
  });
}

function authorization({ username, password }: URL): { 'proxy-authorization'?: string } {
  if (!username && !password) return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Of the proxy only its origin is named: it may have a password. */
function fail(
  { url, from }: NamedProxy,
  what: string,
  { check = true, ...more }: { check?: boolean; cause?: unknown; unreached?: boolean } = {},
): ProxyError {
  const advice = check
    ? ` Check ${from}, or exempt the host there${from === SYSTEM ? '' : ' (NO_PROXY)'}, then retry.`
    : '';
  return new ProxyError(`the proxy ${url.protocol}//${url.host} (of ${from}) ${what}.${advice}`, more);
}

/** It answered, and is not going to connect. */
function refusal(proxy: NamedProxy, status: number, target: string): ProxyError {
  const { from } = proxy;
  if (status === 407) {
    const how = 'http://NAME:PASSWORD@HOST:PORT';
    const where =
      from === SYSTEM ? `in the environment variable HTTPS_PROXY (${how})` : `into ${from} (${how})`;
    return fail(
      proxy,
      `wants a name and a password, or did not take those that it was given (HTTP 407). Put them ${where}, and start Greenlight again; the proxy must take them as “Basic”`,
      { check: false },
    );
  }
  if (status === 403 || status === 405)
    return fail(
      proxy,
      `does not let Greenlight through to ${target} (HTTP ${status}). Ask whoever runs it to allow that`,
      {
        check: false,
      },
    );
  if (status >= 500)
    return fail(
      proxy,
      `could not connect to ${target} itself (HTTP ${status}). Check that address, and that it can be reached from there, then retry`,
      {
        check: false,
      },
    );
  return fail(proxy, `did not connect to ${target} (HTTP ${status})`);
}

/** It was not reached, or said nothing that could be read. */
function unreached(proxy: NamedProxy, error: Error): ProxyError {
  const code = codeOf(error);
  const certificate = certificateProblem(code);
  if (certificate) return fail(proxy, certificate, { check: false, cause: error, unreached: true });
  return fail(proxy, words(code), { cause: error, unreached: true });
}

function words(code: string): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'was not found: its host name does not resolve';
    case 'ECONNREFUSED':
      return 'refused the connection: nothing listens there';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ENETDOWN':
      return 'cannot be reached from this network';
    case 'ETIMEDOUT':
      return 'did not answer in time';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'closed the connection without an answer';
    case 'EPROTO':
      return 'does not speak TLS there';
    default:
      return code.startsWith('HPE_')
        ? 'sent something that is not a valid HTTP answer: it is no HTTP proxy'
        : `could not be connected to (${code})`;
  }
}
