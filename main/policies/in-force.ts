import type { PolicyErrorRow } from '../../shared/contract.ts';
import { digest } from '../../shared/digest.ts';
import type { Json } from '../../shared/json.ts';
import { type CompiledPolicy, parsePolicy } from '../../shared/policy/index.ts';
import { createListeners } from '../base/listeners.ts';
import type { Clock, Logger } from '../base/ports.ts';
import type { StoredPolicy, Versions } from './versions.ts';

/** The version of a policy that judges calls. */
export interface PolicyInForce {
  id: string;
  name: string;
  version: number;
  policy: CompiledPolicy;
  document: Json;
}

/** A policy that exists. `updatedAt` is milliseconds since the Unix epoch. */
export interface Known {
  name: string;
  version: number;
  updatedAt: number;
  digest: string;
  /** Absent when the stored version does not parse: a damaged database, or a stricter Greenlight. */
  inForce?: PolicyInForce;
}

/** What is in force and what is wrong with the files, in memory; the database follows every change. */
export interface PoliciesInForce {
  readonly known: ReadonlyMap<string, Known>;
  readonly errors: ReadonlyMap<string, PolicyErrorRow[]>;
  /** Says what is wrong with the file of `id` now; an empty list: nothing. */
  setErrors(id: string, rows: PolicyErrorRow[]): void;
  /**
   * Puts `document` in force as the next version, unless it is in force already; returns the version in
   * force. Throws, with nothing changed, when the database cannot be written.
   */
  adopt(id: string, name: string, document: Json, policy: CompiledPolicy): number;
  /** Forgets `id`; its versions stay in the database. */
  remove(id: string): void;
  /** Runs `work`, then tells the listeners if what is in force, or what is wrong, with `id` has changed. */
  watched<T>(id: string, work: () => T): T;
  emit(id: string): void;
  onChange(listener: (policyId: string) => void): () => void;
}

/** Reads the newest version of every policy from the database. */
export function openPoliciesInForce(versions: Versions, clock: Clock, logger: Logger): PoliciesInForce {
  const known = new Map<string, Known>();
  const errors = new Map<string, PolicyErrorRow[]>();
  const listeners = createListeners<(policyId: string) => void>(logger);
  for (const stored of versions.current()) known.set(stored.id, fromStore(stored));

  return {
    known,
    errors,
    setErrors: (id, rows) => void (rows.length === 0 ? errors.delete(id) : errors.set(id, rows)),
    adopt(id, name, document, policy) {
      const now = known.get(id);
      const fresh = digest(document);
      const at = clock.now();
      if (now?.inForce === undefined || now.digest !== fresh) {
        const version = versions.add({ id, name, document, digest: fresh, at });
        const inForce = { id, name, version, policy, document };
        known.set(id, { name, version, updatedAt: at, digest: fresh, inForce });
        return version;
      }
      if (now.name !== name) {
        versions.rename(id, name, at);
        known.set(id, { ...now, name, updatedAt: at, inForce: { ...now.inForce, name } });
      }
      return now.version;
    },
    remove(id) {
      versions.markDeleted(id, clock.now());
      known.delete(id);
      errors.delete(id);
    },
    watched(id, work) {
      const state = () => {
        const now = known.get(id);
        return JSON.stringify([now?.version, now?.name, errors.get(id)]);
      };
      const before = state();
      try {
        return work();
      } finally {
        if (state() !== before) listeners.tell(id);
      }
    },
    emit: listeners.tell,
    onChange: listeners.add,
  };
}

/** An older version is no substitute for one that does not parse or is damaged: it may allow more. */
function fromStore({ id, name, version, updatedAt, digest: stored, document: text }: StoredPolicy): Known {
  const broken = { name, version, updatedAt, digest: stored };
  let document: Json;
  try {
    document = JSON.parse(text) as Json;
  } catch {
    return broken;
  }
  const checked = parsePolicy(document, { accepted: true });
  if (!checked.ok || digest(document) !== stored) return broken;
  return { ...broken, inForce: { id, name, version, policy: checked.policy, document } };
}
