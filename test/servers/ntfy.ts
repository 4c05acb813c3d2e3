/** A small ntfy server: publishing as JSON, and polling, as https://docs.ntfy.sh has them. */
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
export async function startNtfy(): Promise<{
  url: string;
  taken: NtfyMessage[];
  refuse(status: number | undefined): void;
  close(): Promise<void>;
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
  const port = await listen(server, 0);
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    refuse: (status) => {
      refusing = status;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
