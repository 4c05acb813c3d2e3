import { onTestFinished } from 'vitest';

/** Counts turns of the event loop from now on, until the test ends: the function says how many there were. */
export function countTurns(): () => number {
  let turns = 0;
  let counting = true;
  const count = () => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  onTestFinished(() => {
    counting = false;
  });
  count();
  return () => turns;
}
