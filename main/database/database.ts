import { chmodSync, existsSync, lstatSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { checkAllButLog, checkWhole, isSmall, pragma } from './check.ts';
import { DamagedError, StorageError, storageError } from './errors.ts';
import { migrations } from './migrations.ts';
import { asideName, BESIDE, isMarkedDamaged, keepAside, keepPrivate, unmarkDamaged } from './private.ts';

export { isDamage, StorageError } from './errors.ts';
export { markDamaged } from './private.ts';

/** Greenlight's database: one SQLite file in WAL mode, one writer. */
export interface Database {
  readonly sql: DatabaseSync;
  /** The schema that the file had when it was opened; 0: it is new. */
  readonly foundSchema: number;
  /** Whether all of the file was checked when it was opened; of a large one, the log is not. */
  readonly checkedWhole: boolean;
  /**
   * Runs `work` in one write transaction: all of it, or none. A transaction inside a transaction joins
   * the outer one. Throws {@link StorageError} when the file cannot be written.
   *
   * What it wrote is on the disk when it returns, so that a power failure does not take it back. Where nobody relies
   * on that, `flush: false` saves the wait for the disk; the next transaction that waits covers what came before.
   */
  transaction<T>(work: () => T, options?: { flush: boolean }): T;
  /**
   * Runs `readAgain` after each rollback: whoever keeps in memory what is in the tables brings it back in line
   * with them. No listener among others: when it fails, nothing is written until it has succeeded.
   */
  onRollback(readAgain: () => void): void;
  /**
   * Runs `task` once the transaction that is open now is committed, and never if it is rolled back; at once when
   * none is open. For telling others of what was written: `task` must not throw (see base/listeners.ts).
   */
  afterCommit(task: () => void): void;
  /**
   * Has `checkpoint` called now and then, to have another thread copy what was committed from the write-ahead log into
   * the file: most of that is waiting for the disk. Where it does not come to it, a commit does it, much later.
   */
  checkpointBy(checkpoint: () => void): void;
  /** Has `parts` of each transaction done by somebody who looks after the file as a whole. */
  around(parts: TransactionParts): void;
  close(): void;
}

/** What is done beside the work of a transaction. What the first two throw rolls it back. */
interface TransactionParts {
  begun(): void;
  committing(): void;
  /** `flushed`: it is on the disk. */
  committed(flushed: boolean): void;
  rolledBack(): void;
}

/**
 * Milliseconds that a statement waits for another process's lock. It blocks the one thread there is, so
 * it is short: a call that meets a locked database is refused and can be tried again.
 */
const BUSY_TIMEOUT = 250;

/** Pages in the write-ahead log at which a commit copies them itself; where another thread does it, and is late. */
const OWN_CHECKPOINT = 1_000;
const LATE_CHECKPOINT = 16_000;

/** Transactions after which another thread is asked: some thousand pages under load, fewer otherwise. */
const CHECKPOINT_EVERY = 200;

/** What to do about a database that there must have been. */
export interface Former {
  /** Whether there was one: then a missing or empty file is no first run. */
  expected: boolean;
  /** Told, in a sentence for the person, that it is lost; before a new one takes its place. */
  lost: (problem: string) => void;
}

/**
 * Opens (and migrates) the database at `path`. With `former`, one that is damaged is put aside as
 * `<name>.invalid-<time>.db`, and a new one takes its place; without, that is an error. Of a large file, damage in the
 * tables that grow with the log is not looked for, unless it was marked damaged or is to be written anew.
 *
 * In WAL mode a killed process loses nothing, and a power failure never the consistency of the file. It may take back
 * what was committed with `synchronous = NORMAL`, not with `FULL` (https://sqlite.org/pragma.html#pragma_synchronous).
 * Throws {@link StorageError} when the file cannot be opened, is not a database, or is from a newer Greenlight.
 */
export function openDatabase(path: string, former?: Former): Database {
  const lost = (what: string) =>
    former?.lost(
      `${what} So Greenlight started with an empty one and blocks every call: which clients there are, what was logged, and what counts toward limits is not known any more. Put a copy in its place while Greenlight is stopped, or connect your clients again; then choose another guard mode.`,
    );
  if (former?.expected && lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    lost(`The database ${path} is gone.`);
    // What is left beside it belongs to the one that is gone: it must not become part of the new one.
    keepAside(path, asideName(path));
    return open(path);
  }
  try {
    return open(path, former);
  } catch (error) {
    if (!former || !(error instanceof DamagedError) || isLink(path)) throw error;
    const copy = asideName(path);
    lost(`The database ${path} was damaged (${error.reason}); it is kept as ${copy}.`);
    keepAside(path, copy);
    return open(path);
  }
}

function open(path: string, former?: Former): Database {
  let sql: DatabaseSync | undefined;
  try {
    const file = keepPrivate(path);
    sql = new DatabaseSync(file, { timeout: BUSY_TIMEOUT });
    // Before anything is written: what is damaged is kept as it was found.
    const checkedWhole = check(sql, path, former?.expected ?? false);
    // Before anything else is written into a new file.
    if (schemaOf(sql) === 0) sql.exec('PRAGMA auto_vacuum = INCREMENTAL');
    sql.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      -- macOS flushes to the disk itself only when told so.
      PRAGMA fullfsync = ON;
      PRAGMA foreign_keys = ON;
      -- What is masked or removed does not stay in the file's free space.
      PRAGMA secure_delete = ON;
      PRAGMA wal_autocheckpoint = ${OWN_CHECKPOINT};
    `);
    // SQLite gives these the mode of the database, unless an earlier process left them behind.
    for (const beside of BESIDE.map((end) => file + end)) if (existsSync(beside)) chmodSync(beside, 0o600);
    // Until it is sealed (seal.ts), nothing in it has a seal.
    sql.function('turn_seal', { varargs: true }, () => null);
    const database = transactions(sql, path, checkedWhole);
    migrate(database);
    canGiveBack(sql);
    return database;
  } catch (error) {
    sql?.close();
    throw storageError(error, path);
  }
}

/** What a link leads to is the person's to move. */
function isLink(path: string): boolean {
  return lstatSync(path).isSymbolicLink();
}

/**
 * Throws {@link DamagedError} when the file is not whole, or is empty though it should not be. Returns whether all of
 * it was read.
 */
function check(sql: DatabaseSync, path: string, expected: boolean): boolean {
  const schema = schemaOf(sql);
  // Either writes tables anew, and what is damaged is to be kept as it was found.
  const rewritten = schema < migrations.length || pragma(sql, 'auto_vacuum') !== 2;
  const whole = rewritten || isSmall(sql) || isMarkedDamaged(path);
  if (whole) checkWhole(sql, path);
  else checkAllButLog(sql, path);
  if (expected && schema === 0) throw new DamagedError(path, 'it is empty');
  if (whole) unmarkDamaged(path);
  return whole;
}

function transactions(sql: DatabaseSync, path: string, checkedWhole: boolean): Database {
  const begin = sql.prepare('BEGIN IMMEDIATE');
  const commit = sql.prepare('COMMIT');
  const rollback = sql.prepare('ROLLBACK');
  const rereaders: (() => void)[] = [];
  let around: TransactionParts | undefined;
  let open = false;
  let afterwards: (() => void)[] = [];
  let flushing = true;
  let checkpoint: (() => void) | undefined;
  let unchecked = 0;
  /** Whether memory may hold what was rolled back. */
  let stale = false;

  function undo(): void {
    // A full disk may have rolled back already; then there is nothing left to roll back.
    if (sql.isTransaction) rollback.run();
    around?.rolledBack();
    for (const readAgain of rereaders) readAgain();
    stale = false;
  }

  return {
    sql,
    foundSchema: schemaOf(sql),
    checkedWhole,
    transaction(work, { flush } = { flush: true }) {
      if (open) return work();
      try {
        if (stale) undo();
        // SQLite takes it only between transactions.
        if (flush !== flushing) sql.exec(`PRAGMA synchronous = ${flush ? 'FULL' : 'NORMAL'}`);
        flushing = flush;
        begin.run();
      } catch (error) {
        throw storageError(error, path);
      }
      open = true;
      afterwards = [];
      let result: ReturnType<typeof work>;
      try {
        around?.begun();
        result = work();
        around?.committing();
        commit.run();
        around?.committed(flush);
      } catch (error) {
        afterwards = [];
        stale = true;
        try {
          undo();
        } catch {
          // A disk that cannot be read either: the next transaction starts by trying again.
        }
        throw storageError(error, path);
      } finally {
        open = false;
      }
      const tasks = afterwards;
      afterwards = [];
      for (const task of tasks) task();
      unchecked += 1;
      if (checkpoint && unchecked >= CHECKPOINT_EVERY) {
        unchecked = 0;
        checkpoint();
      }
      return result;
    },
    onRollback: (readAgain) => void rereaders.push(readAgain),
    afterCommit(task) {
      if (open) afterwards.push(task);
      else task();
    },
    checkpointBy(given) {
      checkpoint = given;
      sql.exec(`PRAGMA wal_autocheckpoint = ${LATE_CHECKPOINT}`);
    },
    around(parts) {
      around = parts;
    },
    close: () => sql.close(),
  };
}

/** Bytes in use up to which a database of before is rewritten at a start: 2 s of work, 5 s on a slow disk. */
const MOST_REWRITTEN = 256 * 1024 ** 2;

/**
 * Has a file of before give back the space of what is removed from it, which takes one rewrite. Until a start at which
 * it is small enough, and the disk has room for it, removed rows leave free space in the file, which is used again.
 */
function canGiveBack(sql: DatabaseSync): void {
  if (pragma(sql, 'auto_vacuum') === 2) return;
  const used = pragma(sql, 'page_count') - pragma(sql, 'freelist_count');
  if (used * pragma(sql, 'page_size') > MOST_REWRITTEN) return;
  try {
    try {
      sql.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
    } finally {
      // Also of one that failed: what it wrote into the log beside would fill the disk from then on.
      sql.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    }
  } catch {
    // The next start tries again.
  }
}

/** Brings the schema forward, one numbered step at a time; never back. */
function migrate({ sql, transaction }: Database): void {
  const at = schemaOf(sql);
  if (at > migrations.length) {
    throw new StorageError(
      `The database was written by a newer Greenlight (schema ${at}, this one knows ${migrations.length}). Install the newer version again; nothing was changed.`,
    );
  }
  for (const [index, step] of migrations.slice(at).entries()) {
    transaction(() => {
      sql.exec(step);
      sql.exec(`PRAGMA user_version = ${at + index + 1}`);
    });
  }
}

function schemaOf(sql: DatabaseSync): number {
  return (sql.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
}
