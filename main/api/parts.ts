import type { Events, MethodName, ParsedParams, Result, State } from '../../shared/contract.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Outside } from '../base/outside.ts';
import type { Time } from '../base/ports.ts';
import type { Connect } from '../connect/connect.ts';
import type { Greenlight } from '../greenlight.ts';
import type { Views } from './views.ts';

/** What the handlers work with. */
export interface ApiParts {
  core: Greenlight;
  views: Views;
  connect: Connect;
  /** All that other programs can change. */
  outside: Outside;
  state: () => State;
  /** Tells every open window that something is to be asked for again. */
  changed: (what: Events['changed']['what']) => void;
}

/** What only the desktop host can tell. */
export interface DesktopPart {
  state(): NonNullable<State['desktop']>;
  /** Calls `listener` when that has changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/** Refuses an end (ISO time) that is over by the wall clock. */
export function refusePast(until: string, time: Time): void {
  if (Date.parse(until) > time.toWall(time.now())) return;
  throw new UserFacingError('invalid', `The time ${until} is over already. Give one that is still to come.`);
}

/** Methods with checked parameters; what they return is checked against the contract by its type. `signal` says that nobody waits any more. */
export type Handlers = {
  [M in MethodName]: (params: ParsedParams<M>, signal?: AbortSignal) => Result<M> | Promise<Result<M>>;
};
