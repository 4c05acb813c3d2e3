import { Agent, buildConnector, fetch } from 'undici';
import type { Logger } from '../ports.ts';
import { trustSystemAuthorities } from './certificates.ts';
import { createFindProxy } from './proxies.ts';
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
}

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
  const findProxy = createFindProxy(env, parts.systemProxy);

  function connector({ timeout }: { timeout: number }): buildConnector.connector {
    // HTTP/2 would send requests again on its own after a GOAWAY; a generation must never be sent twice.
    const connect = buildConnector({ allowH2: false, timeout });
    return (options, connected) => {
      const url = new URL(`${options.protocol}//${options.host}`);
      void (async () => {
        const proxy = await findProxy(url);
        if (url.protocol === 'https:' || proxy?.url.protocol === 'https:')
          trustSystemAuthorities(env, logger);
        if (proxy === undefined) return connect(options, connected);
        const port = url.port || (url.protocol === 'https:' ? '443' : '80');
        const socket = await openTunnel(proxy, `${url.hostname}:${port}`, timeout);
        if (url.protocol === 'https:') connect({ ...options, httpSocket: socket }, connected);
        else connected(null, socket.setNoDelay(true));
      })().catch((error: Error) => connected(error, null));
    };
  }

  const dispatcher = new Agent({ allowH2: false, connect: connector({ timeout: CONNECT_TIMEOUT }) });
  return { connector, fetch: (input, init) => fetch(input, { dispatcher, ...init }) };
}
