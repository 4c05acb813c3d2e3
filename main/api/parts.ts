import type { Events, MethodName, ParsedParams, Result, State } from '../../shared/contract.ts';
import type { Outside } from '../base/outside.ts';
import type { Connect } from '../connect/connect.ts';
import type { Greenlight } from '../greenlight.ts';
import type { ActivityReader } from '../ledger/activity-reader.ts';
import type { Views } from './views.ts';

/** What the handlers work with. */
export interface ApiParts {
  core: Greenlight;
  log: ActivityReader;
  views: Views;
  connect: Connect;
  /** All that other programs can change. */
  outside: Outside;
  state: () => State;
  /** Tells every open window that something is to be asked for again. */
  changed: (what: Events['changed']['what']) => void;
}

/** Methods with checked parameters; what they return is checked against the contract by its type. */
export type Handlers = {
  [M in MethodName]: (params: ParsedParams<M>) => Result<M> | Promise<Result<M>>;
};
