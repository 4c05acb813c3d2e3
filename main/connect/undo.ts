/** Takes back what Greenlight changed in a client's configuration, and only that. */
import { rmSync } from 'node:fs';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Logger } from '../base/ports.ts';
import { type ClientConfig, type ConnectClient, entryName } from './client.ts';
import { type Change, editConfig, parseConfig } from './document.ts';
import { deleteConfigFile, digest, ownersPart, readConfigFile, replaceConfigFile } from './files.ts';
import { isStillOurs, samePlace } from './own.ts';
import { isOurPlace } from './plan.ts';
import type { Changed, Records } from './record.ts';
import { valueAt } from './servers.ts';

/** What was taken back. */
export interface Undone {
  path: string;
  /** Whose token stood in the file. */
  grant?: string;
  /** The backup that stays, since the file was changed after Greenlight changed it. */
  backup?: string;
}

/** As `Connect.undo`; `id` is that of `client`. */
export function undo(
  id: string,
  client: ConnectClient,
  { records, logger }: { records: Records; logger: Logger },
): Undone {
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
  const whole = file.found && record.whole && digest(file.found.bytes) === record.written;
  if (file.found && whole) {
    if (record.backup) {
      replaceConfigFile(file, backupAt(record.backup, record.path).bytes, mode);
      rmSync(record.backup, { force: true });
    } else {
      deleteConfigFile(file);
    }
  } else if (file.found) {
    const { format } = client.config;
    const changes = changesBack(client.config, record, file.found.text);
    replaceConfigFile(file, editConfig(format, file.found.text, file.path, changes), mode);
  }
  records.set(id, undefined);
  logger.info({ target: id, path: record.path }, 'A client’s connection was undone.');
  return {
    path: record.path,
    ...(record.grant && { grant: record.grant }),
    ...(record.backup && !whole && { backup: record.backup }),
  };
}

/** What takes Greenlight's entries out of `text`, which others have changed since, and what they replaced back in. */
function changesBack(
  { format, servers }: NonNullable<ConnectClient['config']>,
  record: Changed,
  text: string,
): Change[] {
  const config = parseConfig(format, text, record.path);
  const changes: Change[] = [{ at: [servers, entryName] }];
  for (const { at, backup } of record.replaced) {
    const now = valueAt(config, at);
    const own = record.entries?.find((entry) => samePlace(entry.at, at));
    // An entry that the person has put back, changed into another or taken out is theirs.
    if (own ? now === undefined || !isStillOurs(now, own.entry) : isOurPlace(at) === (now === undefined))
      continue;
    const old = backupAt(backup, record.path);
    const value = valueAt(parseConfig(format, old.text, backup), at);
    if (isJsonObject(value)) changes.push({ at, value });
  }
  return changes;
}

/** What stood at `at` before Greenlight replaced it; `undefined` where no backup has it. */
export function stoodBefore(
  record: Changed,
  format: ClientConfig['format'],
  at: readonly string[],
): JsonObject | undefined {
  const backup = record.replaced.findLast((one) => samePlace(one.at, at))?.backup;
  const old = backup === undefined ? undefined : readConfigFile(backup).found;
  const value = old && backup && valueAt(parseConfig(format, old.text, backup), at);
  return isJsonObject(value) ? value : undefined;
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
