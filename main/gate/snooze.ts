import { type QuietHours, quietAt } from '../../shared/quiet-hours.ts';
import { createListeners } from '../base/listeners.ts';
import type { Logger, Time } from '../base/ports.ts';
import type { Accepted } from '../ledger/accepted.ts';

/** Whether the person wants no notification for a while, or at this time of every day. It ends by itself. */
export interface Snooze {
  /** Until when by the wall clock, in ISO time; `undefined` while there is none. */
  until(): string | undefined;
  /** Begins, or goes on, until `until` (ISO time, to come). Throws StorageError; all stays as it was then. */
  start(until: string): void;
  /** Ends it now; quiet hours are over until they begin the next time. Throws likewise. */
  end(): void;
  /** Looks anew: its time was over while timers did not run (the machine slept), or the quiet hours are others. */
  catchUp(): void;
  /** Calls `listener` whenever it begins or ends, until the returned function is called. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** The name under which it is kept: sealed, and there after a restart. */
const NAME = 'snooze';

/** A timer may not be set for longer (ms); so often it is looked whether the wall clock was set. */
const LONGEST_TIMER = 3_600_000;

/** What is kept. By `time`: when it ends, and until when the quiet hours are passed over. 0: not. */
type Kept = { end: number; passed: number };

/**
 * Kept in `accepted`. What was started lasts its time by `time`, whatever the wall clock is set to; quiet hours are by the
 * wall clock.
 */
export function createSnooze(parts: {
  accepted: Accepted;
  time: Time;
  logger: Logger;
  quietHours: () => QuietHours;
}): Snooze {
  const { accepted, time, quietHours } = parts;
  const listeners = createListeners<() => void>(parts.logger);
  // An earlier version kept its end alone.
  let kept: Kept = { end: 0, passed: 0, ...(accepted.get(NAME) as Partial<Kept> | undefined) };
  let cancel = () => {};

  /** How long quiet hours last from now (ms), and how long it is until that changes. */
  function quiet(now: number): { left: number; change: number } {
    const wall = time.toWall(now);
    const at = quietAt(quietHours(), wall);
    if (at === undefined) return { left: 0, change: Number.POSITIVE_INFINITY };
    if ('from' in at) return { left: 0, change: at.from - wall };
    const left = at.until - wall;
    // Until then the person ended them; a clock that was set since does not make that last longer than these.
    return { left: kept.passed > now ? 0 : left, change: left };
  }

  /** How long it lasts from now (ms). */
  function left(now: number): number {
    return Math.max(kept.end - now, quiet(now).left, 0);
  }

  function set(next: Kept): void {
    accepted.set(NAME, next);
    kept = next;
    follow();
    listeners.tell();
  }

  /** Has its beginning and its end told. */
  function follow(): void {
    cancel();
    const now = time.now();
    const was = left(now) > 0;
    const change = Math.min(
      kept.end > now ? kept.end - now : LONGEST_TIMER,
      quiet(now).change,
      LONGEST_TIMER,
    );
    cancel = time.after(Math.max(change, 1), () => {
      const is = left(time.now()) > 0;
      follow();
      if (is !== was) listeners.tell();
    });
  }

  follow();
  return {
    until() {
      const now = time.now();
      const rest = left(now);
      return rest > 0 ? new Date(time.toWall(now) + rest).toISOString() : undefined;
    },
    start(until) {
      const now = time.now();
      set({ ...kept, end: Math.floor(now + Date.parse(until) - time.toWall(now)) });
    },
    end() {
      const now = time.now();
      set({ end: 0, passed: Math.floor(now + quiet(now).left) });
    },
    catchUp() {
      follow();
      listeners.tell();
    },
    onChange: listeners.add,
    close: () => cancel(),
  };
}
