/** Bytes, or characters, past which a message is large: each step over it has a turn of the event loop for itself. */
export const LARGE = 64 * 1024;

let last = Promise.resolve();

/** Resolves in a turn of the event loop that no other large message has, so that small ones are served in between. */
export function ownTurn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
  return last;
}
