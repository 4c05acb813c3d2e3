import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a new file and waits until it is on the disk. It has exactly `mode`, whatever the umask; without one,
 * only its owner may read it. Throws when `path` exists, be it as a link.
 */
export function createPrivateFile(path: string, content: string | Uint8Array, mode = 0o600): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    fchmodSync(file, mode);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Puts `content` at `path`, all of it or nothing: whoever reads meanwhile sees the old file or the new one. A
 * symbolic link at `path` is replaced, not followed.
 *
 * @param options.mode of the file; without one, only its owner may read it
 * @param options.before runs when all is written, just before the old file is replaced; what it throws leaves
 *   the old file where it is
 */
export function writePrivateFile(
  path: string,
  content: string | Uint8Array,
  { mode, before }: { mode?: number | undefined; before?: () => void } = {},
): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    createPrivateFile(temporary, content, mode);
    before?.();
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** What the system said went wrong, without the path that Node appends: "EACCES: permission denied". */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'syscall' in error ? error.message.replace(/, \w+(?: '.*')?$/s, '') : error.message;
}
