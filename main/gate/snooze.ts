import { createListeners } from '../base/listeners.ts';
import type { Logger, Time } from '../base/ports.ts';
import type { Accepted } from '../ledger/accepted.ts';

/** Whether the person wants no notification for a while. It ends by itself. */
export interface Snooze {
  /** Until when by the wall clock, in ISO time; `undefined` while there is none. */
  until(): string | undefined;
  /** Begins, or goes on, until `until` (ISO time, to come). Throws StorageError; all stays as it was then. */
  start(until: string): void;
  /** Ends it now. Throws likewise. */
  end(): void;
  /** Ends it where its time was over while timers did not run (the machine slept). */
  catchUp(): void;
  /** Calls `listener` whenever it begins or ends, until the returned function is called. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** The name under which it is kept: sealed, and there after a restart. */
const NAME = 'snooze';

/** A timer may not be set for longer (ms). */
const LONGEST_TIMER = 86_400_000;

/** Kept in `accepted`. It lasts its time by `time`, whatever the wall clock is set to. */
export function createSnooze(parts: { accepted: Accepted; time: Time; logger: Logger }): Snooze {
  const { accepted, time } = parts;
  const listeners = createListeners<() => void>(parts.logger);
  /** When it ends, by `time`; 0: there is none. */
  let end = (accepted.get(NAME) as { end: number } | undefined)?.end ?? 0;
  let cancel = () => {};

  const left = () => end - time.now();

  function set(next: number): void {
    accepted.set(NAME, { end: next });
    end = next;
    follow();
    listeners.tell();
  }

  /** Has its end told. */
  function follow(): void {
    cancel();
    const rest = left();
    if (rest <= 0) return;
    cancel = time.after(Math.min(rest, LONGEST_TIMER), () => {
      follow();
      if (left() <= 0) listeners.tell();
    });
  }

  follow();
  return {
    until() {
      const now = time.now();
      return end > now ? new Date(time.toWall(now) + (end - now)).toISOString() : undefined;
    },
    start(until) {
      const now = time.now();
      set(Math.floor(now + Date.parse(until) - time.toWall(now)));
    },
    end: () => set(0),
    catchUp() {
      follow();
      listeners.tell();
    },
    onChange: listeners.add,
    close: () => cancel(),
  };
}
