/** What Greenlight is measured against: a reverse proxy that does nothing but hand bytes through undici. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Pool } from 'undici';

const pool = new Pool(process.argv[2] ?? '');

const server = createServer(async (request, response) => {
  const { host: _, connection: __, ...headers } = request.headers;
  const answer = await pool.request({
    path: request.url ?? '/',
    method: 'POST',
    headers: headers as Record<string, string>,
    body: request,
  });
  const { connection: ___, 'keep-alive': ____, ...answered } = answer.headers;
  response.writeHead(answer.statusCode, answered as Record<string, string>);
  await pipeline(answer.body, response);
});
// Longer than any pause between two measurements: no connection is opened anew in one.
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
