import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ErrorCode, McpError } from '@modelcontextprotocol/sdk/types.js';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { UpstreamError } from '../upstream.ts';

/** JSON-RPC error of the MCP revision 2026-07-28. */
const UNSUPPORTED_PROTOCOL_VERSION = -32022;

/** `unauthorized`: the token is wrong or missing. `not-mcp`: whatever answers there is not an MCP server. */
export type ToolListErrorKind = 'unauthorized' | 'unreachable' | 'timeout' | 'refused' | 'not-mcp';

/** Why the tool list could not be read; `message` is for people. */
export class ToolListError extends UserFacingError {
  override readonly name = 'ToolListError';
  readonly kind: ToolListErrorKind;

  constructor(kind: ToolListErrorKind, message: string, cause?: unknown) {
    super('unavailable', message, { cause });
    this.kind = kind;
  }
}

/** Whether the answer to `initialize` may mean that the server only knows revisions without it. */
export function isOlderHandshakeRefused(error: unknown): boolean {
  if (error instanceof StreamableHTTPError) {
    return [400, 404, 405, 406, 415, 422].includes(error.code ?? 0);
  }
  if (!(error instanceof McpError)) return false;
  return [UNSUPPORTED_PROTOCOL_VERSION, ErrorCode.MethodNotFound, ErrorCode.InvalidRequest].includes(
    error.code,
  );
}

/** Puts what the SDK's client threw into words. */
export function explainToolListFailure(error: unknown): ToolListError {
  if (error instanceof ToolListError) return error;
  if (error instanceof UpstreamError)
    return new ToolListError(error.unauthorized ? 'unauthorized' : 'unreachable', error.message, error);
  if (error instanceof StreamableHTTPError && (error.code ?? -1) > 0)
    return explainStatus(error.code ?? 0, error);
  if (error instanceof McpError) {
    // The SDK puts the code in front of the server's own words.
    const words = error.message.replace(/^MCP error -?\d+: /, '').slice(0, 300);
    return new ToolListError('refused', `The upstream answered with an error: ${words}`, error);
  }
  return new ToolListError(
    'not-mcp',
    'What answers there is not an MCP server. Check the URL in Settings: it often ends in /mcp.',
    error,
  );
}

/** What an HTTP status that is no MCP answer says about the upstream. */
export function explainStatus(status: number, cause?: unknown): ToolListError {
  const as = (kind: ToolListErrorKind, words: string) => new ToolListError(kind, words, cause);
  if (status === 401 || status === 403) {
    return as(
      'unauthorized',
      `The upstream refused the token (HTTP ${status}). Check the upstream’s token in Settings${status === 401 ? ', or sign in there' : ''}.`,
    );
  }
  if (status >= 300 && status < 400) {
    return as(
      'refused',
      `The upstream redirects elsewhere (HTTP ${status}), which is not followed. Enter its new URL.`,
    );
  }
  if (status === 429) return as('refused', 'The upstream is asked too often (HTTP 429). Retry in a minute.');
  if (status >= 500)
    return as('refused', `The upstream has a problem of its own (HTTP ${status}). Retry later.`);
  return as('not-mcp', `There is no MCP server at this URL (HTTP ${status}). Check it in Settings.`);
}
