import { hash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../shared/json.ts';
import { parseExact } from '../base/exact-json.ts';
import type { Clock } from '../base/ports.ts';
import type { Database } from '../database/database.ts';

export interface Session {
  grantId: string;
  clientName: string | undefined;
  clientVersion: string | undefined;
}

/** Which grant opened which `Mcp-Session-Id`. Survives a restart of Greenlight, as the upstream's session does. */
export interface Sessions {
  /** The session of that id if this grant opened it; to any other grant it is unknown. */
  find(id: string, grantId: string): Session | undefined;
  /** What the session of that id was opened with, where that was kept. */
  openedWith(id: string): JsonObject | undefined;
  /** `openedWith`: the parameters of `initialize`, where they are to be kept; too much of them is not. */
  open(id: string, session: Session, openedWith?: JsonObject): void;
  close(id: string): void;
  /** Forgets every session: the upstream was exchanged. */
  clear(): void;
  /** Forgets what was neither opened nor used for 30 days: clients seldom say goodbye. */
  prune(): void;
}

/** How long (ms) a session is kept that nobody uses. */
const LONGEST_UNUSED = 30 * 86_400_000;

/** Sessions of one grant; past that the one that was unused for longest is forgotten. */
const MOST_SESSIONS = 1000;

/** The longest parameters that a session is kept with, in characters. */
const LONGEST_OPENING = 16 * 1024;

/** Sessions of `database`, kept by the hash of their id: an id is as good as a password at some upstreams. */
export function createSessions(database: Database, clock: Clock): Sessions {
  const { sql } = database;
  /** `usedAt`: as far as this process knows. */
  const cache = new Map<string, Session & { usedAt: number }>();
  const rows = sql.prepare(
    'SELECT id_hash, grant_id, client_name, client_version, opened_at FROM sessions ORDER BY opened_at',
  );
  for (const row of rows.all() as {
    id_hash: string;
    grant_id: string;
    client_name: string | null;
    client_version: string | null;
    opened_at: number;
  }[]) {
    cache.set(row.id_hash, {
      grantId: row.grant_id,
      clientName: row.client_name ?? undefined,
      clientVersion: row.client_version ?? undefined,
      usedAt: row.opened_at,
    });
  }
  const insert = sql.prepare(
    'INSERT OR REPLACE INTO sessions (id_hash, grant_id, client_name, client_version, opened_at, opened_with) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const readOpening = sql.prepare('SELECT opened_with FROM sessions WHERE id_hash = ?');
  const remove = sql.prepare('DELETE FROM sessions WHERE id_hash = ?');

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

  /** Makes room for one more session of `grantId`. */
  function makeRoom(grantId: string): void {
    const own = [...cache].filter(([, session]) => session.grantId === grantId);
    if (own.length < MOST_SESSIONS) return;
    const [unused] = own.reduce((a, b) => (b[1].usedAt < a[1].usedAt ? b : a));
    forget([unused]);
  }

  return {
    find(id, grantId) {
      const session = cache.get(hash('sha256', id));
      if (session?.grantId !== grantId) return undefined;
      session.usedAt = clock.now();
      return session;
    },
    openedWith(id) {
      const row = readOpening.get(hash('sha256', id)) as { opened_with: string | null } | undefined;
      const params = parseExact(row?.opened_with ?? 'null');
      return isJsonObject(params) ? params : undefined;
    },
    open(id, session, openedWith) {
      const key = hash('sha256', id);
      const known = cache.get(key);
      // An upstream that hands the same id to two clients must not hand one the other's session.
      if (known && known.grantId !== session.grantId) return;
      if (!known) makeRoom(session.grantId);
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
          ),
        { flush: false },
      );
      cache.set(key, { ...session, usedAt: clock.now() });
    },
    close(id) {
      const key = hash('sha256', id);
      database.transaction(() => remove.run(key), { flush: false });
      cache.delete(key);
    },
    clear() {
      database.transaction(() => sql.exec('DELETE FROM sessions'));
      cache.clear();
    },
    prune,
  };
}
