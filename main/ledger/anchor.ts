/** Where the log begins, once its oldest rows were pruned. */
import type { DatabaseSync } from 'node:sqlite';
import type { Database } from '../database/database.ts';
import { GENESIS } from './chain.ts';

/**
 * The end of what was pruned: its last link with that link's hash, and its last row. Rows are numbered from 1 without
 * a gap, so `seq` is also how many were pruned in all.
 */
export interface Anchor {
  link: number;
  hash: string;
  seq: number;
}

/** The anchor of a log of which nothing was pruned. */
const START: Anchor = { link: 0, hash: GENESIS, seq: 0 };

/** The anchor of the log, sealed in its table. */
export interface AnchorKeeper {
  /** As it was found at the start, or moved since: what others write meanwhile does not count. */
  get(): Anchor;
  /** Inside the transaction that prunes up to `to`. `at`: now (ms). */
  move(to: Anchor, at: number): void;
}

/** The anchor in `database`, which is sealed already: one that others wrote was taken out. */
export function createAnchor(database: Database): AnchorKeeper {
  const { sql } = database;
  const put = sql.prepare(`
    INSERT INTO log_anchor (id, link, hash, seq, at) VALUES (1, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET link = excluded.link, hash = excluded.hash, seq = excluded.seq, at = excluded.at
  `);
  let anchor = readAnchor(sql);
  return {
    get: () => anchor,
    move(to, at) {
      put.run(to.link, to.hash, to.seq, at);
      database.afterCommit(() => {
        anchor = to;
      });
    },
  };
}

/** The anchor as it stands in `sql`, sealed or not: for who only reads. */
export function readAnchor(sql: DatabaseSync): Anchor {
  const row = sql.prepare('SELECT link, hash, seq FROM log_anchor').get() as Anchor | undefined;
  return row ? { ...row } : START;
}
