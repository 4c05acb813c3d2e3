import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { MachineClock } from './ports.ts';

/** Milliseconds that Node's clock and the system's may differ while the machine is awake: the latter counts seconds. */
const GRAIN = 2_000;

/** Node's longest delay (ms), 24.8 days; it fires at once when one does not fit 32 bits. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** How long (ms) the system is believed to be awake before it is asked again. */
const ASK_EVERY = 1_000;

/** The machine that this runs on. Its timers do not keep the process alive. */
export const machineClock: MachineClock = {
  now: createRunning({
    awake: () => performance.now(),
    uptime: () => uptime() * 1000,
    wall: () => Date.now(),
  }),
  wall: () => Date.now(),
  boot: bootId(),
  after(ms, task) {
    const timer = setTimeout(
      () => {
        if (ms > LONGEST_DELAY) cancel = machineClock.after(ms - LONGEST_DELAY, task);
        else task();
      },
      Math.min(ms, LONGEST_DELAY),
    );
    timer.unref();
    let cancel = () => clearTimeout(timer);
    return () => cancel();
  },
};

/**
 * Time that goes on while the machine sleeps, finely: Node's clock (`awake`) does not, the system's (`uptime`)
 * is coarse and slow to ask. All in milliseconds.
 */
export function createRunning(clocks: { awake(): number; uptime(): number; wall(): number }): () => number {
  const { awake, uptime, wall } = clocks;
  const start = uptime() - awake();
  let slept = 0;
  let asked = { awake: awake(), wall: wall() };
  return () => {
    const now = awake();
    const passed = now - asked.awake;
    // A sleep shows at once in the wall clock, if in nothing else.
    if (passed >= ASK_EVERY || Math.abs(wall() - asked.wall - passed) >= ASK_EVERY / 2) {
      asked = { awake: now, wall: wall() };
      const found = uptime() - now - start;
      if (found - slept > GRAIN) slept = found;
    }
    return start + now + slept;
  };
}

function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // macOS and Windows have none: there a start is told from a setting of the clock by both clocks together.
    return undefined;
  }
}
