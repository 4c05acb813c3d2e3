import { hash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { parseExact } from '../base/exact-json.ts';
import type { Clock } from '../base/ports.ts';
import type { Database } from '../database/database.ts';
import { serverColumn, serverOfColumn } from './server-column.ts';

export interface Session {
  server: string;
  grantId: string;
  clientName: string | undefined;
  clientVersion: string | undefined;
}

/** Which grant opened which `Mcp-Session-Id`. Survives a restart of Greenlight, as the upstream's session does. */
export interface Sessions {
  /** The session of that id at `server`, if this grant opened it; to any other grant it is unknown. */
  find(server: string, id: string, grantId: string): Session | undefined;
  /** What the session of that id was opened with, where that was kept. */
  openedWith(server: string, id: string): JsonObject | undefined;
  /** `openedWith`: the parameters of `initialize`, where they are to be kept; too much of them is not. */
  open(id: string, session: Session, openedWith?: JsonObject): void;
  close(server: string, id: string): void;
  /** Forgets every session at `server`: its upstream was exchanged. */
  clear(server: string): void;
  /** Forgets what was neither opened nor used for 30 days: clients seldom say goodbye. */
  prune(): void;
}

/** How long (ms) a session is kept that nobody uses. */
const LONGEST_UNUSED = 30 * 86_400_000;

/** Sessions of one grant at one server; past that the one that was unused for longest is forgotten. */
const MOST_SESSIONS = 1000;

/** The longest parameters that a session is kept with, in characters. */
const LONGEST_OPENING = 16 * 1024;

/** Sessions of `database`, kept by the hash of their id: an id is as good as a password at some upstreams. */
export function createSessions(database: Database, clock: Clock): Sessions {
  const { sql } = database;
  /** `usedAt`: as far as this process knows. */
  const cache = new Map<string, Session & { usedAt: number }>();
  const rows = sql.prepare(
    'SELECT id_hash, grant_id, client_name, client_version, opened_at, server FROM sessions ORDER BY opened_at',
  );
  for (const row of rows.all() as {
    id_hash: string;
    grant_id: string;
    client_name: string | null;
    client_version: string | null;
    opened_at: number;
    server: string | null;
  }[]) {
    cache.set(row.id_hash, {
      server: serverOfColumn(row.server),
      grantId: row.grant_id,
      clientName: row.client_name ?? undefined,
      clientVersion: row.client_version ?? undefined,
      usedAt: row.opened_at,
    });
  }
  const insert = sql.prepare(
    `INSERT OR REPLACE INTO sessions (id_hash, grant_id, client_name, client_version, opened_at, opened_with, server)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const readOpening = sql.prepare('SELECT opened_with FROM sessions WHERE id_hash = ?');
  const remove = sql.prepare('DELETE FROM sessions WHERE id_hash = ?');
  const removeOf = sql.prepare('DELETE FROM sessions WHERE server IS ?');

  function forget(keys: string[]): void {
    database.transaction(() => {
      for (const key of keys) remove.run(key);
    });
    for (const key of keys) cache.delete(key);
  }

  function prune(): void {
    const since = clock.now() - LONGEST_UNUSED;
    forget([...cache].filter(([, { usedAt }]) => usedAt < since).map(([key]) => key));
  }
  prune();

  /** Makes room for one more session of `grantId` at `server`. */
  function makeRoom({ server, grantId }: Session): void {
    const own = [...cache].filter(([, one]) => one.grantId === grantId && one.server === server);
    if (own.length < MOST_SESSIONS) return;
    const [unused] = own.reduce((a, b) => (b[1].usedAt < a[1].usedAt ? b : a));
    forget([unused]);
  }

  return {
    find(server, id, grantId) {
      const session = cache.get(keyOf(server, id));
      if (session?.grantId !== grantId) return undefined;
      session.usedAt = clock.now();
      return session;
    },
    openedWith(server, id) {
      const row = readOpening.get(keyOf(server, id)) as { opened_with: string | null } | undefined;
      const params = parseExact(row?.opened_with ?? 'null');
      return isJsonObject(params) ? params : undefined;
    },
    open(id, session, openedWith) {
      const key = keyOf(session.server, id);
      const known = cache.get(key);
      // An upstream that hands the same id to two clients must not hand one the other's session.
      if (known && known.grantId !== session.grantId) return;
      if (!known) makeRoom(session);
      const opening = openedWith && JSON.stringify(openedWith);
      database.transaction(
        () =>
          insert.run(
            key,
            session.grantId,
            session.clientName ?? null,
            session.clientVersion ?? null,
            clock.now(),
            opening !== undefined && opening.length <= LONGEST_OPENING ? opening : null,
            serverColumn(session.server),
          ),
        { flush: false },
      );
      cache.set(key, { ...session, usedAt: clock.now() });
    },
    close(server, id) {
      const key = keyOf(server, id);
      database.transaction(() => remove.run(key), { flush: false });
      cache.delete(key);
    },
    clear(server) {
      database.transaction(() => removeOf.run(serverColumn(server)));
      database.afterCommit(() => {
        for (const [key, session] of cache) if (session.server === server) cache.delete(key);
      });
    },
    prune,
  };
}

/** The same id at two servers is two sessions. No header, and so no id, has a line end. */
function keyOf(server: string, id: string): string {
  const column = serverColumn(server);
  return hash('sha256', column === null ? id : `${column}\n${id}`);
}
