import { isJsonObject, type JsonObject, ownMember } from '../../../shared/json.ts';
import { ask, CLIENT_INFO } from './ask.ts';
import type { FetchLike } from './fetch.ts';
import { serverOf } from './handshake.ts';
import { type Page, toolPage } from './page.ts';

/** The MCP revision without a handshake: each request says in `_meta` who asks. */
const REVISION = '2026-07-28';

const PREFIX = 'io.modelcontextprotocol/';

/** Asks for one page of `tools/list` in the revision 2026-07-28. Rejects when the answer is anything else. */
export async function askModern(fetch: FetchLike, cursor: string | undefined): Promise<Page> {
  const _meta: JsonObject = {
    [`${PREFIX}protocolVersion`]: REVISION,
    [`${PREFIX}clientInfo`]: CLIENT_INFO,
    [`${PREFIX}clientCapabilities`]: {},
  };
  const { result } = await ask(
    fetch,
    { id: 1, method: 'tools/list', params: cursor === undefined ? { _meta } : { _meta, cursor } },
    { 'mcp-protocol-version': REVISION, 'mcp-method': 'tools/list' },
  );
  const about = ownMember(result, '_meta');
  const info = isJsonObject(about) ? ownMember(about, `${PREFIX}serverInfo`) : undefined;
  return { ...toolPage(result), ...(info !== undefined && { server: serverOf(info) }) };
}
