/** Requests that no HTTP client would send, byte by byte. */
import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A connection to the listener at `url`; `write` what is to be said, then read one answer. */
export interface RawConnection {
  socket: Socket;
  write(text: string | Uint8Array): void;
  answer(): Promise<RawAnswer>;
}

export function rawConnection(url: string): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  let received = Buffer.alloc(0);
  let look = () => {};
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    look();
  });
  return {
    socket,
    write: (text) => void socket.write(text),
    answer: () =>
      new Promise((resolve, reject) => {
        look = () => {
          const answer = parse(received);
          if (!answer) return;
          received = received.subarray(answer.length);
          resolve(answer);
        };
        socket.once('close', () => reject(new Error(`closed without an answer: ${received.toString()}`)));
        look();
      }),
  };
}

/** Sends one request as `text` and returns its answer. */
export async function raw(url: string, text: string | Uint8Array): Promise<RawAnswer> {
  const connection = rawConnection(url);
  connection.write(text);
  try {
    return await connection.answer();
  } finally {
    connection.socket.destroy();
  }
}

function parse(bytes: Buffer): (RawAnswer & { length: number }) | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const length = end + 4 + Number(headers['content-length'] ?? 0);
  if (bytes.length < length) return undefined;
  return {
    status: Number(first.split(' ')[1]),
    headers,
    body: bytes.subarray(end + 4, length).toString(),
    length,
  };
}
