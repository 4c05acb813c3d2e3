import { constants } from 'node:os';

/**
 * Loads a module and takes away the signal handlers that it comes with. `conf`, and so `electron-store`,
 * brings `when-exit`, which ends the process at a signal where nobody else listens to it, and repeats the
 * signal where somebody does; Greenlight ends by itself, in order.
 *
 * To be used with `import()`: a static import runs before anything could look. Whoever else listens to
 * signals begins before `load` is called, or after it is done.
 */
export async function withoutSignalHandlers<T>(load: () => Promise<T>): Promise<T> {
  const before = new Set(signalHandlers().map(({ handler }) => handler));
  try {
    return await load();
  } finally {
    // The newest first: `removeListener` takes the newest that calls the same function.
    for (const { signal, handler } of signalHandlers().reverse()) {
      if (!before.has(handler)) process.removeListener(signal, handler);
    }
  }
}

/** What listens to signals in this process; a listener for one time is in its wrapper, which is its own. */
function signalHandlers(): { signal: string; handler: () => void }[] {
  return Object.keys(constants.signals).flatMap((signal) =>
    process.rawListeners(signal).map((handler) => ({ signal, handler: handler as () => void })),
  );
}
