import { randomBytes } from 'node:crypto';
import type { SecretVault } from '../base/ports.ts';

const NAME = 'ui-key';

/** The key of the window. Kept in the vault, so that an open page is let in again after a restart. */
export async function uiKey(secrets: SecretVault): Promise<string> {
  const known = await secrets.get(NAME);
  if (known !== undefined) return known;
  const key = randomBytes(32).toString('base64url');
  await secrets.set(NAME, key);
  return key;
}
