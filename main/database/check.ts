/** Whether a database is whole, as SQLite sees it. */
import type { DatabaseSync } from 'node:sqlite';
import { DamagedError } from './errors.ts';

/**
 * The tables that grow with the calls that are made, and forbid nothing: in a large file, reading them is no part of
 * a start (see ledger/whole-check.ts).
 */
const LOG = ['activity', 'activity_chain', 'videos'];

/** Up to so many bytes a file is small: to check all of it is about 50 ms of work. */
const SMALL = 20 * 1024 ** 2;

export function isSmall(sql: DatabaseSync): boolean {
  return pragma(sql, 'page_count') * pragma(sql, 'page_size') <= SMALL;
}

/** Reads all of the file `path`. Throws {@link DamagedError}, and what SQLite says when it cannot be read. */
export function checkWhole(sql: DatabaseSync, path: string): void {
  expectOk(sql.prepare('PRAGMA quick_check(1)').get(), path);
}

/** The same, of every table and its indexes but those of {@link LOG}, and not of what is in no table. */
export function checkAllButLog(sql: DatabaseSync, path: string): void {
  const tables = sql.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const checkTable = sql.prepare('SELECT quick_check FROM pragma_quick_check(?)');
  for (const name of ['sqlite_schema', ...tables.map((table) => String(table.name))])
    if (!LOG.includes(name)) expectOk(checkTable.get(name), path);
}

function expectOk(found: Record<string, unknown> | undefined, path: string): void {
  if (found?.quick_check !== 'ok') throw new DamagedError(path, String(found?.quick_check));
}

/** The number that the pragma `name` says. */
export function pragma(sql: DatabaseSync, name: string): number {
  return Number(Object.values(sql.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}
