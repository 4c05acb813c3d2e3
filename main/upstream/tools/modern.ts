import { isJsonObject, type JsonObject, ownMember } from '../../../shared/json.ts';
import { META_PREFIX, SESSIONLESS } from '../../base/revisions.ts';
import { ask, CLIENT_INFO } from './ask.ts';
import type { FetchLike } from './fetch.ts';
import { serverOf } from './handshake.ts';
import { type Page, toolPage } from './page.ts';

/** Asks for one page of `tools/list` in the revision 2026-07-28. Rejects when the answer is anything else. */
export async function askModern(fetch: FetchLike, cursor: string | undefined): Promise<Page> {
  const _meta: JsonObject = {
    [`${META_PREFIX}protocolVersion`]: SESSIONLESS,
    [`${META_PREFIX}clientInfo`]: CLIENT_INFO,
    [`${META_PREFIX}clientCapabilities`]: {},
  };
  const { result } = await ask(
    fetch,
    { id: 1, method: 'tools/list', params: cursor === undefined ? { _meta } : { _meta, cursor } },
    { 'mcp-protocol-version': SESSIONLESS, 'mcp-method': 'tools/list' },
  );
  const about = ownMember(result, '_meta');
  const info = isJsonObject(about) ? ownMember(about, `${META_PREFIX}serverInfo`) : undefined;
  return { ...toolPage(result), ...(info !== undefined && { server: serverOf(info) }) };
}
