import { type ErrorCode, UserFacingError } from '../../shared/user-facing-error.ts';

/** How a command ends, for scripts. */
export const EXIT = {
  fine: 0,
  /** Something is wrong, or could not be done. */
  wrong: 1,
  /** The command line was not understood, or asks for what there is not. */
  misused: 2,
  /** What was asked takes a running Greenlight. */
  notRunning: 3,
} as const;

/** A command that ends with an exit code of its own. */
export class CommandError extends UserFacingError {
  override readonly name = 'CommandError';
  readonly exit: number;

  constructor(exit: number, message: string, options?: { cause?: unknown }) {
    super(exit === EXIT.misused ? 'invalid' : 'unavailable', message, options);
    this.exit = exit;
  }
}

/** What a command ends with because of `error`. */
export function exitOf(error: unknown): number {
  if (error instanceof CommandError) return error.exit;
  return error instanceof UserFacingError && error.code === ('invalid' satisfies ErrorCode)
    ? EXIT.misused
    : EXIT.wrong;
}
