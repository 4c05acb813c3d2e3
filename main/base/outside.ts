import type { Json } from '../../shared/json.ts';
import { UserFacingError } from '../../shared/user-facing-error.ts';

/** What another program changed; see `OutsideChange` of the contract. `seenAt` in milliseconds of Greenlight's time. */
export interface OutsideChange {
  id: string;
  kind: 'policy' | 'settings' | 'client';
  name: string;
  path: string;
  seenAt: number;
  before?: Json;
  after?: Json;
  digest: string;
}

/** Something that other programs can change. What they made of it waits for the person and is not in force. */
export interface Outside {
  /** What waits, each with an id of its own. */
  list(): OutsideChange[];
  /**
   * Takes over what stands there now, which must be what the person saw, named by `digest`; or writes back what was
   * accepted, whatever stands there. Throws a {@link UserFacingError}: nothing waits under that id, it has changed
   * again since, it cannot be used or written.
   */
  decide(id: string, digest: string, answer: 'use' | 'keep'): void | Promise<void>;
  /** Calls `listener` whenever the list may have changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
}

/** `places` as one. */
export function together(places: readonly Outside[]): Outside {
  return {
    list: () => places.flatMap((place) => place.list()).sort((a, b) => a.seenAt - b.seenAt),
    async decide(id, digest, answer) {
      const place = places.find((one) => one.list().some((change) => change.id === id));
      if (!place) throw nothingWaits();
      await place.decide(id, digest, answer);
    },
    onChange(listener) {
      const ends = places.map((place) => place.onChange(listener));
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

/** There is nothing to decide. */
export function nothingWaits(): UserFacingError {
  return new UserFacingError(
    'not_found',
    'Nothing of that kind waits any more. It may have been answered already, or changed back.',
  );
}

/** It is not what the person saw. */
export function changedAgain(): UserFacingError {
  return new UserFacingError(
    'conflict',
    'The file has changed again since it was shown, so nothing was taken over. Look at it again.',
  );
}
