import { accessSync, chmodSync, constants, mkdirSync, readdirSync } from 'node:fs';
import { UserFacingError } from '../../shared/user-facing-error.ts';

/**
 * Creates the data directory for its owner alone. One that holds something already keeps its mode: it may
 * be a folder that others need (`--home /tmp`); every file in it is private by itself. Throws a
 * {@link UserFacingError} when it cannot be used.
 */
export function prepareDataDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    if (readdirSync(directory).length === 0) chmodSync(directory, 0o700);
  } catch (error) {
    throw new UserFacingError(
      'unavailable',
      `The data directory ${directory} cannot be used (${(error as NodeJS.ErrnoException).code}). Check that it is a folder you may write to, or choose another with --home or GREENLIGHT_HOME.`,
      { cause: error },
    );
  }
}
