/**
 * The client that the conformance suite drives: `suite-client.ts direct|through <url of the suite's server>`, with the
 * scenario in MCP_CONFORMANCE_SCENARIO. `through`: it reaches that server through a Greenlight of its own.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startGreenlight } from '../support/greenlight.ts';

const { MCP_CONFORMANCE_SCENARIO: scenario, MCP_CONFORMANCE_PROTOCOL_VERSION: revision } = process.env;
const url = process.argv.at(-1) as string;
const isModern = revision === '2026-07-28' || scenario === 'request-metadata';

const greenlight = process.argv.includes('through') ? await startGreenlight({ upstream: url }) : undefined;
const client = new Client(
  { name: 'suite-client', version: '1.0.0' },
  {
    capabilities: {
      elicitation: { form: { applyDefaults: true } },
      ...(scenario === 'request-metadata' && { sampling: {}, roots: { listChanged: true } }),
    },
    ...(isModern && { versionNegotiation: { mode: 'auto' as const } }),
  },
);
client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
await client.connect(
  new StreamableHTTPClientTransport(
    new URL(greenlight?.core.mcpUrl ?? url),
    greenlight && { requestInit: { headers: { authorization: `Bearer ${greenlight.token}` } } },
  ),
);
if (scenario !== 'request-metadata') {
  const { tools } = await client.listTools();
  const has = (name: string) => tools.some((tool) => tool.name === name);
  const call = (name: string, args: Record<string, unknown> = {}) =>
    has(name) ? client.callTool({ name, arguments: args }) : undefined;
  await call('add_numbers', { a: 5, b: 3 });
  await call('test_client_elicitation_defaults');
  await call('test_reconnection');
  const schema = tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema;
  await call('json_schema_echo', { schema });
}
await client.close();
await greenlight?.stop();
