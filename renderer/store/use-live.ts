import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Transport } from '../transport/transport.ts';
import type { Live, LiveStore } from './live-store.ts';
import type { Loaded } from './snapshot.ts';

/** The store of this window; {@link useLive} and {@link useTransport} read it. */
export const LiveContext = createContext<LiveStore | undefined>(undefined);

/** What Greenlight last said; the component renders again on each change. */
export function useLive(): Live {
  const store = useStore();
  return useSyncExternalStore(store.subscribe, store.get);
}

/** State, settings and approvals, inside a page: pages are shown only once these are known. */
export function useLoaded(): Loaded {
  const { loaded } = useLive();
  if (loaded === undefined) throw new Error('This component must be inside a page.');
  return loaded;
}

/** The way to Greenlight, for calls. */
export function useTransport(): Transport {
  return useStore().transport;
}

/** The store itself, where everything has to be loaded again. */
export function useStore(): LiveStore {
  const store = useContext(LiveContext);
  if (store === undefined) throw new Error('This component must be inside <LiveContext>.');
  return store;
}
