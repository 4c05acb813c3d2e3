/** What was done, each with how to take it back, for where something after it fails. */
import type { Logger } from './ports.ts';

/** One step back. */
export type TakeBack = () => void | Promise<void>;

/**
 * Takes `steps` back, the last first: every one, whether or not those before it could be. Never throws: what is to be
 * told is why they are taken back at all.
 */
export async function takeAllBack(steps: readonly TakeBack[], logger: Logger): Promise<void> {
  for (const step of steps.toReversed()) {
    try {
      await step();
    } catch (error) {
      notTaken(error, logger);
    }
  }
}

/** {@link takeAllBack} at once, for steps that are done when they return. */
export function takeAllBackNow(steps: readonly (() => void)[], logger: Logger): void {
  for (const step of steps.toReversed()) {
    try {
      step();
    } catch (error) {
      notTaken(error, logger);
    }
  }
}

function notTaken(error: unknown, logger: Logger): void {
  logger.error({ err: error }, 'what was done could not be taken back');
}
