import { join } from 'node:path';
import type { PolicyErrorRow } from '../../shared/contract.ts';
import { digest } from '../../shared/digest.ts';
import type { Json } from '../../shared/json.ts';
import { type CompiledPolicy, parsePolicy, presets } from '../../shared/policy/index.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Logger, Time } from '../base/ports.ts';
import { systemReason } from '../base/private-file.ts';
import { formatDocument, parseDocument } from './document.ts';
import type { PolicyFiles } from './files.ts';
import { ID_RULE } from './ids.ts';
import type { PoliciesInForce } from './in-force.ts';
import type { Versions } from './versions.ts';

/** Keeps the files of the folder and the policies in force the same, whichever of them changes. */
export interface Folder {
  /** Looks at every file that differs from what was seen last. Never throws. */
  rescan(): void;
  /** Looks at one file. Never throws. */
  scan(id: string): void;
  /**
   * Puts `document` in force and into its file; returns its version. Throws a {@link UserFacingError}, and
   * changes nothing, when it cannot.
   */
  put(id: string, name: string, document: Json, policy: CompiledPolicy): number;
  /** Removes the policy and its file. Throws a {@link UserFacingError} when it cannot. */
  remove(id: string): void;
  /** What is wrong with the folder itself and with files that can be no policy. */
  problems(): { id: string; message: string }[];
}

const GONE =
  'The file is gone. Restore one of the policy’s versions to have it back, or delete the policy in the window.';

/** Builds the {@link Folder} over its parts. */
export function openFolder(parts: {
  files: PolicyFiles;
  versions: Versions;
  inForce: PoliciesInForce;
  clock: Time;
  logger: Logger;
}): Folder {
  const { files, versions, inForce, clock, logger } = parts;
  const seen = new Map<string, string>();
  let strays: string[] = [];
  let unreadable: string | undefined;

  /** Whether the file's content is one of the policy's versions, so that replacing it loses nothing. */
  const isOnRecord = (id: string): boolean => {
    const file = files.read(id);
    if (file.kind !== 'text') return file.kind === 'missing';
    const parsed = parseDocument(file.text);
    return parsed.ok && versions.includes(id, digest(parsed.document));
  };

  /** Keeps a copy of a text that would be lost: a policy that is not valid, or not yet. */
  const keepAside = (id: string): void => {
    if (isOnRecord(id) || files.read(id).kind !== 'text') return;
    const copy = files.keepAside(id, clock.toWall(clock.now()));
    logger.warn({ id, copy }, 'the text of a policy file that was not valid is kept');
  };

  /**
   * Ends what a crash, or a rename that failed, left staged. The staged content goes in place if it is in
   * force and replaces nothing but an older version; an edit by hand made since is newer and wins.
   */
  const settle = (id: string): void => {
    const text = files.staged(id);
    if (text === undefined) return;
    const staged = parseDocument(text);
    const isInForce = staged.ok && digest(staged.document) === inForce.known.get(id)?.digest;
    if (isInForce && isOnRecord(id)) files.putInPlace(id);
    else files.discard(id);
  };

  /** Reads the file of `id`, puts it in force if it is valid, and returns what is wrong with it. */
  const examine = (id: string): PolicyErrorRow[] => {
    const file = files.read(id);
    const now = inForce.known.get(id);
    if (file.kind === 'missing') return now === undefined ? [] : [{ pointer: '', message: GONE }];
    if (file.kind === 'unusable') return [{ pointer: '', message: file.message }];
    const parsed = parseDocument(file.text);
    if (!parsed.ok) return parsed.errors;
    const checked = parsePolicy(parsed.document);
    if (!checked.ok) return checked.errors;
    // A file that appears is named as the policy was before, as the preset of that id, or as the file.
    const name = now?.name ?? versions.nameOf(id) ?? presets.find((preset) => preset.id === id)?.name ?? id;
    inForce.adopt(id, name, parsed.document, checked.policy);
    return [];
  };

  const scan = (id: string): void => {
    inForce.watched(id, () => {
      try {
        settle(id);
        // Taken before the file is read: a change in between is then seen the next time.
        const signature = files.signature(id);
        if (signature !== undefined && signature === seen.get(id)) return;
        inForce.setErrors(id, examine(id));
        if (signature === undefined) seen.delete(id);
        else seen.set(id, signature);
      } catch (error) {
        // The database is locked, the rename failed: said, and tried again at the next look.
        seen.delete(id);
        const message = `The file could not be taken over; Greenlight goes on trying. ${systemReason(error)}`;
        inForce.setErrors(id, [{ pointer: '', message }]);
      }
    });
  };

  return {
    scan,
    rescan() {
      const before = JSON.stringify([strays, unreadable]);
      try {
        const listing = files.list();
        strays = listing.strays;
        unreadable = undefined;
        const { known, errors } = inForce;
        const ids = new Set([...listing.ids, ...listing.staged, ...known.keys(), ...errors.keys()]);
        for (const id of ids) scan(id);
      } catch (error) {
        unreadable = `The folder ${files.folder} cannot be read (${systemReason(error)}), so changes to policy files are not seen; what was in force stays in force. Bring the folder back, or make it readable for yourself.`;
      }
      if (JSON.stringify([strays, unreadable]) !== before) inForce.emit('');
    },
    put: (id, name, document, policy) =>
      inForce.watched(id, () => {
        try {
          keepAside(id);
          files.stage(id, formatDocument(document));
        } catch (error) {
          throw new UserFacingError(
            'unavailable',
            `The policy could not be written to ${files.path(id)} (${systemReason(error)}). Nothing was changed. Check that the folder belongs to you and that the disk is not full, then save it again.`,
            { cause: error },
          );
        }
        let version: number;
        try {
          version = inForce.adopt(id, name, document, policy);
        } catch (error) {
          files.discard(id);
          throw error;
        }
        seen.delete(id);
        try {
          files.putInPlace(id);
          inForce.setErrors(id, []);
        } catch (error) {
          // In force all the same: the database has it. What is staged goes in place at a later look.
          const message = `The file could not be replaced (${systemReason(error)}); Greenlight goes on trying. Check that nothing stands in its way and that the folder belongs to you.`;
          inForce.setErrors(id, [{ pointer: '', message }]);
        }
        return version;
      }),
    remove: (id) =>
      inForce.watched(id, () => {
        try {
          keepAside(id);
          // The file goes first: left over by a crash, it would bring the policy back at the next start.
          files.remove(id);
        } catch (error) {
          throw new UserFacingError(
            'unavailable',
            `The policy was not deleted, because ${files.path(id)} could not be removed (${systemReason(error)}). Move away what is there, then delete the policy again.`,
            { cause: error },
          );
        }
        seen.delete(id);
        inForce.setErrors(id, [{ pointer: '', message: GONE }]);
        inForce.remove(id);
      }),
    problems() {
      const found = strays.map((name) => ({
        id: `policy-file:${name}`,
        message: `${join(files.folder, name)} cannot be a policy: its name, without “.json”, may have ${ID_RULE}. Rename it, or move it away.`,
      }));
      return unreadable === undefined ? found : [...found, { id: 'policy-folder', message: unreadable }];
    },
  };
}
