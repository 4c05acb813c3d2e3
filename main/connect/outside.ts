/**
 * What other programs made of clients' configurations, as far as Greenlight wrote there: its own entry, and, once
 * ways to Luma past Greenlight were taken over, new ones. The rest of such a file is not Greenlight's, and changes often.
 */
import { rmSync } from 'node:fs';
import { digest } from '../../shared/digest.ts';
import type { Json, JsonObject } from '../../shared/json.ts';
import { MASK } from '../../shared/mask.ts';
import { pointer } from '../../shared/policy/paths.ts';
import { mcpUrlOf } from '../../shared/server-id.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { createListeners } from '../base/listeners.ts';
import { changedAgain, nothingWaits, type Outside, type OutsideChange } from '../base/outside.ts';
import type { Logger } from '../base/ports.ts';
import { readOwnFile } from '../base/private-file.ts';
import { takeAllBackNow } from '../base/take-back.ts';
import { fileSignature } from '../base/watch.ts';
import { connectClients } from './applications.ts';
import type { ClientConfig, ConnectClient } from './client.ts';
import { type Change, editConfig, parseConfig } from './document.ts';
import { backUp, digest as digestOf, ownersPart, readConfigFile, replaceConfigFile } from './files.ts';
import {
  acceptedEntry,
  entryFor,
  isStillOurs,
  type Own,
  ownOf,
  samePlace,
  shownAs,
  stillReplaced,
} from './own.ts';
import type { Place } from './places.ts';
import { isOurPlace, letsOthersIn } from './plan.ts';
import type { Changed, Records } from './record.ts';
import { isDirect, type Server, serversOf, valueAt } from './servers.ts';

/** What writing an entry back needs of others. */
export interface EntryHands {
  mcpUrl: string;
  /** Milliseconds of Greenlight's time. */
  now(): number;
  /**
   * A new token for `grant`; of another one, for the client called `label`, where that is over, and for
   * `servers` beside Luma. `takeBack` ends what was made for nothing.
   */
  renew(
    grant: string | undefined,
    label: string,
    servers: readonly string[],
  ): { grant: string; token: string; takeBack(): void };
}

/** Milliseconds within which one look at a file is enough: it may be large, and is asked for with every event. */
const LOOK_EVERY = 2_000;

/** How `direct`, ways past Greenlight that stay, are kept. */
export function leftDirect(direct: readonly Server[]): NonNullable<Changed['direct']> {
  return direct.filter(({ at }) => !isOurPlace(at)).map(({ at, value }) => ({ at, digest: digest(value) }));
}

/** What stands in a file, where that is not what was accepted. */
interface Found {
  /** Greenlight's own entries, each with what stands in its place; absent: it was taken out. */
  own: { own: Own; value: Json | undefined }[];
  /** Whether one of them is not the one that was accepted. */
  changed: boolean;
  /** Ways past Greenlight that were not accepted. */
  fresh: Server[];
  direct: Server[];
  shown: Pick<OutsideChange, 'before' | 'after' | 'digest'>;
}

type Client = ConnectClient & { config: ClientConfig };

/** Follows what `records` says was written, and shows and decides what other programs made of it. */
export function followEntries(
  parts: { records: Records; platform: Place['platform']; logger: Logger },
  hands: EntryHands,
): Outside {
  const { records, platform, logger } = parts;
  const listeners = createListeners<() => void>(logger);
  /** The last look at each file, by client. */
  const looks = new Map<string, { signature: string; at: number; change?: OutsideChange }>();

  /** Looks at the file of `client`, unless it is the one of the last look. Never throws. */
  function look(client: Client, record: Changed): void {
    const last = looks.get(client.id);
    try {
      const { path, entry, direct, written } = record;
      const file = fileSignature(path);
      const signature = JSON.stringify([file, path, entry, direct, written]);
      // Without a signature there is no file, or one that may change unseen: it is read again, if not at once.
      if (last?.signature === signature && (file !== undefined || hands.now() - last.at < LOOK_EVERY)) return;
      const found = foundIn(client, record);
      looks.set(client.id, {
        signature,
        at: hands.now(),
        ...(found && { change: changeOf(client, record, found, last?.change) }),
      });
    } catch (error) {
      // Half written, or something that is no file: the client cannot read it either. The next look may.
      logger.debug(
        { target: client.id, reason: String(error) },
        'a client’s configuration cannot be compared',
      );
    }
  }

  function changeOf(client: Client, record: Changed, found: Found, before?: OutsideChange): OutsideChange {
    return {
      id: `client:${client.id}`,
      kind: 'client',
      name: client.name,
      path: record.path,
      seenAt: before?.digest === found.shown.digest ? before.seenAt : hands.now(),
      ...found.shown,
    };
  }

  /** Looks at every file; tells the listeners when something else waits than before. */
  function lookAtAll(): void {
    const state = () => [...looks.values()].map(({ change }) => change?.digest ?? '').join();
    const before = state();
    for (const [id, record] of followed()) {
      if (record) look(clientOf(id) as Client, record);
      else looks.delete(id);
    }
    if (state() !== before) listeners.tell();
  }

  /** What to look at, by client; nothing for one that is not looked at any more. */
  function followed(): [string, Changed | undefined][] {
    let all: Record<string, Changed> = {};
    try {
      all = records.all();
    } catch (error) {
      // Where clients are connected, the window says so.
      logger.debug({ reason: String(error) }, 'what was written into clients’ configurations is not known');
    }
    const known = Object.entries(all).filter(([id, record]) => {
      const client = clientOf(id);
      return client && ownOf(record, client.config.servers).length > 0;
    });
    const over = [...looks.keys()].filter((id) => !known.some(([other]) => other === id));
    return [...known, ...over.map((id) => [id, undefined] as [string, undefined])];
  }

  /** What stands there now is what the person accepts; an entry without its token is no entry of Greenlight's any more. */
  function use(client: Client, record: Changed, { own, direct }: Found): void {
    const { entry: _, entries: __, direct: taken, ...rest } = record;
    const first = own.find(({ own }) => own.server === undefined)?.value;
    const entries = own.flatMap(({ own: { at, server, entry }, value }) =>
      server !== undefined && value !== undefined && isStillOurs(value, entry)
        ? [{ at: [...at], server, entry: acceptedEntry(value) }]
        : [],
    );
    // What the person took out, or made their own, stays so when all is undone.
    const before = own.map((one) => one.own);
    const now = before.filter(({ at, server }) =>
      server === undefined ? first !== undefined : entries.some((one) => samePlace(one.at, at)),
    );
    records.set(client.id, {
      ...rest,
      replaced: stillReplaced(rest.replaced, before, now),
      ...(first !== undefined && { entry: acceptedEntry(first) }),
      ...(entries.length > 0 && { entries }),
      ...((first !== undefined || entries.length > 0) && taken && { direct: leftDirect(direct) }),
    });
  }

  /**
   * Writes Greenlight's entry again, with another token, where it was changed, and takes out what leads past it. What
   * stood there is kept beside the file, since it may be the person's own work.
   */
  function putBack(client: Client, record: Changed, { own, changed, fresh }: Found): void {
    const { format } = client.config;
    const file = readConfigFile(record.path);
    const away = fresh.map(({ at }) => ({ at }));
    const edited = (more: Change[]) =>
      editConfig(format, file.found?.text ?? '', record.path, [...away, ...more]);
    /** All of them: they share one token. */
    const withEntries = (token: string) => {
      const written = own.map(({ own: { at, server, entry }, value }) => {
        if (server === undefined) return { at, server, value: client.entry({ mcpUrl: hands.mcpUrl, token }) };
        const access = { mcpUrl: mcpUrlOf(hands.mcpUrl, server), token };
        return { at, server, value: entryFor(client, access, at, value ?? entry.shown) };
      });
      const accepted = written.map(({ at, server, value }) => ({
        at: [...at],
        server,
        entry: acceptedEntry(value),
      }));
      const entries = accepted.flatMap(({ server, ...one }) =>
        server === undefined ? [] : [{ ...one, server }],
      );
      const first = accepted.find(({ server }) => server === undefined)?.entry;
      return {
        text: edited(written),
        kept: { ...(first && { entry: first }), ...(entries.length > 0 && { entries }) },
      };
    };
    const write = (next: Changed, text: string) => {
      const backup = file.found && backUp(file, file.found.bytes, hands.now());
      try {
        records.set(client.id, { ...next, whole: false, written: digestOf(text) });
        replaceConfigFile(file, text, file.found && ownersPart(file.found.mode));
      } catch (error) {
        const remove = () => backup !== undefined && rmSync(backup, { force: true });
        takeAllBackNow([remove, () => records.set(client.id, record)], logger);
        throw error;
      }
    };
    if (!changed) {
      write(record, edited([]));
      return;
    }

    // Whether it can be done at all, before the token that stands there is worth nothing any more.
    withEntries('');
    const servers = own.flatMap(({ own: { server } }) => server ?? []);
    const { grant, token, takeBack } = hands.renew(record.grant, client.name, servers);
    const { kept, text } = withEntries(token);
    const mode = letsOthersIn(file, platform) ? file.found?.mode : record.mode;
    try {
      write({ ...record, ...(mode === undefined ? {} : { mode }), grant, ...kept }, text);
    } catch (error) {
      takeAllBackNow([takeBack], logger);
      throw error;
    }
  }

  return {
    list() {
      lookAtAll();
      return [...looks.values()].flatMap(({ change }) => change ?? []);
    },
    decide(id, digest, answer) {
      const client = clientOf(id.replace(/^client:/, ''));
      const record = client && records.get(client.id);
      if (!client || !record || ownOf(record, client.config.servers).length === 0) throw nothingWaits();
      try {
        const found = comparable(() => foundIn(client, record), record.path);
        if (!found) throw nothingWaits();
        if (answer === 'keep') putBack(client, record, found);
        else if (found.shown.digest !== digest) throw changedAgain();
        else use(client, record, found);
        logger.info(
          { target: client.id, answer },
          'A client’s entry that was changed from outside is decided.',
        );
      } finally {
        looks.delete(client.id);
        lookAtAll();
        listeners.tell();
      }
    },
    onChange: listeners.add,
  };
}

function clientOf(id: string): Client | undefined {
  return connectClients.find((client): client is Client => client.id === id && client.config !== undefined);
}

/** What stands in the file of `record` and was not accepted, or nothing. Throws what reading it throws. */
function foundIn(client: Client, record: Changed): Found | undefined {
  const { format, servers } = client.config;
  const bytes = readOwnFile(record.path);
  const text = bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const config = text === undefined ? {} : parseConfig(format, text, record.path);
  const own = ownOf(record, servers).map((one) => ({ own: one, value: valueAt(config, one.at) }));
  const others = own.filter(
    ({ own: { entry }, value }) => value === undefined || digest(value) !== entry.digest,
  );
  const isOwn = ({ at }: Server) => own.some(({ own }) => samePlace(own.at, at));
  const direct = serversOf(config, client.config).filter(
    (server) => isDirect(server) && !isOurPlace(server.at) && !isOwn(server),
  );
  const fresh =
    record.direct === undefined ? [] : direct.filter((server) => !isLeft(server, record.direct ?? []));
  if (others.length === 0 && fresh.length === 0) return undefined;

  const named = [...others.map(({ own: { at } }) => ({ name: at.at(-1) ?? '', at })), ...fresh];
  const before: JsonObject = {};
  const after: JsonObject = {};
  for (const {
    own: { at, entry },
    value,
  } of others) {
    const key = keyOf({ name: at.at(-1) ?? '', at }, named);
    const show = (secret: string) =>
      entry.secrets.includes(digest(secret)) ? MASK : `${MASK} (another one)`;
    before[key] = entry.shown;
    if (value !== undefined) after[key] = shownAs(value, show);
  }
  for (const server of fresh) after[keyOf(server, named)] = shownAs(server.value, () => MASK);
  return {
    own,
    changed: others.length > 0,
    direct,
    fresh,
    shown: {
      ...(others.length > 0 && { before }),
      ...(Object.keys(after).length > 0 && { after }),
      digest: digest([own.map(({ value }) => value ?? null), fresh.map(({ at, value }) => [at, value])]),
    },
  };
}

type Placed = Pick<Own, 'at'> & { name: string };

/** The name of `server`, or its place: two of one name must not hide one another. */
function keyOf({ name, at }: Placed, all: readonly Placed[]): string {
  return all.filter((other) => other.name === name).length > 1 ? pointer(...at) : name;
}

function isLeft({ at, value }: Server, left: NonNullable<Changed['direct']>): boolean {
  return left.some((other) => samePlace(other.at, at) && other.digest === digest(value));
}

/** Says in words that a file cannot be compared. */
function comparable<T>(work: () => T, path: string): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserFacingError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserFacingError(
      'unavailable',
      `${path} cannot be read (${reason}). Nothing was changed; make it a plain text file of yours, then try again.`,
    );
  }
}
