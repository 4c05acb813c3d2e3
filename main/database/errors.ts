import { UserFacingError } from '../../shared/user-facing-error.ts';
/** The log or the counters cannot be written. `message` says to the person what to do about it. */
export class StorageError extends UserFacingError {
  override readonly name = 'StorageError';
  /** The same for an agent: it names no path of the machine. */
  readonly withoutPath: string;

  constructor(message: string, options?: { cause?: unknown; withoutPath?: string }) {
    super('unavailable', message, options);
    this.withoutPath = options?.withoutPath ?? 'The database cannot be used.';
  }
}

/** The file is no database any more, for a reason in SQLite's words. */
export class DamagedError extends StorageError {
  readonly reason: string;

  constructor(path: string, reason: string, options?: { cause?: unknown }) {
    super(storageMessage(SQLITE_CORRUPT, path), options);
    this.reason = reason.replaceAll(/\s+/g, ' ');
  }
}

/** SQLite's primary result codes: https://sqlite.org/rescode.html */
/** A statement that is wrong: Greenlight's own fault. */
export const SQLITE_ERROR = 1;
export const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** Says in a sentence what SQLite says in a code. Errors that are not SQLite's pass unchanged. */
export function storageError(error: unknown, path: string): unknown {
  if (error instanceof StorageError || !isSqliteError(error)) return error;
  const code = error.errcode & 0xff;
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB)
    return new DamagedError(path, error.message, { cause: error });
  return new StorageError(storageMessage(code, path), { cause: error, withoutPath: storageMessage(code) });
}

/** Whether `error` says that a database is damaged, be it in SQLite's words. */
export function isDamage(error: unknown): boolean {
  return storageError(error, '') instanceof DamagedError;
}

export function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
}

/** Without `path`, for those who need not know where it is. */
function storageMessage(code: number, path?: string): string {
  const file = path ?? 'the database';
  const database = path === undefined ? 'database' : `database ${path}`;
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return `Another program holds the ${database}. Close it (a SQLite browser, a backup), then try again.`;
    case SQLITE_FULL:
      return `The disk that holds ${file} is full. Free some space, then try again.`;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return `The ${database} cannot be opened for writing. Check that its folder exists and that you may write to it.`;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return `The file ${path ?? 'of the database'} is not a database that Greenlight can read. Move it aside (do not delete it), then start again.`;
    case SQLITE_IOERR:
      return `Reading or writing ${file} failed. Check the disk, then try again.`;
    default:
      return `The ${database} refused the operation (SQLite code ${code}).`;
  }
}

/** For a file that the system, not SQLite, keeps from being opened; or that must not be, for a reason in words. */
export function cannotOpen(path: string, cause: unknown): StorageError {
  if (cause instanceof Error && !('code' in cause)) {
    return new StorageError(
      `The file ${path} cannot be used: ${cause.message}. Move that away, then start again.`,
      {
        cause,
      },
    );
  }
  return new StorageError(storageMessage(SQLITE_CANTOPEN, path), { cause });
}
