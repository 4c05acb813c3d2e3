/** What Greenlight is measured against: a reverse proxy that does nothing but hand bytes through undici. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Pool } from 'undici';

const pool = new Pool(process.argv[2] ?? '');

const server = createServer(async (req, res) => {
  const { host: _, connection: __, ...headers } = req.headers;
  const answer = await pool.request({
    path: req.url ?? '/',
    method: 'POST',
    headers: headers as Record<string, string>,
    body: req,
  });
  res.writeHead(answer.statusCode, answer.headers as Record<string, string>);
  await pipeline(answer.body, res);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
