import type { Json } from '../../shared/json.ts';

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
   * Takes over what stands there now, or writes back what was accepted. `digest` names what the person saw.
   * Throws a UserFacingError: nothing waits under that id, it has changed again since, it cannot be written.
   */
  decide(id: string, digest: string, answer: 'use' | 'keep'): void;
  /** Calls `listener` whenever the list may have changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
}
