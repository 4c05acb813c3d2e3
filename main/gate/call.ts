import type { JsonObject } from '../../shared/json.ts';
import type { Grant } from '../ledger/grants.ts';
import type { Refusal } from './refusal.ts';
import type { Answer, Run } from './runs.ts';

/** One `tools/call` as it arrived. */
export interface Call {
  grant: Grant;
  session: string | undefined;
  client: { name: string; version: string } | undefined;
  tool: string;
  arguments: JsonObject;
}

/** What becomes of a call. */
export type Settled =
  | { kind: 'refused'; refusal: Refusal }
  /** Hidden, or not offered by the upstream: the agent sees no difference. */
  | { kind: 'unknown tool' }
  /** Forward it now, with `run.arguments`, and say what came of it. */
  | { kind: 'run'; run: Run }
  /** Another call with the same approval runs; its answer is this call's answer too. */
  | { kind: 'shared'; answer: Promise<Answer> };

/** What the gate says of a call at once: what becomes of it, or that the person is asked. */
export type Admission = Settled | { kind: 'wait'; wait: Wait };

/** A call that waits for the person. Times in milliseconds since the epoch. */
export interface Wait {
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Never rejects. */
  readonly settled: Promise<Settled>;
  /** The client went away or cancelled. */
  leave(): void;
}

/** The upstream's definition of a tool: `unread` when its list is not known at all. */
export type ToolLookup = { inputSchema: JsonObject } | 'absent' | 'unread';
