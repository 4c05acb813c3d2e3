import { randomBytes } from 'node:crypto';
import type { SecretVault } from '../base/ports.ts';

const NAME = 'seal-key';

/** The bytes of a key. */
const LENGTH = 32;

/** The key that seals what the person accepted. `fresh`: there was none in `vault`, so it was made now. */
export async function sealKey(vault: SecretVault): Promise<{ key: Buffer; fresh: boolean }> {
  const known = Buffer.from((await vault.get(NAME)) ?? '', 'base64url');
  if (known.length === LENGTH) return { key: known, fresh: false };
  const key = randomBytes(LENGTH);
  await vault.set(NAME, key.toString('base64url'));
  return { key, fresh: true };
}

/** Whether `vault` has the key. */
export async function hasSealKey(vault: SecretVault): Promise<boolean> {
  return (await vault.get(NAME)) !== undefined;
}
