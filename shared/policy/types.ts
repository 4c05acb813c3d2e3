import type { JsonObject } from '../json.ts';
import type { Category } from '../tool-category/category.ts';

/** What the tray toggles. */
export type GuardMode = 'policy' | 'ask' | 'allow' | 'block';

/** One thing that is wrong with a policy. */
export interface PolicyError {
  /** JSON Pointer (RFC 6901) into the document; empty for the document itself. */
  pointer: string;
  /** What is wrong and how to mend it. */
  message: string;
}

/** One call, as far as a policy judges it. */
export interface PolicyCall {
  tool: string;
  arguments: JsonObject;
  /** What is sent beside the arguments (`inputResponses`, `task`, ...); absent or empty where nothing is. */
  also?: JsonObject | undefined;
  /**
   * The tool's own schema; `undefined` when the upstream's tool list is not known. Compiled once per
   * object: hand in the same object for the same schema, and do not change it afterwards.
   */
  inputSchema: JsonObject | undefined;
  guard: GuardMode;
  /** What the tool does; absent: nobody knows, as while the server's tool list is not known. */
  category?: Category | undefined;
  /** When it is judged: minutes since Monday, 00:00, by the clock and zone of the machine (`minuteOfWeek`). */
  minuteOfWeek: number;
}

/**
 * What one limit asks of a call. Whoever reserves must reserve all of a call's demands, or none. Two
 * demands of one call may share counter and scope (two windows, or `all_tools` and the tool): each is
 * checked against its own window and max, but the call is then counted once, by the largest amount.
 */
export interface LimitDemand {
  /** JSON Pointer of the limit. */
  rule: string;
  counter: string;
  scope: 'grant' | 'session' | 'all' | 'everywhere';
  windowMs: number;
  max: number;
  /**
   * Greater than 0: a limit that this call does not count against is not demanded. 0: what it counts is known once it
   * has run; there must be room for something.
   */
  amount: number;
  /** What it counts; absent: calls. */
  counts?: 'calls' | 'cost' | 'argument';
  /** The policy's own words for the agent when the limit is reached. */
  onDeny?: string;
  /** The person is asked when the limit is reached, and may go past it; absent: the call is denied. */
  whenReached?: 'ask';
}

/**
 * `path`: in the structured content of the answer. `reserve`: what counts until then, and where it does not say; absent:
 * nothing, and where there is no answer, everything.
 */
export interface CostFrom {
  path: readonly string[];
  reserve?: number | undefined;
}

/** What the policy says of a call. `rule` is a JSON Pointer into the policy, or a word in brackets. */
export type Verdict =
  /** `unread`: nobody knows yet what the tool takes; `byTime`: it depends on the hour alone. Other arguments would not help. */
  | { outcome: 'deny'; rule: string; message: string; unread?: true; byTime?: true }
  | { outcome: 'hidden'; rule: '(hidden)'; message: string }
  | {
      outcome: 'allow' | 'ask';
      /** Empty when the policy simply allows. */
      rule: string;
      /** For `ask`: what is waited for. Empty for `allow`. */
      message: string;
      limits: LimitDemand[];
      /** Cost of the call in the person's unit, where the policy lists one. */
      cost: number | undefined;
      /** Where its answer says the cost, which nobody knows before. */
      costFrom?: CostFrom;
      /** How long an approval waits, in milliseconds. */
      timeoutMs: number;
      /** The arguments whose patterns in the tool's schema could not be checked; absent: all was. */
      unchecked?: readonly string[];
    };
