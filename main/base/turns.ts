/** Bytes, or characters, past which a message is large: each step over it has a turn of the event loop for itself. */
export const LARGE = 64 * 1024;

let last = Promise.resolve();

/** Resolves in a turn of the event loop that no other large message has, so that small ones are served in between. */
export function ownTurn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
  return last;
}

/** Does `step`, which returns the characters that it had to do with, for each of `items`; what is much, in many turns. */
export async function inTurns<T>(items: Iterable<T>, step: (item: T) => number): Promise<void> {
  let done = 0;
  for (const item of items) {
    done += step(item);
    if (done <= LARGE) continue;
    await ownTurn();
    done = 0;
  }
}
