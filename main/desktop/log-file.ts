import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ownFile } from '../base/private-file.ts';

/** Bytes after which a log file is put aside at the next start; one older file is kept. */
const LARGEST = 5 * 1024 * 1024;

/**
 * The log file in `directory`, ready to be appended to. An application without a terminal has no standard error.
 * What has become too large, or is no file of this user's (a pipe would never end being opened), is put aside.
 */
export function logFile(directory: string): string {
  const path = join(directory, 'greenlight.log');
  if (!isUsable(path)) renameSync(path, join(directory, 'greenlight.old.log'));
  return path;
}

function isUsable(path: string): boolean {
  try {
    return (statSync(ownFile(path), { throwIfNoEntry: false })?.size ?? 0) <= LARGEST;
  } catch {
    return false;
  }
}
