/** A server with Luma's tools that answers each call at once, as if a video had been begun; for measurements too. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import fixture from '../fixtures/luma-tools.json' with { type: 'json' };

const answer = JSON.stringify({
  success: true,
  task_id: '5a0fe4f2-3c1e-4a5c-9d4e-0c7c3f6a1b2d',
  state: 'pending',
});

/** Starts it on a port of 127.0.0.1, a free one by default. It keeps nothing, so that it costs little. */
export async function startLumaUpstream(port = 0): Promise<{ url: string; close(): Promise<void> }> {
  const http = createServer(async (request, response) => {
    const server = new Server({ name: 'luma', version: '1.0.0' }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: fixture.tools as never }));
    server.setRequestHandler(CallToolRequestSchema, () => ({
      content: [{ type: 'text', text: answer }],
      structuredContent: { result: answer },
    }));
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport as never);
    await transport.handleRequest(request, response);
  });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}
