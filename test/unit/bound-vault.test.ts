import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SecretVault } from '../../main/base/ports.ts';
import { bindSecrets } from '../../main/secrets/bound-vault.ts';

/** A vault in memory, as the macOS Keychain is: other programs do not read it. */
function vaultOf(kept: Map<string, string>, open = false): SecretVault {
  return {
    description: 'a test',
    open,
    get: async (name) => kept.get(name),
    set: async (name, value) => void kept.set(name, value),
    delete: async (name) => void kept.delete(name),
  };
}

describe('a secret', () => {
  const key = randomBytes(32);

  test('is of use beside the key it was kept with, and with no other', async () => {
    const kept = new Map<string, string>();
    const mine = bindSecrets(vaultOf(kept), key, false);
    await mine.set('token', 'a token\nof two lines');
    expect(await mine.get('token')).toBe('a token\nof two lines');
    expect(await bindSecrets(vaultOf(kept), key, false).get('token')).toBe('a token\nof two lines');
    expect(await bindSecrets(vaultOf(kept), randomBytes(32), true).get('token')).toBeUndefined();
    // Nor under another name: a token is for one address.
    kept.set('another', String(kept.get('token')));
    expect(await mine.get('another')).toBeUndefined();
    expect(await mine.get('none')).toBeUndefined();
  });

  test('of an earlier version is bound where a home is sealed for the first time, and none elsewhere', async () => {
    const kept = new Map([['token', 'an old token']]);
    expect(await bindSecrets(vaultOf(kept), key, false).get('token')).toBeUndefined();
    expect(await bindSecrets(vaultOf(kept), key, true).get('token')).toBe('an old token');
    expect(await bindSecrets(vaultOf(kept), key, false).get('token')).toBe('an old token');
  });

  test('in a vault that others can read stays as it is', async () => {
    const kept = new Map<string, string>();
    const open = vaultOf(kept, true);
    expect(bindSecrets(open, key, false)).toBe(open);
  });
});
