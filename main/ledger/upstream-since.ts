import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../shared/json.ts';
import type { UpstreamSettings } from '../../shared/settings.ts';
import type { Clock } from '../base/ports.ts';
import type { Accepted } from './accepted.ts';

/** Since when calls go to the upstream of now: what an earlier one answered says nothing of it. */
export interface UpstreamSince {
  /** No call at this instant (ms) or later went to another upstream. */
  get(): number;
  /** From now on calls go to `upstream`. Throws StorageError; all stays as it was then. */
  use(upstream: UpstreamSettings): void;
}

/** The name under which it is kept, with the upstream itself: it may become another while Greenlight is stopped. */
const NAME = 'upstream';

/** Kept in `accepted`; since now where it was another that calls went to last. */
export function createUpstreamSince(
  accepted: Accepted,
  clock: Clock,
  upstream: UpstreamSettings,
): UpstreamSince {
  const known = accepted.get(NAME) as { upstream: Json; since: number } | undefined;
  let since = known?.since ?? 0;
  // Before it was kept, no other is known of.
  if (known === undefined) set(upstream, 0);
  else if (!isDeepStrictEqual(known.upstream, asJson(upstream))) set(upstream, clock.now());

  function set(to: UpstreamSettings, at: number): void {
    accepted.set(NAME, { upstream: asJson(to), since: at });
    since = at;
  }

  return {
    get: () => since,
    // In this very millisecond a call may have gone to the other one.
    use: (next) => set(next, clock.now() + 1),
  };
}

/** As it is read again: a member without a value is none. */
function asJson(upstream: UpstreamSettings): Json {
  return JSON.parse(JSON.stringify(upstream)) as Json;
}
