/** Sets up client applications to reach Luma through Greenlight, and undoes it. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectTarget } from '../../shared/contract.ts';
import { isJsonObject } from '../../shared/json.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Outside } from '../base/outside.ts';
import type { Logger } from '../base/ports.ts';
import { connectClients } from './applications.ts';
import { type Access, type ConnectClient, entryName } from './client.ts';
import { type Change, editConfig, parseConfig } from './document.ts';
import {
  backUp,
  deleteConfigFile,
  digest,
  narrowConfigFile,
  ownersPart,
  readConfigFile,
  replaceConfigFile,
} from './files.ts';
import { acceptedEntry, type EntryHands, followEntries, leftDirect } from './outside.ts';
import type { Place } from './places.ts';
import {
  aboutLeft,
  aboutLink,
  aboutMode,
  isOurPlace,
  letsOthersIn,
  planOf,
  serversIn,
  snippetFor,
  upstreamIn,
} from './plan.ts';
import { type Kept, openRecords } from './record.ts';
import { isDirect, isGreenlight, type TakenUpstream, valueAt } from './servers.ts';

export type { TakenUpstream } from './servers.ts';

/** Stands for the token where none was made yet. */
export const tokenPlaceholder = 'TOKEN-MADE-WHEN-YOU-APPLY';

interface Preview {
  path?: string;
  before: string;
  after: string;
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
}

export interface Connect {
  /** Every client and how it stands. A configuration that cannot be read is told in its `note`. `seen`: whether a grant's client came. */
  targets(mcpUrl: string, seen?: (grant: string) => boolean): ConnectTarget[];
  /**
   * The exact change that {@link Connect.apply} would make, with {@link tokenPlaceholder} for the token. `name`: how a
   * client is called that Greenlight does not know.
   */
  preview(
    id: string,
    options: { mcpUrl: string; takeOver?: boolean; reached?: boolean; name?: string },
  ): Preview;
  /**
   * Enters Greenlight in the client's configuration, a backup beside it. With `takeOver` (the default), entries that reach
   * Luma directly go, and what they reached it with is handed back: keep its token in the vault, or call
   * {@link Connect.undo} when that fails. `grant` is whose token it is; the answer names the grant whose token
   * it took the place of. `reached`: Greenlight reaches Luma already, and an entry without a token is not handed back. Throws a {@link UserFacingError}; the file is then as it was.
   */
  apply(id: string, options: Access & { grant?: string; takeOver?: boolean; reached?: boolean }): Applied;
  /**
   * Takes the last change back, and only that. Names the grant whose token stood in the file. Throws a
   * {@link UserFacingError}; the file is then as it was.
   */
  undo(id: string): { path: string; grant?: string };
  /** What other programs made of what Greenlight wrote into clients' configurations. */
  outside(hands: EntryHands): Outside;
}

export function createConnect(
  options: Place & { dataDir: string; accepted: Kept; wall: () => number; logger: Logger },
): Connect {
  const { dataDir, accepted, wall, logger } = options;
  const records = openRecords(dataDir, accepted);

  const target = (client: ConnectClient, mcpUrl: string, seen: (grant: string) => boolean): ConnectTarget => {
    const { id, name, config, form, bundle, note } = client;
    const answer: ConnectTarget = {
      id,
      name,
      detected: isInstalled(client, options),
      connected: false,
      direct: [],
      undoable: false,
      ...(form ? { form } : {}),
      ...(bundle ? { bundle } : {}),
      ...(note ? { note } : {}),
    };
    if (!config) return answer;
    answer.path = config.path(options);
    try {
      const file = readConfigFile(answer.path);
      const servers = serversIn(file, config);
      answer.connected = servers.some((server) => isGreenlight(server, mcpUrl));
      answer.direct = servers.filter(isDirect).map((server) => server.name);
      const record = records.get(id);
      answer.undoable = record !== undefined;
      if (answer.connected && record?.grant && !seen(record.grant)) answer.todo = afterwards(client);
      if (answer.connected && letsOthersIn(file, options.platform)) {
        answer.note = `Others on this computer can get at ${file.path}, which holds a token. Connect again to make it a file for you only.`;
      }
    } catch (error) {
      if (!(error instanceof UserFacingError)) throw error;
      answer.note = error.message;
    }
    return answer;
  };

  return {
    targets: (mcpUrl, seen = () => true) =>
      connectClients
        .filter(({ only = options.platform }) => only === options.platform)
        .map((client) => target(client, mcpUrl, seen)),

    preview(id, { mcpUrl, takeOver = true, reached, name = 'the client' }) {
      const client = applicationById(id);
      const access = { mcpUrl, token: tokenPlaceholder };
      const snippet = snippetFor(client, access);
      const notes = client.note ? [client.note] : [];
      if (!client.config) {
        notes.push(`Enter it where ${name} keeps its MCP servers, then start ${name} again.`);
        return { before: '', after: '', snippet, notes };
      }
      const file = readConfigFile(client.config.path(options));
      const plan = planOf(client, client.config, file, access, takeOver);
      notes.push(
        ...upstreamIn(plan, options.env, reached).notes,
        ...aboutLeft(plan.left, takeOver),
        ...aboutLink(file),
        ...aboutMode(file, options.platform),
        afterwards(client),
      );
      return { path: file.path, before: file.found?.text ?? '', after: plan.after, snippet, notes };
    },

    apply(id, { mcpUrl, token, grant, takeOver = true, reached }) {
      const client = applicationById(id);
      if (!client.config) {
        throw new UserFacingError(
          'invalid',
          `${client.name} has no file that Greenlight can change. Copy the snippet.`,
        );
      }
      const file = readConfigFile(client.config.path(options));
      const plan = planOf(client, client.config, file, { mcpUrl, token }, takeOver);
      const { upstream, notes, secrets } = upstreamIn(plan, options.env, reached);
      const answer: Applied = {
        path: file.path,
        notes: [
          ...(client.note ? [client.note] : []),
          ...notes,
          ...aboutLeft(plan.left, takeOver),
          ...aboutLink(file),
          ...aboutMode(file, options.platform),
          afterwards(client),
        ],
        ...(upstream ? { upstream } : {}),
      };
      const earlier = records.get(id);
      if (earlier?.grant) answer.replacedGrant = earlier.grant;
      if (plan.after === file.found?.text) {
        narrowConfigFile(file);
        return earlier?.backup ? { ...answer, backup: earlier.backup } : answer;
      }

      const ours = file.found && earlier?.path === file.path ? earlier : undefined;
      // Still as Greenlight left it: the first backup goes on being the file without Greenlight.
      const untouched = ours?.whole === true && ours.written === digest(file.found?.bytes);
      const made = file.found && !untouched ? backUp(file, file.found.bytes, wall()) : undefined;
      const backup = untouched ? ours.backup : made;
      const mode = letsOthersIn(file, options.platform) ? file.found?.mode : ours?.mode;
      const replaced = plan.replaced.filter(({ at }) => !ours || !isOurPlace(at));
      records.set(id, {
        path: file.path,
        ...(backup ? { backup } : {}),
        whole: untouched || !ours,
        ...(grant ? { grant } : {}),
        ...(mode === undefined ? {} : { mode }),
        written: digest(plan.after),
        replaced: [
          ...(ours?.replaced ?? []),
          ...replaced.flatMap(({ at }) => (backup ? [{ at, backup }] : [])),
        ],
        entry: acceptedEntry(client.entry({ mcpUrl, token })),
        ...(ours?.direct || plan.takenOver.length > 0 ? { direct: leftDirect(plan.left) } : {}),
      });
      try {
        replaceConfigFile(file, plan.after, file.found && ownersPart(file.found.mode));
      } catch (error) {
        records.set(id, earlier);
        if (made) rmSync(made, { force: true });
        throw error;
      }
      logger.info({ target: id, path: file.path, backup }, 'A client was connected.');
      if (secrets && backup) {
        answer.notes.push(
          `The backup ${backup} still has the Luma token in it. Delete it once everything works; undoing needs it.`,
        );
      }
      return backup ? { ...answer, backup } : answer;
    },

    undo(id) {
      const client = applicationById(id);
      const record = records.get(id);
      if (!record || !client.config) {
        throw new UserFacingError(
          'not_found',
          `Greenlight has changed nothing in ${client.name} that could be undone.`,
        );
      }
      const file = readConfigFile(record.path);
      // Unless the person gave it another one since.
      const mode = file.found?.mode === ownersPart(record.mode ?? 0) ? record.mode : file.found?.mode;
      if (file.found && record.whole && digest(file.found.bytes) === record.written) {
        if (record.backup) {
          replaceConfigFile(file, backupAt(record.backup, record.path).bytes, mode);
          rmSync(record.backup, { force: true });
        } else {
          deleteConfigFile(file);
        }
      } else if (file.found) {
        const { format, servers } = client.config;
        const config = parseConfig(format, file.found.text, file.path);
        const changes: Change[] = [{ at: [servers, entryName] }];
        for (const { at, backup } of record.replaced) {
          // An entry that the person has put back is theirs.
          if (!isOurPlace(at) && valueAt(config, at) !== undefined) continue;
          const old = backupAt(backup, record.path);
          const value = valueAt(parseConfig(format, old.text, backup), at);
          if (isJsonObject(value)) changes.push({ at, value });
        }
        replaceConfigFile(file, editConfig(format, file.found.text, file.path, changes), mode);
      }
      records.set(id, undefined);
      logger.info({ target: id, path: record.path }, 'A client’s connection was undone.');
      return { path: record.path, ...(record.grant ? { grant: record.grant } : {}) };
    },

    outside: (hands) => followEntries({ records, platform: options.platform, logger }, hands),
  };
}

/** What the person does after the change. */
function afterwards({ name, afterwards: own }: ConnectClient): string {
  return own ?? `Start ${name} again if it is running.`;
}

function applicationById(id: string): ConnectClient {
  const client = connectClients.find((entry) => entry.id === id);
  if (!client) throw new UserFacingError('not_found', `Greenlight knows no client application “${id}”.`);
  return client;
}

function isInstalled({ signs }: ConnectClient, place: Place): boolean {
  if (signs.paths(place).some((path) => existsSync(path))) return true;
  const windows = place.platform === 'win32';
  const folders = (place.env.PATH ?? '').split(windows ? ';' : ':').filter((folder) => folder !== '');
  const endings = windows ? ['.exe', '.cmd'] : [''];
  return folders.some((folder) =>
    signs.commands.some((command) => endings.some((ending) => existsSync(join(folder, command + ending)))),
  );
}

function backupAt(backup: string, path: string): { bytes: Buffer; text: string } {
  const { found } = readConfigFile(backup);
  if (found) return found;
  throw new UserFacingError(
    'not_found',
    `The backup ${backup} is gone, so ${path} cannot be put back. Nothing was changed; ` +
      `take the entry “${entryName}” out of it by hand.`,
  );
}
