/** Signs the person in to an HTTP upstream by OAuth, as MCP has it: discovery, registration, PKCE, a loopback redirect. */
import { randomBytes } from 'node:crypto';
import {
  auth,
  extractWWWAuthenticateParams,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
} from '@modelcontextprotocol/sdk/client/auth.js';
import { OAuthError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import type { OAuthClientInformationMixed, OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import { networkProblem } from '../../base/network/failure.ts';
import type { Network } from '../../base/network/network.ts';
import type { Clock, Logger } from '../../base/ports.ts';
import { openCallback } from './callback.ts';
import { nameOf } from './credentials.ts';
import { guardedFetch, isAllowed, UnsafeAddress } from './guarded-fetch.ts';
import { type SignedIn, tokensOf } from './signed-in.ts';

/** How long the person has to sign in (ms). */
const PATIENCE = 10 * 60_000;

/** A sign-in that waits for the person in their browser. */
export interface Attempt {
  /** The page to open. */
  readonly page: string;
  /** Ends it; what comes back later is taken for nothing. */
  cancel(): void;
}

interface Parts {
  upstream: URL;
  network: Network;
  clock: Clock;
  logger: Logger;
  /** Uses what came of it; what it throws is told the person. */
  done: (signedIn: SignedIn) => Promise<void>;
  /** It has ended, without success where `why` says so, for the person. */
  ended: (why: string | undefined) => void;
}

/** Begins a sign-in. Throws a {@link UserFacingError} where the upstream has none, or it cannot be begun. */
export async function beginSignIn(parts: Parts): Promise<Attempt> {
  const { upstream, clock, logger, done, ended } = parts;
  const state = randomBytes(32).toString('base64url');
  const closing = new AbortController();
  let trouble: unknown;
  const fetchFn = guardedFetch(parts.network, upstream, {
    signal: closing.signal,
    failed(error) {
      trouble ??= error;
    },
  });
  let begun: Begun | undefined;
  let taken = false;

  const stop = (why?: string) => {
    if (closing.signal.aborted) return;
    closing.abort();
    cancelTimer();
    callback.close();
    ended(why);
  };
  const callback = await openCallback((said) => {
    const mine = said.get('state') === state;
    if (!mine || taken || begun === undefined || closing.signal.aborted) return undefined;
    taken = true;
    return finish(said, begun).then(
      () => {
        stop();
        return 'You are signed in. You can close this page and go back to Greenlight.';
      },
      (error: unknown) => {
        if (!(error instanceof UserFacingError))
          logger.warn({ code: nameOf(error) }, 'the sign-in to the upstream failed');
        const why =
          error instanceof UserFacingError
            ? error.message
            : explain(upstream, error, trouble, { said: false });
        stop(why);
        return why;
      },
    );
  });
  const cancelTimer = clock.after(PATIENCE, () =>
    stop('Nobody signed in within ten minutes. Begin again when you are ready.'),
  );

  async function finish(said: URLSearchParams, { provider, found }: Begun): Promise<void> {
    const error = said.get('error');
    if (error !== null) {
      const words = (said.get('error_description') ?? error).slice(0, 200);
      throw new UserFacingError(
        'unavailable',
        `The sign-in was refused: ${words}. Sign in again if that was a mistake.`,
      );
    }
    const code = said.get('code') ?? '';
    const from = said.get('iss');
    const { issuer } = found.metadata ?? {};
    // RFC 9207: the answer of another server than the one that was asked.
    if (from !== null && issuer !== undefined && from !== issuer)
      throw new UserFacingError(
        'unavailable',
        'The answer came from another server than the one you were sent to, so it is not used. Begin again.',
      );
    await auth(provider, { serverUrl: upstream, authorizationCode: code, fetchFn });
    const { server, metadata, client, tokens, resource } = found;
    if (server === undefined || client === undefined || tokens === undefined) throw new Error('no tokens');
    const { client_id, client_secret } = client;
    const method = 'token_endpoint_auth_method' in client ? client.token_endpoint_auth_method : undefined;
    await done({
      issuer: server,
      tokenEndpoint: metadata?.token_endpoint ?? new URL('/token', server).href,
      ...(metadata &&
        'revocation_endpoint' in metadata &&
        metadata.revocation_endpoint && { revocationEndpoint: metadata.revocation_endpoint }),
      ...(metadata?.token_endpoint_auth_methods_supported && {
        methods: metadata.token_endpoint_auth_methods_supported,
      }),
      client: {
        client_id,
        ...(client_secret !== undefined && { client_secret }),
        ...(method !== undefined && { token_endpoint_auth_method: method }),
      },
      ...(resource !== undefined && { resource }),
      ...tokensOf(tokens, clock.now()),
    });
  }

  try {
    const asked = await askWithout(upstream, fetchFn);
    const made = createProvider(callback.url, state);
    const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(asked);
    await auth(made.provider, {
      serverUrl: upstream,
      fetchFn,
      ...(resourceMetadataUrl && { resourceMetadataUrl }),
      ...(scope !== undefined && { scope }),
    });
    const { page } = made.found;
    if (page === undefined || !isAllowed(page, upstream)) throw new UnsafeAddress(page?.origin ?? 'nowhere');
    begun = made;
    return { page: page.href, cancel: () => stop() };
  } catch (error) {
    closing.abort();
    cancelTimer();
    callback.close();
    if (error instanceof UserFacingError) throw error;
    logger.info({ code: nameOf(error) }, 'a sign-in to the upstream could not be begun');
    throw new UserFacingError('unavailable', explain(upstream, error, trouble, { said: true }), {
      cause: error,
    });
  }
}

/** Asks the upstream for something without a token: its 401 says where to sign in (RFC 9728, 5.1). */
async function askWithout(upstream: URL, fetch: ReturnType<typeof guardedFetch>): Promise<Response> {
  const answer = await fetch(upstream, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'greenlight', version: '1.0.0' },
      },
    }),
  });
  if (answer.status === 401) return answer;
  throw new UserFacingError(
    'conflict',
    `The upstream at ${upstream.origin} does not ask anybody to sign in (it answered HTTP ${answer.status}). Use it as it is, or check its address.`,
  );
}

/** What the SDK found and was given on the way. */
interface Found {
  server?: string;
  metadata?: OAuthDiscoveryState['authorizationServerMetadata'];
  resource?: string | undefined;
  client?: OAuthClientInformationMixed;
  tokens?: OAuthTokens;
  page?: URL;
}

interface Begun {
  provider: OAuthClientProvider;
  found: Found;
}

/** Remembers one sign-in for the SDK. */
function createProvider(redirectUrl: string, state: string): Begun {
  const found: Found = {};
  let verifier = '';
  let discovery: OAuthDiscoveryState | undefined;
  const provider: OAuthClientProvider = {
    redirectUrl,
    clientMetadata: {
      client_name: 'Greenlight',
      redirect_uris: [redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    state: () => state,
    clientInformation: () => found.client,
    saveClientInformation(client) {
      found.client = client;
    },
    tokens: () => found.tokens,
    saveTokens(tokens) {
      found.tokens = tokens;
    },
    redirectToAuthorization(page) {
      found.page = page;
    },
    saveCodeVerifier(next) {
      verifier = next;
    },
    codeVerifier: () => verifier,
    discoveryState: () => discovery,
    saveDiscoveryState(next) {
      discovery = next;
      found.server = next.authorizationServerUrl;
      found.metadata = next.authorizationServerMetadata;
      found.resource = next.resourceMetadata?.resource;
    },
  };
  return { provider, found };
}

/** Why it failed, for the person. `said`: whether the server's own words may be shown: nothing secret was sent yet. */
function explain(upstream: URL, error: unknown, trouble: unknown, { said }: { said: boolean }): string {
  const unsafe = [error, trouble].find((each) => each instanceof UnsafeAddress);
  if (unsafe)
    return `The upstream at ${upstream.origin} sends you to ${unsafe.message} to sign in, which is not a secure address elsewhere (https://). Enter a token instead, or ask its operator.`;
  const problem = networkProblem(trouble);
  if (problem) return `The sign-in could not be begun: ${problem}`;
  if (error instanceof OAuthError && error.errorCode !== 'server_error') {
    const words =
      said && error.message ? `${error.errorCode}, ${error.message.slice(0, 200)}` : error.errorCode;
    return `The server where you sign in refused it: ${words}. Try again, or enter a token instead.`;
  }
  if (trouble !== undefined)
    return 'The server where you sign in did not answer as it should. Check the network connection, then try again.';
  return `The upstream at ${upstream.origin} offers no sign-in that Greenlight can use: it needs an authorization server that clients may register with. Enter a token instead.`;
}
