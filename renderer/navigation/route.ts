import { useSyncExternalStore } from 'react';

/** The pages, in the order of the sidebar. */
export const PAGES = [
  'approvals',
  'videos',
  'policies',
  'clients',
  'servers',
  'activity',
  'settings',
] as const;
export type PageId = (typeof PAGES)[number];

/** A place in the window: a page, and what of it (`#/policies/default/history`). */
export interface Route {
  /** `welcome` is the first run. */
  page: PageId | 'welcome';
  /** What comes after the page's name. */
  path: readonly string[];
}

/** What a page gets: `path` is what stands after its name in the address. */
export interface PageProps {
  path: readonly string[];
}

/** The place that `hash` names; undefined when it names none. */
export function parseRoute(hash: string): Route | undefined {
  const [start, page, ...path] = hash.replace(/^#/, '').split('/');
  const known = [...PAGES, 'welcome' as const].find((each) => each === page);
  if (start !== '' || known === undefined) return undefined;
  return { page: known, path: path.filter((part) => part !== '').map(decoded) };
}

/** The address of a place, for a link: `href('policies', id)`. */
export function href(page: Route['page'], ...path: string[]): string {
  return `#/${[page, ...path.map(encodeURIComponent)].join('/')}`;
}

/** Goes to a place. `replace`: without a step back to this one. */
export function navigate(to: string, { replace = false } = {}): void {
  if (replace) location.replace(to);
  else location.hash = to;
}

/** Where the window is; undefined when the address does not say. */
export function useRoute(): Route | undefined {
  const hash = useSyncExternalStore(onHashChange, () => location.hash);
  return parseRoute(hash);
}

function onHashChange(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
