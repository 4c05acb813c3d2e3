import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { onPage, type Place } from '../../../shared/server-words.ts';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { UNSUPPORTED_PROTOCOL_VERSION } from '../../base/revisions.ts';
import { isEnded } from '../stdio/ended.ts';
import { type Upstream, UpstreamError } from '../upstream.ts';
import { AnsweredError, StatusError } from './answered.ts';

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
  if (error instanceof StatusError) return [400, 404, 405, 406, 415, 422].includes(error.status);
  if (!(error instanceof AnsweredError)) return false;
  return [UNSUPPORTED_PROTOCOL_VERSION, ErrorCode.MethodNotFound, ErrorCode.InvalidRequest].includes(
    error.code,
  );
}

/** Puts what asking for the list threw into words. */
export function explainToolListFailure(error: unknown, place: Place, upstream: Upstream): ToolListError {
  if (error instanceof ToolListError) return error;
  if (error instanceof UpstreamError)
    return new ToolListError(error.unauthorized ? 'unauthorized' : 'unreachable', error.message, error);
  if (error instanceof StatusError) return explainStatus(error.status, place, upstream, error);
  if (error instanceof AnsweredError && isEnded(error.data))
    return new ToolListError('unreachable', error.message, error);
  if (error instanceof AnsweredError) {
    const words = error.message.slice(0, 300).toWellFormed();
    return new ToolListError('refused', `The upstream answered with an error: ${words}`, error);
  }
  return new ToolListError(
    'not-mcp',
    `What answers there is not an MCP server. Check the URL ${onPage(place)}: it often ends in /mcp.`,
    error,
  );
}

/** What an HTTP status that is no MCP answer says about the upstream. */
export function explainStatus(
  status: number,
  place: Place,
  { withoutToken }: Pick<Upstream, 'withoutToken'>,
  cause?: unknown,
): ToolListError {
  const as = (kind: ToolListErrorKind, words: string) => new ToolListError(kind, words, cause);
  if (status === 401 || status === 403) {
    const signIn = status === 401;
    const [why, remedy] = withoutToken
      ? [`It wants a token${signIn ? ', or that you sign in' : ''}`, 'Enter']
      : ['The upstream refused the token', 'Check'];
    return as(
      'unauthorized',
      `${why} (HTTP ${status}). ${remedy} the upstream’s token ${onPage(place)}${signIn ? ', or sign in there' : ''}.`,
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
  return as('not-mcp', `There is no MCP server at this URL (HTTP ${status}). Check it ${onPage(place)}.`);
}
