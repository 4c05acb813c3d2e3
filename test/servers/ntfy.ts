/** A small ntfy server: publishing as JSON, as https://docs.ntfy.sh/publish/#publish-as-json has it. */
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { listen } from '../../main/base/listen.ts';

interface NtfyMessage {
  topic: string;
  sequence_id?: string;
  title?: string;
  message?: string;
  priority?: number;
}

/** `refuse`: the status with which it takes nothing, until it is `undefined` again. */
export async function startNtfy(port = 0): Promise<{
  url: string;
  taken: NtfyMessage[];
  refuse(status: number | undefined): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const taken: NtfyMessage[] = [];
  let refusing: number | undefined;
  const server = createServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/') return response.writeHead(404).end();
    const message = (await json(request)) as NtfyMessage;
    if (refusing !== undefined) return response.writeHead(refusing).end('{}');
    if (!/^[-_A-Za-z0-9]{1,64}$/.test(message.topic)) return response.writeHead(400).end('{}');
    taken.push(message);
    response.writeHead(200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ id: String(taken.length), event: 'message', ...message }));
  });
  const chosen = await listen(server, port);
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${chosen}`,
    taken,
    refuse: (status) => {
      refusing = status;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
