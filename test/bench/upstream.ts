/** The upstream of the benchmark, in a process of its own: a real MCP server that answers at once. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import fixture from '../fixtures/luma-tools.json' with { type: 'json' };

const answer = { success: true, task_id: '5a0fe4f2-3c1e-4a5c-9d4e-0c7c3f6a1b2d', state: 'pending' };

const server = createServer(async (req, res) => {
  const mcp = new Server({ name: 'bench', version: '1.0.0' }, { capabilities: { tools: {} } });
  mcp.setRequestHandler(ListToolsRequestSchema, () => ({ tools: fixture.tools as never }));
  mcp.setRequestHandler(CallToolRequestSchema, () => ({
    content: [{ type: 'text', text: JSON.stringify(answer) }],
  }));
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  await mcp.connect(transport as never);
  await transport.handleRequest(req, res);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
