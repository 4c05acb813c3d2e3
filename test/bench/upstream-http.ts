/**
 * `node upstream-http.ts [TOOLS]`: a fast MCP server over streamable HTTP, without sessions. Prints its port. Answers
 * as JSON, or as an event stream where a call asks for `events`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createFastServer, type Message } from './parts/fast-server.ts';

const { answer, note } = createFastServer(Number(process.argv[2] ?? 3));

const server = createServer((request, response) => {
  if (request.method !== 'POST') {
    response.writeHead(request.method === 'DELETE' ? 200 : 405).end();
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const message = JSON.parse(Buffer.concat(chunks).toString()) as Message;
    if (message.id === undefined) {
      response.writeHead(202).end();
      return;
    }
    const body = answer(message);
    const events = message.params?.arguments?.events;
    if (events === undefined) {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let at = 0; at < events; at++) if (!response.write(note)) await once(response, 'drain');
    response.end(`event: message\ndata: ${body}\n\n`);
  });
});
// Longer than any pause between two measurements: no connection is opened anew in one.
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
