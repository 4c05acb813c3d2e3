import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Logger, SecretVault } from '../base/ports.ts';
import { openFileVault, readSecrets } from './file-vault.ts';
import { askKeyring, openKeyringVault } from './keyring-vault.ts';

/** Milliseconds that the keyring has to show that it works, while Greenlight starts. */
const PROBE_LIMIT = 5000;

/**
 * Opens the best place there is for secrets: the operating system's keyring where it works (Keychain,
 * Credential Manager, the Secret Service of a Linux desktop), else `secrets.json` in the data directory
 * `directory`, which only its owner may read. Secrets that were put into the file while the keyring was
 * out of reach move into the keyring when it is back. Every operation on the keyring starts a process:
 * ask once and keep the answer.
 *
 * The environment variable `GREENLIGHT_SECRETS=file` forces the file, for containers and tests.
 *
 * @param options.service The name that the person sees in the keyring.
 * @throws {UserFacingError} when `GREENLIGHT_SECRETS` has another value.
 */
export async function openSecrets(options: {
  directory: string;
  service: string;
  logger: Logger;
}): Promise<SecretVault> {
  const { directory, service, logger } = options;
  const path = join(directory, 'secrets.json');
  const forced = process.env.GREENLIGHT_SECRETS;
  if (forced) {
    if (forced === 'file') return openFileVault(path, `a file only you can read (${path})`);
    throw new UserFacingError(
      'invalid',
      `The environment variable GREENLIGHT_SECRETS is "${forced}". Set it to "file", or remove it to use the system keyring.`,
    );
  }
  try {
    await askKeyring({ service, operation: 'probe' }, PROBE_LIMIT);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.info({ reason }, 'no system keyring was found; secrets are kept in a file');
    return openFileVault(path, `a file only you can read (${path}); no system keyring was found`, reason);
  }
  const keyring = openKeyringVault(service);
  try {
    await moveIntoKeyring(path, keyring);
  } catch (error) {
    logger.warn({ error: String(error) }, 'secrets stay in a file; the next start tries again to move them');
  }
  return keyring;
}

/** Moves the secrets of the file `path` into `keyring`. The file goes last: an interrupted move is done again. */
export async function moveIntoKeyring(path: string, keyring: SecretVault): Promise<void> {
  const secrets = readSecrets(path);
  if (secrets === undefined) return;
  for (const [name, value] of Object.entries(secrets)) await keyring.set(name, value);
  rmSync(path);
}
