import { refreshAuthorization } from '@modelcontextprotocol/sdk/client/auth.js';
import {
  OAuthError,
  ServerError,
  TemporarilyUnavailableError,
  TooManyRequestsError,
} from '@modelcontextprotocol/sdk/server/auth/errors.js';
import type { Place } from '../../../shared/server-words.ts';
import { networkProblem } from '../../base/network/failure.ts';
import type { Network } from '../../base/network/network.ts';
import type { Clock, Logger } from '../../base/ports.ts';
import type { Credentials } from '../credentials.ts';
import { UpstreamError } from '../upstream.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { revoke } from './revoke.ts';
import { type SignedIn, tokensOf } from './signed-in.ts';

/** How long before its end a token is renewed (ms): a call must not meet the end on its way. */
const EARLY = 60_000;

/** How soon a renewal that failed is tried again, or a token that was just renewed (ms). */
const AGAIN = 10_000;

/**
 * The credentials of a sign-in to `upstream`. Each renewal is tried once, for all calls that wait for it. `keep` puts what
 * came of it into the vault; `changed` is told when `status()` is another.
 */
export function createCredentials(parts: {
  upstream: URL;
  signedIn: SignedIn;
  keep: (next: SignedIn) => Promise<void>;
  changed: () => void;
  network: Network;
  clock: Clock;
  logger: Logger;
  /** The page on which the person signs in. */
  place: Place;
}): Credentials {
  const { upstream, keep, changed, network, clock, logger } = parts;
  let now = parts.signedIn;
  /** The authorization server has said that the sign-in is over. */
  let over: string | undefined;
  let renewing: Promise<void> | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let failure: { at: number; error: UpstreamError } | undefined;

  const signedOut = (message: string) => new UpstreamError(message, { reached: false, unauthorized: true });

  function renew(): Promise<void> {
    renewing ??= tryRenewal().finally(() => {
      renewing = undefined;
    });
    return renewing;
  }

  async function tryRenewal(): Promise<void> {
    if (over !== undefined) throw signedOut(over);
    if (now.refresh === undefined) return end('The server gave no way to renew it.');
    if (failure !== undefined && clock.now() - failure.at < AGAIN) throw failure.error;
    let trouble: unknown;
    try {
      const answer = await refreshAuthorization(now.issuer, {
        metadata: metadataOf(now),
        clientInformation: { ...now.client, redirect_uris: [] },
        refreshToken: now.refresh,
        ...(now.resource !== undefined && { resource: new URL(now.resource) }),
        fetchFn: guardedFetch(network, upstream, {
          failed(error) {
            trouble = error;
          },
        }),
      });
      const { until: _until, ...rest } = now;
      now = { ...rest, ...tokensOf(answer, clock.now()) };
      renewedAt = clock.now();
      failure = undefined;
    } catch (error) {
      if (error instanceof OAuthError && !isPassing(error))
        return end(`Its server says: ${error.errorCode}.`);
      const why = networkProblem(trouble) ?? `${new URL(now.issuer).host} did not answer as it should.`;
      const passing = new UpstreamError(
        `The sign-in to the upstream at ${upstream.origin} could not be renewed, so nothing was sent: ${why} It is safe to retry later.`,
        { reached: false, cause: error },
      );
      failure = { at: clock.now(), error: passing };
      logger.warn({ code: nameOf(error) }, 'the sign-in to the upstream could not be renewed');
      throw passing;
    }
    changed();
    // The token before is of no use any more, so what came is used even if it cannot be kept.
    await keep(now).catch((error) =>
      logger.error(
        { err: error },
        'the renewed sign-in could not be kept: sign in again after the next start',
      ),
    );
  }

  /** The person has to sign in again: nothing is asked any more. */
  async function end(why: string): Promise<never> {
    over = `You are signed out of the upstream at ${upstream.origin}, so nothing was sent. ${why} Sign in again in Greenlight, under ${parts.place}.`;
    const { refresh: _refresh, ...rest } = now;
    now = rest;
    logger.warn({}, 'the sign-in to the upstream is over');
    changed();
    await keep(now).catch(() => {});
    throw signedOut(over);
  }

  const isOver = (early: number) => now.until !== undefined && clock.now() >= now.until - early;

  return {
    async token() {
      if (over !== undefined) throw signedOut(over);
      if (!isOver(EARLY)) return now.access;
      // One that lives for less than that is used to its end.
      if (clock.now() - renewedAt < AGAIN && !isOver(0)) return now.access;
      if (now.refresh !== undefined || isOver(0)) {
        try {
          await renew();
        } catch (error) {
          if (over !== undefined || isOver(0)) throw error;
        }
      }
      return now.access;
    },
    async renewed(refused) {
      if (now.access !== refused) return now.access;
      // A server that refuses what it was just given would be asked for ever.
      if (clock.now() - renewedAt < AGAIN) return undefined;
      await renew();
      return now.access === refused ? undefined : now.access;
    },
    revoke: () => revoke(now, upstream, network),
    are: (access) => now.access === access,
    status: () => ({
      at: new URL(now.issuer).host,
      until: now.until,
      renews: now.refresh !== undefined,
      over,
    }),
  };
}

/** What of the server's metadata is needed to renew. */
function metadataOf({ issuer, tokenEndpoint, methods }: SignedIn) {
  return {
    issuer,
    authorization_endpoint: tokenEndpoint,
    token_endpoint: tokenEndpoint,
    response_types_supported: [],
    ...(methods && { token_endpoint_auth_methods_supported: methods }),
  };
}

/** Whether trying later can help. */
function isPassing(error: OAuthError): boolean {
  return (
    error instanceof ServerError ||
    error instanceof TemporarilyUnavailableError ||
    error instanceof TooManyRequestsError
  );
}

/** What of an error can be logged: its words may hold what was sent. */
export function nameOf(error: unknown): string {
  if (error instanceof OAuthError) return error.errorCode;
  return error instanceof Error ? error.name : 'unknown';
}
