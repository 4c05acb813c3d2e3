/** An upstream that knows only the revision 2026-07-28, made with the SDK that speaks it, behind `node:http`. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  completable,
  createMcpHandler,
  fromJsonSchema,
  inputRequired,
  McpServer,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

export interface ModernUpstream {
  url: string;
  received: { method: string; headers: IncomingMessage['headers']; body: string }[];
  /** How many calls were cancelled while they ran. */
  cancelled: () => number;
  notify: ServerNotifier;
  close(): Promise<void>;
}

/** `x-mcp-header` (MCP 2026-07-28) is not among the members that the types of JSON Schema know. */
const renderSchema = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
  },
} as const;

const text = (value: string) => ({ content: [{ type: 'text' as const, text: value }] });

/**
 * Starts it on a port of 127.0.0.1, a free one by default. `responseMode`: whether results come as JSON or in a
 * stream; `auto` streams where there is more to say than the result.
 */
export async function startModernUpstream(
  responseMode: 'auto' | 'json' | 'sse',
  port = 0,
): Promise<ModernUpstream> {
  let cancelled = 0;
  const handler = createMcpHandler(
    () => {
      const server = new McpServer({ name: 'modern', version: '9' }, { capabilities: { logging: {} } });
      server.registerTool(
        'render',
        {
          description: 'Renders.',
          inputSchema: fromJsonSchema<{ region?: string; count?: number }>(renderSchema),
        },
        (args) => text(JSON.stringify(args)),
      );
      server.registerTool('secret', {}, () => text('seen'));
      server.registerTool('steps', {}, async ({ mcpReq }) => {
        const progressToken = mcpReq._meta?.progressToken;
        for (const progress of [1, 2]) {
          if (progressToken === undefined) break;
          await mcpReq.notify({
            method: 'notifications/progress',
            params: { progressToken, progress, total: 2 },
          });
        }
        return text('stepped');
      });
      server.registerTool('ask', {}, ({ mcpReq }) => {
        if (mcpReq.inputResponses) return text(JSON.stringify(mcpReq.inputResponses));
        return inputRequired({
          inputRequests: {
            which: inputRequired.elicit({
              message: 'Which?',
              requestedSchema: { type: 'object', properties: { which: { type: 'string' } } },
            }),
          },
        });
      });
      server.registerTool(
        'hang',
        {},
        ({ mcpReq }) =>
          new Promise((_resolve, reject) => {
            mcpReq.signal.addEventListener('abort', () => {
              cancelled += 1;
              reject(new Error('cancelled'));
            });
          }),
      );
      server.registerResource('memo', 'memo://1', {}, () => ({
        contents: [{ uri: 'memo://1', text: 'ü€🎬' }],
      }));
      server.registerPrompt(
        'storyboard',
        {
          argsSchema: z.object({ mood: completable(z.string(), (value) => [`${value}1`, `${value}2`]) }),
        },
        ({ mood }) => ({ messages: [{ role: 'user', content: { type: 'text', text: mood } }] }),
      );
      return server;
    },
    { legacy: 'reject', responseMode },
  );

  const received: ModernUpstream['received'] = [];
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const { method = '', headers } = request;
    received.push({ method, headers, body });
    const left = new AbortController();
    response.once('close', () => left.abort());
    const answer = await handler.fetch(
      new Request('http://127.0.0.1/mcp', {
        method,
        headers: Object.entries(headers).map(([name, value]) => [name, String(value)]) as [string, string][],
        signal: left.signal,
        ...(method === 'POST' && { body }),
      }),
    );
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.flushHeaders();
    try {
      for await (const chunk of answer.body ?? []) response.write(chunk);
    } catch {
      // The other side left.
    }
    response.end();
  });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    received,
    cancelled: () => cancelled,
    notify: handler.notify,
    async close() {
      await handler.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
