import { afterEach, describe, expect, test, vi } from 'vitest';
import { createRunning, machineClock } from '../../../main/base/machine-clock.ts';

/** The clocks of a machine: `awake` is Node's, `uptime` the system's, which counts seconds and sleep. */
function machine() {
  let awake = 100;
  let slept = 0;
  let wall = 1_000_000;
  const running = createRunning({
    awake: () => awake,
    uptime: () => Math.floor((50_000 + awake + slept) / 1000) * 1000,
    wall: () => wall,
  });
  const pass = (ms: number) => {
    awake += ms;
    wall += ms;
  };
  const sleep = (ms: number) => {
    slept += ms;
    wall += ms;
  };
  return { running, pass, sleep, set: (ms: number) => (wall += ms) };
}

describe('how long the machine runs', () => {
  test('goes on finely while it is awake', () => {
    const { running, pass } = machine();
    const start = running();
    for (let passed = 0; passed < 10_000; passed += 7) pass(7);
    expect(running() - start).toBeCloseTo(10_003, 5);
  });

  test('goes on while it sleeps, seen at once', () => {
    const { running, pass, sleep } = machine();
    const start = running();
    pass(300);
    sleep(8 * 3_600_000);
    pass(1);
    expect(Math.abs(running() - start - 8 * 3_600_000 - 301)).toBeLessThanOrEqual(1000);
  });

  test('does not follow the wall clock', () => {
    const { running, pass, set } = machine();
    const start = running();
    for (const jump of [86_400_000, -2 * 86_400_000, 86_400_000]) {
      set(jump);
      pass(10);
      expect(running() - start).toBeLessThan(100);
    }
  });

  test('never goes back', () => {
    const { running, pass, sleep, set } = machine();
    let last = running();
    for (let turn = 0; turn < 2000; turn += 1) {
      if (turn % 5 === 0) sleep((turn * 7919) % 10_000);
      if (turn % 3 === 0) set(((turn * 104_729) % 200_000) - 100_000);
      pass((turn * 31) % 400);
      const now = running();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });
});

describe('a timer', () => {
  afterEach(() => void vi.useRealTimers());

  test('of more than 24.8 days fires when it should, and not at once', () => {
    vi.useFakeTimers();
    const task = vi.fn();
    machineClock.after(2 ** 31 + 5000, task);
    vi.advanceTimersByTime(2 ** 31 + 4999);
    expect(task).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(task).toHaveBeenCalledTimes(1);
  });

  test('of more than 24.8 days can be cancelled at any time', () => {
    vi.useFakeTimers();
    const task = vi.fn();
    const cancel = machineClock.after(2 ** 31 + 5000, task);
    vi.advanceTimersByTime(2 ** 31);
    cancel();
    vi.advanceTimersByTime(2 ** 31);
    expect(task).not.toHaveBeenCalled();
  });
});

test('the machine that this runs on has clocks that go on', async () => {
  const [now, wall] = [machineClock.now(), machineClock.wall()];
  await new Promise<void>((resolve) => void machineClock.after(20, resolve));
  // Its timers do not keep a process alive; the test does.
  expect(machineClock.now()).toBeGreaterThan(now);
  expect(machineClock.wall()).toBeGreaterThanOrEqual(wall);
});
