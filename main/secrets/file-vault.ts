import { chmodSync } from 'node:fs';
import { z } from 'zod';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { SecretVault } from '../base/ports.ts';
import { readOwnFile, systemReason, writePrivateFile } from '../base/private-file.ts';

const secretsFile = z.strictObject({ version: z.literal(1), secrets: z.record(z.string(), z.string()) });

/**
 * Keeps secrets in clear text in the file `path`, which only its owner may read (mode 0600). A file with
 * other content is never overwritten: every operation then rejects with what to do. Each operation reads
 * and writes in one turn of the event loop, so that none undoes another's work.
 */
export function openFileVault(path: string, description: string): SecretVault {
  const read = () => new Map(Object.entries(readSecrets(path) ?? {}));
  const write = (secrets: Map<string, string>) => {
    try {
      const content = { version: 1, secrets: Object.fromEntries(secrets) };
      writePrivateFile(path, `${JSON.stringify(content, null, 2)}\n`);
    } catch (error) {
      throw new UserFacingError(
        'unavailable',
        `The secrets could not be written to ${path} (${systemReason(error)}). Check that the folder belongs to you and that the disk is not full, then try again.`,
        { cause: error },
      );
    }
  };
  return {
    description,
    get: async (name) => read().get(name),
    async set(name, value) {
      write(read().set(name, value));
    },
    async delete(name) {
      const secrets = read();
      if (secrets.delete(name)) write(secrets);
    },
  };
}

/**
 * The secrets in the file `path`; `undefined` when there is no such file. Takes the file away from other
 * users. Throws a {@link UserFacingError} when it is not a file of secrets.
 */
export function readSecrets(path: string): Record<string, string> | undefined {
  let text: string | undefined;
  try {
    text = readOwnFile(path)?.toString();
    if (text === undefined) return undefined;
    chmodSync(path, 0o600);
  } catch (error) {
    throw new UserFacingError(
      'unavailable',
      `The secrets in ${path} cannot be read (${systemReason(error)}). Make it a file that belongs to you and that you may read and write, then try again.`,
      { cause: error },
    );
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // Said below; the reason would quote the file.
  }
  const parsed = secretsFile.safeParse(found);
  if (parsed.success) return parsed.data.secrets;
  throw new UserFacingError(
    'unavailable',
    `${path} is not a file of secrets that Greenlight knows, so nothing in it is used or changed. Move it away, then give Greenlight the token again.`,
  );
}
