import { hash, randomBytes, randomUUID } from 'node:crypto';
import { LUMA } from '../../shared/server-id.ts';
import { createListeners } from '../base/listeners.ts';
import type { Clock, Logger } from '../base/ports.ts';
import type { Database } from '../database/database.ts';

/** One client's identity. Times in milliseconds. */
export interface Grant {
  readonly id: string;
  label: string;
  /** The servers that it is for, and the policy it follows on each; `undefined`: the server's default one. */
  servers: ReadonlyMap<string, string | undefined>;
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

/** Servers by their ids, with a policy for each; `undefined`: the server's default one. */
type GrantServers = Grant['servers'];

/** Grants: created, listed, rotated, revoked. A token is returned once and kept only as its hash. */
export interface Grants {
  /** All clients; {@link isTest} ones are none. */
  list(): Grant[];
  get(id: string): Grant | undefined;
  /** What the person calls the client; words for one that is not there any more. */
  labelOf(id: string): string;
  /** The grant that `token` belongs to, unless revoked. Compared by hash. */
  findByToken(token: string): Grant | undefined;
  /** A grant for `servers`: by default for `luma` alone, with its default policy. */
  create(label: string, servers?: GrantServers): { grant: Grant; token: string };
  /** A grant for one test call, of the default policy of `luma`. Whoever makes the call revokes it; the next start does, too. */
  createTest(label: string): { grant: Grant; token: string };
  /** `watchedPolicyId: null` watches none. */
  update(
    id: string,
    change: {
      label?: string;
      servers?: GrantServers;
      watchedPolicyId?: string | null;
      holdSeconds?: number;
    },
  ): Grant | undefined;
  /** Exchanges the token: the old one stops working at once. */
  rotate(id: string): string | undefined;
  /** {@link rotate}, and a way back: the old one works again, unless it was exchanged anew or revoked since. */
  exchange(id: string): { token: string; takeBack(): void } | undefined;
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
  servers: string | null;
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

  const all = sql.prepare('SELECT * FROM grants ORDER BY created_at, id');
  /** Who holds a grant goes on with it: it is the same object. */
  function readAgain(): void {
    // First: where it cannot be read, all stays known.
    const found = (all.all() as unknown as Row[]).map((row) => {
      const known = byId.get(row.id);
      const grant = grantOf(row, known?.rotatedAt);
      return { grant: known ? Object.assign(known, grant) : grant, tokenHash: row.token_hash };
    });
    for (const known of [byId, byHash, hashOf]) known.clear();
    for (const { grant, tokenHash } of found) remember(grant, tokenHash);
  }
  database.onRollback(readAgain);
  readAgain();

  const insert = sql.prepare(
    'INSERT INTO grants (id, label, token_hash, policy_id, servers, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const updateRow = sql.prepare(
    'UPDATE grants SET label = ?, policy_id = ?, servers = ?, watched_policy_id = ?, hold_seconds = ? WHERE id = ?',
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

  function add(id: string, label: string, servers: GrantServers): { grant: Grant; token: string } {
    const token = newToken();
    const grant: Grant = {
      id,
      label,
      servers,
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
      insert.run(grant.id, label, hashToken(token), ...serverColumns(servers), grant.createdAt),
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

  function useHash(grant: Grant, tokenHash: string, rotatedAt: number | undefined): void {
    database.transaction(() => updateHash.run(tokenHash, grant.id));
    byHash.delete(hashOf.get(grant.id) ?? '');
    grant.rotatedAt = rotatedAt;
    remember(grant, tokenHash);
    changed(grant);
  }

  function exchange(id: string): { token: string; takeBack(): void } | undefined {
    const grant = active(id);
    if (!grant) return undefined;
    const token = newToken();
    const before = hashOf.get(id) ?? '';
    const { rotatedAt } = grant;
    useHash(grant, hashToken(token), clock.now());
    return {
      token,
      takeBack() {
        if (byHash.get(hashToken(token)) === grant) useHash(grant, before, rotatedAt);
      },
    };
  }

  // A test call whose process was killed: nobody has its token any more.
  for (const { id } of byId.values()) if (isTest(id)) revoke(id);

  return {
    list: () => [...byId.values()].filter(({ id }) => !isTest(id)),
    get: (id) => byId.get(id),
    labelOf: (id) => byId.get(id)?.label ?? 'a client that was removed',
    findByToken: (token) => byHash.get(hashToken(token)),
    create: (label, servers = LUMA_ALONE) => add(randomUUID(), label, servers),
    createTest: (label) => add(`${TEST}${randomUUID()}`, label, LUMA_ALONE),
    update(id, change) {
      const grant = active(id);
      if (!grant) return undefined;
      const label = change.label ?? grant.label;
      const servers = change.servers ?? grant.servers;
      const watchedPolicyId =
        change.watchedPolicyId === undefined ? grant.watchedPolicyId : (change.watchedPolicyId ?? undefined);
      const holdSeconds = change.holdSeconds ?? grant.holdSeconds;
      database.transaction(() =>
        updateRow.run(label, ...serverColumns(servers), watchedPolicyId ?? null, holdSeconds ?? null, id),
      );
      Object.assign(grant, { label, servers, watchedPolicyId, holdSeconds });
      changed(grant);
      return grant;
    },
    rotate: (id) => exchange(id)?.token,
    exchange,
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

/** A grant of before there were others. */
const LUMA_ALONE: GrantServers = new Map([[LUMA, undefined]]);

/** The columns `policy_id` and `servers`. One for `luma` alone is written as it was before there were others. */
function serverColumns(servers: GrantServers): [policyId: string | null, servers: string | null] {
  const policyId = servers.get(LUMA) ?? null;
  if (servers.size === 1 && servers.has(LUMA)) return [policyId, null];
  return [policyId, JSON.stringify([...servers].map(([id, policy]) => [id, policy ?? null]))];
}

function grantOf(row: Row, rotatedAt: number | undefined): Grant {
  return {
    id: row.id,
    label: row.label,
    servers: serversOfRow(row),
    watchedPolicyId: row.watched_policy_id ?? undefined,
    holdSeconds: row.hold_seconds ?? undefined,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    clientName: row.client_name ?? undefined,
    clientVersion: row.client_version ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    rotatedAt,
  };
}

function serversOfRow({ policy_id, servers }: Pick<Row, 'policy_id' | 'servers'>): GrantServers {
  if (servers === null) return new Map([[LUMA, policy_id ?? undefined]]);
  const all = JSON.parse(servers) as [string, string | null][];
  return new Map(all.map(([id, policy]) => [id, policy ?? undefined]));
}

function newToken(): string {
  return TOKEN_PREFIX + randomBytes(32).toString('base64url');
}

/** A token of 256 random bits needs no salt and no slow hash: there is nothing to guess. */
function hashToken(token: string): string {
  return hash('sha256', token);
}
