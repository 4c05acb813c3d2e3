import type { Socket } from 'node:net';
import { Agent, buildConnector, fetch } from 'undici';
import type { Logger } from '../ports.ts';
import { trustSystemAuthorities } from './certificates.ts';
import { createFindWays, type NamedProxy, proxyVariables, type Way } from './proxies.ts';
import { proxyErrorIn } from './proxy-error.ts';
import { openTunnel } from './tunnel.ts';

/** How Greenlight reaches other machines: by the proxies and with the trust that this one is set up with. */
export interface Network {
  /**
   * Connects for undici's dispatchers, by the proxy of the moment where there is one: it is asked for with each new
   * connection. `timeout` in milliseconds is for each step of it.
   */
  connector(options: { timeout: number }): buildConnector.connector;
  /** `fetch` that connects so. */
  fetch: typeof fetch;
  /** The environment variables by which a program that Greenlight starts learns of the system's proxies. Never rejects. */
  systemVariables(): Promise<Record<string, string>>;
}

/** For how long a proxy that was not reached comes after the other ways (ms). */
const AWAY = 5 * 60_000;

/** Milliseconds that `fetch` waits for a connection. */
const CONNECT_TIMEOUT = 10_000;

/**
 * The network as `env` (proxies, NODE_EXTRA_CA_CERTS) and the system set it up. `systemProxy` answers as a PAC script
 * does; without it the environment alone counts.
 */
export function createNetwork(parts: {
  env: NodeJS.ProcessEnv;
  logger: Logger;
  systemProxy?: (url: URL) => Promise<string>;
}): Network {
  const { env, logger } = parts;
  const findWays = createFindWays(env, parts.systemProxy);
  /** When a proxy was not reached, where another way was named (by `performance.now()`). */
  const away = new Map<string, number>();

  const isAway = (way: Way) => {
    const since = way && away.get(way.url.href);
    return since !== undefined && performance.now() - since < AWAY;
  };

  /** A tunnel to `target` by the first of `ways` that leads there; `undefined`: it is reached directly. */
  async function tunnel(ways: Way[], target: string, timeout: number): Promise<Socket | undefined> {
    const proxies: NamedProxy[] = [];
    for (const way of ways.toSorted((one, other) => Number(isAway(one)) - Number(isAway(other)))) {
      if (way === undefined) return undefined;
      proxies.push(way);
      try {
        const socket = await openTunnel(way, target, timeout);
        away.delete(way.url.href);
        return socket;
      } catch (error) {
        if (!proxyErrorIn(error)?.unreached || proxies.length === ways.length) throw error;
        away.set(way.url.href, performance.now());
      }
    }
    return undefined;
  }

  function connector({ timeout }: { timeout: number }): buildConnector.connector {
    // HTTP/2 would send requests again on its own after a GOAWAY; a generation must never be sent twice.
    const connect = buildConnector({ allowH2: false, timeout });
    return (options, connected) => {
      const url = new URL(`${options.protocol}//${options.host}`);
      void (async () => {
        const ways = await findWays(url);
        if ([url, ...ways.map((way) => way?.url)].some((each) => each?.protocol === 'https:'))
          trustSystemAuthorities(env, logger);
        const port = url.port || (url.protocol === 'https:' ? '443' : '80');
        const socket = await tunnel(ways, `${url.hostname}:${port}`, timeout);
        if (socket === undefined) return connect(options, connected);
        if (url.protocol === 'https:') connect({ ...options, httpSocket: socket }, connected);
        else connected(null, socket.setNoDelay(true));
      })().catch((error: Error) => connected(error, null));
    };
  }

  const dispatcher = new Agent({ allowH2: false, connect: connector({ timeout: CONNECT_TIMEOUT }) });
  return {
    connector,
    fetch: (input, init) => fetch(input, { dispatcher, ...init }),
    async systemVariables() {
      try {
        return parts.systemProxy ? await proxyVariables(parts.systemProxy) : {};
      } catch (error) {
        logger.warn({ reason: String(error) }, 'the system did not say by which proxies programs go');
        return {};
      }
    },
  };
}
