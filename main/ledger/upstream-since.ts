import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../shared/json.ts';
import { LUMA } from '../../shared/server-id.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import type { Clock } from '../base/ports.ts';
import type { Accepted } from './accepted.ts';

/** Since when calls go to the upstream of now: what an earlier one answered says nothing of it. */
export interface UpstreamSince {
  /** No call at this instant (ms) or later went to another upstream. */
  get(): number;
  /** Since when (ms) there is a server of that name: what is known from before is of another one. */
  added(): number;
  /** Writes that from now on calls go to `upstream`. Throws StorageError. */
  keep(upstream: UpstreamSettings): void;
  /** Calls go there from now on. */
  use(): void;
}

/** What is kept of a server. `added` is absent where it was there before that was kept. */
interface Kept {
  upstream: Json;
  since: number;
  added?: number;
}

/** The name under which it is kept, with the upstream itself: it may become another while Greenlight is stopped. */
function nameOf(server: string): string {
  return server === LUMA ? 'upstream' : `upstream ${server}`;
}

/** Whether calls to `server` went to `upstream` last; `undefined`: nobody knows, or it was removed since. */
export function wasUpstreamOf(
  server: string,
  upstream: UpstreamSettings,
  accepted: Accepted,
): boolean | undefined {
  const known = accepted.get(nameOf(server)) as unknown as Kept | undefined;
  return known && isDeepStrictEqual(known.upstream, asJson(upstream));
}

/** Forgets the upstream of `server`, which is none any more. Throws StorageError. */
export function forgetUpstreamOf(server: string, accepted: Accepted): void {
  accepted.delete(nameOf(server));
}

/**
 * That of `server`, kept in `accepted`; since now where it was another that calls went to last, and where the server is
 * `fresh`: another may have been called so before.
 */
export function createUpstreamSince(
  accepted: Accepted,
  clock: Clock,
  { server, upstream, fresh }: { server: string; upstream: UpstreamSettings; fresh: boolean },
): UpstreamSince {
  const name = nameOf(server);
  const known = accepted.get(name) as unknown as Kept | undefined;
  /** In this very millisecond a call may have gone to the other one. */
  const next = () => clock.now() + 1;
  const added = fresh ? clock.now() : known?.added;
  let since = known?.since ?? 0;
  // Before it was kept, no other is known of.
  if (fresh) since = set(upstream, next());
  else if (known === undefined) since = set(upstream, 0);
  else if (wasUpstreamOf(server, upstream, accepted) === false) since = set(upstream, clock.now());

  function set(to: UpstreamSettings, at: number): number {
    accepted.set(name, { upstream: asJson(to), since: at, ...(added !== undefined && { added }) });
    return at;
  }

  return {
    get: () => since,
    added: () => added ?? 0,
    keep: (to) => void set(to, next()),
    use() {
      since = next();
    },
  };
}

/** As it is read again: a member without a value is none. */
function asJson(upstream: UpstreamSettings): Json {
  return JSON.parse(JSON.stringify(upstream)) as Json;
}
