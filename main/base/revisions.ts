/** What several parts know of the MCP revisions. */
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../shared/json.ts';

/** The revision without a handshake: each request says in `_meta` who asks. */
export const SESSIONLESS = '2026-07-28';

/** How the members of `_meta` begin that this revision defines. */
export const META_PREFIX = 'io.modelcontextprotocol/';

/** JSON-RPC error of that revision: the one that a request names is not served. */
export const UNSUPPORTED_PROTOCOL_VERSION = -32022;

/** The revision that the `params` of a request name in their `_meta`, as every request's do since 2026-07-28. */
export function revisionOf(params: Json | undefined): Json | undefined {
  const meta = isJsonObject(params) ? ownMember(params, '_meta') : undefined;
  return isJsonObject(meta) ? ownMember(meta, `${META_PREFIX}protocolVersion`) : undefined;
}

/** As {@link revisionOf}, of a whole request. */
export function revisionNamed(message: JsonObject): Json | undefined {
  return revisionOf(ownMember(message, 'params'));
}
