import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserFacingError } from '../../shared/user-facing-error.ts';

/**
 * Has `server` listen on loopback and returns the port; 0 picks a free one. Throws a {@link UserFacingError}
 * that names the port when it is taken.
 */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new UserFacingError(
              'unavailable',
              `Port ${port} is taken by another program. Stop that program, or choose another port (--port and --ui-port; 0 picks a free one).`,
              { cause: error },
            )
          : error,
      );
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
