import { join } from 'node:path';
import type { PolicyErrorRow } from '../../shared/contract.ts';
import { digest } from '../../shared/digest.ts';
import type { Json } from '../../shared/json.ts';
import { type CompiledPolicy, parsePolicy, presets } from '../../shared/policy/index.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { createListeners } from '../base/listeners.ts';
import { changedAgain, nothingWaits, type Outside } from '../base/outside.ts';
import type { Logger, Time } from '../base/ports.ts';
import { systemReason } from '../base/private-file.ts';
import { formatDocument, parseDocument } from './document.ts';
import type { PolicyFiles } from './files.ts';
import { ID_RULE } from './ids.ts';
import type { PoliciesInForce } from './in-force.ts';
import type { Versions } from './versions.ts';

/**
 * The files of the folder, beside the policies in force. What Greenlight puts in force is written into its file; a
 * file that another program changed waits for the person ({@link Folder.outside}).
 */
export interface Folder {
  /** Looks at every file that differs from what was seen last. Never throws. */
  rescan(): void;
  /** As {@link rescan}, on the first run: what the person put there before is in force at once. */
  takeOver(): void;
  /** Looks at one file. Never throws. */
  scan(id: string): void;
  /**
   * Puts `document` in force and into its file; returns its version. Throws a {@link UserFacingError}, and
   * changes nothing, when it cannot.
   */
  put(id: string, name: string, document: Json, policy: CompiledPolicy): number;
  /** Removes the policy and its file. Throws a {@link UserFacingError} when it cannot. */
  remove(id: string): void;
  /** Whether the file of `id` waits for the person. */
  waits(id: string): boolean;
  /** The files that wait: valid, and not what is in force. */
  readonly outside: Outside;
  /** What is wrong with the folder itself and with files that can be no policy. */
  problems(): { id: string; message: string }[];
}

/** The preset of that id. */
const presetOf = (id: string) => presets.find((preset) => preset.id === id);

const GONE =
  'The file is gone. Restore one of the policy’s versions to have it back, or delete the policy in the window.';

/** What a valid file says. */
interface Said {
  name: string;
  document: Json;
  policy: CompiledPolicy;
  digest: string;
}

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
  /** What other programs made of files, by the policy's id. */
  const changes = new Map<string, Said & { seenAt: number }>();
  const listeners = createListeners<() => void>(logger);
  let strays: string[] = [];
  let unreadable: string | undefined;

  /** Whether the file's content is one of the policy's versions, so that replacing it loses nothing. */
  const isOnRecord = (id: string): boolean => {
    const file = files.read(id);
    if (file.kind !== 'text') return file.kind === 'missing';
    const parsed = parseDocument(file.text);
    return parsed.ok && versions.includes(id, digest(parsed.document));
  };

  /** Keeps a copy of a text that would be lost: a policy that is not valid, or was never in force. */
  const keepAside = (id: string): void => {
    if (isOnRecord(id) || files.read(id).kind !== 'text') return;
    const copy = files.keepAside(id, clock.toWall(clock.now()));
    logger.warn({ id, copy }, 'the text of a policy file that was replaced is kept');
  };

  /**
   * Ends what a crash, or a rename that failed, left staged. The staged content goes in place if it is in
   * force and replaces nothing but an older version; what another program wrote since stays, and waits.
   */
  const settle = (id: string): void => {
    const text = files.staged(id);
    if (text === undefined) return;
    const staged = parseDocument(text);
    const isInForce = staged.ok && digest(staged.document) === inForce.known.get(id)?.digest;
    if (isInForce && isOnRecord(id)) files.putInPlace(id);
    else files.discard(id);
  };

  /** Reads the file of `id`: what it says, or what is wrong with it. */
  const examine = (id: string): Said | PolicyErrorRow[] => {
    const file = files.read(id);
    const now = inForce.known.get(id);
    if (file.kind === 'missing') return now === undefined ? [] : [{ pointer: '', message: GONE }];
    if (file.kind === 'unusable') return [{ pointer: '', message: file.message }];
    const parsed = parseDocument(file.text);
    if (!parsed.ok) return parsed.errors;
    const { document } = parsed;
    const checked = parsePolicy(document);
    if (!checked.ok) return checked.errors;
    // A file that appears is named as the policy was before, as the preset of that id, or as the file.
    const name = now?.name ?? versions.nameOf(id) ?? presetOf(id)?.name ?? id;
    return { name, document, policy: checked.policy, digest: digest(document) };
  };

  /** Takes note of what the file of `id` says. Only with `trusted`, or where it is Greenlight's own, is it put in force. */
  const note = (id: string, said: Said | PolicyErrorRow[], trusted: boolean): void => {
    const errors = Array.isArray(said) ? said : [];
    inForce.setErrors(id, errors);
    const now = inForce.known.get(id);
    if (Array.isArray(said) || (now?.inForce && now.digest === said.digest)) changes.delete(id);
    else if (trusted || isOwn(id, said)) {
      inForce.adopt(id, said.name, said.document, said.policy);
      changes.delete(id);
    } else if (changes.get(id)?.digest !== said.digest) {
      logger.warn({ id }, 'another program changed the file of a policy; that waits');
      changes.set(id, { ...said, seenAt: clock.now() });
    }
  };

  /** A preset as it comes with Greenlight, where nothing is known that was made of it since. */
  const isOwn = (id: string, said: Said): boolean => {
    const preset = presetOf(id);
    return (
      preset !== undefined &&
      versions.nameOf(id) === undefined &&
      digest(preset.document as Json) === said.digest
    );
  };

  /** Runs `work`, then tells who follows the policies, or the changes, if any of it concerned them. */
  const watched = <T>(id: string, work: () => T): T => {
    const before = changes.get(id)?.digest;
    try {
      return inForce.watched(id, work);
    } finally {
      if (changes.get(id)?.digest !== before) listeners.tell();
    }
  };

  const look = (id: string, trusted: boolean): void =>
    watched(id, () => {
      try {
        settle(id);
        // Taken before the file is read: a change in between is then seen the next time.
        const signature = files.signature(id);
        if (signature !== undefined && signature === seen.get(id)) return;
        note(id, examine(id), trusted);
        if (signature === undefined) seen.delete(id);
        else seen.set(id, signature);
      } catch (error) {
        // The database is locked, the rename failed: said, and tried again at the next look.
        seen.delete(id);
        const message = `The file could not be looked at; Greenlight goes on trying. ${systemReason(error)}`;
        inForce.setErrors(id, [{ pointer: '', message }]);
      }
    });

  const lookAtAll = (trusted: boolean): void => {
    const before = JSON.stringify([strays, unreadable]);
    try {
      const listing = files.list();
      strays = listing.strays;
      unreadable = undefined;
      const { known, errors } = inForce;
      const ids = [...listing.ids, ...listing.staged, ...known.keys(), ...errors.keys(), ...changes.keys()];
      for (const id of new Set(ids)) look(id, trusted);
    } catch (error) {
      unreadable = `The folder ${files.folder} cannot be read (${systemReason(error)}), so changes to policy files are not seen; what was in force stays in force. Bring the folder back, or make it readable for yourself.`;
    }
    if (JSON.stringify([strays, unreadable]) !== before) inForce.emit('');
  };

  /** Puts the version in force back into its file; without one, the file goes. What stood there is kept aside. */
  const putBack = (id: string): void => {
    const document = inForce.known.get(id)?.inForce?.document;
    try {
      keepAside(id);
      if (document === undefined) files.remove(id);
      else {
        files.stage(id, formatDocument(document));
        files.putInPlace(id);
      }
    } catch (error) {
      throw new UserFacingError(
        'unavailable',
        `${files.path(id)} could not be replaced (${systemReason(error)}). What you accepted stays in force all the same. Check that the folder belongs to you and that the disk is not full, then try again.`,
        { cause: error },
      );
    }
  };

  const outside: Outside = {
    list: () =>
      [...changes].map(([id, { name, document, digest, seenAt }]) => {
        const before = inForce.known.get(id)?.inForce?.document;
        const path = files.path(id);
        const change = {
          id: `policy:${id}`,
          kind: 'policy',
          name,
          path,
          seenAt,
          after: document,
          digest,
        } as const;
        return before === undefined ? change : { ...change, before };
      }),
    decide(changeId, digest, answer) {
      const id = changeId.replace(/^policy:/, '');
      watched(id, () => {
        // What stands in the file now, however old it claims to be.
        if (answer === 'use') note(id, examine(id), false);
        const change = changes.get(id);
        if (!change) throw nothingWaits();
        if (answer === 'keep') putBack(id);
        else if (change.digest !== digest) throw changedAgain();
        else inForce.adopt(id, change.name, change.document, change.policy);
        seen.delete(id);
        note(id, examine(id), false);
      });
    },
    onChange: listeners.add,
  };

  return {
    scan: (id) => look(id, false),
    rescan: () => lookAtAll(false),
    takeOver: () => lookAtAll(true),
    waits: (id) => changes.has(id),
    outside,
    put: (id, name, document, policy) =>
      watched(id, () => {
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
        changes.delete(id);
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
      watched(id, () => {
        try {
          keepAside(id);
          // The file goes first: left over by a crash, the person would be asked about it at the next start.
          files.remove(id);
        } catch (error) {
          throw new UserFacingError(
            'unavailable',
            `The policy was not deleted, because ${files.path(id)} could not be removed (${systemReason(error)}). Move away what is there, then delete the policy again.`,
            { cause: error },
          );
        }
        seen.delete(id);
        changes.delete(id);
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
