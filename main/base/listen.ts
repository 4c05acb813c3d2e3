import type { AddressInfo, Server } from 'node:net';
import { StartError } from './start-error.ts';

/**
 * Has `server` listen on loopback and returns the port; 0 picks a free one. Throws a {@link StartError}
 * that names the port when it is taken.
 */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new StartError(
              'port',
              `Port ${port} is taken by another program. Stop that program, then start Greenlight again.`,
              { cause: error },
            )
          : error,
      );
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
