import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a new file that only its owner may read (mode 0600) and waits until it is on the disk. Throws
 * when `path` exists, be it as a link.
 */
export function createPrivateFile(path: string, content: string | Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Puts `text` at `path`, all of it or nothing: whoever reads meanwhile sees the old file or the new one.
 * The file has mode 0600. A symbolic link at `path` is replaced, not followed.
 */
export function writePrivateFile(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    createPrivateFile(temporary, text);
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
