import { chmodSync, existsSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { createPrivateFile, ownFile, writePrivateFile } from '../base/private-file.ts';
import { cannotOpen } from './errors.ts';

/** What SQLite puts beside a database. */
export const BESIDE = ['-wal', '-shm'] as const;

/**
 * Creates a missing file for its owner alone, and closes an existing one to others; returns where it really is.
 * Never opens an existing one: closing it again would let go of the locks that this process holds on it (POSIX,
 * `fcntl`). Throws {@link StorageError}, also when something stands beside it that SQLite would write through.
 */
export function keepPrivate(path: string): string {
  try {
    const target = ownFile(path);
    for (const name of ['', ...BESIDE].map((end) => target + end)) {
      if (lstatSync(name, { throwIfNoEntry: false })?.isFile() === false)
        throw new Error(`${name} is no plain file`);
    }
    if (existsSync(target)) chmodSync(target, 0o600);
    else createPrivateFile(target, '');
    return target;
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** The name under which the damaged database at `path` is kept. */
export function asideName(path: string): string {
  return path.replace(/\.db$/, `.invalid-${new Date().toISOString().replaceAll(':', '-')}.db`);
}

/** The file that says that the database at `path` was found damaged while it was used. */
function markName(path: string): string {
  return path.replace(/\.db$/, '.damaged');
}

/** Has the next start check all of the database at `path`, however large it is. Throws what the system says. */
export function markDamaged(path: string): void {
  writePrivateFile(markName(path), 'Greenlight checks the whole database when it starts next.\n');
}

export function isMarkedDamaged(path: string): boolean {
  return existsSync(markName(path));
}

/** All of it was found whole, or a new one took its place. A mark that stays costs the next start time, and nothing else. */
export function unmarkDamaged(path: string): void {
  try {
    rmSync(markName(path), { force: true });
  } catch {
    // See above.
  }
}

/**
 * Renames the database at `path`, and what is beside it, to `copy`; what is not there is passed over. The database
 * goes last: a new one must never find the write-ahead log of an old one. Throws {@link StorageError}.
 */
export function keepAside(path: string, copy: string): void {
  try {
    const file = ownFile(path);
    for (const end of [...BESIDE, '']) if (existsSync(file + end)) renameSync(file + end, copy + end);
  } catch (error) {
    throw cannotOpen(path, error);
  }
}
