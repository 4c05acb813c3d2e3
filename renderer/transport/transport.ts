import {
  type EventName,
  type Events,
  events,
  type MethodName,
  methods,
  type Params,
  type Result,
} from '../../shared/contract.ts';
import type { ErrorCode } from '../../shared/user-facing-error.ts';

/** One event as it arrives. */
export type TransportEvent = { [E in EventName]: { name: E; data: Events[E] } }[EventName];

/**
 * How the way to Greenlight is. `connecting`: not known yet. `offline`: it does not answer; the transport
 * tries again by itself. `unauthorized`: it refuses this page's key; only a new key helps.
 */
export type TransportStatus = 'connecting' | 'online' | 'offline' | 'unauthorized';

/** The one way from the window to Greenlight; the browser host carries it over HTTP, the desktop host over IPC. */
export interface Transport {
  /**
   * Asks Greenlight. Rejects with {@link CallError}, also once `signal` says that nobody waits any more: what only
   * reads is then not read to its end.
   */
  call<M extends MethodName>(method: M, params: Params<M>, signal?: AbortSignal): Promise<Result<M>>;
  /** Hands every later event to `listener`; the returned function ends that. */
  subscribe(listener: (event: TransportEvent) => void): () => void;
  readonly status: TransportStatus;
  /**
   * Calls `listener` on each change of the status. `online` means that events arrive from now on: what was
   * loaded before may have missed some.
   */
  onStatus(listener: (status: TransportStatus) => void): () => void;
  /** Ends the connection for good. */
  close(): void;
}

/** Why a call failed, in words for the person: what happened and what to do. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: ErrorCode | 'offline' | 'unauthorized';

  constructor(code: CallError['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

const CODES = ['invalid', 'not_found', 'conflict', 'unavailable', 'internal'] as const;

/** The code of a failed method; one that a newer Greenlight knows is an internal error here. */
export function errorCode(code: string): (typeof CODES)[number] {
  return CODES.find((known) => known === code) ?? 'internal';
}

/** Whether `name` is an event of the contract; others come from a newer Greenlight and are passed over. */
export function isEventName(name: string): name is EventName {
  return Object.hasOwn(events, name);
}

/**
 * Checks an answer against the contract and returns it as it was received. The checked copy that zod makes
 * is not used: it lacks members called `__proto__`, and the person must see every argument.
 *
 * @throws {CallError} when the answer is not what the contract says
 */
export function checkResult<M extends MethodName>(method: M, answer: unknown): Result<M> {
  const checked = methods[method].result.safeParse(answer);
  if (!checked.success) {
    throw new CallError(
      'internal',
      `Greenlight's answer to ${method} could not be understood. Reload this page; if that does not help, restart Greenlight.`,
      { cause: checked.error },
    );
  }
  return answer as Result<M>;
}

/**
 * Checks an event's data against the contract and returns it as it was received.
 *
 * @throws {CallError} when the data is not what the contract says
 */
export function checkEvent(name: EventName, data: unknown): TransportEvent {
  const checked = events[name].safeParse(data);
  if (!checked.success) {
    throw new CallError('internal', `The event ${name} could not be understood.`, { cause: checked.error });
  }
  return { name, data } as TransportEvent;
}
