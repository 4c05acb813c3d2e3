import type { Clock } from '../../main/base/ports.ts';

/** A clock that only moves when a test moves it. */
export interface TestClock extends Clock {
  /** Moves `ms` milliseconds ahead and runs, in order, what falls due on the way. */
  advance(ms: number): void;
  /** How many timers wait. */
  pending(): number;
}

/** A clock that stands at `start` (milliseconds since the Unix epoch). */
export function createTestClock(start = Date.UTC(2026, 0, 1)): TestClock {
  let now = start;
  const timers = new Set<{ at: number; task: () => void }>();
  return {
    now: () => now,
    after(ms, task) {
      const timer = { at: now + Math.max(0, ms), task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.delete(due);
        now = due.at;
        due.task();
      }
      now = end;
    },
    pending: () => timers.size,
  };
}
