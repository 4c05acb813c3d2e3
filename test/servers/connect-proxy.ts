/** A proxy that opens tunnels (HTTP CONNECT) and does nothing else. */
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { listen } from '../../main/base/listen.ts';

export interface ConnectProxy {
  url: string;
  /** Where it was asked to connect to, in order. */
  asked: string[];
  close(): Promise<void>;
}

/**
 * Starts one. `leadTo`: the port of 127.0.0.1 that each tunnel leads to, whatever it is asked for; without it, where it is
 * asked to. `credentials` ("name:password") are asked for. `refuse`: the status that it answers instead.
 */
export async function startConnectProxy(
  options: { leadTo?: number; credentials?: string; refuse?: number } = {},
): Promise<ConnectProxy> {
  const asked: string[] = [];
  const open = new Set<Duplex>();
  const server = createServer((_request, response) => response.writeHead(400).end('only tunnels'));
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    open.add(client.on('error', () => {}));
    const target = request.url ?? '';
    asked.push(target);
    const known = options.credentials && `Basic ${Buffer.from(options.credentials).toString('base64')}`;
    const status =
      options.refuse ?? (request.headers['proxy-authorization'] === (known || undefined) ? 200 : 407);
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const [host = '', port] = target.split(/:(?=\d+$)/);
    const onward: Socket = connect(
      options.leadTo === undefined
        ? { host, port: Number(port) }
        : { host: '127.0.0.1', port: options.leadTo },
    );
    open.add(onward);
    onward.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(onward).pipe(client);
    });
    onward.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const)
      one.once('close', () => other.destroy());
  });
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async close() {
      for (const each of open) each.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
