import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Json, JsonObject } from '../../shared/json.ts';
import type { Grant } from '../ledger/grants.ts';
import type { Session } from '../ledger/sessions.ts';
import type { Upstream, UpstreamAnswer } from '../upstream/upstream.ts';
import type { Accepted } from './accept.ts';
import type { Fault } from './faults.ts';
import type { Message, RequestId } from './messages.ts';
import type { Relayed } from './relay.ts';
import type { Reply } from './reply.ts';

/** A request that passed the door. */
export interface Admitted {
  req: IncomingMessage;
  res: ServerResponse;
  grant: Grant;
}

/** One request on its way: who sends it, in which session, to which upstream, and when its client is gone. */
export interface Passage extends Admitted {
  session: { id: string; known: Session } | undefined;
  /** The one that was in use when the request came: what was judged for one must not run at another. */
  upstream: Upstream;
  reply: Reply;
  /** In which forms the client takes the answer. */
  accepted: Accepted;
  /** Aborted when the client goes away, or, with a fault as the reason, when it is revoked or Greenlight stops. */
  gone: AbortSignal;
}

/** Sends one message upstream and hands back what comes; used for calls and for everything else. */
export type Forward = (
  passage: Passage,
  /** `paramHeaders`: the `Mcp-Param-*` that go along. */
  request: { body: JsonObject; paramHeaders?: Record<string, string> | undefined },
  options: {
    id?: RequestId | undefined;
    /** Looks at, and may change, each message of the answer. */
    transform?: (message: Json) => Json;
    /** Whether a tool list is asked for, and nothing else is made of the answer than what its shape says. */
    lists?: boolean;
    /** Told of the answer before any of it goes to the client. */
    onAnswer?: (answer: UpstreamAnswer) => void;
  },
) => Promise<Relayed & { reached: boolean }>;

/** What the door hands its requests to. */
export interface Exchange {
  post(request: Admitted, message: Message): Promise<void>;
  get(request: Admitted): Promise<void>;
  delete(request: Admitted): Promise<void>;
  /** Ends what is under way upstream; each client is told why. */
  close(why: Fault): void;
}
