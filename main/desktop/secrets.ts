import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Logger, SecretVault } from '../base/ports.ts';
import { openFileVault } from '../secrets/file-vault.ts';
import { moveIntoKeyring } from '../secrets/secrets.ts';
import type { Electron } from './electron.ts';

type SafeStorage = Electron['safeStorage'];

/** What keeps the key that secrets are encrypted with. */
const keeper: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'the macOS Keychain',
  win32: 'Windows (DPAPI)',
};

/**
 * Opens the place for secrets of the desktop host: `secrets.encrypted.json` in the data directory, each
 * secret encrypted by Electron's safeStorage. Where that cannot really encrypt (Linux without a keyring,
 * where it would only obfuscate with a fixed password), secrets are kept as the browser host keeps them, in
 * `secrets.json`, which only its owner may read; the description says so. `GREENLIGHT_SECRETS=file` forces that.
 *
 * Call it once the application is ready.
 */
export async function openSafeSecrets(options: {
  safeStorage: SafeStorage;
  directory: string;
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  logger: Logger;
}): Promise<SecretVault> {
  const { safeStorage, directory, platform, env, logger } = options;
  const plain = join(directory, 'secrets.json');
  const encrypted = join(directory, 'secrets.encrypted.json');
  const onlyYou = `a file only you can read (${plain})`;
  if (env.GREENLIGHT_SECRETS === 'file') return openFileVault(plain, onlyYou);

  const reason = await whyNot(safeStorage, platform);
  if (reason !== undefined) {
    logger.warn({ reason }, 'secrets cannot be encrypted');
    const lost = existsSync(encrypted)
      ? ' Secrets that were encrypted before cannot be read until then.'
      : '';
    return openFileVault(plain, `${onlyYou}, not encrypted: ${reason}${lost}`, reason);
  }
  const vault = safeVault(safeStorage, openFileVault(encrypted, ''), {
    description: nameOf(safeStorage, platform),
    // Only macOS asks the person before another program gets at the key.
    open: platform !== 'darwin',
  });
  try {
    // Nothing stays behind in clear text once it can be encrypted.
    await moveIntoKeyring(plain, vault);
  } catch (error) {
    logger.warn({ reason: String(error) }, 'secrets stay in a file; the next start tries again to move them');
  }
  return vault;
}

/** Why safeStorage would not protect a secret, in words; `undefined` when it would. */
async function whyNot(safeStorage: SafeStorage, platform: NodeJS.Platform): Promise<string | undefined> {
  // Electron says that encryption is available there too, with a password that is in its source.
  if (platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') {
    return 'no keyring was found. Install and unlock one (GNOME Keyring, KWallet), then start Greenlight again.';
  }
  try {
    if (await safeStorage.isAsyncEncryptionAvailable()) return undefined;
  } catch {
    // Said below.
  }
  return 'the system offers no encryption at the moment. Unlock its keychain, then start Greenlight again.';
}

function nameOf(safeStorage: SafeStorage, platform: NodeJS.Platform): string {
  const name = keeper[platform] ?? `the system keyring (${safeStorage.getSelectedStorageBackend()})`;
  return `a file encrypted with a key from ${name}`;
}

function safeVault(
  safeStorage: SafeStorage,
  file: SecretVault,
  { description, open }: Pick<SecretVault, 'description' | 'open'>,
): SecretVault {
  const set = async (name: string, value: string) =>
    file.set(name, (await safeStorage.encryptStringAsync(value)).toString('base64'));
  return {
    description,
    open,
    problem: file.problem,
    set,
    delete: (name) => file.delete(name),
    async get(name) {
      const kept = await file.get(name);
      if (kept === undefined) return undefined;
      const { result, shouldReEncrypt } = await safeStorage
        .decryptStringAsync(Buffer.from(kept, 'base64'))
        .catch((error) => {
          throw new UserFacingError(
            'unavailable',
            'A secret could not be decrypted: the key in the system keychain is another one now, or locked. Unlock it and start Greenlight again, or give Greenlight the token again.',
            { cause: error },
          );
        });
      if (shouldReEncrypt) await set(name, result);
      return result;
    },
  };
}
