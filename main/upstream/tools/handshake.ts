import { LATEST_PROTOCOL_VERSION } from '@modelcontextprotocol/sdk/types.js';
import { isJsonObject, type Json, type JsonObject, ownMember } from '../../../shared/json.ts';
import { ask, CLIENT_INFO, tell } from './ask.ts';
import type { FetchLike } from './fetch.ts';

/** How long saying goodbye to a session may take, in milliseconds. */
const GOODBYE = 2000;

/** What can stand in a header as a revision. */
const REVISION = /^[\w.-]{1,40}$/;

/** A connection with a server of a revision with handshakes. */
export interface Opened {
  server: { name: string; version: string };
  ask(method: string, params: JsonObject): Promise<JsonObject>;
  /** Ends the session at the server, even when time is up; failing to is of no consequence. */
  close(): Promise<void>;
}

/**
 * Shakes hands as MCP has it since 2024-11-05, and goes on with whatever the server makes of it: what it says that it
 * can do, and which revision it speaks, is for its clients. `send` is used for the goodbye.
 */
export async function openByHandshake(fetch: FetchLike, send: FetchLike): Promise<Opened> {
  let id = 0;
  const headers: Record<string, string> = {};
  const params = { protocolVersion: LATEST_PROTOCOL_VERSION, capabilities: {}, clientInfo: CLIENT_INFO };
  let session: string | null = null;
  /** The session is named before the answer is there, which may never be. */
  const opening: FetchLike = async (url, init) => {
    const response = await fetch(url, init);
    session ??= response.headers.get('mcp-session-id');
    return response;
  };
  async function close(): Promise<void> {
    if (session === null) return;
    const signal = AbortSignal.timeout(GOODBYE);
    const left = { ...headers, 'mcp-session-id': session };
    const answer = await send('', { method: 'DELETE', headers: left, signal }).catch(() => undefined);
    await answer?.body?.cancel().catch(() => {});
  }

  try {
    const { result } = await ask(opening, { id, method: 'initialize', params });
    const revision = ownMember(result, 'protocolVersion');
    if (typeof revision === 'string' && REVISION.test(revision)) headers['mcp-protocol-version'] = revision;
    if (session !== null) headers['mcp-session-id'] = session;
    await tell(fetch, { method: 'notifications/initialized' }, headers);
    return {
      server: serverOf(ownMember(result, 'serverInfo')),
      async ask(method, asked) {
        id += 1;
        return (await ask(fetch, { id, method, params: asked }, headers)).result;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a server calls itself, as far as it does. */
export function serverOf(info: Json | undefined): Opened['server'] {
  const text = (name: string) => {
    const value = isJsonObject(info) ? ownMember(info, name) : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return { name: text('name') ?? 'unknown', version: text('version') ?? '' };
}
