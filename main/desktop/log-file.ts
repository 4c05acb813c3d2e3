import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes after which a log file is put aside at the next start; one older file is kept. */
const LARGEST = 5 * 1024 * 1024;

/** The log file in `directory`, ready to be appended to. An application without a terminal has no standard error. */
export function logFile(directory: string): string {
  const path = join(directory, 'greenlight.log');
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LARGEST) renameSync(path, join(directory, 'greenlight.old.log'));
  return path;
}
