import { chmodSync, renameSync } from 'node:fs';
import { z } from 'zod';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { SecretVault } from '../base/ports.ts';
import { readOwnFile, systemReason, writePrivateFile } from '../base/private-file.ts';

const secretsFile = z.strictObject({ version: z.literal(1), secrets: z.record(z.string(), z.string()) });

/**
 * Keeps secrets in clear text in the file `path`, which only its owner may read (mode 0600). A damaged file is put
 * aside and told as the vault's problem. A file with other content (of a newer Greenlight, or damaged since) is never
 * overwritten: every operation then rejects with what to do. Each operation reads and writes in one turn of the
 * event loop, so that none undoes another's work. `insteadOfKeyring`: why the keyring is not used. Throws a {@link UserFacingError} when a damaged file cannot be moved.
 */
export function openFileVault(path: string, description: string, insteadOfKeyring?: string): SecretVault {
  const problem = putAside(path);
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
    problem,
    insteadOfKeyring,
    open: true,
    inFile: true,
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
  const { secrets } = parse(text);
  if (secrets) return secrets;
  throw new UserFacingError(
    'unavailable',
    `${path} is not a file of secrets that Greenlight knows, so nothing in it is used or changed. Move it away, then give Greenlight the token again.`,
  );
}

/** What a file holds; nothing when it is damaged. */
function parse(text: string): { secrets?: Record<string, string>; newer?: true } {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // The reason would quote the file.
    return {};
  }
  const parsed = secretsFile.safeParse(found);
  if (parsed.success) return { secrets: parsed.data.secrets };
  return z.looseObject({ version: z.number().min(2) }).safeParse(found).success ? { newer: true } : {};
}

/** Moves a damaged file out of the way; returns what to tell the person. What cannot be read is said when it is asked. */
function putAside(path: string): string | undefined {
  let content: Buffer | undefined;
  try {
    content = readOwnFile(path);
  } catch {
    return undefined;
  }
  if (content === undefined) return undefined;
  const { secrets, newer } = parse(content.toString());
  if (secrets || newer) return undefined;
  const copy = path.replace(/\.json$/, `.invalid-${new Date().toISOString().replaceAll(':', '-')}.json`);
  try {
    renameSync(path, copy);
  } catch (error) {
    throw new UserFacingError(
      'unavailable',
      `The file of secrets ${path} is damaged and could not be moved to ${copy} (${systemReason(error)}). Move it away, then start again.`,
      { cause: error },
    );
  }
  return `The file of secrets ${path} was damaged, so none of them is known, and Greenlight blocks every call. The file is kept as ${copy}. Enter the upstream’s token again, then choose another guard mode.`;
}
