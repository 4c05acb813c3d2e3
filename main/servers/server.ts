import { isDeepStrictEqual } from 'node:util';
import { placeOf } from '../../shared/server-words.ts';
import type { ServerSettings, UpstreamSettings } from '../../shared/settings.ts';
import type { Network } from '../base/network/network.ts';
import type { Clock, Logger, SecretVault } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import type { Accepted } from '../ledger/accepted.ts';
import { createUpstreamSince, type UpstreamSince } from '../ledger/upstream-since.ts';
import { type Connection, createConnection } from '../upstream/connection.ts';
import { createUpstream, type UpstreamSecrets } from '../upstream/create.ts';
import { readUpstreamSecrets, refuseSecretsIn } from '../upstream/secrets.ts';
import { createSignIn, type SignIn } from '../upstream/sign-in/index.ts';
import { moveTools } from '../upstream/tools/stored.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { secretsOf } from './secrets.ts';

/** What the servers stand on. */
export interface ServerGround {
  database: Database;
  accepted: Accepted;
  secrets: SecretVault;
  network: Network;
  clock: Clock;
  logger: Logger;
  /** How long an answer over HTTP may take to begin, at the moment (seconds). */
  answerSeconds: () => number;
}

/** One server that Greenlight stands before: its secrets, connection, tools and sign-in are its own. */
export interface Server {
  readonly id: string;
  /** Where its upstream stands, and its tools. */
  readonly connection: Connection;
  /** The person’s sign-in to its upstream by OAuth. */
  readonly signIn: SignIn;
  /** What the vault keeps for it. */
  readonly secrets: SecretVault;
  /** Since when (ms) calls to it go to its upstream of now. */
  since(): number;
  /** Since when (ms) it is there: another may have been called so before. */
  added(): number;
}

/** A server with what only those who keep it may do. */
export interface KeptServer extends Server {
  /** Its upstream as it is in use. */
  upstream(): UpstreamSettings;
  /** An upstream like `settings`, with the secrets that are given, or kept. Throws a {@link UserFacingError}. */
  build(settings: UpstreamSettings, given: UpstreamSecrets): Promise<Upstream>;
  /** Writes that from now on its calls are for `settings`. Throws StorageError. */
  keepUpstream(settings: UpstreamSettings): void;
  /** Its calls go to `upstream`; the one before is closed. */
  use(upstream: Upstream, settings: UpstreamSettings): void;
  close(): Promise<void>;
}

/** What belongs to the server `id` and outlives an upstream. */
export interface ServerBase {
  readonly id: string;
  readonly secrets: SecretVault;
  readonly signIn: SignIn;
  build: KeptServer['build'];
  /** The same with all its secrets, as it is in use since before this start. */
  open(settings: UpstreamSettings, all: UpstreamSecrets): Upstream;
}

export function createServerBase(id: string, ground: ServerGround): ServerBase {
  const { network, clock, logger, answerSeconds } = ground;
  const secrets = secretsOf(id, ground.secrets);
  const signIn = createSignIn({
    vault: secrets,
    network,
    clock,
    logger,
    place: placeOf(id),
  });
  const open: ServerBase['open'] = (settings, all) =>
    createUpstream(settings, all, { clock, logger, network, signIn, answerSeconds, place: placeOf(id) });
  return {
    id,
    secrets,
    signIn,
    open,
    async build(settings, given) {
      refuseSecretsIn(settings);
      return open(settings, await readUpstreamSecrets(settings, secrets, given));
    },
  };
}

/** The server of `base` in use, whose calls go to `upstream`. `fresh`: nothing of what was called so before is its own. */
export function createServer(
  base: ServerBase,
  ground: ServerGround,
  {
    settings,
    upstream,
    fresh,
  }: { settings: Pick<ServerSettings, 'upstream'>; upstream: Upstream; fresh: boolean },
): KeptServer {
  const { id, secrets, signIn, build } = base;
  const { database, accepted, clock, logger } = ground;
  let inUse = settings.upstream;
  const since: UpstreamSince = createUpstreamSince(accepted, clock, { server: id, upstream: inUse, fresh });
  moveTools(id, inUse, database, since.get());
  const connection = createConnection({ database, clock, logger, server: id, upstream, settings: inUse });
  signIn.use(upstream.credentials);
  return {
    id,
    connection,
    signIn,
    secrets,
    since: since.get,
    added: since.added,
    upstream: () => inUse,
    build,
    keepUpstream: since.keep,
    use(next, nextSettings) {
      // With another token it is the same upstream, whose tasks go on.
      if (!isDeepStrictEqual(inUse, nextSettings)) since.use();
      inUse = nextSettings;
      connection.use(next, nextSettings);
      signIn.use(next.credentials);
    },
    async close() {
      signIn.close();
      await connection.close();
    },
  };
}
