import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type CallToolResult, CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { isJsonObject, type Json, type JsonObject } from '../../shared/json.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { ApiParts, Handlers } from './parts.ts';

const LABEL = 'Test call';
const NAME = 'greenlight-demo';
const SAMPLE = {
  prompt: 'A paper boat sails through a puddle after the rain, close to the water, golden light',
};

/** Longest wait for one answer (ms); past the hold, the client calls again with its ticket. */
const PATIENCE = 30 * 60_000;

/**
 * A real client inside: it connects to the real listener with a grant for this one call, and behaves as a good agent
 * does: told to wait, it calls again. The call goes to the sandbox, whatever the upstream is.
 */
export function demoHandlers({ core }: ApiParts): Pick<Handlers, 'demo.call'> {
  return {
    async 'demo.call'({ tool = 'luma_generate_video', arguments: args = SAMPLE }) {
      const { grant, token } = core.grants.createTest(LABEL);
      const client = new Client({ name: NAME, version: '1.0.0' });
      const transport = new StreamableHTTPClientTransport(new URL(core.mcpUrl), {
        requestInit: { headers: { authorization: `Bearer ${token}` } },
      });
      try {
        await client.connect(transport);
        const result = await callUntilDecided(client, tool, args);
        const text = result.content
          .map((part) => (part.type === 'text' ? part.text : `[${part.type}]`))
          .join('\n');
        return { text, isError: result.isError === true };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new UserFacingError('unavailable', `The call did not get through: ${message}`);
      } finally {
        await client.close();
        try {
          core.grants.revoke(grant.id);
        } catch (failed) {
          // Nobody has its token any more; the next start revokes it.
          core.logger.warn({ reason: String(failed) }, 'the grant of a test call could not be revoked');
        }
      }
    },
  };
}

async function callUntilDecided(client: Client, tool: string, args: JsonObject): Promise<CallToolResult> {
  for (;;) {
    const options = { timeout: PATIENCE, maxTotalTimeout: PATIENCE };
    const result = (await client.callTool(
      { name: tool, arguments: args },
      CallToolResultSchema,
      options,
    )) as CallToolResult;
    const decision = result._meta?.['greenlight/decision'] as Json | undefined;
    if (!isJsonObject(decision) || decision.outcome !== 'waiting') return result;
  }
}
