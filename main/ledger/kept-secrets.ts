import type { SecretVault } from '../base/ports.ts';
import type { Database } from '../database/database.ts';

/**
 * `vault`, and in `database` the names of what it was given: a secret that is not there any more is no secret that
 * never was. Its `missing` are the names of those that were asked for in vain.
 */
export function missSecrets(vault: SecretVault, database: Database): SecretVault & { missing(): string[] } {
  const { sql } = database;
  const known = sql.prepare('SELECT 1 FROM kept_secrets WHERE name = ?');
  const note = sql.prepare('INSERT OR IGNORE INTO kept_secrets VALUES (?)');
  const forget = sql.prepare('DELETE FROM kept_secrets WHERE name = ?');
  const missing = new Set<string>();

  function isThere(name: string): void {
    missing.delete(name);
    if (!known.get(name)) database.transaction(() => note.run(name));
  }

  return {
    description: vault.description,
    problem: vault.problem,
    insteadOfKeyring: vault.insteadOfKeyring,
    open: vault.open,
    async get(name) {
      const value = await vault.get(name);
      if (value !== undefined) isThere(name);
      else if (known.get(name)) missing.add(name);
      return value;
    },
    async set(name, value) {
      await vault.set(name, value);
      isThere(name);
    },
    async delete(name) {
      await vault.delete(name);
      missing.delete(name);
      database.transaction(() => forget.run(name));
    },
    missing: () => [...missing],
  };
}

/** The names of the secrets that the vault was given. */
export function keptSecrets({ sql }: Database): string[] {
  return sql
    .prepare('SELECT name FROM kept_secrets')
    .all()
    .map(({ name }) => String(name));
}
