import { randomBytes } from 'node:crypto';
import type { SecretVault } from '../base/ports.ts';

const NAME = 'seal-key';

/** The bytes of a key. */
const LENGTH = 32;

/** Stands before a key with which nothing was sealed yet, as far as the vault knows. */
const NEW = 'new ';

export interface SealKey {
  key: Buffer;
  /** There was none in the vault, or none that was settled: nothing is known to be sealed with it. */
  fresh: boolean;
  /** Whether it was made just now. */
  made: boolean;
  /** To be called once all is sealed with it. A process that ends before that starts again as if for the first time. */
  settle(): Promise<void>;
}

/** The key that seals what the person accepted; one is made where `vault` has none. */
export async function sealKey(vault: SecretVault): Promise<SealKey> {
  const kept = (await vault.get(NAME)) ?? '';
  const fresh = !isKey(kept);
  const known = kept.replace(NEW, '');
  const made = !isKey(known);
  const key = made ? randomBytes(LENGTH) : Buffer.from(known, 'base64url');
  const text = key.toString('base64url');
  if (made) await vault.set(NAME, NEW + text);
  return {
    key,
    fresh,
    made,
    async settle() {
      if (fresh) await vault.set(NAME, text);
    },
  };
}

/** Whether `vault` has the key. */
export async function hasSealKey(vault: SecretVault): Promise<boolean> {
  return (await vault.get(NAME)) !== undefined;
}

function isKey(text: string): boolean {
  return Buffer.from(text, 'base64url').length === LENGTH;
}
