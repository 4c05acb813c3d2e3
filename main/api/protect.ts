/** Servers that clients have in their configurations become servers of Greenlight's, each once. */
import { isDeepStrictEqual } from 'node:util';
import type { Result } from '../../shared/contract.ts';
import { digest } from '../../shared/digest.ts';
import { slugOf } from '../../shared/server-id.ts';
import { serverLabel } from '../../shared/server-name.ts';
import { serversOf } from '../../shared/servers.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import { takeAllBack } from '../base/take-back.ts';
import type { Protectable, Protecting } from '../connect/connect.ts';
import type { Server } from '../servers/servers.ts';
import { readUpstreamSecrets } from '../upstream/secrets.ts';
import type { ApiParts } from './parts.ts';
import { addServer } from './servers.ts';

/** Servers that Greenlight has now. */
export interface TakenServers {
  protecting: Protecting[];
  ids: string[];
  /** Removes again those that it had not; never throws. */
  takeBack(): Promise<void>;
}

type Core = ApiParts['core'];

/** Where each of `servers`, shown as `ats`, would be; nothing is added. */
export async function foresee(
  core: Core,
  servers: readonly Protectable[],
  ats: readonly string[],
): Promise<Protecting[]> {
  const coming: { id: string; server: Protectable }[] = [];
  const protecting: Protecting[] = [];
  for (const [index, server] of servers.entries()) {
    const known = await knownAs(core, server);
    const same = coming.find((one) => keyOf(one.server) === keyOf(server))?.id;
    const taken = [...core.servers.list(), ...coming].map(({ id }) => id);
    const id = known ?? same ?? slugOf(server.name, taken);
    if (known === undefined && same === undefined) coming.push({ id, server });
    protecting.push({
      at: ats[index] ?? '',
      server: id,
      mcpUrl: core.mcpUrlOf(id),
      name: server.name,
      known: known !== undefined,
    });
  }
  const all = [...named(core), ...coming.map(({ id, server: { name } }) => ({ id, name }))];
  return protecting.map((one) => ({ ...one, name: serverLabel(all, one.server) ?? one.name }));
}

/** Adds those of `servers`, shown as `ats`, that Greenlight has not: all of them, or none. Throws a {@link UserFacingError}. */
export async function takeServers(
  core: Core,
  servers: readonly Protectable[],
  ats: readonly string[],
): Promise<TakenServers> {
  const protecting: Protecting[] = [];
  const added: { id: string; takeBack(): Promise<void> }[] = [];
  const takeBack = () =>
    takeAllBack(
      added.map((server) => server.takeBack),
      core.logger,
    );
  try {
    for (const [index, server] of servers.entries()) {
      let id = await knownAs(core, server);
      const known = id !== undefined && !added.some((one) => one.id === id);
      if (id === undefined) {
        const { name, upstream, secrets } = server;
        const made = await addServer(core, { name, upstream, secrets });
        added.push(made);
        id = made.id;
      }
      const name = serverLabel(named(core), id) ?? server.name;
      protecting.push({ at: ats[index] ?? '', server: id, mcpUrl: core.mcpUrlOf(id), name, known });
    }
  } catch (error) {
    await takeBack();
    throw error;
  }
  // What a program needs until it answers may be minutes: it is fetched first.
  for (const { id } of added) void core.servers.get(id)?.connection.refresh();
  return { protecting, ids: [...new Set(protecting.map(({ server }) => server))], takeBack };
}

/** The servers that there are, and what they are called. */
const named = ({ settings }: Core) => serversOf(settings.get());

/** What clients have that Greenlight could stand before, each once. */
export async function findInClients({
  core,
  connect,
}: ApiParts): Promise<Result<'connect.found'>['servers']> {
  const { mcpUrl } = core;
  const found = new Map<string, Result<'connect.found'>['servers'][number]>();
  for (const { target, name, servers } of connect.found(mcpUrl)) {
    for (const { shown, protectable: known } of servers) {
      const { luma, greenlight, ...server } = shown;
      if (luma || greenlight) continue;
      const key = known ? keyOf(known) : digest([server.kind, server.address, server.refused ?? '']);
      const same = found.get(key);
      if (same) {
        if (!same.in.includes(name)) same.in.push(name);
        continue;
      }
      const id = known && (await knownAs(core, known, { signedIn: true }));
      found.set(key, {
        ...server,
        in: [name],
        target,
        ...(id !== undefined && { known: id }),
      });
    }
  }
  return [...found.values()];
}

/** Two entries with the same are one server. */
const keyOf = ({ upstream, secrets }: Protectable) => digest({ upstream, secrets } as never);

/**
 * The server of Greenlight's that is reached as `server` is, with the same secrets. A sign-in is one of them, which no
 * entry has; with `signedIn`, one that the person signed in to counts for an entry without a token.
 */
async function knownAs(
  { servers }: Core,
  server: Protectable,
  { signedIn = false } = {},
): Promise<string | undefined> {
  for (const one of servers.list()) {
    const upstream = servers.settingsOf(one.id)?.upstream;
    if (
      upstream &&
      isSame(upstream, server.upstream) &&
      (await hasSecretsOf(one, upstream, server, signedIn))
    )
      return one.id;
  }
  return undefined;
}

function isSame(one: UpstreamSettings, other: UpstreamSettings): boolean {
  const sorted = (settings: UpstreamSettings) => ({
    ...settings,
    ...('envNames' in settings && { envNames: settings.envNames?.toSorted() }),
    ...('headerNames' in settings && { headerNames: settings.headerNames?.toSorted() }),
  });
  return isDeepStrictEqual(sorted(one), sorted(other));
}

async function hasSecretsOf(
  server: Server,
  upstream: UpstreamSettings,
  { secrets }: Protectable,
  orSignedIn: boolean,
): Promise<boolean> {
  // What cannot be read is not known to be the same.
  const kept = await readUpstreamSecrets(upstream, server.secrets).catch(() => undefined);
  if (kept === undefined || (kept.signedIn !== undefined && !orSignedIn)) return false;
  return (
    kept.token === secrets.token &&
    isDeepStrictEqual(kept.env ?? {}, secrets.env ?? {}) &&
    isDeepStrictEqual(kept.headers ?? {}, secrets.headers ?? {})
  );
}
