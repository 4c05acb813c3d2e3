import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { beginSession, createConnection } from '../../bench/parts/connection.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Answers each request with the pieces that `answer` gives for it, each a write of its own; `most` a connection. */
async function serve(
  answer: (request: string) => string[],
  most = Number.POSITIVE_INFINITY,
): Promise<number> {
  const server = createServer((socket) => {
    let requests = 0;
    socket.setNoDelay(true);
    socket.on('data', async (data) => {
      requests += 1;
      if (requests > most) return void socket.destroy();
      for (const piece of answer(data.toString())) {
        socket.write(piece);
        // The next piece is then a packet of its own.
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const HEAD = 'HTTP/1.1 200 OK\r\n';

test('reads a body by its length, however it arrives', async () => {
  const port = await serve(() => [`${HEAD}content-le`, 'ngth: 5\r\n\r', '\nhe', 'llo']);
  const connection = createConnection(port, '/mcp');
  for (let times = 0; times < 2; times++) {
    const { status, body } = await connection.send('{}');
    expect([status, body.toString()]).toEqual([200, 'hello']);
  }
  expect(connection.answered).toBe(2);
  connection.close();
});

test('reads a body in chunks, however they arrive', async () => {
  const chunked = `${HEAD}transfer-encoding: chunked\r\n\r\n`;
  const pieces = [
    [`${chunked}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`],
    [`${chunked}3`, '\r\nh', 'el\r', '\n2\r\nlo', '\r\n0\r\n', '\r\n'],
  ];
  const port = await serve(() => pieces.shift() ?? []);
  const connection = createConnection(port, '/mcp');
  expect((await connection.send('{}')).body.toString()).toBe('hello');
  expect((await connection.send('{}')).body.toString()).toBe('hello');
  connection.close();
});

test('opens anew what the server closed meanwhile', async () => {
  const port = await serve(() => [`${HEAD}content-length: 2\r\n\r\nok`], 1);
  const connection = createConnection(port, '/mcp');
  for (let times = 0; times < 3; times++) expect((await connection.send('{}')).body.toString()).toBe('ok');
  connection.close();
});

test('begins a session and stays in it', async () => {
  const asked: string[] = [];
  const port = await serve((request) => {
    asked.push(request);
    const id = asked.length === 1 ? 'mcp-session-id: seven\r\n' : '';
    return [`${HEAD}${id}content-length: 0\r\n\r\n`];
  });
  const connection = createConnection(port, '/mcp', { authorization: 'Bearer t' });
  await beginSession(connection);
  await connection.send('{}');
  expect(asked[0]).toContain('authorization: Bearer t\r\n');
  expect(asked[0]).not.toContain('mcp-session-id');
  expect(asked[2]).toContain('mcp-session-id: seven\r\n');
  connection.close();
});
