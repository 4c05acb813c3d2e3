/**
 * A small ntfy server: publishing as JSON and to a topic's own address, following a topic as JSON
 * (https://docs.ntfy.sh/publish/#publish-as-json, https://docs.ntfy.sh/subscribe/api/).
 */
import { createServer, type ServerResponse } from 'node:http';
import { json, text } from 'node:stream/consumers';
import { listen } from '../../main/base/listen.ts';

interface NtfyMessage {
  topic: string;
  sequence_id?: string;
  title?: string;
  message?: string;
  priority?: number;
  actions?: NtfyAction[];
}

interface NtfyAction {
  action: string;
  label: string;
  url: string;
  method: string;
  body: string;
  clear: boolean;
}

const NAME = /^[-_A-Za-z0-9]{1,64}$/;

/** `refuse`: the status with which it takes nothing, until it is `undefined` again. */
export async function startNtfy(port = 0): Promise<{
  url: string;
  /** What was published as JSON. */
  taken: NtfyMessage[];
  /** How many follow topics now. */
  following(): number;
  refuse(status: number | undefined): void;
  /** Sends `line` as it is to all who follow a topic. */
  say(line: string): void;
  /** Ends the connections of all who follow a topic. */
  drop(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const taken: NtfyMessage[] = [];
  const lines: { topic: string; id: string; line: string }[] = [];
  const followers = new Map<ServerResponse, string>();
  let refusing: number | undefined;

  function publish(message: NtfyMessage): string {
    const id = `id${lines.length + 1}`;
    const line = `${JSON.stringify({ id, time: 1, event: 'message', ...message })}\n`;
    lines.push({ topic: message.topic, id, line });
    for (const [follower, topic] of followers) if (topic === message.topic) follower.write(line);
    return line;
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://ntfy');
    const [, topic = '', how] = url.pathname.split('/');
    if (refusing !== undefined) return response.writeHead(refusing).end('{}');
    if (request.method === 'GET' && how === 'json' && NAME.test(topic)) {
      const since = url.searchParams.get('since');
      response.writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' });
      response.write(`${JSON.stringify({ id: 'open', time: 1, event: 'open', topic })}\n`);
      const from = since === 'all' ? 0 : lines.findIndex(({ id }) => id === since) + 1;
      for (const each of lines.slice(from)) if (each.topic === topic) response.write(each.line);
      followers.set(response, topic);
      return response.on('close', () => followers.delete(response));
    }
    if (request.method !== 'POST') return response.writeHead(404).end();
    const message: NtfyMessage =
      topic === '' ? ((await json(request)) as NtfyMessage) : { topic, message: await text(request) };
    if (!NAME.test(message.topic)) return response.writeHead(400).end('{}');
    if (topic === '') taken.push(message);
    return response.writeHead(200, { 'content-type': 'application/json' }).end(publish(message));
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
    following: () => followers.size,
    refuse: (status) => {
      refusing = status;
    },
    say: (line) => {
      for (const follower of followers.keys()) follower.write(line);
    },
    drop: () => {
      for (const follower of followers.keys()) follower.destroy();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Does what a phone does whose person presses `label` on `message`. */
export async function press(message: NtfyMessage | undefined, label: string): Promise<void> {
  const action = message?.actions?.find((each) => each.label === label);
  if (action === undefined) throw new Error(`There is no button ${label}.`);
  await fetch(action.url, { method: action.method, body: action.body });
}
