import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a new file and waits until it is on the disk. It has exactly `mode`, whatever the umask; without one,
 * only its owner may read it. Throws when `path` exists, be it as a link.
 */
export function createPrivateFile(path: string, content: string | Uint8Array, mode?: number): void {
  create(path, content, mode);
  flushFolder(path);
}

function create(path: string, content: string | Uint8Array, mode = 0o600): void {
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
    create(temporary, content, mode);
    before?.();
    renameSync(temporary, path);
    flushFolder(path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/**
 * Waits until the entry of `path` in its folder is on the disk: without that, a power failure may bring back what
 * was there before. Not every system can (Windows); what was written is whole either way.
 */
export function flushFolder(path: string): void {
  try {
    const folder = openSync(dirname(path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // See above.
  }
}

/**
 * Where the file at `path` is, or would be. Links, which people make who keep such files elsewhere, are followed to
 * a plain file of their own and nowhere else: a link that others placed must not lead to what is not Greenlight's.
 * Throws, with the reason, when there is a link to anything else, or something that is no file (a pipe would never
 * end being read).
 */
export function ownFile(path: string): string {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return path;
  if (!found.isSymbolicLink()) {
    if (found.isFile()) return path;
    throw new Error('it is no plain file');
  }
  const target = statSync(path, { throwIfNoEntry: false });
  if (target === undefined) throw new Error('it is a link to something that is not there');
  if (!target.isFile()) throw new Error('it is a link to something that is no plain file');
  // Windows has no such numbers; there a link takes rights that others do not have.
  if (process.geteuid && target.uid !== process.geteuid())
    throw new Error('it is a link to a file of another user');
  return realpathSync(path);
}

/**
 * The content of the file at `path`, `undefined` when there is none. Throws as {@link ownFile}, what the system says,
 * and where it is larger than `most` bytes.
 */
export function readOwnFile(path: string, most = Number.POSITIVE_INFINITY): Buffer | undefined {
  let file: number;
  try {
    // Opening a pipe that came in between must not wait for who writes into it.
    file = openSync(ownFile(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw new Error('it is no plain file');
    if (found.size > most) throw new Error(`it is larger than ${most / 1024} KiB`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** What the system said went wrong, without the path that Node appends: "EACCES: permission denied". */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'syscall' in error ? error.message.replace(/, \w+(?: '.*')?$/s, '') : error.message;
}
