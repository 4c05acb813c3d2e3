import { createParser } from 'eventsource-parser';
import { z } from 'zod';
import type { Json } from '../../../shared/json.ts';
import type { FetchLike } from './fetch.ts';
import { toolPage } from './page.ts';

/** The MCP revision without a handshake: each request says in `_meta` who asks. */
const REVISION = '2026-07-28';

const serverInfo = z.looseObject({ name: z.string(), version: z.string() });
const answer = z.looseObject({
  id: z.literal(1),
  result: toolPage.extend({
    _meta: z.looseObject({ 'io.modelcontextprotocol/serverInfo': serverInfo.optional() }).optional(),
  }),
});

/** Asks for one page of `tools/list` in the revision 2026-07-28. Rejects when the answer is anything else. */
export async function askModern(
  fetch: FetchLike,
  cursor: string | undefined,
): Promise<{
  tools: Json[];
  nextCursor?: string | undefined;
  server?: { name: string; version: string } | undefined;
}> {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': REVISION,
    'io.modelcontextprotocol/clientInfo': { name: 'greenlight', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = cursor === undefined ? { _meta } : { _meta, cursor };
  const response = await fetch('', {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': REVISION,
      'mcp-method': 'tools/list',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params }),
  });
  const text = await response.text();
  const messages = response.headers.get('content-type')?.startsWith('text/event-stream')
    ? eventsOf(text)
    : [text];
  for (const message of messages) {
    const parsed = answer.safeParse(JSON.parse(message));
    if (!parsed.success) continue;
    const { tools, nextCursor, _meta: about } = parsed.data.result;
    return { tools, nextCursor, server: about?.['io.modelcontextprotocol/serverInfo'] };
  }
  throw new Error(`The answer (HTTP ${response.status}) holds no tool list.`);
}

function eventsOf(text: string): string[] {
  const events: string[] = [];
  createParser({ onEvent: ({ data }) => events.push(data) }).feed(text);
  return events.filter((data) => data !== '');
}
