/** The thread that reads the log beside the one that judges calls. It is started, asked and ended by log-reader.ts. */
import { DatabaseSync } from 'node:sqlite';
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
  else void answer(request);
});

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
