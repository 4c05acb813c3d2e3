/** A client over a raw socket: cheap enough not to be the limit, where an HTTP library would be. */
import { connect, type Socket } from 'node:net';

/** How an answer came back. */
export interface Answer {
  status: number;
  /** Status line and headers. */
  head: string;
  body: Buffer;
}

/** One kept HTTP/1.1 connection to 127.0.0.1; one request at a time. */
export interface Connection {
  /**
   * POSTs `body` and waits for the whole answer. A kept connection that the server closed while it was idle is opened
   * anew, once. Rejects when the connection breaks.
   */
  send(body: string): Promise<Answer>;
  /** Adds a header to all that follow. */
  keep(name: string, value: string): void;
  /** How many requests were answered. */
  readonly answered: number;
  close(): void;
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** A connection that is opened when it is first used. `headers` go with every request. */
export function createConnection(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Connection {
  let socket: Socket | undefined;
  let pending: Pending | undefined;
  let reader = createAnswerReader();
  let answered = 0;
  let prefix = `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\n`;
  const keep = (name: string, value: string) => {
    prefix += `${name}: ${value}\r\n`;
  };
  for (const [name, value] of Object.entries(headers)) keep(name, value);

  function close(): void {
    const closing = socket;
    socket = undefined;
    reader = createAnswerReader();
    closing?.destroy();
  }

  function fail(error: Error): void {
    const failed = pending;
    pending = undefined;
    close();
    failed?.reject(error);
  }

  function open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const opening = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(opening));
      opening.on('error', (error) => {
        reject(error);
        if (opening === socket) fail(error);
      });
      opening.on('close', () => {
        if (opening === socket) fail(new Error('The connection was closed.'));
      });
      opening.on('data', (data) => {
        const answer = reader.read(data);
        if (answer === undefined) return;
        const done = pending;
        pending = undefined;
        answered += 1;
        if (/\r\nconnection: *close/i.test(answer.head)) close();
        done?.resolve(answer);
      });
      socket = opening;
    });
  }

  async function once(body: string): Promise<Answer> {
    const to = socket ?? (await open());
    return new Promise((resolve, reject) => {
      pending = { resolve, reject };
      to.write(`${prefix}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
  }

  return {
    keep,
    close,
    get answered() {
      return answered;
    },
    async send(body) {
      const kept = socket !== undefined;
      try {
        return await once(body);
      } catch (error) {
        if (!kept) throw error;
        return once(body);
      }
    },
  };
}

/** Reads one answer after the other from what arrives; only what the proxies measured here send. */
function createAnswerReader() {
  let bytes: Buffer = Buffer.alloc(0);
  let head: { text: string; length: number; chunked: boolean } | undefined;
  let parts: Buffer[] = [];
  /** Bytes of the body, or of the chunk, that are still to come; undefined: the size of a chunk comes next. */
  let left: number | undefined;

  function take(): boolean {
    const part = bytes.subarray(0, left);
    parts.push(part);
    bytes = bytes.subarray(part.length);
    left = (left ?? 0) - part.length;
    return left === 0;
  }

  function chunksAreThere(): boolean {
    for (;;) {
      if (left === undefined) {
        const end = bytes.indexOf('\r\n');
        if (end < 0) return false;
        const size = Number.parseInt(bytes.toString('latin1', 0, end), 16);
        if (size === 0 && bytes.length < end + 4) return false;
        bytes = bytes.subarray(end + (size === 0 ? 4 : 2));
        if (size === 0) return true;
        left = size;
      }
      if (left > 0 && !take()) return false;
      if (bytes.length < 2) return false;
      bytes = bytes.subarray(2);
      left = undefined;
    }
  }

  function headIsThere(): boolean {
    const end = bytes.indexOf(END_OF_HEAD);
    if (end < 0) return false;
    const text = bytes.toString('latin1', 0, end);
    bytes = bytes.subarray(end + 4);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
    const chunked = /\r\ntransfer-encoding: *chunked/i.test(text);
    head = { text, length, chunked };
    parts = [];
    left = chunked ? undefined : length;
    return true;
  }

  return {
    /** The answer, once all of it has arrived. */
    read(data: Buffer): Answer | undefined {
      bytes = bytes.length > 0 ? Buffer.concat([bytes, data]) : data;
      if (head === undefined && !headIsThere()) return undefined;
      if (head?.chunked ? !chunksAreThere() : !take()) return undefined;
      const answer = {
        status: Number(head?.text.slice(9, 12)),
        head: head?.text ?? '',
        body: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts),
      };
      head = undefined;
      return answer;
    },
  };
}

const VERSION = '2025-06-18';

/** Begins a session as a client does. Rejects, with what was answered, where that is refused. */
export async function beginSession(connection: Connection): Promise<void> {
  const params = {
    protocolVersion: VERSION,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1.0.0' },
  };
  const begun = await connection.send(
    JSON.stringify({ jsonrpc: '2.0', id: 'first', method: 'initialize', params }),
  );
  if (begun.status !== 200) throw new Error(`initialize: ${begun.status} ${begun.body}`);
  const session = /\r\nmcp-session-id: *([^\r\n]+)/i.exec(begun.head)?.[1];
  connection.keep('mcp-protocol-version', VERSION);
  if (session !== undefined) connection.keep('mcp-session-id', session);
  const { status, body } = await connection.send(
    JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
  );
  if (status >= 300) throw new Error(`notifications/initialized: ${status} ${body}`);
}
