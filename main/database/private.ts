import { chmodSync, existsSync } from 'node:fs';
import { createPrivateFile } from '../base/private-file.ts';
import { cannotOpen } from './errors.ts';

/**
 * Creates a missing file for its owner alone, and closes an existing one to others. Never opens an existing
 * one: closing it again would let go of the locks that this process holds on it (POSIX, `fcntl`). Throws
 * {@link StorageError}.
 */
export function keepPrivate(path: string): void {
  try {
    if (existsSync(path)) chmodSync(path, 0o600);
    else createPrivateFile(path, '');
  } catch (error) {
    throw cannotOpen(path, error);
  }
}
