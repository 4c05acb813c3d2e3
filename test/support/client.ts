/** What every test does with the SDK's client: connects it, asks for a video, reads an answer. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { CallToolResult, ClientCapabilities } from '@modelcontextprotocol/sdk/types.js';

/** Connects a client to Greenlight's MCP endpoint with the token of a grant. The caller closes it. */
export async function connectClient(
  mcpUrl: string,
  token: string,
  { info = { name: 'test-client', version: '1.0.0' }, capabilities = {} as ClientCapabilities } = {},
): Promise<Client> {
  const client = new Client(info, { capabilities });
  const transport = new StreamableHTTPClientTransport(new URL(mcpUrl), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  // The SDK's classes do not declare their optional callbacks as `| undefined`.
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return client;
}

/**
 * Calls the tool that costs money. Whoever awaits the answer sees how the call ended; when the test failed
 * before, nobody is bothered with it.
 */
export function askForVideo(client: Client, prompt = 'A cat in the rain'): Promise<CallToolResult> {
  const answer = client.callTool({ name: 'luma_generate_video', arguments: { prompt } });
  answer.catch(() => undefined);
  return answer as Promise<CallToolResult>;
}

/** All that an answer says in words. */
export function textOf({ content }: Pick<CallToolResult, 'content'>): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

/** Calls a tool and reads the answer. */
export async function callForText(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  return textOf((await client.callTool({ name, arguments: args })) as CallToolResult);
}
