import type { Logger } from './ports.ts';

/** Who wants to be told of one kind of news; `L` is what a listener looks like. */
export interface Listeners<L extends (...news: never[]) => unknown> {
  /** Tells `listener` everything from now on, until the returned function is called. */
  add(listener: L): () => void;
  /**
   * Tells all of them, in the order in which they came. Never throws: one that fails is logged, and disturbs
   * neither the others nor what brought the news.
   */
  tell(...news: Parameters<L>): void;
  /** How many there are. */
  readonly size: number;
}

/** Keeps listeners; what one of them does wrong is said to `logger`. */
export function createListeners<L extends (...news: never[]) => unknown>(logger: Logger): Listeners<L> {
  // One entry for each registration: the same function may be registered twice, and each can be ended.
  const entries = new Set<{ listener: L }>();
  const failed = (error: unknown) => logger.error({ err: error }, 'a listener failed');

  return {
    add(listener) {
      const entry = { listener };
      entries.add(entry);
      return () => void entries.delete(entry);
    },
    tell(...news) {
      for (const entry of [...entries]) {
        // One that was told before may have ended it.
        if (!entries.has(entry)) continue;
        try {
          const result = entry.listener(...news);
          if (result instanceof Promise) result.catch(failed);
        } catch (error) {
          failed(error);
        }
      }
    },
    get size() {
      return entries.size;
    },
  };
}
