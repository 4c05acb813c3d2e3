import type { JsonObject } from '../../shared/json.ts';
import { type CostFrom, spent, type Verdict } from '../../shared/policy/index.ts';
import type { Clock } from '../base/ports.ts';
import type { Activity } from '../ledger/activity.ts';
import type { AskedCall, Completion } from '../ledger/activity-row.ts';
import { costCounters, type Scopes, type Spent } from '../ledger/counters.ts';
import { isTest } from '../ledger/grants.ts';
import type { LateWrites } from '../ledger/late-writes.ts';
import type { Limits } from '../ledger/limits.ts';
import { taskOf } from '../ledger/tasks.ts';
import type { Videos } from '../ledger/videos.ts';
import { isEnded } from '../upstream/stdio/ended.ts';

/** What a call is answered: a JSON-RPC response without its id. */
export type CallResponse = { result: JsonObject } | { error: JsonObject };

/** A call that may be forwarded: decided, reserved and in the log. `finish` must be called. */
export interface Run {
  /** The call, as the log knows it. */
  readonly callId: string;
  /** What runs: the arguments as they were judged, or as the person edited them. */
  readonly arguments: JsonObject;
  /** Where the person edited them: what the agent had sent. */
  readonly editedFrom: JsonObject | undefined;
  /**
   * Notes the end: settles the reservation, or gives it back when the upstream was not reached, and of a test call. `response`
   * is what the agent gets, for the calls that share it. Never throws; what cannot be written now is written
   * later. Only the first call counts.
   */
  finish(end: Completion & { reached: boolean; response?: CallResponse | undefined }): void;
}

/** Follows forwarded calls to their end. */
export interface Runs {
  /** `owner` holds the reservation: the call itself, or its approval. `share` hands the response to joined calls. */
  start(run: {
    asked: AskedCall;
    owner: string;
    arguments: JsonObject;
    editedFrom?: JsonObject | undefined;
    share?: (response: CallResponse) => void;
    /** Absent where what it costs is known before. */
    price?: Price | undefined;
    /** Whether its end, as its beginning, is to be on the disk. */
    flush: boolean;
  }): Run;
}

/** Where the answer says what a call costs, and the counters that count it. */
interface Price {
  from: CostFrom;
  counters: Spent['counters'];
}

/** What is to be read of the answer to a call that is judged so; `undefined`: its cost is known before. */
export function priceOf(verdict: Verdict, scopes: Scopes): Price | undefined {
  if (!('limits' in verdict) || verdict.costFrom === undefined) return undefined;
  return { from: verdict.costFrom, counters: costCounters(verdict.limits, scopes) };
}

/**
 * What a call cost that ran; `undefined`: nobody knows, since there is no answer, or none yet, and the policy does not say
 * what counts then.
 */
function costOf({ from }: Price, response: CallResponse | undefined): number | undefined {
  const result = response && 'result' in response ? response.result : undefined;
  const ended = response && 'error' in response && isEnded(response.error.data);
  const unanswered = !response || ended || (result && taskOf(result) !== undefined);
  return unanswered ? from.reserve : spent(from, result);
}

/** What a call is told that shares the answer of another, when there is none to share. */
const UNANSWERED = {
  reached:
    'Greenlight: the same call ran for this one too, but its answer was lost. It may have done its work: look before calling again.',
  unreached:
    'Greenlight: the same call was to run for this one too, but did not reach the server. Nothing ran; call again if it is still wanted.',
};

/** Ends of calls are written through `lateWrites`. */
export function createRuns(parts: {
  clock: Clock;
  lateWrites: LateWrites;
  limits: Limits;
  activity: Activity;
  videos: Videos;
}): Runs {
  const { clock, lateWrites, limits, activity, videos } = parts;
  return {
    start({ asked, owner, arguments: args, editedFrom, share, price, flush }) {
      let finished = false;
      return {
        callId: asked.id,
        arguments: args,
        editedFrom,
        finish({ reached, response, ...completion }) {
          if (finished) return;
          finished = true;
          const at = clock.now();
          const message = UNANSWERED[reached ? 'reached' : 'unreached'];
          share?.(response ?? { error: { code: -32603, message } });
          lateWrites.soon(
            () => {
              const test = isTest(asked.grantId);
              const cost = price && reached && !test ? costOf(price, response) : undefined;
              if (reached && !test) limits.settle(owner, at, price && { cost, counters: price.counters });
              else limits.release(owner);
              const taskId =
                response && 'result' in response && !test
                  ? videos.note({ asked, owner, arguments: args, cost }, response.result)
                  : undefined;
              activity.complete(asked.id, { ...completion, taskId, ...(cost !== undefined && { cost }) });
            },
            { flush },
          );
        },
      };
    },
  };
}
