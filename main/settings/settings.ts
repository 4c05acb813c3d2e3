import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { defaultSettings, type Settings, settingsSchema } from '../../shared/settings.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { hasTraces } from '../base/data-directory.ts';
import type { SettingsStore } from '../base/ports.ts';
import { createPrivateFile, flushFolder, ownFile, readOwnFile, systemReason } from '../base/private-file.ts';
import { withoutSignalHandlers } from './without-signal-handlers.ts';

/** The largest file that is read while Greenlight runs, in bytes. */
const MAX_FILE_BYTES = 256 * 1024;

/** And how large servers may make it: whatever else is set, the guard mode above all, then always finds room. */
const MOST_WITH_SERVERS = 240 * 1024;

/** What stands in the file. `invalid`: it is no settings, and why; `unreadable`: nobody knows, and why. */
export type SettingsFile =
  | { kind: 'settings'; settings: Settings }
  | { kind: 'missing' }
  | { kind: 'invalid' | 'unreadable'; reason: string };

/** The file of settings, which may have met one it could not use. */
export interface OpenedSettings extends SettingsStore {
  /** What was wrong with the file, where its copy is and what to do; absent when all was well. */
  readonly problem?: string;
  readonly path: string;
  /** Looks at the file anew, and changes nothing. Never throws. */
  read(): SettingsFile;
  /** Keeps a copy of the file beside it, as `settings.invalid-<time>.json`. Throws {@link UserFacingError}. */
  keepAside(): void;
}

/**
 * Throws a {@link UserFacingError} where a file with `into` would be larger than what is read of one, and it is what the
 * servers of `next` say that is more than with those of `before`.
 */
export function refuseTooLarge(into: Settings, next: Settings, before: Settings): void {
  const servers = ({ upstream, servers }: Settings) => sizeOf({ upstream, servers });
  if (sizeOf(into) <= MOST_WITH_SERVERS || servers(next) <= servers(before)) return;
  throw new UserFacingError(
    'invalid',
    'The settings would be larger than the 256 KiB that Greenlight reads of them, so nothing was changed. Give this server shorter arguments (a file that its program reads, perhaps), or remove one that is not used.',
  );
}

/** How many bytes a file with `content` has. */
function sizeOf(content: object): number {
  return Buffer.byteLength(JSON.stringify(content, undefined, '\t'));
}

/** Opens the file of settings with `conf`, or with a descendant of it (`electron-store`), as "settings". */
export type OpenStore = (options: { cwd: string; configFileMode: number; clearInvalidConfig: boolean }) => {
  store: object;
};

/** {@link openSettings} with `conf`, for a host without `electron-store`. */
export async function openConfSettings(directory: string): Promise<OpenedSettings> {
  const { default: Conf } = await withoutSignalHandlers(() => import('conf'));
  return openSettings(directory, (options) => new Conf({ ...options, configName: 'settings' }));
}

/**
 * Opens `settings.json` in the data directory `directory`, creating it with the defaults on the first run.
 *
 * A file that is not valid is kept beside as `settings.invalid-<time>.json`; the defaults are used, and
 * the guard mode becomes *block everything*: what the person had chosen is not known. So it is when the file is
 * gone and others show that Greenlight ran before. What others make of the file later is for whoever follows it
 * (accepted-settings.ts).
 *
 * @throws {UserFacingError} when the file cannot be read or written.
 */
export function openSettings(directory: string, open: OpenStore): OpenedSettings {
  const path = join(directory, 'settings.json');
  const loaded = load(path, hasTraces(directory));

  // Only reached with an invalid file after its copy is made. `conf` empties it before the line below
  // fills it; stopped in between, the next start finds an invalid file again, and blocks again.
  const conf = attempt(`open ${path}`, () =>
    open({ cwd: directory, configFileMode: 0o600, clearInvalidConfig: true }),
  );
  let current = loaded.settings;
  const set = (settings: Settings) => {
    const valid = settingsSchema.parse(settings);
    // `conf` writes a temporary file, syncs it and renames it into place. It would follow any link.
    attempt(`write ${path}`, () => {
      const target = ownFile(path);
      conf.store = valid;
      flushFolder(target);
    });
    current = valid;
  };
  if (loaded.changed) set(current);
  else attempt(`protect ${path}`, () => chmodSync(path, 0o600));

  return {
    path,
    get: () => current,
    set,
    read: () => read(path),
    keepAside: () => void keepAside(path, attempt(`read ${path}`, () => readOwnFile(path)) ?? ''),
    ...(loaded.problem !== undefined && { problem: loaded.problem }),
  };
}

function read(path: string): SettingsFile {
  let content: Buffer | undefined;
  try {
    content = readOwnFile(path, MAX_FILE_BYTES);
  } catch (error) {
    return { kind: 'unreadable', reason: systemReason(error) };
  }
  if (content === undefined) return { kind: 'missing' };
  try {
    return { kind: 'settings', settings: parse(content).settings };
  } catch (error) {
    return { kind: 'invalid', reason: reason(error) };
  }
}

/** Keeps `content`, which is no settings, beside `path`; returns where. */
function keepAside(path: string, content: Buffer | string): string {
  const copy = path.replace(/\.json$/, `.invalid-${new Date().toISOString().replaceAll(':', '-')}.json`);
  attempt(`copy the invalid ${path} to ${copy}`, () => createPrivateFile(copy, content));
  return copy;
}

/** Reads the file without changing it; `changed`: it has to be written. */
function load(path: string, ranBefore: boolean): { settings: Settings; changed: boolean; problem?: string } {
  const content = attempt(`read ${path}`, () => readOwnFile(path));
  const blocked: Settings = { ...defaultSettings, guard: { mode: 'block' } };
  if (content === undefined) {
    if (!ranBefore) return { settings: defaultSettings, changed: true };
    return {
      settings: blocked,
      changed: true,
      problem: `The settings file ${path} is gone, so Greenlight started with its default settings and blocks every call. Set what you need again, or put a copy in its place and accept it; then choose another guard mode.`,
    };
  }
  try {
    return parse(content);
  } catch (error) {
    const copy = keepAside(path, content);
    return {
      settings: blocked,
      changed: true,
      problem: `The settings file was not valid (${reason(error)}), so Greenlight started with its default settings and blocks every call. The file is kept as ${copy}. Set what you need again, then choose another guard mode.`,
    };
  }
}

/** What the text of a file says; `changed`: an older version wrote it. Throws when it is no settings. */
function parse(content: Buffer): { settings: Settings; changed: boolean } {
  // Some editors save a byte order mark, which is not part of the JSON.
  const found: unknown = JSON.parse(content.toString('utf8').replace(/^\uFEFF/, ''));
  const migrated = migrate(found);
  return { settings: settingsSchema.parse(migrated), changed: migrated !== found };
}

/** Settings of this version or an older one as those of this version. Throws when they are none. */
export function toSettings(found: unknown): Settings {
  return settingsSchema.parse(migrate(found));
}

/** Settings that came later: a file without them gets the defaults. */
const LATER = [
  'changedTools',
  'largestCall',
  'phone',
  'shortcut',
  'askAgainWhenAway',
  'uncheckedArguments',
  'answerSeconds',
  'servers',
] as const;
const LATER_ACTIVITY = ['keepFor', 'atMost'] as const;
const LATER_NOTIFICATIONS = ['whileSnoozed', 'quietHours'] as const;
const LATER_PHONE = ['answers'] as const;

/** Brings settings of any older version to the current one; returns what is current already as it is. */
function migrate(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null) return settings;
  const current = withLater(settings, defaultSettings, LATER);
  const activity = withLaterIn(current, 'activity', LATER_ACTIVITY);
  const notifications = withLaterIn(activity, 'notifications', LATER_NOTIFICATIONS);
  return withLaterIn(notifications, 'phone', LATER_PHONE);
}

/** Likewise for a group of settings. */
function withLaterIn<G extends 'activity' | 'notifications' | 'phone'>(
  found: object,
  group: G,
  names: readonly (keyof (typeof defaultSettings)[G])[],
): object {
  const known: unknown = (found as Record<string, unknown>)[group];
  if (typeof known !== 'object' || known === null) return found;
  const whole = withLater(known, defaultSettings[group], names);
  return whole === known ? found : { ...found, [group]: whole };
}

/** `found` with those of `names` that it has not, as in `defaults`; `found` itself where it has all. */
function withLater<T extends object>(found: object, defaults: T, names: readonly (keyof T)[]): object {
  const missing = names.filter((name) => !Object.hasOwn(found, name));
  if (missing.length === 0) return found;
  return { ...found, ...Object.fromEntries(missing.map((name) => [name, defaults[name]])) };
}

function reason(error: unknown): string {
  if (!(error instanceof z.ZodError)) return systemReason(error);
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'the whole file'}: ${issue.message}`)
    .join('; ');
}

function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw cannot(what, error);
  }
}

function cannot(what: string, error: unknown): UserFacingError {
  return new UserFacingError(
    'unavailable',
    `Greenlight could not ${what} (${systemReason(error)}). Check that the file and its folder belong to you and that the disk is not full, then try again.`,
    { cause: error },
  );
}
