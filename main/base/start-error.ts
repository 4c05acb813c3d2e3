import { UserFacingError } from '../../shared/user-facing-error.ts';

/**
 * What keeps Greenlight from starting, where each host has a remedy of its own: a port that is taken, a data directory
 * that cannot be used or that another Greenlight uses, a keyring that is not there.
 */
type Obstacle = 'port' | 'directory' | 'in use' | 'keyring';

/** What a host has against each obstacle, in a sentence of its own. */
export type Remedies = Record<Obstacle, string>;

/** Greenlight cannot start. `message` says what happened and what helps in any host. */
export class StartError extends UserFacingError {
  override readonly name = 'StartError';
  readonly obstacle: Obstacle;

  constructor(obstacle: Obstacle, message: string, options?: { cause?: unknown }) {
    super('unavailable', message, options);
    this.obstacle = obstacle;
  }
}

/** What to tell the person of `error`, with what the host has against it. */
export function whyNotStarted(error: unknown, remedies: Remedies): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof StartError ? `${message} ${remedies[error.obstacle]}` : message;
}

/** A reason, in whatever words, as a sentence. */
export function asSentence(reason: string): string {
  const text = reason.trim();
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
