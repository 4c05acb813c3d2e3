import { hash } from 'node:crypto';
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
  open(id: string, session: Session): void;
  close(id: string): void;
  /** Forgets every session: the upstream was exchanged. */
  clear(): void;
}

/** Sessions that are not ended by their client are forgotten after this many milliseconds. */
const LONGEST_SESSION = 30 * 86_400_000;

/** Sessions of `database`, kept by the hash of their id: an id is as good as a password at some upstreams. */
export function createSessions(database: Database, clock: Clock): Sessions {
  const { sql } = database;
  const cache = new Map<string, Session>();
  sql.prepare('DELETE FROM sessions WHERE opened_at < ?').run(clock.now() - LONGEST_SESSION);
  for (const row of sql.prepare('SELECT * FROM sessions').all() as {
    id_hash: string;
    grant_id: string;
    client_name: string | null;
    client_version: string | null;
  }[]) {
    cache.set(row.id_hash, {
      grantId: row.grant_id,
      clientName: row.client_name ?? undefined,
      clientVersion: row.client_version ?? undefined,
    });
  }
  const insert = sql.prepare(
    'INSERT OR REPLACE INTO sessions (id_hash, grant_id, client_name, client_version, opened_at) VALUES (?, ?, ?, ?, ?)',
  );
  const remove = sql.prepare('DELETE FROM sessions WHERE id_hash = ?');

  return {
    find(id, grantId) {
      const session = cache.get(hash('sha256', id));
      return session?.grantId === grantId ? session : undefined;
    },
    open(id, session) {
      const key = hash('sha256', id);
      const known = cache.get(key);
      // An upstream that hands the same id to two clients must not hand one the other's session.
      if (known && known.grantId !== session.grantId) return;
      database.transaction(
        () =>
          insert.run(
            key,
            session.grantId,
            session.clientName ?? null,
            session.clientVersion ?? null,
            clock.now(),
          ),
        { flush: false },
      );
      cache.set(key, session);
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
  };
}
