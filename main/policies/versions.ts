import type { Json } from '../../shared/json.ts';
import { LARGEST_ANSWER } from '../base/cut.ts';
import type { Database } from '../database/database.ts';

/** A policy with its newest version, as the database has it. */
export interface StoredPolicy {
  id: string;
  name: string;
  version: number;
  updatedAt: number;
  /** JSON text. */
  document: string;
  digest: string;
}

/** One version of a policy. `createdAt` is milliseconds since the Unix epoch. */
export interface PolicyVersion {
  version: number;
  createdAt: number;
  document: Json;
}

/** What the database knows of policies. No version is ever changed; only old ones that nobody names are pruned. */
export interface Versions {
  /** Whether no policy was ever stored. */
  isEmpty(): boolean;
  /** Every policy that is not deleted. */
  current(): StoredPolicy[];
  /** The name that `id` has, or had before it was deleted. */
  nameOf(id: string): string | undefined;
  get(id: string, version: number): PolicyVersion | undefined;
  /** The newest, newest first: of large documents, as many as one answer holds, and one at least. */
  history(id: string): PolicyVersion[];
  includes(id: string, digest: string): boolean;
  /** Stores the next version and returns its number; a deleted policy is back, with its old versions. */
  add(policy: { id: string; name: string; document: Json; digest: string; at: number }): number;
  rename(id: string, name: string, at: number): void;
  markDeleted(id: string, at: number): void;
}

interface VersionRow {
  version: number;
  createdAt: number;
  document: string;
}

/** Opens the tables `policies` and `policy_versions` of `database`. */
export function openVersions(database: Database): Versions {
  const { sql } = database;
  const any = sql.prepare('SELECT 1 FROM policies LIMIT 1');
  const current = sql.prepare(`
    SELECT id, name, policies.version, updated_at AS updatedAt, document, digest
    FROM policies JOIN policy_versions ON policy_id = id AND policy_versions.version = policies.version
    WHERE deleted_at IS NULL
  `);
  const named = sql.prepare('SELECT name FROM policies WHERE id = ?');
  const columns = 'version, created_at AS createdAt, document';
  const one = sql.prepare(`SELECT ${columns} FROM policy_versions WHERE policy_id = ? AND version = ?`);
  const all = sql.prepare(`SELECT ${columns} FROM policy_versions WHERE policy_id = ? ORDER BY version DESC`);
  const known = sql.prepare('SELECT 1 FROM policy_versions WHERE policy_id = ? AND digest = ? LIMIT 1');
  const newest = sql.prepare('SELECT max(version) AS version FROM policy_versions WHERE policy_id = ?');
  const insert = sql.prepare(
    'INSERT INTO policy_versions (policy_id, version, document, digest, created_at) VALUES (?, ?, ?, ?, ?)',
  );
  const put = sql.prepare(`
    INSERT INTO policies (id, name, version, updated_at) VALUES (?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
      name = excluded.name, version = excluded.version, updated_at = excluded.updated_at, deleted_at = NULL
  `);
  const rename = sql.prepare('UPDATE policies SET name = ?, updated_at = ? WHERE id = ?');
  const markDeleted = sql.prepare('UPDATE policies SET deleted_at = ? WHERE id = ?');

  const version = (row: VersionRow): PolicyVersion => ({
    version: row.version,
    createdAt: row.createdAt,
    document: JSON.parse(row.document) as Json,
  });

  return {
    isEmpty: () => any.get() === undefined,
    current: () => current.all() as unknown as StoredPolicy[],
    nameOf: (id) => (named.get(id) as { name: string } | undefined)?.name,
    get(id, number) {
      const row = one.get(id, number) as unknown as VersionRow | undefined;
      return row && version(row);
    },
    history(id) {
      const found: PolicyVersion[] = [];
      let size = 0;
      for (const row of all.iterate(id) as Iterable<unknown> as Iterable<VersionRow>) {
        size += row.document.length;
        if (found.length > 0 && size > LARGEST_ANSWER) break;
        found.push(version(row));
      }
      return found;
    },
    includes: (id, digest) => known.get(id, digest) !== undefined,
    add: ({ id, name, document, digest, at }) =>
      database.transaction(() => {
        const next = ((newest.get(id) as { version: number | null }).version ?? 0) + 1;
        insert.run(id, next, JSON.stringify(document), digest, at);
        put.run(id, name, next, at);
        return next;
      }),
    rename: (id, name, at) => database.transaction(() => void rename.run(name, at, id)),
    markDeleted: (id, at) => database.transaction(() => void markDeleted.run(at, id)),
  };
}
