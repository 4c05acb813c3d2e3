import { join } from 'node:path';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { SecretVault } from '../base/ports.ts';
import { createPrivateFile } from '../base/private-file.ts';
import type { Database } from '../database/database.ts';
import { type ForeignRow, isSealed, sealDatabase } from '../database/seal.ts';
import { hasSealKey, sealKey } from '../secrets/seal-key.ts';
import { aboutTampering, isLogOnly, leaveOutForeign } from './foreign-rows.ts';

/**
 * Has `database` sealed with the key in the vault. What others wrote is left out, kept in a file of its own, and
 * told to `tampered`, with whether it may have let more run. `wall`: the wall clock (ms). Throws a {@link UserFacingError} when the key may be in a keyring
 * that is not there now.
 */
export async function openSeal(
  database: Database,
  {
    dataDir,
    secrets,
    wall,
    tampered,
  }: {
    dataDir: string;
    secrets: SecretVault;
    wall: () => number;
    tampered: (problem: string, mayLoosen: boolean) => void;
  },
): Promise<ReturnType<typeof sealDatabase>> {
  const sealed = isSealed(database);
  const { insteadOfKeyring } = secrets;
  if (sealed && insteadOfKeyring !== undefined && !(await hasSealKey(secrets))) {
    throw new UserFacingError(
      'unavailable',
      `The key with which Greenlight sealed what you accepted is not in ${secrets.description}, and the keyring that may have it cannot be used (${insteadOfKeyring}). Unlock the keyring, then start Greenlight again. If the key is gone for good, start Greenlight with GREENLIGHT_SECRETS=file in its environment: it then leaves out what it cannot check, your clients among it, and blocks every call until you choose another guard mode.`,
    );
  }
  const { key, fresh } = await sealKey(secrets);
  return sealDatabase(database, key, {
    trusted: fresh && !sealed,
    repair(tampering) {
      const kept = tampering.rows.length === 0 ? undefined : keepForeignRows(dataDir, tampering.rows);
      leaveOutForeign(database, tampering.rows, wall());
      tampered(aboutTampering(tampering, { kept, keyGone: fresh }), !isLogOnly(tampering));
    },
  });
}

/** Writes what others put into the database into a file beside it, and returns its path. */
function keepForeignRows(dataDir: string, rows: readonly ForeignRow[]): string {
  const path = join(dataDir, `greenlight.foreign-${new Date().toISOString().replaceAll(':', '-')}.json`);
  createPrivateFile(path, `${JSON.stringify(rows, null, 2)}\n`);
  return path;
}
