/**
 * What kind of failure it is, for the program that asked: the parameters are `invalid`, what they name is
 * `not_found`, it contradicts what is the case now (`conflict`), something that is needed is `unavailable`, or
 * Greenlight itself failed (`internal`).
 */
export type ErrorCode = 'invalid' | 'not_found' | 'conflict' | 'unavailable' | 'internal';

/**
 * A failure in a sentence for the person, wherever it happens: what happened and what to do, no stack, no
 * secret. It alone is shown as it is; every other error is a fault of Greenlight's own, and its words stay in
 * the log.
 */
export class UserFacingError extends Error {
  override readonly name: string = 'UserFacingError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
