/**
 * The thread that reads the log beside the one that judges calls, and copies what that one commits into the file. It is
 * started, asked and ended by log-reader.ts.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import { DamagedError, isSqliteError, SQLITE_ERROR, storageError } from '../database/errors.ts';
import { createLogAnswers } from './log-answers.ts';
import type { LogReply, LogRequest } from './log-reader.ts';

/** Milliseconds that a statement waits for a lock: readers of a WAL hardly ever do. */
const BUSY_TIMEOUT = 5_000;

const path = String(workerData);
/** Opened when something is asked: that it cannot be is an answer. */
let opened: ReturnType<typeof createLogAnswers> | undefined;
const answers = () => {
  opened ??= createLogAnswers(new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT }), path);
  return opened;
};
/** What writes nothing but what is committed already. */
let copying: StatementSync | undefined;
const asked = new Set<number>();

/** Whoever does something long, and waits for its turn to go on. */
const resting: (() => void)[] = [];
let going = false;

/**
 * Waits for a turn to go on with something long. Between two turns nothing reads for a while: a write-ahead log of
 * which somebody always reads something never begins anew, and grows (https://sqlite.org/wal.html#avoiding_excessively_large_wal_files).
 */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    resting.push(resolve);
    if (!going) setImmediate(goOn);
    going = true;
  });
}

function goOn(): void {
  const next = resting.shift();
  going = next !== undefined;
  if (!next) return;
  const begun = performance.now();
  next();
  // What it does up to its next turn is done before this.
  setImmediate(() => setTimeout(goOn, (performance.now() - begun) / 8));
}

parentPort?.on('message', (request: LogRequest) => {
  if (request.kind === 'cancel') asked.delete(request.id);
  else if (request.kind === 'checkpoint') checkpoint();
  else void answer(request);
});

/** Waits for nobody. What it does not come to, the next one does, or the thread that commits. */
function checkpoint(): void {
  try {
    if (!copying) {
      const sql = new DatabaseSync(path, { timeout: 0 });
      sql.exec('PRAGMA checkpoint_fullfsync = ON');
      copying = sql.prepare('PRAGMA wal_checkpoint(PASSIVE)');
    }
    copying.get();
  } catch {
    // Whoever commits meets the same, and says so.
  }
}

async function answer({ id, question, params }: LogRequest & { kind: 'ask' }): Promise<void> {
  asked.add(id);
  const turn = async () => {
    await rest();
    if (!asked.has(id)) throw new Error('nobody waits for it any more');
  };
  let reply: LogReply;
  try {
    // The table ties each question to its parameters; TypeScript cannot follow that through a lookup.
    const work = answers()[question] as (params: unknown, turn: () => Promise<void>) => Promise<unknown>;
    reply = { id, answer: await work(params, turn) };
  } catch (error) {
    const own = isSqliteError(error) && error.errcode === SQLITE_ERROR;
    const known = own ? error : storageError(error, path);
    reply = { id, failure: failureOf(known) };
  }
  if (asked.delete(id)) parentPort?.postMessage(reply);
}

function failureOf(error: unknown): Extract<LogReply, { failure: unknown }>['failure'] {
  if (error instanceof DamagedError) return { damaged: error.reason };
  if (error instanceof UserFacingError) return { code: error.code, message: error.message };
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
