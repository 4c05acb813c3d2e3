import { isDeepStrictEqual } from 'node:util';
import { LUMA, MOST_SERVERS, slugOf } from '../../shared/server-id.ts';
import { serverLabel } from '../../shared/server-name.ts';
import { serverOf, serversOf, withServer } from '../../shared/servers.ts';
import type { ServerSettings, Settings, UpstreamSettings } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { createListeners } from '../base/listeners.ts';
import { asSentence } from '../base/start-error.ts';
import type { Allowances } from '../ledger/allowances.ts';
import type { Grants } from '../ledger/grants.ts';
import type { Limits } from '../ledger/limits.ts';
import type { Sessions } from '../ledger/sessions.ts';
import { forgetUpstreamOf, wasUpstreamOf } from '../ledger/upstream-since.ts';
import type { Accept, AcceptedSettings } from '../settings/accepted-settings.ts';
import type { UpstreamSecrets } from '../upstream/create.ts';
import { forgetUnusedValues, keepUpstreamSecrets, readUpstreamSecrets } from '../upstream/secrets.ts';
import { forgetToolsOf } from '../upstream/tools/stored.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { createLeftovers, type Leftover } from './leftovers.ts';
import { forgetSecretsOf, revocable, secretsOf } from './secrets.ts';
import {
  createServer,
  createServerBase,
  type KeptServer,
  type Server,
  type ServerBase,
  type ServerGround,
} from './server.ts';

export type { Server } from './server.ts';

/** What is to be made a server. */
export interface NewServer {
  /** How it is called in addresses; made from the name where it is absent. */
  id?: string | undefined;
  name: string;
  upstream: UpstreamSettings;
  secrets: UpstreamSecrets;
  /** The policy that judges by default, or what gives it once it is known how the server is called. */
  policyId: string | ((id: string) => string);
}

/** What becomes of a server; what is absent stays as it is. `secrets` are for `upstream`. */
interface ServerChange {
  name?: string | undefined;
  policyId?: string | undefined;
  upstream?: UpstreamSettings | undefined;
  secrets?: UpstreamSecrets | undefined;
}

/** Every server that Greenlight stands before. What fails leaves all as it was. */
export interface Servers {
  /** All of them, `luma` first. */
  list(): Server[];
  get(id: string): Server | undefined;
  /** The server that is always there. */
  readonly luma: Server;
  /** How the settings have it. */
  settingsOf(id: string): ServerSettings | undefined;
  /** What it is called before the person, where there are several. */
  labelOf(id: string): string | undefined;
  /** Adds a server. Nobody may use it yet. Throws a {@link UserFacingError}. */
  add(server: NewServer): Promise<Server>;
  /**
   * Calls it otherwise, has another policy judge by default, or makes `upstream` its own and keeps it: secrets in the
   * vault, the rest in the settings; all of it, or nothing. Throws a {@link UserFacingError}, also where the upstream
   * cannot be used with these secrets.
   */
  update(id: string, change: ServerChange): Promise<void>;
  /** Makes `upstream` that of the server; see {@link update}. */
  useUpstream(id: string, upstream: UpstreamSettings, secrets: UpstreamSecrets): Promise<void>;
  /** Removes it with its secrets; no client may use it any more. What was logged stays. Throws a {@link UserFacingError}. */
  remove(id: string): Promise<void>;
  /** The servers become those of `next`; `accept` notes that in between. Says which go to another upstream now. */
  follow(next: Settings, accept: Accept): Promise<Server[]>;
  /** What is still kept of servers that were removed, and what to do. */
  problem(): string | undefined;
  /** Calls `listener` when there are other servers, or they are called otherwise. */
  onChange(listener: () => void): () => void;
  /** Calls `listener` with each server that goes to another upstream now, or is none any more. */
  onExchanged(listener: (id: string) => void): () => void;
  /** Calls `listener` with the tools of a server that were found changed or new. */
  onToolsChanged(listener: (id: string, names: ReadonlySet<string>) => void): () => void;
  /** Calls `listener` when a sign-in stands otherwise. */
  onSignIn(listener: () => void): () => void;
  /** Calls `listener` when the status or the tools of a server have changed. */
  onStatus(listener: (id: string) => void): () => void;
  close(): Promise<void>;
}

/** What servers need to be kept. */
interface Parts extends ServerGround {
  settings: Pick<AcceptedSettings, 'get' | 'set'>;
  grants: Grants;
  sessions: Sessions;
  allowances: Allowances;
  limits: Limits;
  /** Whether the settings do not say which servers there are: they were lost. */
  settingsLost: boolean;
  /** Told what cannot be read of what the vault keeps for a server; it is then without. */
  secretsLost: (why: UserFacingError) => void;
}

/** An upstream that is ready: for a server that is there, or for a fresh one. */
interface Built {
  entry: ServerSettings;
  upstream: Upstream;
  /** Of one that was not running: what it is made of. */
  base?: ServerBase;
  /** Whether nothing of what was called so before is its own. */
  fresh: boolean;
  server?: KeptServer;
}

/** Throws a {@link UserFacingError} where the server that is kept so cannot be called `name`. */
export function checkName({ id, name: before }: ServerSettings, name: string | undefined): void {
  if (id === LUMA && name !== undefined && name !== before)
    throw new UserFacingError('invalid', 'The server Luma keeps its name.');
}

/** The servers of the settings. Nothing is connected to or started before the first request. */
export async function openServers(parts: Parts): Promise<Servers> {
  const { settings, grants, sessions, allowances, limits, accepted, database, logger } = parts;
  const running = new Map<string, KeptServer>();
  const changed = createListeners<() => void>(logger);
  const exchanged = createListeners<(id: string) => void>(logger);
  const toolsChanged = createListeners<(id: string, names: ReadonlySet<string>) => void>(logger);
  const signedIn = createListeners<() => void>(logger);
  const status = createListeners<(id: string) => void>(logger);
  const leftovers = createLeftovers(accepted);
  /** Why not all that was kept of a removed server is gone, by its id. */
  const left = new Map<string, string>();
  let queue: Promise<unknown> = Promise.resolve();

  function run(server: KeptServer): KeptServer {
    running.set(server.id, server);
    server.connection.onToolsChanged((names) => toolsChanged.tell(server.id, names));
    server.signIn.onChange(signedIn.tell);
    server.connection.onChange(() => status.tell(server.id));
    return server;
  }

  /** One after the other: each builds on what the one before has kept. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = queue.then(work);
    queue = mine.catch(() => {});
    return mine;
  }

  /** Forgets all that the database has of the server that was called so, but for what was logged. Throws StorageError. */
  function forget(id: string): void {
    sessions.clear(id);
    allowances.revokeOf(id);
    for (const { server, key } of limits.counters()) if (server === id) limits.reset(key);
    forgetToolsOf(id, database);
    forgetUpstreamOf(id, accepted);
    for (const grant of grants.list()) {
      if (!grant.servers.has(id) || grant.revokedAt !== undefined) continue;
      grants.update(grant.id, { servers: new Map([...grant.servers].filter(([other]) => other !== id)) });
    }
  }

  /**
   * The servers become `next`; `keep` has that accepted, with what it is to write in the same transaction. `added`: one
   * that is new whatever was called so before. Returns those that go to another upstream now.
   */
  async function become(
    next: readonly ServerSettings[],
    { given = new Map(), added }: { given?: ReadonlyMap<string, UpstreamSecrets>; added?: string },
    keep: Accept,
  ): Promise<KeptServer[]> {
    // Built before anything is kept: a token that cannot be sent must not be there at the next start.
    const built: Built[] = [];
    const kept = revocable(parts.secrets);
    const gone = [...running.values()].filter(({ id }) => !next.some((entry) => entry.id === id));
    const noted = new Map<string, Leftover | undefined>();
    const note = (id: string, as: Leftover) => {
      noted.set(id, leftovers.all().get(id));
      leftovers.note(id, as);
    };
    try {
      for (const entry of next) {
        const { id } = entry;
        const server = running.get(id);
        const secrets = given.get(id);
        if (server && !secrets && isDeepStrictEqual(server.upstream(), entry.upstream)) continue;
        // One that the person did not remove comes back with what it had: its settings were lost.
        const fresh = !server && (id === added || wasUpstreamOf(id, entry.upstream, accepted) !== true);
        if (fresh) {
          note(id, 'added');
          // A token that another of its name left is not for this one.
          await forgetSecretsOf(id, kept.vault, database);
        }
        const base = server ?? createServerBase(id, parts);
        const upstream = await base.build(entry.upstream, secrets ?? {});
        built.push({ entry, upstream, fresh, ...('use' in base ? { server: base } : { base }) });
      }
      for (const { entry } of built)
        await keepUpstreamSecrets(entry.upstream, given.get(entry.id) ?? {}, secretsOf(entry.id, kept.vault));
      for (const { id } of gone) note(id, 'removed');
      keep(() => {
        database.afterCommit(() => {
          for (const { entry } of built) left.delete(entry.id);
          // Before anybody is told that clients have them no more: who waits is told why.
          for (const { id } of gone) {
            running.delete(id);
            exchanged.tell(id);
          }
        });
        for (const one of built) write(one);
        for (const { id } of gone) forget(id);
      });
    } catch (error) {
      for (const { upstream, server, base } of built) await closed(base && server ? server : upstream);
      try {
        await kept.takeBack();
        for (const [id, before] of noted) leftovers.note(id, before);
      } catch (err) {
        logger.error({ err }, 'secrets that were not used could not be taken back');
      }
      throw error;
    }
    const others = built.flatMap(({ entry, upstream, server, base }) => {
      if (!server) return [];
      if (base) return run(server);
      server.use(upstream, entry.upstream);
      return server;
    });
    for (const { id } of others) exchanged.tell(id);
    for (const server of gone) await end(server);
    changed.tell();
    return others;
  }

  /** Writes into the database that `one` is in use. Throws StorageError. */
  function write(one: Built): void {
    const { entry, upstream, server, base, fresh } = one;
    if (base) {
      if (fresh) forget(entry.id);
      leftovers.note(entry.id, undefined);
      one.server = createServer(base, parts, { settings: entry, upstream, fresh });
    } else if (server) {
      if (!isDeepStrictEqual(server.upstream(), entry.upstream)) server.keepUpstream(entry.upstream);
      sessions.clear(entry.id);
    }
  }

  /** It is in no settings any more, and the database has nothing of it but what was logged: the rest goes. */
  async function end(server: KeptServer): Promise<void> {
    const { id } = server;
    await attempt(id, () => server.signIn.leave());
    await closed(server);
    await sweep(id);
  }

  /** Nothing is left of what was called `id`, which is in no settings. What cannot be done is told, and done at the next start. */
  async function sweep(id: string): Promise<void> {
    const done = [
      await attempt(id, () => forgetSecretsOf(id, parts.secrets, database)),
      // Also what was read or counted until its connection was closed.
      await attempt(id, () => database.transaction(() => forget(id))),
    ];
    if (!done.every(Boolean) || !(await attempt(id, () => leftovers.note(id, undefined)))) return;
    left.delete(id);
  }

  async function closed(one: { close(): Promise<void> }): Promise<void> {
    await one
      .close()
      .catch((error) => logger.warn({ reason: String(error) }, 'a server that is not used did not close'));
  }

  /** Does one thing of several, each of which is to be done whatever becomes of the others. Returns whether it was done. */
  async function attempt(id: string, work: () => void | Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      logger.error({ err: error, server: id }, 'not all that was kept of a removed server could be removed');
      const why = error instanceof UserFacingError ? ` ${asSentence(error.message)}` : '';
      left.set(
        id,
        `The server “${id}” is removed, but not all that Greenlight kept for it, such as its secrets.${why} It is tried again when Greenlight starts.`,
      );
      return false;
    }
  }

  function known(id: string): ServerSettings {
    const entry = settingsOf(id);
    if (!entry) throw new UserFacingError('not_found', `There is no server "${id}".`);
    return entry;
  }

  function settingsOf(id: string): ServerSettings | undefined {
    return serverOf(settings.get(), id);
  }

  async function update(id: string, change: ServerChange): Promise<void> {
    checkName(known(id), change.name);
    const { upstream, secrets = {} } = change;
    if (upstream === undefined) {
      settings.set(withServer(settings.get(), id, change));
      changed.tell();
      return;
    }
    await inTurn(async () => {
      const before = known(id).upstream;
      const next = serversOf(withServer(settings.get(), id, change));
      await become(next, { given: new Map([[id, secrets]]) }, (also) =>
        settings.set(withServer(settings.get(), id, change), also),
      );
      await forgetUnusedValues(before, upstream, secretsOf(id, parts.secrets)).catch((error) =>
        logger.warn(
          { reason: String(error), server: id },
          'secrets that are not used any more could not be removed',
        ),
      );
    });
  }

  for (const entry of serversOf(settings.get())) {
    const base = createServerBase(entry.id, parts);
    const kept = await readUpstreamSecrets(entry.upstream, base.secrets).catch((error: unknown) => {
      if (!(error instanceof UserFacingError)) throw error;
      // Greenlight starts without them all the same: they could not be entered again otherwise.
      parts.secretsLost(error);
      return {};
    });
    const upstream = base.open(entry.upstream, kept);
    // It was added, and Greenlight ended before the database said so.
    const fresh = leftovers.all().get(entry.id) === 'added';
    const one: Built = { entry, upstream, base, fresh };
    database.transaction(() => {
      if (wasUpstreamOf(entry.id, entry.upstream, accepted) === false) sessions.clear(entry.id);
      write(one);
    });
    if (one.server) run(one.server);
  }
  // Until the person has seen to settings that were lost, a server may be in none of them and theirs all the same.
  if (!parts.settingsLost) for (const id of leftovers.all().keys()) await sweep(id);

  return {
    list: () => [...running.values()],
    get: (id) => running.get(id),
    get luma() {
      return running.get(LUMA) as KeptServer;
    },
    settingsOf,
    labelOf: (id) => serverLabel(serversOf(settings.get()), id),
    add: ({ id: chosen, name, upstream, secrets, policyId }) =>
      inTurn(async () => {
        const now = settings.get();
        if (now.servers.length >= MOST_SERVERS) {
          throw new UserFacingError(
            'invalid',
            `There are ${MOST_SERVERS} servers beside Luma, and there cannot be more. Remove one that is not used.`,
          );
        }
        const taken = serversOf(now).map(({ id }) => id);
        if (chosen !== undefined && taken.includes(chosen))
          throw new UserFacingError('conflict', `There is a server “${chosen}” already. Choose another id.`);
        const id = chosen ?? slugOf(name, taken);
        const entry = {
          id,
          name,
          upstream,
          policyId: typeof policyId === 'string' ? policyId : policyId(id),
        };
        const given = new Map([[id, secrets]]);
        await become([...serversOf(now), entry], { given, added: id }, (also) => {
          const { servers, ...rest } = settings.get();
          settings.set({ ...rest, servers: [...servers, entry] }, also);
        });
        return running.get(id) as KeptServer;
      }),
    update,
    useUpstream: (id, upstream, secrets) => update(id, { upstream, secrets }),
    remove: (id) =>
      inTurn(async () => {
        known(id);
        if (id === LUMA)
          throw new UserFacingError('invalid', 'The server Luma stays. Choose the sandbox for it instead.');
        const without = (all: readonly ServerSettings[]) => all.filter((one) => one.id !== id);
        await become(without(serversOf(settings.get())), {}, (also) => {
          const now = settings.get();
          settings.set({ ...now, servers: without(now.servers) }, also);
        });
      }),
    follow: (next, accept) => inTurn(() => become(serversOf(next), {}, accept)),
    problem: () => (left.size === 0 ? undefined : [...left.values()].join(' ')),
    onChange: changed.add,
    onExchanged: exchanged.add,
    onToolsChanged: toolsChanged.add,
    onSignIn: signedIn.add,
    onStatus: status.add,
    async close() {
      await Promise.all([...running.values()].map((server) => server.close()));
    },
  };
}
