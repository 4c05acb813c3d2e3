import type { JsonObject } from '../../shared/json.ts';
import type { Database } from '../database/database.ts';
import type { Clock, Logger } from '../ports.ts';
import type { Activity, AskedCall, Completion } from './activity.ts';
import type { Limits } from './limits.ts';
import type { Videos } from './videos.ts';

/** A JSON-RPC answer without its id. */
export type Answer = { result: JsonObject } | { error: JsonObject };

/** A call that may be forwarded: decided, reserved and in the log. `finish` must be called. */
export interface Run {
  /** What runs: the arguments as they were judged, or as the person edited them. */
  readonly arguments: JsonObject;
  /** Where the person edited them: what the agent had sent. */
  readonly editedFrom: JsonObject | undefined;
  /**
   * Notes the end: settles the reservation, or gives it back when the upstream was not reached. `answer` is
   * what the agent gets, for the calls that share it. Never throws; what cannot be written now is written
   * later. Only the first call counts.
   */
  finish(end: Completion & { reached: boolean; answer?: Answer | undefined }): void;
}

export interface Runs {
  /** `owner` holds the reservation: the call itself, or its approval. `share` hands the answer to joined calls. */
  start(run: {
    asked: AskedCall;
    owner: string;
    arguments: JsonObject;
    editedFrom?: JsonObject | undefined;
    share?: (answer: Answer) => void;
  }): Run;
  /** Why ends of calls cannot be written at the moment, if they cannot. */
  trouble(): string | undefined;
  /** One last try to write what is not written. */
  stop(): void;
}

/** How often an end that could not be written is tried again (ms). */
const REWRITE_EVERY = 2_000;

/** Follows forwarded calls to their end. `onEnd` is told a call's id once its end is written. */
export function createRuns(parts: {
  database: Database;
  clock: Clock;
  logger: Logger;
  limits: Limits;
  activity: Activity;
  videos: Videos;
  onEnd: (callId: string) => void;
}): Runs {
  const { database, clock, logger, limits, activity, videos } = parts;
  /** Ends that are not written yet, in order. */
  const unwritten: (() => void)[] = [];
  let trouble: string | undefined;
  let cancelRetry = () => {};
  let stopped = false;

  function flush(): void {
    cancelRetry();
    for (let write = unwritten[0]; write; write = unwritten[0]) {
      try {
        write();
        unwritten.shift();
        trouble = undefined;
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
        logger.error(
          { unwritten: unwritten.length, reason: trouble },
          'the end of a call could not be written yet',
        );
        if (!stopped) cancelRetry = clock.after(REWRITE_EVERY, flush);
        return;
      }
    }
  }

  return {
    start({ asked, owner, arguments: args, editedFrom, share }) {
      let finished = false;
      return {
        arguments: args,
        editedFrom,
        finish({ reached, answer, ...completion }) {
          if (finished) return;
          finished = true;
          share?.(
            answer ?? {
              error: { code: -32603, message: 'Greenlight: the call that ran ended without an answer.' },
            },
          );
          unwritten.push(() => {
            database.transaction(() => {
              if (reached) limits.settle(owner);
              else limits.release(owner);
              const taskId =
                answer && 'result' in answer
                  ? videos.note({ asked, owner, arguments: args }, answer.result)
                  : undefined;
              activity.complete(asked.id, { ...completion, taskId });
            });
            parts.onEnd(asked.id);
          });
          flush();
        },
      };
    },
    trouble: () => trouble,
    stop() {
      stopped = true;
      flush();
    },
  };
}
