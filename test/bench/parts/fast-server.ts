/** What the bench's upstreams say: as little work as an MCP server can have, so that they are not the limit. */

/** A JSON-RPC message as it came; `id` is absent on a notification. */
export interface Message {
  id?: number | string;
  method?: string;
  params?: {
    protocolVersion?: string;
    name?: string;
    /** `size`: characters of the result's text. `events`: notifications before an answer as an event stream. */
    arguments?: { seed?: number; size?: number; events?: number };
  };
}

const PROPERTIES = {
  prompt: { type: 'string' },
  aspect_ratio: { type: 'string' },
  seed: { type: 'integer' },
  loop: { type: 'boolean' },
  tags: { type: 'array', items: { type: 'string' } },
  size: { type: 'integer' },
  events: { type: 'integer' },
};

const NOTE = `event: message\ndata: ${JSON.stringify({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level: 'info', data: 'The quick brown fox jumps over the lazy dog. '.repeat(4) },
})}\n\n`;

/** A server of `count` tools, the first two of which are Luma's: one only reads, one spends. */
export function createFastServer(count: number) {
  const tools = Array.from({ length: Math.max(2, count) }, (_, at) => ({
    name: ['luma_get_task', 'luma_generate_video'][at] ?? `tool_${at}`,
    description: `Tool number ${at}`,
    inputSchema: { type: 'object', properties: PROPERTIES, required: ['prompt'] },
  }));
  const long = new Map<number, string>();

  function text({ seed, size }: { seed?: number; size?: number } = {}): string {
    const answer = `{"success":true,"task_id":"task-${seed}","trace_id":"5a0fe4f2-3c1e-4a5c-9d4e-0c7c3f6a1b2d","state":"pending","model":"a fast one"}`;
    if (size === undefined) return answer;
    const filling = long.get(size) ?? 'x'.repeat(size);
    long.set(size, filling);
    return filling;
  }

  function result({ method, params }: Message): object | undefined {
    switch (method) {
      case 'initialize':
        return {
          protocolVersion: params?.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: 'fast', version: '1.0.0' },
        };
      case 'tools/list':
        return { tools };
      case 'tools/call':
        return { content: [{ type: 'text', text: text(params?.arguments) }] };
      case 'ping':
        return {};
      default:
        return undefined;
    }
  }

  return {
    /** The answer to a request as JSON text. */
    answer(message: Message): string {
      const found = result(message);
      return JSON.stringify({
        jsonrpc: '2.0',
        id: message.id,
        ...(found ? { result: found } : { error: { code: -32601, message: 'There is no such method.' } }),
      });
    },
    /** What stands in an event stream before the answer: one notification, as often as needed. */
    note: NOTE,
  };
}
