import { useSyncExternalStore } from 'react';

const WIDE = '(min-width: 64rem)';

/** Whether the window has room for a list and, beside it, what is opened. */
export function useWide(): boolean {
  return useSyncExternalStore(onChange, () => matchMedia(WIDE).matches);
}

function onChange(listener: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}
