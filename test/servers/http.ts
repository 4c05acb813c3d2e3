/**
 * A real MCP server over HTTP for tests: the SDK's server behind `node:http`, on a free port. It keeps
 * what it received, byte for byte, so that a test can say what crossed the proxy and what did not.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  CreateTaskOptions,
  TaskStore,
} from '@modelcontextprotocol/sdk/experimental/tasks/interfaces.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  type CreateMessageRequest,
  type CreateMessageResult,
  CreateMessageResultSchema,
  type ElicitRequest,
  type ElicitResult,
  ElicitResultSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type ServerCapabilities,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import { createMemoryEventStore } from './event-store.ts';

/** What a scripted tool may do while it runs. */
export interface ToolCall {
  arguments: Record<string, unknown>;
  /** `params._meta` as received. */
  meta: Record<string, unknown> | undefined;
  /** Aborted when the call is cancelled or its session ends. */
  signal: AbortSignal;
  /** Sends `notifications/progress` on the call's own stream; does nothing without a progress token. */
  progress(progress: number, total?: number, message?: string): Promise<void>;
  /** Asks the client's model (`sampling/createMessage`) on the call's own stream. */
  sample(params: CreateMessageRequest['params']): Promise<CreateMessageResult>;
  /** Asks the client's person (`elicitation/create`) on the call's own stream. */
  elicit(params: ElicitRequest['params']): Promise<ElicitResult>;
  /** Ends the call's stream before its answer, so that the client must resume (needs `resumable`). */
  closeStream(): void;
}

export type ScriptedTool = Tool & { run?(call: ToolCall): CallToolResult | Promise<CallToolResult> };

/** One HTTP request as it arrived. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** Settles when the exchange is over: the answer was sent whole, or the other side left before that. */
  ended: Promise<'answered' | 'abandoned'>;
}

export interface HttpUpstreamOptions {
  /** The port, for a server that comes back; a free one by default. */
  port?: number;
  /** `stateful` (the default) opens sessions; `stateless` has none, like the hosted Luma server. */
  sessions?: 'stateful' | 'stateless';
  /** How requests are answered; the default is `event-stream`. */
  answers?: 'event-stream' | 'json';
  /** The tools on offer; the default is one, `echo`, that answers with its arguments as JSON. */
  tools?: ScriptedTool[];
  /** How many tools one page of `tools/list` holds; all by default. */
  pageSize?: number;
  /** Keeps events, so that streams can be resumed with `Last-Event-ID`. */
  resumable?: boolean;
  /** Requires this bearer token and answers 401 without it. */
  token?: string;
  /** More capabilities than `tools`, and the handlers behind them. */
  capabilities?: ServerCapabilities;
  configure?(server: Server): void;
  /** Makes a task of each call that wants one (2025-11-25). One for all clients, as a server with one token has it. */
  taskStore?: TaskStore;
  /** Sees every request first; returns true when it has answered (or means to, or means never to). */
  intercept?(request: ReceivedRequest, response: ServerResponse): boolean | Promise<boolean>;
}

export interface HttpUpstream {
  url: string;
  /** Every request so far, oldest first. */
  received: ReceivedRequest[];
  /** The JSON-RPC messages among them, parsed; only those with this method when one is named. */
  messages(method?: string): Record<string, unknown>[];
  /** Replaces the tools and sends `notifications/tools/list_changed` to every session. */
  setTools(tools: ScriptedTool[]): Promise<void>;
  /** The servers of the open sessions, for notifications and requests of their own. */
  servers(): Server[];
  close(): Promise<void>;
}

export const echoTool: ScriptedTool = {
  name: 'echo',
  description: 'Answers with its arguments.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
  run: (call) => ({ content: [{ type: 'text', text: JSON.stringify(call.arguments) }] }),
};

interface Session {
  server: Server;
  transport: WebStandardStreamableHTTPServerTransport;
}

/** Starts the server on a free port of 127.0.0.1. The caller closes it. */
export async function startHttpUpstream(options: HttpUpstreamOptions = {}): Promise<HttpUpstream> {
  let tools = options.tools ?? [echoTool];
  const received: ReceivedRequest[] = [];
  const sessions = new Map<string, Session>();
  const stateless = options.sessions === 'stateless';

  async function openSession(): Promise<Session> {
    const server = createScriptedServer(() => tools, options);
    const transport = new WebStandardStreamableHTTPServerTransport({
      enableJsonResponse: options.answers === 'json',
      ...(options.resumable ? { eventStore: createMemoryEventStore(), retryInterval: 20 } : {}),
      ...(stateless
        ? {}
        : {
            sessionIdGenerator: randomUUID,
            onsessioninitialized: (id: string) => void sessions.set(id, { server, transport }),
            onsessionclosed: (id: string) => void sessions.delete(id),
          }),
    });
    // The SDK's classes do not declare their optional callbacks as `| undefined`.
    await server.connect(transport as Parameters<Server['connect']>[0]);
    return { server, transport };
  }

  async function answer(request: Request): Promise<Response> {
    if (stateless && request.method !== 'POST') {
      return new Response(null, { status: 405, headers: { allow: 'POST' } });
    }
    const id = request.headers.get('mcp-session-id');
    if (id === null || stateless) return (await openSession()).transport.handleRequest(request);
    const session = sessions.get(id);
    return session
      ? session.transport.handleRequest(request)
      : new Response('Session not found', { status: 404 });
  }

  const http = createServer(async (request, response) => {
    const entry = await receive(request, response).catch(() => undefined);
    // A sender that left in the middle of its body sent no request.
    if (!entry) return;
    received.push(entry);
    const taken = options.intercept?.(entry, response);
    if (taken instanceof Promise ? await taken : taken) return;
    if (options.token !== undefined && entry.headers.authorization !== `Bearer ${options.token}`) {
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
      return;
    }
    await reply(await answer(toWebRequest(entry)), response);
  });
  http.listen(options.port ?? 0, '127.0.0.1');
  await once(http, 'listening');

  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    received,
    messages: (method) =>
      received
        .filter((entry) => entry.method === 'POST')
        .map((entry) => JSON.parse(entry.body) as Record<string, unknown>)
        .filter((message) => method === undefined || message.method === method),
    async setTools(next) {
      tools = next;
      await Promise.all([...sessions.values()].map(({ server }) => server.sendToolListChanged()));
    },
    servers: () => [...sessions.values()].map(({ server }) => server),
    async close() {
      await Promise.all([...sessions.values()].map(({ server }) => server.close()));
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

/** The SDK's server with the tools that `tools` returns at the time of each request. */
export function createScriptedServer(tools: () => ScriptedTool[], options: HttpUpstreamOptions = {}): Server {
  const server = new Server(
    { name: 'scripted', version: '1.2.3' },
    {
      capabilities: {
        tools: { listChanged: true },
        ...(options.taskStore && { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } }),
        ...options.capabilities,
      },
      ...(options.taskStore && { taskStore: options.taskStore }),
    },
  );
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    const start = Number(params?.cursor ?? 0);
    const end = start + (options.pageSize ?? Number.POSITIVE_INFINITY);
    const page = tools().slice(start, end);
    return {
      tools: page.map(({ run: _run, ...tool }) => tool),
      ...(end < tools().length ? { nextCursor: String(end) } : {}),
    };
  });
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = tools().find(({ name }) => name === params.name);
    if (!tool) throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${params.name}`);
    const token = params._meta?.progressToken;
    const call: ToolCall = {
      arguments: params.arguments ?? {},
      meta: params._meta,
      signal: extra.signal,
      async progress(progress, total, message) {
        if (token === undefined) return;
        await extra.sendNotification({
          method: 'notifications/progress',
          params: {
            progressToken: token,
            progress,
            ...(total === undefined ? {} : { total }),
            ...(message === undefined ? {} : { message }),
          },
        });
      },
      sample: (asked) =>
        extra.sendRequest({ method: 'sampling/createMessage', params: asked }, CreateMessageResultSchema),
      elicit: (asked) =>
        extra.sendRequest({ method: 'elicitation/create', params: asked }, ElicitResultSchema),
      closeStream: () => extra.closeSSEStream?.(),
    };
    const done = async () =>
      (await tool.run?.(call)) ?? { content: [{ type: 'text' as const, text: 'done' }] };
    if (!params.task || !extra.taskStore) return done();
    const task = await extra.taskStore.createTask(params.task as CreateTaskOptions);
    await extra.taskStore.storeTaskResult(task.taskId, 'completed', await done());
    return { task };
  });
  options.configure?.(server);
  return server;
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<ReceivedRequest> {
  const ended = new Promise<'answered' | 'abandoned'>((resolve) => {
    response.once('close', () => resolve(response.writableFinished ? 'answered' : 'abandoned'));
  });
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
    ended,
  };
}

function toWebRequest({ method, path, headers, body }: ReceivedRequest): Request {
  const web = new Headers();
  for (const [name, value] of Object.entries(headers)) web.set(name, String(value));
  return new Request(`http://127.0.0.1${path}`, {
    method,
    headers: web,
    ...(method === 'POST' ? { body } : {}),
  });
}

async function reply(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  // An event stream may stay silent for long; its headers are needed at once.
  response.flushHeaders();
  const reader = answer.body?.getReader();
  response.once('close', () => void reader?.cancel());
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
    response.write(part.value);
  }
  response.end();
}
