import { hash, randomBytes, randomUUID } from 'node:crypto';
import { createListeners } from '../base/listeners.ts';
import type { Clock, Logger } from '../base/ports.ts';
import type { Database } from '../database/database.ts';

/** One client's identity. Times in milliseconds. */
export interface Grant {
  readonly id: string;
  label: string;
  /** The policy it follows; absent: the default one. */
  policyId: string | undefined;
  /** The policy that is watched beside it and decides nothing; absent: none. */
  watchedPolicyId: string | undefined;
  /** Seconds its calls are held before they get a ticket; absent: by its client's name, or the setting. */
  holdSeconds: number | undefined;
  createdAt: number;
  lastUsedAt: number | undefined;
  /** What the client application last called itself. */
  clientName: string | undefined;
  clientVersion: string | undefined;
  revokedAt: number | undefined;
  /** When its token was exchanged last, in this run of Greenlight: what asked before then had the old one. */
  rotatedAt: number | undefined;
}

/** Grants: created, listed, rotated, revoked. A token is returned once and kept only as its hash. */
export interface Grants {
  /** All clients; {@link isTest} ones are none. */
  list(): Grant[];
  get(id: string): Grant | undefined;
  /** What the person calls the client; words for one that is not there any more. */
  labelOf(id: string): string;
  /** The grant that `token` belongs to, unless revoked. Compared by hash. */
  findByToken(token: string): Grant | undefined;
  create(label: string, policyId: string | undefined): { grant: Grant; token: string };
  /** A grant for one test call, of the default policy. Whoever makes the call revokes it; the next start does, too. */
  createTest(label: string): { grant: Grant; token: string };
  /** `policyId: null` goes back to the default policy; `watchedPolicyId: null` watches none. */
  update(
    id: string,
    change: {
      label?: string;
      policyId?: string | null;
      watchedPolicyId?: string | null;
      holdSeconds?: number;
    },
  ): Grant | undefined;
  /** Exchanges the token: the old one stops working at once. */
  rotate(id: string): string | undefined;
  /** Ends the grant for good; its activity stays. Returns whether there was one to end. */
  revoke(id: string): boolean;
  /** Notes that the grant was used, and what the client calls itself where it said so. */
  seen(id: string, client?: { name: string; version: string }): void;
  /** Calls `listener` with each grant that changed, until the returned function is called. */
  onChange(listener: (grant: Grant) => void): () => void;
}

/** What the ids of test grants start with: those of clients are UUIDs. */
const TEST = 'test-';

/** Whether the grant of this id is for a test call: that goes to the sandbox, and uses nothing up. */
export function isTest(grantId: string): boolean {
  return grantId.startsWith(TEST);
}

/** The same as a condition on a column of ids. */
export function isClient(column: string): string {
  return `${column} NOT GLOB '${TEST}*'`;
}

/** How exactly `lastUsedAt` is kept, in milliseconds: not worth a write per call. */
const LAST_USED_PRECISION = 60_000;

/** Tokens start with this, so that a leaked one is recognised by people and scanners. */
const TOKEN_PREFIX = 'glt_';

interface Row {
  id: string;
  label: string;
  token_hash: string;
  policy_id: string | null;
  watched_policy_id: string | null;
  hold_seconds: number | null;
  created_at: number;
  last_used_at: number | null;
  client_name: string | null;
  client_version: string | null;
  revoked_at: number | null;
}

/** The grants in `database`. All methods that change something throw StorageError when it cannot be written. */
export function createGrants(database: Database, clock: Clock, logger: Logger): Grants {
  const { sql } = database;
  const byId = new Map<string, Grant>();
  const byHash = new Map<string, Grant>();
  const hashOf = new Map<string, string>();
  const listeners = createListeners<(grant: Grant) => void>(logger);

  for (const row of sql.prepare('SELECT * FROM grants ORDER BY created_at, id').all() as unknown as Row[]) {
    const grant: Grant = {
      id: row.id,
      label: row.label,
      policyId: row.policy_id ?? undefined,
      watchedPolicyId: row.watched_policy_id ?? undefined,
      holdSeconds: row.hold_seconds ?? undefined,
      createdAt: row.created_at,
      lastUsedAt: row.last_used_at ?? undefined,
      clientName: row.client_name ?? undefined,
      clientVersion: row.client_version ?? undefined,
      revokedAt: row.revoked_at ?? undefined,
      rotatedAt: undefined,
    };
    remember(grant, row.token_hash);
  }

  const insert = sql.prepare(
    'INSERT INTO grants (id, label, token_hash, policy_id, created_at) VALUES (?, ?, ?, ?, ?)',
  );
  const updateRow = sql.prepare(
    'UPDATE grants SET label = ?, policy_id = ?, watched_policy_id = ?, hold_seconds = ? WHERE id = ?',
  );
  const updateHash = sql.prepare('UPDATE grants SET token_hash = ? WHERE id = ?');
  const updateRevoked = sql.prepare('UPDATE grants SET revoked_at = ? WHERE id = ?');
  const updateSeen = sql.prepare(
    'UPDATE grants SET last_used_at = ?, client_name = ?, client_version = ? WHERE id = ?',
  );

  function remember(grant: Grant, tokenHash: string): void {
    byId.set(grant.id, grant);
    hashOf.set(grant.id, tokenHash);
    if (grant.revokedAt === undefined) byHash.set(tokenHash, grant);
  }

  function changed(grant: Grant): void {
    database.afterCommit(() => listeners.tell(grant));
  }

  function active(id: string): Grant | undefined {
    const grant = byId.get(id);
    return grant?.revokedAt === undefined ? grant : undefined;
  }

  function add(id: string, label: string, policyId: string | undefined): { grant: Grant; token: string } {
    const token = newToken();
    const grant: Grant = {
      id,
      label,
      policyId,
      watchedPolicyId: undefined,
      holdSeconds: undefined,
      createdAt: clock.now(),
      lastUsedAt: undefined,
      clientName: undefined,
      clientVersion: undefined,
      revokedAt: undefined,
      rotatedAt: undefined,
    };
    database.transaction(() =>
      insert.run(grant.id, label, hashToken(token), policyId ?? null, grant.createdAt),
    );
    remember(grant, hashToken(token));
    changed(grant);
    return { grant, token };
  }

  function revoke(id: string): boolean {
    const grant = active(id);
    if (!grant) return false;
    const now = clock.now();
    database.transaction(() => updateRevoked.run(now, id));
    byHash.delete(hashOf.get(id) ?? '');
    grant.revokedAt = now;
    changed(grant);
    return true;
  }

  // A test call whose process was killed: nobody has its token any more.
  for (const { id } of byId.values()) if (isTest(id)) revoke(id);

  return {
    list: () => [...byId.values()].filter(({ id }) => !isTest(id)),
    get: (id) => byId.get(id),
    labelOf: (id) => byId.get(id)?.label ?? 'a client that was removed',
    findByToken: (token) => byHash.get(hashToken(token)),
    create: (label, policyId) => add(randomUUID(), label, policyId),
    createTest: (label) => add(`${TEST}${randomUUID()}`, label, undefined),
    update(id, change) {
      const grant = active(id);
      if (!grant) return undefined;
      const label = change.label ?? grant.label;
      const policyId = change.policyId === undefined ? grant.policyId : (change.policyId ?? undefined);
      const watchedPolicyId =
        change.watchedPolicyId === undefined ? grant.watchedPolicyId : (change.watchedPolicyId ?? undefined);
      const holdSeconds = change.holdSeconds ?? grant.holdSeconds;
      database.transaction(() =>
        updateRow.run(label, policyId ?? null, watchedPolicyId ?? null, holdSeconds ?? null, id),
      );
      Object.assign(grant, { label, policyId, watchedPolicyId, holdSeconds });
      changed(grant);
      return grant;
    },
    rotate(id) {
      const grant = active(id);
      if (!grant) return undefined;
      const token = newToken();
      database.transaction(() => updateHash.run(hashToken(token), id));
      byHash.delete(hashOf.get(id) ?? '');
      grant.rotatedAt = clock.now();
      remember(grant, hashToken(token));
      changed(grant);
      return token;
    },
    revoke,
    seen(id, client) {
      const grant = active(id);
      if (!grant) return;
      const now = clock.now();
      const renamed =
        client !== undefined && (client.name !== grant.clientName || client.version !== grant.clientVersion);
      if (!renamed && grant.lastUsedAt !== undefined && now - grant.lastUsedAt < LAST_USED_PRECISION) return;
      const name = client?.name ?? grant.clientName;
      const version = client?.version ?? grant.clientVersion;
      database.transaction(() => updateSeen.run(now, name ?? null, version ?? null, id), { flush: false });
      Object.assign(grant, { lastUsedAt: now, clientName: name, clientVersion: version });
      changed(grant);
    },
    onChange: listeners.add,
  };
}

function newToken(): string {
  return TOKEN_PREFIX + randomBytes(32).toString('base64url');
}

/** A token of 256 random bits needs no salt and no slow hash: there is nothing to guess. */
function hashToken(token: string): string {
  return hash('sha256', token);
}
