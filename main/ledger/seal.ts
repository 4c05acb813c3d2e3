import { join } from 'node:path';
import type { JsonObject } from '../../shared/json.ts';
import type { Logger, SecretVault } from '../base/ports.ts';
import { createPrivateFile } from '../base/private-file.ts';
import { asSentence, StartError } from '../base/start-error.ts';
import type { Database } from '../database/database.ts';
import { type ForeignRow, isSealed, sealDatabase } from '../database/seal.ts';
import { bindSecrets } from '../secrets/bound-vault.ts';
import { hasSealKey, sealKey } from '../secrets/seal-key.ts';
import { aboutTampering, isLogOnly, keptRows, leaveOutForeign } from './foreign-rows.ts';
import { keptSecrets } from './kept-secrets.ts';

/** The seal, as the rest of Greenlight needs it. */
export interface Seal {
  /** What is wrong with the database since the start, and what to do. */
  problem(): string | undefined;
  /**
   * Whether files of which the database knows nothing may be what the person put there before a first start, or what
   * an earlier version left. Not where others took out what was accepted, nor where the vault shows that it is no
   * first start; one that other programs can read shows nothing: it may be another home's too.
   */
  readonly trustsFiles: boolean;
  /** The vault's secrets, as far as they belong to this key. */
  readonly secrets: SecretVault;
  close(): void;
}

/**
 * Has `database` sealed with the key in the vault. What others wrote is left out, kept in a file of its own, and
 * told to `tampered`, with whether it may have let more run. `wall`: the wall clock (ms); `kept`: what may stay of what a
 * call sent. Throws a {@link StartError} when the key may be in a keyring
 * that is not there now.
 */
export async function openSeal(
  database: Database,
  {
    dataDir,
    secrets,
    wall,
    logger,
    kept,
    tampered,
  }: {
    dataDir: string;
    secrets: SecretVault;
    wall: () => number;
    logger: Logger;
    kept: (args: JsonObject) => JsonObject;
    tampered: (problem: string, mayLoosen: boolean) => void;
  },
): Promise<Seal> {
  const sealed = isSealed(database);
  const { insteadOfKeyring } = secrets;
  if (sealed === 'yes' && insteadOfKeyring !== undefined && !(await hasSealKey(secrets))) {
    throw new StartError(
      'keyring',
      `The keyring is missing or locked, and with it the key that seals what you accepted; no call is let through without that key. ${asSentence(insteadOfKeyring)} If that keyring is gone for good, start Greenlight with GREENLIGHT_SECRETS=file in its environment: it then leaves out what it cannot check, your clients among it, and blocks every call until you choose another guard mode.`,
    );
  }
  const { key, fresh, made, settle } = await sealKey(secrets);
  // A vault that other programs can read may have the key from another home of the person's; then what an earlier
  // version left is taken as it is all the same. Who could make a home look like that could as well read the key.
  const trusted = sealed !== 'yes' && (fresh || (secrets.open && sealed === 'no'));
  let trustsFiles = fresh || secrets.open;
  const { problem, close } = sealDatabase(database, key, {
    trusted,
    witnessPath: join(dataDir, 'greenlight.stand'),
    onWitnessLost: (error) =>
      logger.error({ err: error }, 'how far the database has come could not be written beside it'),
    repair(tampering) {
      if (tampering.rows.some(({ table }) => table === 'accepted')) trustsFiles = false;
      const evidence = keptRows(tampering.rows, kept);
      const path = evidence.length === 0 ? undefined : keepForeignRows(dataDir, evidence);
      leaveOutForeign(database, tampering.rows, wall());
      tampered(aboutTampering(tampering, { kept: path, keyGone: made }), !isLogOnly(tampering));
    },
  });
  await settle();
  const bound = bindSecrets(secrets, key, trusted);
  // All that there are, not only those of the upstream in use: later they would be none.
  if (trusted) for (const name of keptSecrets(database)) await bound.get(name).catch(() => {});
  return { problem, trustsFiles, secrets: bound, close };
}

/** Writes what others put into the database into a file beside it, and returns its path. */
function keepForeignRows(dataDir: string, rows: readonly ForeignRow[]): string {
  const path = join(dataDir, `greenlight.foreign-${new Date().toISOString().replaceAll(':', '-')}.json`);
  createPrivateFile(path, `${JSON.stringify(rows, null, 2)}\n`);
  return path;
}
