/** Sets up client applications to reach Luma through Greenlight, and undoes it. */
import { rmSync } from 'node:fs';
import type { ConnectTarget } from '../../shared/contract.ts';
import { mcpUrlOf } from '../../shared/server-id.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { compact } from '../base/compact.ts';
import type { Outside } from '../base/outside.ts';
import type { Logger } from '../base/ports.ts';
import { takeAllBackNow } from '../base/take-back.ts';
import { connectClients } from './applications.ts';
import type { Access, ClientConfig, ConnectClient } from './client.ts';
import {
  backUp,
  type ConfigFile,
  deleteConfigFile,
  digest,
  narrowConfigFile,
  ownersPart,
  readConfigFile,
  replaceConfigFile,
} from './files.ts';
import { type Looked, protectableAs } from './found.ts';
import { type EntryHands, followEntries, leftDirect } from './outside.ts';
import { acceptedEntry, isStillOurs, ownOf, samePlace, secretsIn, stillReplaced } from './own.ts';
import type { Place } from './places.ts';
import {
  aboutLeft,
  aboutLink,
  aboutMode,
  aboutProtected,
  aboutReturning,
  aboutStray,
  type Entering,
  isOurPlace,
  letsOthersIn,
  type Protectable,
  type Protecting,
  planOf,
  type Returning,
  serversIn,
  snippetFor,
  upstreamIn,
} from './plan.ts';
import { type Changed, type Kept, openRecords } from './record.ts';
import { isGreenlight, type Server, type TakenUpstream, tokenIn } from './servers.ts';
import { straysAmong } from './strays.ts';
import { afterwards, targetOf } from './targets.ts';
import { stoodBefore, type Undone, undo } from './undo.ts';

export type { Protectable, Protecting } from './plan.ts';

/** Stands for the token where none was made yet. */
export const tokenPlaceholder = 'TOKEN-MADE-WHEN-YOU-APPLY';

interface Preview {
  path?: string;
  before: string;
  after: string;
  /** What of `before` goes to the vault. */
  secrets: string[];
  snippet: string;
  notes: string[];
}

interface Applied {
  path: string;
  /** Absent where there was no file, or nothing to change. */
  backup?: string;
  notes: string[];
  /** The grant whose token was replaced. */
  replacedGrant?: string;
  /** How the client reached Luma, once it was taken over. */
  upstream?: TakenUpstream;
  /** The servers beside Luma whose entries are Greenlight's now. */
  servers: string[];
  /** Makes it all as it was before, where what belongs to the change elsewhere fails. */
  takeBack(): void;
}

/** Whether Greenlight has the server. */
type Has = (server: string) => boolean;

export interface Connect {
  /** Every client and how it stands. A configuration that cannot be read is told in its `note`. `seen`: whether a grant's client came; `has`: which servers there are. */
  targets(mcpUrl: string, seen?: (grant: string) => boolean, has?: Has): ConnectTarget[];
  /** What every client has in its file, with what Greenlight needs to stand before it; of one that cannot be read, nothing. */
  found(mcpUrl: string): { target: string; name: string; servers: Looked[] }[];
  /**
   * The exact change that {@link Connect.apply} would make, with {@link tokenPlaceholder} for the token. `name`: how a
   * client is called that Greenlight does not know.
   */
  preview(
    id: string,
    options: {
      mcpUrl: string;
      takeOver?: boolean;
      protect?: readonly Protecting[];
      reached?: boolean;
      has?: Has;
      name?: string;
    },
  ): Preview;
  /**
   * The servers of the client that were shown as `ats`, with what Greenlight needs to stand before them. Throws a
   * {@link UserFacingError} where one of them is another one now, or cannot be protected.
   */
  protectable(id: string, mcpUrl: string, ats: readonly string[]): Protectable[];
  /** The servers beside Luma whose entries in the client's file are Greenlight's, and the token that stands there. */
  entered(id: string, mcpUrl: string): { servers: string[]; token?: string; grant?: string };
  /**
   * Enters Greenlight in the client's configuration, a backup beside it. With `takeOver` (the default), entries that reach
   * Luma directly go, and what they reached it with is handed back: keep its token in the vault, or call
   * {@link Connect.undo} when that fails. `grant` is whose token it is; the answer names the grant whose token
   * it took the place of. `protect`: servers that go behind Greenlight, which has them already. `reached`: Greenlight reaches Luma already, and an entry without a token is not handed back. `has`: which
   * servers there are; an entry for another one is what it was before, or goes out where Greenlight has no record of it. Throws a {@link UserFacingError}; the file is then as it was.
   */
  apply(
    id: string,
    options: Access & {
      grant?: string;
      takeOver?: boolean;
      protect?: readonly Protecting[];
      reached?: boolean;
      has?: Has;
    },
  ): Applied;
  /**
   * Takes the last change back, and only that. Throws a
   * {@link UserFacingError}; the file is then as it was.
   */
  undo(id: string): Undone;
  /** What other programs made of what Greenlight wrote into clients' configurations. */
  outside(hands: EntryHands): Outside;
}

export function createConnect(
  options: Place & { dataDir: string; accepted: Kept; wall: () => number; logger: Logger },
): Connect {
  const { dataDir, accepted, wall, logger } = options;
  const records = openRecords(dataDir, accepted);

  /** What apply would do, and what there is to know of it. */
  const planned = (
    client: ConnectClient & { config: ClientConfig },
    file: ConfigFile,
    access: Access,
    {
      takeOver = true,
      protect = [],
      reached,
      has = () => true,
    }: {
      takeOver?: boolean;
      protect?: readonly Protecting[] | undefined;
      reached?: boolean | undefined;
      has?: Has | undefined;
    },
  ) => {
    const { config } = client;
    const servers = serversIn(file, config);
    const shown = protect.map((one) => ({
      ...one,
      found: protectableAs(one.at, servers, config, options, access.mcpUrl),
    }));
    const record = records.get(client.id);
    const ours = file.found && record?.path === file.path ? record : undefined;
    const stand = standing(ours, servers, access.mcpUrl);
    const still = stand.filter(({ server }) => has(server));
    const unknown = servers.filter(
      ({ at }) => !isOurPlace(at) && !stand.some((one) => samePlace(one.at, at)),
    );
    const strays = straysAmong(unknown, file, config, { mcpUrl: access.mcpUrl, has });
    const leaving = strays.filter(({ stays }) => !stays);
    const returning: Returning[] = [
      ...stand
        .filter(({ server }) => !has(server))
        .map(({ at, server }) => ({
          at,
          server,
          ...compact({ value: ours && stoodBefore(ours, config.format, at) }),
        })),
    ];
    const entering = [
      ...still,
      ...shown.map(({ found, server, mcpUrl }) => ({
        at: found.server.at,
        server,
        mcpUrl,
        value: found.server.value,
      })),
    ];
    const plan = planOf(client, config, file, access, {
      takeOver,
      entering,
      returning: [...returning, ...leaving.map(({ found }) => ({ at: found.at }))],
    });
    const { upstream, notes, secrets } = upstreamIn(plan, options.env, reached);
    return {
      plan,
      ours,
      ...(upstream && { upstream }),
      /** What stood before where an entry of Greenlight's still stands. */
      stillReplaced: stillReplaced(ours?.replaced ?? [], ownOf(ours ?? {}, config.servers), [
        ...still,
        ...servers.filter(({ at }) => isOurPlace(at)),
      ]),
      replaced: [
        ...plan.replaced,
        ...shown.map(({ found }) => found.server),
        ...leaving.map(({ found }) => found),
      ],
      /** The secrets themselves. */
      values: [
        ...[...shown.map(({ found }) => found.secrets), upstream ?? {}].flatMap((kept) => [
          ...('token' in kept && kept.token !== undefined ? [kept.token] : []),
          ...('env' in kept ? Object.values(kept.env ?? {}) : []),
          ...('headers' in kept ? Object.values(kept.headers ?? {}) : []),
        ]),
        ...[
          ...returning.flatMap(({ value }) => value ?? []),
          ...leaving.map(({ found }) => found.value),
        ].flatMap(secretsIn),
      ],
      /** Whose secrets the backup has. */
      secrets: [
        ...(secrets ? ['the Luma token'] : []),
        ...shown.flatMap(({ found }) =>
          Object.keys(found.secrets).length > 0 ? [`the secrets of “${found.name}”`] : [],
        ),
      ],
      notes: [
        ...(client.note ? [client.note] : []),
        ...notes,
        ...shown.map((one) => aboutProtected(one.found, one)),
        ...returning.map(aboutReturning),
        ...strays.map(aboutStray),
        ...aboutLeft(plan.left, takeOver),
        ...aboutLink(file),
        ...aboutMode(file, options.platform),
        afterwards(client),
      ],
    };
  };

  const allTargets = (mcpUrl: string, seen: (grant: string) => boolean = () => true, has: Has = () => true) =>
    connectClients
      .filter(({ only = options.platform }) => only === options.platform)
      .map((client) => targetOf(client, { place: options, records, mcpUrl, seen, has }));

  return {
    targets: (...asked) => allTargets(...asked).map(({ target }) => target),

    found: (mcpUrl) =>
      allTargets(mcpUrl).map(({ target: { id, name }, looked }) => ({
        target: id,
        name,
        servers: looked,
      })),

    preview(id, { mcpUrl, takeOver = true, protect, reached, has, name = 'the client' }) {
      const client = applicationById(id);
      const access = { mcpUrl, token: tokenPlaceholder };
      const snippet = snippetFor(client, access);
      if (!hasFile(client)) {
        const notes = client.note ? [client.note] : [];
        notes.push(`Enter it where ${name} keeps its MCP servers, then start ${name} again.`);
        return { before: '', after: '', secrets: [], snippet, notes };
      }
      const file = readConfigFile(client.config.path(options));
      const { plan, notes, values } = planned(client, file, access, { takeOver, protect, reached, has });
      const before = file.found?.text ?? '';
      return { path: file.path, before, after: plan.after, secrets: values, snippet, notes };
    },

    protectable(id, mcpUrl, ats) {
      const client = applicationById(id);
      if (ats.length === 0 || !hasFile(client)) return [];
      const servers = serversIn(readConfigFile(client.config.path(options)), client.config);
      return ats.map((at) => protectableAs(at, servers, client.config, options, mcpUrl));
    },

    entered(id, mcpUrl) {
      const client = applicationById(id);
      if (!hasFile(client)) return { servers: [] };
      const file = readConfigFile(client.config.path(options));
      const record = records.get(id);
      const servers = serversIn(file, client.config);
      const own = servers.find((server) => isOurPlace(server.at) && isGreenlight(server, mcpUrl));
      const still = standing(record?.path === file.path ? record : undefined, servers, mcpUrl);
      // All of them have the same one; the person may have taken Greenlight's own out.
      const [token] = [
        own,
        ...servers.filter(({ at }) => still.some((one) => samePlace(one.at, at))),
      ].flatMap((server) => (server && tokenIn(server)) ?? []);
      return {
        servers: still.map(({ server }) => server),
        ...(token !== undefined && { token }),
        ...(record?.grant !== undefined && { grant: record.grant }),
      };
    },

    apply(id, { mcpUrl, token, grant, takeOver = true, protect, reached, has }) {
      const client = applicationById(id);
      if (!hasFile(client)) {
        throw new UserFacingError(
          'invalid',
          `${client.name} has no file that Greenlight can change. Copy the snippet.`,
        );
      }
      const file = readConfigFile(client.config.path(options));
      const access = { mcpUrl, token };
      const { plan, ours, upstream, ...found } = planned(client, file, access, {
        takeOver,
        protect,
        reached,
        has,
      });
      const answer: Applied = {
        path: file.path,
        notes: found.notes,
        servers: [...new Set(plan.entered.map(({ server }) => server))],
        ...(upstream ? { upstream } : {}),
        takeBack() {},
      };
      const earlier = records.get(id);
      if (earlier?.grant && earlier.grant !== grant) answer.replacedGrant = earlier.grant;
      if (plan.after === file.found?.text) {
        narrowConfigFile(file);
        return earlier?.backup ? { ...answer, backup: earlier.backup } : answer;
      }

      // Still as Greenlight left it: the first backup goes on being the file without Greenlight.
      const untouched = ours?.whole === true && ours.written === digest(file.found?.bytes);
      const made = file.found && !untouched ? backUp(file, file.found.bytes, wall()) : undefined;
      const backup = untouched ? ours.backup : made;
      const mode = letsOthersIn(file, options.platform) ? file.found?.mode : ours?.mode;
      const replaced = found.replaced.filter(({ at }) => !ours || !isOurPlace(at));
      try {
        records.set(id, {
          path: file.path,
          ...(backup ? { backup } : {}),
          whole: untouched || !ours,
          ...(grant ? { grant } : {}),
          ...(mode === undefined ? {} : { mode }),
          written: digest(plan.after),
          replaced: [
            ...found.stillReplaced,
            ...replaced.flatMap(({ at }) => (backup ? [{ at, backup }] : [])),
          ],
          entry: acceptedEntry(client.entry(access)),
          ...(plan.entered.length > 0 && {
            entries: plan.entered.map(({ at, server, value }) => ({
              at,
              server,
              entry: acceptedEntry(value),
            })),
          }),
          ...(ours?.direct || plan.takenOver.length > 0 ? { direct: leftDirect(plan.left) } : {}),
        });
        replaceConfigFile(file, plan.after, file.found && ownersPart(file.found.mode));
      } catch (error) {
        const remove = () => made !== undefined && rmSync(made, { force: true });
        takeAllBackNow([remove, () => records.set(id, earlier)], logger);
        throw error;
      }
      answer.takeBack = () => {
        const now = readConfigFile(file.path);
        if (digest(now.found?.bytes) !== digest(plan.after))
          return void undo(id, client, { records, logger });
        if (file.found) replaceConfigFile(now, file.found.bytes, file.found.mode);
        else deleteConfigFile(now);
        records.set(id, earlier);
        if (made) rmSync(made, { force: true });
      };
      logger.info({ target: id, path: file.path, backup }, 'A client was connected.');
      if (found.secrets.length > 0 && backup) {
        answer.notes.push(
          `The backup ${backup} still has ${found.secrets.join(', ')} in it. Delete it once everything works; undoing needs it.`,
        );
      }
      return backup ? { ...answer, backup } : answer;
    },

    undo: (id) => undo(id, applicationById(id), { records, logger }),

    outside: (hands) => followEntries({ records, platform: options.platform, logger }, hands),
  };
}

/** The entries of other servers that Greenlight wrote into this file, and that are still its own. */
function standing(record: Changed | undefined, servers: readonly Server[], mcpUrl: string): Entering[] {
  return (record?.entries ?? []).flatMap(({ at, server, entry }) => {
    const found = servers.find((one) => samePlace(one.at, at));
    return found && isStillOurs(found.value, entry)
      ? [{ at, server, mcpUrl: mcpUrlOf(mcpUrl, server), value: found.value }]
      : [];
  });
}

function hasFile(client: ConnectClient): client is ConnectClient & { config: ClientConfig } {
  return client.config !== undefined;
}

function applicationById(id: string): ConnectClient {
  const client = connectClients.find((entry) => entry.id === id);
  if (!client) throw new UserFacingError('not_found', `Greenlight knows no client application “${id}”.`);
  return client;
}
