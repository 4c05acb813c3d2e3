import { join } from 'node:path';
import type { PolicyErrorRow } from '../../shared/contract.ts';
import { digest } from '../../shared/digest.ts';
import { isJsonObject, type Json } from '../../shared/json.ts';
import { parsePolicy, presets } from '../../shared/policy/index.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Outside } from '../base/outside.ts';
import type { Logger, Time } from '../base/ports.ts';
import { watchFolder } from '../base/watch.ts';
import type { Database } from '../database/database.ts';
import { formatDocument, MAX_FILE_BYTES } from './document.ts';
import { openPolicyFiles } from './files.ts';
import { openFolder } from './folder.ts';
import { ID_RULE, isPolicyId, policyIdFor } from './ids.ts';
import { type Known, openPoliciesInForce, type PolicyInForce } from './in-force.ts';
import { openVersions, type PolicyVersion } from './versions.ts';

export type { PolicyInForce } from './in-force.ts';

/** One policy, for a list. `updatedAt` is milliseconds since the Unix epoch. */
interface PolicyRow {
  id: string;
  name: string;
  version: number;
  description?: string;
  updatedAt: number;
  errors: PolicyErrorRow[];
}

/** The policies: a readable file each, every version in the database, the newest valid one in force. */
export interface Policies {
  /** Every policy, by name. A file that was never in force is not a policy yet; {@link outside} or {@link problems} tells of it. */
  list(): PolicyRow[];
  /** A policy's document: the newest valid version, or the one asked for. `path` is the file's. */
  get(
    id: string,
    version?: number,
  ): { id: string; name: string; version: number; document: Json; path: string } | undefined;
  /**
   * Stores a new version and puts it in force; an unchanged document keeps the version. Without `id` the
   * policy is new and gets one from its name. Throws when it cannot be stored; nothing has changed then.
   */
  save(policy: {
    id?: string | undefined;
    name: string;
    document: Json;
  }): { id: string; version: number } | { errors: PolicyErrorRow[] };
  /** The newest versions, newest first: as many as one answer to a window holds. */
  history(id: string): PolicyVersion[];
  /** Puts an old document in force again, as a new version. Throws {@link UserFacingError}. */
  restore(id: string, version: number): { id: string; version: number };
  /** Removes a policy and its file; its versions stay. The caller knows that nobody follows it. */
  delete(id: string): void;
  /** What judges calls under policy `id`; `undefined`: nothing does, refuse them. From memory. */
  inForce(id: string): PolicyInForce | undefined;
  /** What is wrong with the policy's file now. */
  errors(id: string): PolicyErrorRow[];
  /** What is wrong with policy files and what to do, in sentences. */
  problems(): { id: string; message: string }[];
  /**
   * Calls `listener` when what is in force or what is wrong with a policy has changed; with an empty id
   * when the folder, or a file that can be no policy, is the matter.
   */
  onChange(listener: (policyId: string) => void): () => void;
  /** The files that another program changed, or put there; none of them is in force until the person says so. */
  readonly outside: Outside;
  close(): void;
}

/**
 * Opens `policies/` in the data directory `directory`, reads it, and follows it until closed. Where no policy was
 * ever kept the presets are written. Throws a {@link UserFacingError} when the folder or the database is unusable.
 *
 * @param ports.firstRun nothing was ever accepted here: files that the person put there before are in force at once
 */
export function openPolicies(ports: {
  directory: string;
  database: Database;
  firstRun: boolean;
  clock: Time;
  logger: Logger;
}): Policies {
  const { database, clock, logger } = ports;
  const files = openPolicyFiles(join(ports.directory, 'policies'));
  const versions = openVersions(database);
  const inForce = openPoliciesInForce(versions, clock, logger);
  const { known, errors } = inForce;
  const folder = openFolder({ files, versions, inForce, clock, logger });

  const save: Policies['save'] = ({ id, name, document }) => {
    if (id !== undefined && !isPolicyId(id)) return refused(`A policy’s id has ${ID_RULE}. Choose another.`);
    const checked = parsePolicy(document);
    if (!checked.ok) return { errors: checked.errors };
    if (Buffer.byteLength(formatDocument(document)) > MAX_FILE_BYTES) {
      return refused('The policy is larger than 1 MiB. Shorten it, or split it in two.');
    }
    const target =
      id ??
      policyIdFor(
        name,
        (other) => versions.nameOf(other) !== undefined || files.read(other).kind !== 'missing',
      );
    folder.scan(target);
    const now = known.get(target);
    const isInForce = now?.inForce !== undefined && now.digest === digest(document);
    const inPlace = isInForce && !errors.has(target) && !folder.waits(target);
    const version = inPlace
      ? inForce.watched(target, () => inForce.adopt(target, name, document, checked.policy))
      : folder.put(target, name, document, checked.policy);
    return { id: target, version };
  };

  const isEmpty = versions.isEmpty();
  if (ports.firstRun) folder.takeOver();
  else folder.rescan();
  if (isEmpty) {
    // All or none: where this was cut short, it is done again.
    database.transaction(() => {
      for (const { id, name, document } of presets) {
        if (files.read(id).kind !== 'missing') continue;
        const saved = save({ id, name, document: document as Json });
        if ('errors' in saved) throw new Error(`The preset ${id} is invalid: ${saved.errors[0]?.message}`);
      }
    });
  }
  const stopWatching = watchFolder(files.folder, folder.rescan, logger);

  return {
    list: () =>
      [...known]
        .map(([id, now]) => row(id, now, errors.get(id) ?? []))
        .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id)),
    get(id, version) {
      const now = known.get(id);
      const found = now && versions.get(id, version ?? now.version);
      if (now === undefined || found === undefined) return undefined;
      return {
        id,
        name: now.name,
        version: found.version,
        document: found.document,
        path: files.path(id),
      };
    },
    save,
    history: (id) => versions.history(id),
    restore(id, version) {
      const now = known.get(id);
      const old = now && versions.get(id, version);
      if (now === undefined || old === undefined) {
        const message = `There is no version ${version} of a policy “${id}”. Look at its history.`;
        throw new UserFacingError('not_found', message);
      }
      const saved = save({ id, name: now.name, document: old.document });
      if ('id' in saved) return saved;
      throw new UserFacingError(
        'invalid',
        `Version ${version} of “${now.name}” is not a valid policy any more: ${saved.errors[0]?.message} Mend a copy of it and save that.`,
      );
    },
    delete(id) {
      if (!known.has(id)) {
        throw new UserFacingError(
          'not_found',
          `There is no policy “${id}”. It may have been deleted already.`,
        );
      }
      folder.scan(id);
      folder.remove(id);
    },
    inForce: (id) => known.get(id)?.inForce,
    errors: (id) => errors.get(id) ?? [],
    problems: () => [
      ...[...errors].map(([id, rows]) => ({
        id: `policy:${id}`,
        message: problem(files.path(id), rows, known.get(id)?.inForce?.version),
      })),
      ...folder.problems(),
    ],
    onChange: inForce.onChange,
    outside: folder.outside,
    close: stopWatching,
  };
}

function refused(message: string): { errors: PolicyErrorRow[] } {
  return { errors: [{ pointer: '', message }] };
}

function row(id: string, { name, version, updatedAt, inForce }: Known, errors: PolicyErrorRow[]): PolicyRow {
  const document = inForce?.document;
  const description = isJsonObject(document) ? document.description : undefined;
  const described = typeof description === 'string' ? { description } : {};
  return { id, name, version, updatedAt, errors, ...described };
}

function problem(path: string, rows: PolicyErrorRow[], inForce: number | undefined): string {
  const place = rows[0]?.pointer ? ` at ${rows[0].pointer}` : '';
  const more = rows.length > 1 ? ` (and ${rows.length - 1} more)` : '';
  const effect =
    inForce === undefined
      ? 'No version of this policy is in force: calls that follow it are refused.'
      : `Version ${inForce} of this policy stays in force.`;
  return `${path}${place}: ${rows[0]?.message}${more} ${effect}`;
}
