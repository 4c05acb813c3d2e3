import type { JsonObject } from '../../shared/json.ts';
import type { Activity, AskedCall, Completion } from '../ledger/activity.ts';
import type { Unwritten } from '../ledger/late-writes.ts';
import type { Limits } from '../ledger/limits.ts';
import type { Videos } from '../ledger/videos.ts';

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
}

/** What a call is told that shares the answer of another, when there is none to share. */
const UNANSWERED = {
  reached:
    'Greenlight: the same call ran for this one too, but its answer was lost. It may have done its work: look before calling again.',
  unreached:
    'Greenlight: the same call was to run for this one too, but did not reach the server. Nothing ran; call again if it is still wanted.',
};

/** Follows forwarded calls to their end. `onEnd` is told a call's id once its end is written. */
export function createRuns(parts: {
  unwritten: Unwritten;
  limits: Limits;
  activity: Activity;
  videos: Videos;
  onEnd: (callId: string) => void;
}): Runs {
  const { unwritten, limits, activity, videos } = parts;
  let open = 0;

  return {
    start({ asked, owner, arguments: args, editedFrom, share }) {
      open += 1;
      let finished = false;
      return {
        arguments: args,
        editedFrom,
        finish({ reached, answer, ...completion }) {
          if (finished) return;
          finished = true;
          open -= 1;
          const message = UNANSWERED[reached ? 'reached' : 'unreached'];
          share?.(answer ?? { error: { code: -32603, message } });
          // While others run, their ends are near: writing them together is cheaper by far.
          const write = open > 0 ? unwritten.soon : unwritten.write;
          write(
            () => {
              if (reached) limits.settle(owner);
              else limits.release(owner);
              const taskId =
                answer && 'result' in answer
                  ? videos.note({ asked, owner, arguments: args }, answer.result)
                  : undefined;
              activity.complete(asked.id, { ...completion, taskId });
            },
            () => parts.onEnd(asked.id),
          );
        },
      };
    },
  };
}
