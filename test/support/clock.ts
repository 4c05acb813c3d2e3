import type { MachineClock } from '../../main/base/ports.ts';

/** The clocks of a machine, which only move when a test moves them. */
export interface TestClock extends MachineClock {
  /** Moves `ms` milliseconds ahead and runs, in order, what falls due on the way. */
  advance(ms: number): void;
  /** The machine sleeps for `ms` milliseconds: its clocks go on, its timers do not. */
  sleep(ms: number): void;
  /** The wall clock is set `ms` milliseconds ahead, or back; nothing else changes. */
  set(ms: number): void;
  /** The machine is started again: it runs from zero, with another boot. */
  reboot(): void;
  /** How many timers wait. */
  pending(): number;
}

/** A machine whose wall clock shows `start` (milliseconds since the Unix epoch). */
export function createTestClock(start = Date.UTC(2026, 0, 1)): TestClock {
  let now = start;
  let wall = start;
  let boot = 1;
  /** Time awake, by which timers run. */
  let awake = 0;
  const timers = new Set<{ at: number; task: () => void }>();
  const pass = (ms: number) => {
    now += ms;
    wall += ms;
  };
  return {
    now: () => now,
    wall: () => wall,
    get boot() {
      return `boot ${boot}`;
    },
    after(ms, task) {
      const timer = { at: awake + Math.max(0, ms), task };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const end = awake + ms;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers.delete(due);
        pass(due.at - awake);
        awake = due.at;
        due.task();
      }
      pass(end - awake);
      awake = end;
    },
    sleep: pass,
    set(ms) {
      wall += ms;
    },
    reboot() {
      boot += 1;
      now = 0;
    },
    pending: () => timers.size,
  };
}
