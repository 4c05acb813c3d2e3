import type { ServerResponse } from 'node:http';
import { endJson } from './reply.ts';

/** Where clients look for what the MCP revisions since 2025-03-26 have them look for after a 401. */
const DISCOVERY =
  /^(\/mcp(\/[a-z0-9-]+)?)?\/\.well-known\/(oauth-protected-resource|oauth-authorization-server|openid-configuration)(\/mcp(\/[a-z0-9-]+)?)?\/?$/;

/** Where they go where nothing is found. */
const FALLBACK = /^\/(register|authorize|token)$/;

/** Whether a request to `path` is one of a client that tries to sign in by OAuth after a 401. */
export function isSignIn(path: string): boolean {
  return DISCOVERY.test(path) || FALLBACK.test(path);
}

/**
 * Answers such a request with an error in OAuth's form (RFC 6749 5.2, RFC 7591 3.2.2) that carries `why`: what these
 * clients show is this, and never the 401. There is nothing to discover, which is said with 404.
 */
export function refuseSignIn(res: ServerResponse, path: string, why: string): void {
  // Not `invalid_client` or `invalid_grant`, after which clients forget what they know and try again.
  const body = { error: 'access_denied', error_description: `Greenlight: ${why}` };
  endJson(res, DISCOVERY.test(path) ? 404 : 400, body, { 'cache-control': 'no-store' });
}
