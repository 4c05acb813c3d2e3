import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretVault } from '../base/ports.ts';

/**
 * `vault`, whose secrets are of use only together with the seal's `key` they were kept with: a token that somebody
 * carries into a data directory of their own making, where nothing is sealed yet, is none there. A vault that is
 * open to other programs is handed on as it is: who can read a token need not carry it.
 *
 * @param trusted whether secrets of earlier versions, which are not bound, are taken as they are; they are bound then
 */
export function bindSecrets(vault: SecretVault, key: Buffer, trusted: boolean): SecretVault {
  if (vault.open) return vault;
  const bond = (name: string) => createHmac('sha512', key).update(`secret ${name}`).digest('base64url');
  const set = (name: string, value: string) => vault.set(name, `bound ${bond(name)} ${value}`);
  return {
    ...vault,
    set,
    async get(name) {
      const kept = await vault.get(name);
      if (kept === undefined) return undefined;
      const [, found = '', value = ''] = /^bound (\S+) (.*)$/s.exec(kept) ?? [];
      if (found !== '') return isSame(found, bond(name)) ? value : undefined;
      if (!trusted) return undefined;
      await set(name, kept);
      return kept;
    },
  };
}

function isSame(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
