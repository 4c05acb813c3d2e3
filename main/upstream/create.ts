import type { Place } from '../../shared/server-words.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import type { Network } from '../base/network/network.ts';
import type { Clock, Logger } from '../base/ports.ts';
import { createHttpUpstream } from './http/http.ts';
import { createSandboxUpstream } from './sandbox/sandbox.ts';
import type { SignedIn, SignIn } from './sign-in/index.ts';
import { createStdioUpstream } from './stdio/stdio.ts';
import type { Upstream } from './upstream.ts';

/** What of an upstream is kept in the vault. */
export interface UpstreamSecrets {
  token?: string | undefined;
  /** In place of a token: what came of signing in. */
  signedIn?: SignedIn | undefined;
  /** Values of the variables that the settings name. */
  env?: Record<string, string> | undefined;
  /** Values of the headers that the settings name. */
  headers?: Record<string, string> | undefined;
}

/**
 * The upstream that the person chose. Nothing is connected to or started before the first request.
 *
 * @throws {UserFacingError} when the token cannot be sent as a header
 */
export function createUpstream(
  settings: UpstreamSettings,
  secrets: UpstreamSecrets,
  {
    clock,
    logger,
    network,
    signIn,
    answerSeconds,
    place,
  }: {
    clock: Clock;
    logger: Logger;
    network: Network;
    signIn: SignIn;
    /** How long an answer over HTTP may take to begin, at the moment. */
    answerSeconds?: () => number;
    /** The page on which the person sees to it. */
    place?: Place;
  },
): Upstream {
  switch (settings.kind) {
    case 'sandbox':
      return createSandboxUpstream({ clock });
    case 'http':
      return createHttpUpstream({
        url: settings.url,
        env: secrets.env,
        headers: secrets.headers,
        headerNames: settings.headerNames,
        token: secrets.token,
        answerTimeout: answerSeconds && (() => answerSeconds() * 1000),
        credentials: signIn.credentials(settings.url, secrets.signedIn),
        network,
        ...(place && { place }),
      });
    case 'stdio':
      return createStdioUpstream({
        command: settings.command,
        args: settings.args,
        env: secrets.env,
        cwd: settings.cwd,
        clock,
        logger,
        systemVariables: network.systemVariables,
        ...(place && { place }),
      });
  }
}
