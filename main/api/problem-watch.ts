import { isDeepStrictEqual } from 'node:util';
import type { Clock, Logger } from '../base/ports.ts';

/** How often it is looked what is wrong (ms): as often as what could not be written is tried again. */
const LOOK_EVERY = 2_000;

/**
 * Tells `changed` when what `look` finds wrong is another than before: problems come and go in many places, and none
 * of them must be forgotten. `start` begins with what is so then and goes on until the function that it returns is called.
 */
export function watchProblems(parts: {
  clock: Clock;
  logger: Logger;
  look: () => unknown;
  changed: () => void;
}): { start: () => () => void } {
  const { clock, logger, look, changed } = parts;
  return {
    start() {
      let known = look();
      let cancel = clock.after(LOOK_EVERY, again);
      function again(): void {
        cancel = clock.after(LOOK_EVERY, again);
        try {
          const found = look();
          if (isDeepStrictEqual(found, known)) return;
          known = found;
          changed();
        } catch (error) {
          logger.error({ err: error }, 'what is wrong could not be looked at');
        }
      }
      return () => cancel();
    },
  };
}
