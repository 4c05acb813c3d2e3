import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { createPrivateFile, flushFolder, ownFile, systemReason } from '../base/private-file.ts';
import { fileSignature } from '../base/watch.ts';
import { MAX_FILE_BYTES } from './document.ts';
import { isPolicyId } from './ids.ts';

/** What is at the path of a policy's file. `unusable`: there is something, but no text; why, in words. */
type PolicyFile =
  | { kind: 'missing' }
  | { kind: 'text'; text: string }
  | { kind: 'unusable'; message: string };

/** What the folder holds. */
interface Listing {
  /** Ids of the policies that have a file. */
  ids: string[];
  /** Names of the JSON files that cannot be policies because of their name. */
  strays: string[];
  /** Ids of the policies that have a staged file. */
  staged: string[];
}

/**
 * The folder of policy files. A file is read through a symbolic link, but never written through one. A
 * new content is first *staged* in a file beside, and *put in place* by a rename when the database has it:
 * what is left staged after a crash tells where Greenlight stopped.
 */
export interface PolicyFiles {
  readonly folder: string;
  path(id: string): string;
  /** Throws when the folder cannot be read. */
  list(): Listing;
  read(id: string): PolicyFile;
  /** Differs when the file does; `undefined`: there is none, or it is too young to tell. */
  signature(id: string): string | undefined;
  stage(id: string, text: string): void;
  staged(id: string): string | undefined;
  putInPlace(id: string): void;
  discard(id: string): void;
  /** Keeps a copy of the file under a name that is no policy's; returns its path. */
  keepAside(id: string, at: number): string;
  remove(id: string): void;
}

/**
 * Opens the folder of policy files, creating it (mode 0700) when it is missing.
 * Throws a {@link UserFacingError} when it cannot be used.
 */
export function openPolicyFiles(folder: string): PolicyFiles {
  const path = (id: string) => join(folder, `${id}.json`);
  const stagedPath = (id: string) => join(folder, `.${id}.json.staged`);
  const ensureFolder = () => mkdirSync(folder, { recursive: true, mode: 0o700 });

  try {
    ensureFolder();
    chmodSync(folder, 0o700);
    readdirSync(folder);
  } catch (error) {
    throw new UserFacingError(
      'unavailable',
      `Greenlight could not open the folder of its policies, ${folder} (${systemReason(error)}). Make it a folder that belongs to you and that you may write to, then start again.`,
      { cause: error },
    );
  }

  return {
    folder,
    path,
    list() {
      const listing: Listing = { ids: [], strays: [], staged: [] };
      for (const name of readdirSync(folder)) {
        const staged = /^\.(.+)\.json\.staged$/.exec(name)?.[1];
        if (staged !== undefined && isPolicyId(staged)) listing.staged.push(staged);
        // Files with a dot in front are what editors and Greenlight itself write on the way.
        if (name.startsWith('.') || !/\.json$/i.test(name)) continue;
        const id = name.slice(0, -'.json'.length);
        if (name.endsWith('.json') && isPolicyId(id)) listing.ids.push(id);
        else listing.strays.push(name);
      }
      return listing;
    },
    read: (id) => read(path(id)),
    signature: (id) => fileSignature(path(id)),
    stage(id, text) {
      ensureFolder();
      rmSync(stagedPath(id), { force: true });
      createPrivateFile(stagedPath(id), text);
    },
    staged(id) {
      const file = read(stagedPath(id));
      return file.kind === 'text' ? file.text : undefined;
    },
    putInPlace(id) {
      renameSync(stagedPath(id), path(id));
      flushFolder(path(id));
    },
    discard: (id) => rmSync(stagedPath(id), { force: true }),
    keepAside(id, at) {
      const copy = `${path(id)}.${new Date(at).toISOString().replaceAll(':', '-')}.kept`;
      rmSync(copy, { force: true });
      createPrivateFile(copy, readFileSync(path(id)));
      return copy;
    },
    remove(id) {
      rmSync(stagedPath(id), { force: true });
      rmSync(path(id), { force: true });
    },
  };
}

function read(path: string): PolicyFile {
  try {
    // Asked first: opening a pipe would wait for somebody to write into it.
    const target = whereItIs(path);
    if ('kind' in target) return target;
    const stat = statSync(target.path);
    if (stat.size > MAX_FILE_BYTES) {
      return { kind: 'unusable', message: 'The file is larger than 1 MiB. Shorten it, or move it away.' };
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(target.path));
    return { kind: 'text', text };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      return { kind: 'unusable', message: 'The file is not UTF-8 text. Save it as UTF-8.' };
    }
    return {
      kind: 'unusable',
      message: `The file cannot be read (${systemReason(error)}). Give yourself the right to read it.`,
    };
  }
}

function whereItIs(path: string): { path: string } | PolicyFile {
  try {
    return { path: ownFile(path) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) throw error;
    return { kind: 'unusable', message: `The file cannot be used: ${systemReason(error)}. Move it away.` };
  }
}
