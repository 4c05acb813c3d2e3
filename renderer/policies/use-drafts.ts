import { useSyncExternalStore } from 'react';
import { type Draft, type DraftStorage, Drafts } from './drafts.ts';

/** The drafts of this window: they outlive the page. */
export const drafts = new Drafts(browserStorage());

/** All drafts, live. */
export function useDrafts(): readonly Draft[] {
  return useSyncExternalStore(drafts.subscribe, drafts.all);
}

/** The browser's storage, or, where it is forbidden, one that keeps nothing. */
function browserStorage(): DraftStorage {
  try {
    return localStorage;
  } catch {
    return { getItem: () => null, setItem: () => undefined };
  }
}
