/** The server of {@link createEverythingServer} behind `node:http`: sessions up to 2025-11-25, and 2026-07-28 beside them. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import {
  classifyInboundRequest,
  createMcpHandler,
  hostHeaderValidationResponse,
  isInitializeRequest,
  localhostAllowedHostnames,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { createMemoryEventStore } from './event-store.ts';
import { createEverythingServer, type EverythingHost } from './everything-tools.ts';

const header = (name: string, value: string | null) => (value === null ? {} : { [name]: value });

/** Starts it on a port of 127.0.0.1, a free one by default. The caller closes it. */
export async function startEverythingUpstream(port = 0): Promise<{ url: string; close(): Promise<void> }> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const host: EverythingHost = {
    closeStream: (sessionId, requestId) => sessions.get(sessionId ?? '')?.closeSSEStream(requestId),
    changed: (list) => (list === 'tools' ? modern.notify.toolsChanged() : modern.notify.promptsChanged()),
  };
  const modern = createMcpHandler(() => createEverythingServer(host));

  async function openSession(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createMemoryEventStore(),
      retryInterval: 500,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    });
    await createEverythingServer(host).connect(transport);
    return transport;
  }

  async function answer(request: Request): Promise<Response> {
    const rebound = hostHeaderValidationResponse(request, localhostAllowedHostnames());
    if (rebound) return rebound;
    const id = request.headers.get('mcp-session-id');
    const body = request.method === 'POST' ? await request.clone().json() : undefined;
    if (body !== undefined) {
      const kind = classifyInboundRequest({
        httpMethod: request.method,
        ...header('protocolVersionHeader', request.headers.get('mcp-protocol-version')),
        ...header('mcpMethodHeader', request.headers.get('mcp-method')),
        body,
      });
      if (kind.kind !== 'legacy') return modern.fetch(request);
      if (id === null && isInitializeRequest(body)) return (await openSession()).handleRequest(request);
    }
    const session = sessions.get(id ?? '');
    if (session) return session.handleRequest(request);
    return new Response(id === null ? 'Session ID required' : 'Session not found', {
      status: id === null ? 400 : 404,
    });
  }

  const http = createServer(getRequestListener(answer, { overrideGlobalObjects: false }));
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    async close() {
      await modern.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
