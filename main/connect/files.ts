/** Reads and writes configuration files that belong to somebody else: whole, or not at all. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import {
  createPrivateFile,
  ownFile,
  readOwnFile,
  systemReason,
  writePrivateFile,
} from '../base/private-file.ts';

/** A configuration file as it is now. */
export interface ConfigFile {
  /** Where the client looks for it. */
  path: string;
  /** Where it really is: people keep their settings elsewhere and link to them. */
  target: string;
  /** Absent: there is no such file. */
  found?: { bytes: Buffer; text: string; mode: number };
}

/**
 * The file at `path`. Throws a {@link UserFacingError} when it is there but cannot be read as text, or is neither a
 * plain file nor a link to one of the person's own.
 */
export function readConfigFile(path: string): ConfigFile {
  const target = attempt('read', path, () => ownFile(path));
  const bytes = attempt('read', path, () => readOwnFile(target));
  if (!bytes) return { path, target };
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { path, target, found: { bytes, text, mode: statSync(target).mode & 0o777 } };
  } catch {
    throw new UserFacingError(
      'invalid',
      `${path} is not UTF-8 text. Nothing was changed; save it as UTF-8, then try again.`,
    );
  }
}

/** `mode` without what it lets others do. */
export const ownersPart = (mode: number) => mode & 0o700;

/** Makes `file` readable for its owner only. Throws a {@link UserFacingError}. */
export function narrowConfigFile({ path, target, found }: ConfigFile): void {
  if (found && ownersPart(found.mode) !== found.mode)
    attempt('change', path, () => chmodSync(target, ownersPart(found.mode)));
}

/**
 * Puts `content` in the place of `file`, in one step: whoever reads it sees the old text or the new one.
 * The file gets `mode`, or keeps its own; a new one is readable by its owner only. Throws a
 * {@link UserFacingError} when it cannot be written, or when it is not what it was when it was read.
 */
export function replaceConfigFile(file: ConfigFile, content: string | Buffer, mode = file.found?.mode): void {
  attempt('write', file.path, () => {
    mkdirSync(dirname(file.target), { recursive: true });
    writePrivateFile(file.target, content, {
      mode,
      before() {
        const now = readOwnFile(file.target);
        if (digest(now) === digest(file.found?.bytes)) return;
        throw new UserFacingError(
          'conflict',
          `${file.path} was changed by another program just now. Try again.`,
        );
      },
    });
  });
}

/** Keeps the bytes of `file` beside it, for its owner only; answers where. `time` is in milliseconds. */
export function backUp(file: ConfigFile, bytes: Buffer, time: number): string {
  // No colons: Windows does not take them in names.
  const stamp = new Date(time).toISOString().replaceAll(/[-:.]/g, '');
  return attempt('back up', file.path, () => {
    for (let count = 1; ; count++) {
      const backup = `${file.path}.greenlight-backup-${stamp}${count > 1 ? `-${count}` : ''}`;
      try {
        createPrivateFile(backup, bytes);
        return backup;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  });
}

/** Deletes the file; a link to it stays. */
export function deleteConfigFile(file: ConfigFile): void {
  attempt('delete', file.path, () => rmSync(file.target, { force: true }));
}

/** SHA-256 in hexadecimal; of a file that is not there, the empty text. */
export function digest(content: string | Buffer | undefined): string {
  return content === undefined ? '' : createHash('sha256').update(content).digest('hex');
}

const reasons: Record<string, string> = {
  EACCES: 'you may not, by its permissions',
  EPERM: 'the system does not permit it',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a part of its path is a file',
  ELOOP: 'its links go in a circle',
};

/** Says a failure of the file system, or that something is no file of the person's own, in words. */
function attempt<T>(what: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof UserFacingError) throw error;
    const code = codeOf(error);
    const reason = (code && reasons[code]) ?? systemReason(error);
    const advice = code ? '' : ' Make it a plain file of yours, or a link to one, then try again.';
    throw new UserFacingError(
      'unavailable',
      `Could not ${what} ${path}: ${reason}. The file was not changed.${advice}`,
      { cause: error },
    );
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
