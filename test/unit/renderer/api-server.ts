import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The browser host's API as far as the transport needs it, over real HTTP; answers come from the test. */
export class ApiServer {
  /** What each method answers; a thrown `{ status, body }` becomes that answer. */
  readonly answers = new Map<string, (params: unknown) => unknown>();
  readonly keys: string[] = [];
  readonly #streams = new Set<ServerResponse>();
  readonly #server = createServer(async (request, response) => {
    this.keys.push(request.headers.authorization ?? '');
    if (request.headers.authorization !== 'Bearer right') {
      response.writeHead(401).end('{"error":{"code":"unavailable","message":"No."}}');
      return;
    }
    if (request.url === '/api/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      this.#streams.add(response);
      request.on('close', () => this.#streams.delete(response));
      return;
    }
    const params: unknown = JSON.parse(await text(request));
    const [status, body] = await this.#answer(request.url?.slice('/api/'.length) ?? '', params);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });

  /** Starts on `port` (0: a free one). Resolves with the origin. */
  async start(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many event streams are open. */
  get open(): number {
    return this.#streams.size;
  }

  /** Sends text or bytes as they are to every event stream. */
  send(raw: string | Uint8Array): void {
    for (const stream of this.#streams) stream.write(raw);
  }

  /** Breaks every connection off. */
  drop(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(method: string, params: unknown): Promise<[status: number, body: string]> {
    const answer = this.answers.get(method);
    if (answer === undefined) return [404, 'nothing here'];
    try {
      return [200, JSON.stringify(await answer(params))];
    } catch (error) {
      const { status, body } = error as { status: number; body: unknown };
      return [status, JSON.stringify(body)];
    }
  }
}
