import type { Json, JsonObject } from '../../shared/json.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Credentials } from './credentials.ts';

/**
 * The MCP server behind the proxy, seen as what the proxy needs of it: one HTTP-shaped request in, one
 * HTTP-shaped answer out. The hosted server, the sandbox and a stdio child all look like this, so that
 * streams, sessions and correlation stay what the client made them.
 */
export interface UpstreamRequest {
  method: 'POST' | 'GET' | 'DELETE';
  /** Lower-case names. Only what the proxy chose to forward; never the client's own credentials. */
  headers: Record<string, string>;
  /** The JSON-RPC message as text; only with POST. */
  body?: string;
  /** That message, where `body` was written from it with `JSON.stringify`. */
  message?: Json;
  /**
   * What the session that `headers` name was opened with, the parameters of `initialize`, where this client opened it:
   * asked by an upstream that does not have that session any more, and can open it again.
   */
  openedWith?: () => JsonObject | undefined;
  /** Aborted when the client goes away or cancels. */
  signal: AbortSignal;
}

/** The upstream's answer. `body` is read at most once; leaving it early must be followed by aborting the signal. */
export interface UpstreamAnswer {
  status: number;
  /** A header's value by its lower-case name. */
  header(name: string): string | undefined;
  body: AsyncIterable<Uint8Array>;
  /** `text` without the credentials that were sent, for what is shown of an error. */
  redact?: (text: string) => string;
  /**
   * Takes all of the body instead of reading it: its text and what that is, where the upstream has parsed it already,
   * with every digit of its numbers and within the bounds of one message.
   */
  whole?: () => { text: string; message: Json };
}

export interface Upstream {
  readonly kind: 'sandbox' | 'http' | 'stdio';
  /**
   * What it writes, where it cannot answer yet: a program that is being fetched, perhaps. Then it is worth waiting for.
   * Empty: it says nothing, so it may as well hang.
   */
  starting?(): string | undefined;
  /** Who it is asked as, where the person signed in. */
  readonly credentials?: Credentials | undefined;
  /** It is asked without any token: there is none to be refused. */
  readonly withoutToken?: boolean;
  /** Sends one request. Rejects with {@link UpstreamError} when there is no HTTP answer at all. */
  send(request: UpstreamRequest): Promise<UpstreamAnswer>;
  /** Ends connections and child processes. */
  close(): Promise<void>;
}

/** Why no answer came. `message` is for people and agents: no credentials, no stack. */
export class UpstreamError extends UserFacingError {
  override readonly name = 'UpstreamError';
  /**
   * Whether the request may have been received by the upstream: a call that was received counts
   * against its limits, one that was not gives its reservation back.
   */
  readonly reached: boolean;
  /** Whether it is about this client's session, or how many there are: of the upstream it says nothing. */
  readonly ofSession: boolean;
  /** Whether Greenlight has nothing to show who it is with, so that it did not ask. */
  readonly unauthorized: boolean;

  constructor(
    message: string,
    options: { reached: boolean; ofSession?: boolean; unauthorized?: boolean; cause?: unknown },
  ) {
    super('unavailable', message, { cause: options.cause });
    this.reached = options.reached;
    this.ofSession = options.ofSession ?? false;
    this.unauthorized = options.unauthorized ?? false;
  }
}
