import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, UserFacingError } from '../../shared/user-facing-error.ts';
import type { Logger } from '../base/ports.ts';
import { DamagedError } from '../database/errors.ts';
import type { createLogAnswers } from './log-answers.ts';

type Answers = ReturnType<typeof createLogAnswers>;
type Question = keyof Answers;

/** What is sent to the thread. */
export type LogRequest =
  | { kind: 'ask'; id: number; question: Question; params: unknown }
  | { kind: 'cancel'; id: number }
  | { kind: 'checkpoint' };
/** What comes back: of what went wrong, a sentence for people where it has a code, or how the database is damaged. */
export type LogReply = { id: number; answer: unknown } | { id: number; failure: LogFailure };
type LogFailure = { code: ErrorCode; message: string } | { damaged: string } | string;

/** Asks a thread of its own about the log, so that reading never keeps a call waiting. */
export interface LogReader {
  /**
   * Answers one question of log-answers.ts. Rejects with a {@link UserFacingError}: the database cannot be read (a
   * DamagedError where it is damaged), the thread came to an end, `signal` says that nobody waits any more.
   */
  ask<Q extends Question>(
    question: Q,
    params: Parameters<Answers[Q]>[0],
    signal?: AbortSignal,
  ): Promise<Awaited<ReturnType<Answers[Q]>>>;
  /** Has the thread copy what was committed from the write-ahead log into the file. Whether it does nobody is told. */
  checkpoint(): void;
  /** Ends the thread; what is asked still is refused. */
  close(): Promise<void>;
}

/** A thread that was started, and who waits for its answers. */
interface Thread {
  worker: Worker;
  waiting: Map<number, { resolve: (answer: never) => void; reject: (error: unknown) => void }>;
}

const unavailable = (what: string) => new UserFacingError('unavailable', what);

/**
 * Reads the database at `path`. The thread is started when something is asked, also after it came to an end; it
 * keeps no process alive.
 */
export function createLogReader(path: string, logger: Logger): LogReader {
  let thread: Thread | undefined;
  let last = 0;
  let closed = false;
  /** The thread came to an end by itself: it is started only for who can be told why. */
  let ended = false;

  function start(): Thread {
    // In a built host it is a .js file beside the bundle.
    const program = join(import.meta.dirname, `log-worker${extname(import.meta.filename)}`);
    const worker = new Worker(program, {
      workerData: path,
      name: 'log',
      // What was meant for the process (a script to run, a debugger's port) is not meant for it.
      execArgv: [],
      // What it reads is garbage at once: with less room for that, the process keeps some thirty megabytes less.
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    const waiting: Thread['waiting'] = new Map();
    worker.on('message', (reply: LogReply) => {
      const one = waiting.get(reply.id);
      waiting.delete(reply.id);
      if ('answer' in reply) one?.resolve(reply.answer as never);
      else one?.reject(inWords(reply.failure, path));
    });
    worker.on('error', (error) => {
      logger.error({ err: error }, 'the thread that reads the log came to an end');
    });
    worker.on('exit', () => {
      if (thread?.worker === worker) thread = undefined;
      ended = true;
      const why = closed
        ? 'Greenlight is stopping.'
        : 'Reading the log came to an unexpected end; Greenlight’s log says more. Try again.';
      for (const { reject } of waiting.values()) reject(unavailable(why));
      waiting.clear();
    });
    // After the listeners, which would hold it again.
    worker.unref();
    return { worker, waiting };
  }

  return {
    ask(question, params, signal) {
      if (closed) return Promise.reject(unavailable('Greenlight is stopping.'));
      last += 1;
      const id = last;
      thread ??= start();
      const { worker, waiting } = thread;
      return new Promise((resolve, reject) => {
        const cancel = () => {
          if (!waiting.delete(id)) return;
          worker.postMessage({ kind: 'cancel', id } satisfies LogRequest);
          reject(new UserFacingError('conflict', 'Nobody waits for this answer any more.'));
        };
        const done =
          <T>(settle: (value: T) => void) =>
          (value: T) => {
            signal?.removeEventListener('abort', cancel);
            settle(value);
          };
        waiting.set(id, { resolve: done(resolve), reject: done(reject) });
        signal?.addEventListener('abort', cancel);
        if (signal?.aborted) return cancel();
        worker.postMessage({ kind: 'ask', id, question, params } satisfies LogRequest);
      });
    },
    checkpoint() {
      if (closed || ended) return;
      thread ??= start();
      thread.worker.postMessage({ kind: 'checkpoint' } satisfies LogRequest);
    },
    async close() {
      closed = true;
      await thread?.worker.terminate();
    },
  };
}

function inWords(failure: LogFailure, path: string): Error {
  if (typeof failure === 'string') return new Error(`Reading the log failed: ${failure}`);
  return 'damaged' in failure
    ? new DamagedError(path, failure.damaged)
    : new UserFacingError(failure.code, failure.message);
}
