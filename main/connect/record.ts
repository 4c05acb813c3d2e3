/**
 * What Greenlight changed in the files of clients, so that it can be undone, and so that it is known when another
 * program changes it. It is kept sealed in the database; `connect.json` is for the case that this is lost, and is what
 * earlier versions had. Never holds a token: what was in a file is in its backup.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Json } from '../../shared/json.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { ownFile, readOwnFile, systemReason, writePrivateFile } from '../base/private-file.ts';

const entry = z.strictObject({
  digest: z.string(),
  /** With secrets masked. */
  shown: z.unknown().transform((value) => value as Json),
  /** The digests of what is masked. */
  secrets: z.array(z.string()),
});
/** Greenlight's entry in a client's file, as the person accepted it. */
export type Entry = z.infer<typeof entry>;

const changed = z.strictObject({
  /** The configuration file. */
  path: z.string(),
  /** Its backup; absent: there was no file. */
  backup: z.string().optional(),
  /** The file's mode before it held a token, where that let others in. */
  mode: z.number().int().optional(),
  /** Whether putting the backup back undoes everything Greenlight did, and nothing else. */
  whole: z.boolean(),
  /** The grant whose token stands in the file. */
  grant: z.string().optional(),
  /** SHA-256 of what was written. */
  written: z.string(),
  /** Entries that were taken out or overwritten, and the backup that has them. */
  replaced: z.array(z.strictObject({ at: z.array(z.string()).min(1), backup: z.string() })),
  /** Absent: older versions noted none, or the person accepted that it was taken out. */
  entry: entry.optional(),
  /** Entries of other servers that were made Greenlight's, as the person accepted them, each for its server. */
  entries: z.array(z.strictObject({ at: z.array(z.string()).min(1), server: z.string(), entry })).optional(),
  /** Entries past Greenlight that the person left or accepted; absent: none was taken over from this file. */
  direct: z.array(z.strictObject({ at: z.array(z.string()).min(1), digest: z.string() })).optional(),
});
export type Changed = z.infer<typeof changed>;

const schema = z.strictObject({ version: z.literal(1), targets: z.record(z.string(), changed) });

/** What was changed, by client. */
export interface Records {
  /** Throws a {@link UserFacingError} when `connect.json` cannot be read. */
  get(id: string): Changed | undefined;
  /** All of them. Throws as {@link Records.get}. */
  all(): Record<string, Changed>;
  /** Replaces the record of `id`, or forgets it. */
  set(id: string, record: Changed | undefined): void;
}

/** Where what the person accepted is kept, so that nobody else can change it. Throws StorageError. */
export interface Kept {
  get(name: string): Json | undefined;
  set(name: string, content: Json): void;
}

/** What {@link Kept} knows this by. */
const NAME = 'connect';

export function openRecords(dataDir: string, kept: Kept): Records {
  const path = join(dataDir, 'connect.json');
  const attempt = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new UserFacingError(
        'unavailable',
        `Could not ${what} ${path} (${systemReason(error)}). Make it a file that belongs to you, then try again.`,
        { cause: error },
      );
    }
  };
  const load = (): Record<string, Changed> => {
    const sealed = kept.get(NAME);
    const found = sealed === undefined ? attempt('read', () => readOwnFile(path)) : undefined;
    if (sealed === undefined && !found) return {};
    try {
      return schema.parse(sealed ?? JSON.parse(String(found))).targets;
    } catch {
      throw new UserFacingError(
        'unavailable',
        `${path}, where Greenlight keeps what it changed in your clients, is damaged. Move it away to go on; ` +
          'earlier changes can then be undone only by hand, from the backups beside the changed files.',
      );
    }
  };
  return {
    get: (id) => {
      const targets = load();
      return Object.hasOwn(targets, id) ? targets[id] : undefined;
    },
    all: load,
    set(id, record) {
      const targets = load();
      if (record) targets[id] = record;
      else delete targets[id];
      const text = JSON.stringify({ version: 1, targets }, null, 2);
      attempt('write', () => {
        mkdirSync(dataDir, { recursive: true, mode: 0o700 });
        writePrivateFile(ownFile(path), `${text}\n`);
      });
      kept.set(NAME, JSON.parse(text) as Json);
    },
  };
}
