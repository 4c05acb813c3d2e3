import { useSyncExternalStore } from 'react';
import { hostNow } from '../text/clock.ts';

const listeners = new Set<() => void>();
let now = hostNow();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // One timer for the page, however many components count down: there may be hundreds.
  timer ??= setInterval(() => {
    now = hostNow();
    for (const each of listeners) each();
  }, 1000);
  if (listeners.size === 1) now = hostNow();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The host's time in milliseconds since the epoch; the component renders again every second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}
