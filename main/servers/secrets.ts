import { LUMA } from '../../shared/server-id.ts';
import type { SecretVault } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import { keptSecrets } from '../ledger/kept-secrets.ts';

/**
 * What `vault` keeps for `server` alone: two servers at one address have a token each. Those of `luma` are called as
 * before there were others.
 */
export function secretsOf(server: string, vault: SecretVault): SecretVault {
  if (server === LUMA) return vault;
  const nameOf = (name: string) => `${prefixOf(server)}${name}`;
  return {
    description: vault.description,
    open: vault.open,
    get: (name) => vault.get(nameOf(name)),
    set: (name, value) => vault.set(nameOf(name), value),
    delete: (name) => vault.delete(nameOf(name)),
  };
}

/** Takes all that `vault` keeps for `server` alone out of it, also what belongs to an upstream that it had before. */
export async function forgetSecretsOf(server: string, vault: SecretVault, database: Database): Promise<void> {
  const names = keptSecrets(database).filter((name) => name.startsWith(prefixOf(server)));
  for (const name of names) await vault.delete(name);
}

/** `vault`, and a way to take back what was done to it, so far as what it had could be read. */
export function revocable(vault: SecretVault): { vault: SecretVault; takeBack(): Promise<void> } {
  const done: { name: string; before: string | undefined }[] = [];
  const note = async (name: string) => {
    done.push({ name, before: await vault.get(name).catch(() => undefined) });
  };
  return {
    vault: {
      ...vault,
      async set(name, value) {
        await note(name);
        await vault.set(name, value);
      },
      async delete(name) {
        await note(name);
        await vault.delete(name);
      },
    },
    async takeBack() {
      for (const { name, before } of done.splice(0).reverse()) {
        if (before === undefined) await vault.delete(name);
        else await vault.set(name, before);
      }
    },
  };
}

/** No slug has a colon. */
function prefixOf(server: string): string {
  return `server ${server}: `;
}
