import {
  ApiError,
  type Events,
  type MethodName,
  type ParsedParams,
  type Result,
  type State,
} from '../../shared/contract.ts';
import type { Connect } from '../connect/connect.ts';
import type { Greenlight } from '../greenlight.ts';
import type { ActivityLog } from '../ledger/activity-reader.ts';

/** What the handlers work with. */
export interface ApiParts {
  core: Greenlight;
  log: ActivityLog;
  connect: Connect;
  state: () => State;
  /** Tells every open window that something is to be asked for again. */
  changed: (what: Events['changed']['what']) => void;
}

/** Methods with checked parameters; what they return is checked against the contract by its type. */
export type Handlers = {
  [M in MethodName]: (params: ParsedParams<M>) => Result<M> | Promise<Result<M>>;
};

/**
 * Carries out `work` of a part whose errors are sentences for the person (settings, secrets, policy files),
 * and hands such a sentence on. Errors of other kinds pass as they are: their words are not for people.
 */
export async function told<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isSentence = error instanceof Error && error.constructor === Error && !('code' in error);
    throw isSentence ? new ApiError('unavailable', error.message) : error;
  }
}
