/** Where the bench keeps things: all below the project's own cache, on the disk that the project is on. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Kept between runs: homes with long logs, installed peers. */
export const CACHE = join(ROOT, 'node_modules/.cache/bench');

/** A program of the bench, as an absolute path. */
export function programPath(name: string): string {
  return join(ROOT, 'test/bench', name);
}

/** A folder for this run, gone with it. Not in the system's, which may be in memory: flushes are measured. */
export function makeRunFolder(): string {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'run-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}
