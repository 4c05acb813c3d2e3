import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
} from 'node:fs';
import { join } from 'node:path';
import { presets } from '../../shared/policy/index.ts';
import { StartError } from './start-error.ts';

/**
 * Creates the data directory for its owner alone. One that holds something already keeps its mode: it may
 * be a folder that others need (`--home /tmp`); every file in it is private by itself. Throws a
 * {@link StartError} when it cannot be used.
 */
export function prepareDataDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    if (readdirSync(directory).length === 0) chmodSync(directory, 0o700);
  } catch (error) {
    throw new StartError(
      'directory',
      `The data directory ${directory} cannot be used (${(error as NodeJS.ErrnoException).code}). Check that it is a folder you may write to.`,
      { cause: error },
    );
  }
}

/** What Greenlight keeps in the data directory and reads again. */
const KEPT = [
  'settings.json',
  'greenlight.db',
  'policies',
  'connect.json',
  'secrets.json',
  'secrets.encrypted.json',
];

/**
 * What is there once Greenlight has run. Settings, secrets and policies of their own people may also put there before
 * its first start; the policies that come with it are written then.
 */
const TRACES = [
  'greenlight.db',
  'greenlight.db-wal',
  'greenlight.lock',
  'greenlight.stand',
  'connect.json',
  ...presets.map(({ id }) => `policies/${id}.json`),
];

/**
 * Whether Greenlight ran on the data directory `directory` before, as the other files in it tell: then a file
 * that is missing was lost, and it is no first run.
 */
export function hasTraces(directory: string): boolean {
  return TRACES.some((name) => existsSync(join(directory, name)));
}

/** What of it is kept elsewhere, by a link, and where. */
export function linksIn(directory: string): { path: string; target: string }[] {
  return KEPT.map((name) => join(directory, name))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink())
    .map((path) => ({ path, target: realpathSync(path) }));
}
