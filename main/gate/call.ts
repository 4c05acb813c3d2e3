import type { Json, JsonObject } from '../../shared/json.ts';
import type { Category, StandsOut } from '../../shared/tool-category.ts';
import type { Grant } from '../ledger/grants.ts';
import type { Denial } from './denials.ts';
import type { CallResponse, Run } from './runs.ts';

/** One `tools/call` as it arrived. */
export interface Call {
  /** The server that it is for. */
  server: string;
  grant: Grant;
  session: string | undefined;
  client: { name: string; version: string } | undefined;
  tool: string;
  arguments: JsonObject;
  /** What else is sent and may mean something to the server: `inputResponses`, `task`, parts of `_meta`. */
  also: JsonObject;
  /** What the client says that it can do with the answer, where it says so with the call. */
  capabilities: Json | undefined;
}

/** What becomes of a call. */
export type Admission =
  | { kind: 'denied'; denial: Denial }
  /** Hidden, or not offered by the upstream: the agent sees no difference. */
  | { kind: 'unknown tool' }
  /** Forward it now, with `run.arguments`, and say what came of it. */
  | { kind: 'run'; run: Run }
  /** Another call with the same approval runs; what it is answered is this call's answer too. */
  | { kind: 'shared'; response: Promise<CallResponse> };

/** A call that waits for the person. Times in milliseconds since the epoch. */
export interface Wait {
  /** When the question ends that it waits for now: another one, once it was judged anew. */
  readonly expiresAt: number;
  /** Never rejects. */
  readonly settled: Promise<Admission>;
  /** The client went away or cancelled. */
  leave(): void;
}

/**
 * The server's definition of a tool: `unread` when its list is not known at all. `change`: the person has not
 * accepted it as it is; absent `before`: it is new.
 */
export type ToolLookup =
  | {
      inputSchema: JsonObject;
      /** What it does, by its definition or the person's word. */
      category: Category;
      because: string;
      /** Whether the person chose the category. */
      corrected?: boolean;
      standsOut: readonly StandsOut[];
      change?: { before?: object | undefined; after: object; seenAt: number; unread?: true } | undefined;
    }
  | 'absent'
  | 'unread';
