/** Do not disturb: what becomes of calls that need the person's answer, and how it ends. */
import { describe, expect, it } from 'vitest';
import { allow, type Bench, MINUTE, openBench, refused, running, VIDEO } from './setup.ts';

const CHOSEN = { default: 'require_approval', tools: {}, version: '1' };

/** Snoozes for `ms`; calls are denied meanwhile, or wait. */
function snooze({ core, clock }: Bench, ms: number, whileSnoozed: 'wait' | 'deny'): void {
  const settings = core.settings.get();
  core.settings.set({ ...settings, notifications: { ...settings.notifications, whileSnoozed } });
  core.settingsChanged();
  core.snooze.start(new Date(clock.wall() + ms).toISOString());
}

describe('while notifications are snoozed', () => {
  it('a question waits as ever', async () => {
    const bench = await openBench();
    snooze(bench, 30 * MINUTE, 'wait');
    expect((await bench.admit(VIDEO)).kind).toBe('wait');
  });

  it('where the person chose so, a call that needs an answer is denied, is in the log, and is told when to try again', async () => {
    const bench = await openBench(CHOSEN);
    snooze(bench, 30 * MINUTE, 'deny');
    bench.clock.advance(10 * MINUTE);
    const denial = refused(await bench.admit(VIDEO));
    expect(denial).toMatchObject({
      rule: '(snoozed by user)',
      decidedBy: 'person',
      retryAfterSeconds: 20 * 60,
      reason: expect.stringContaining('not to be disturbed for another 20 min'),
      advice: expect.stringContaining('Try again in 1200 s, not earlier'),
    });
    expect(bench.rows()).toMatchObject([
      { outcome: 'denied', rule: '(snoozed by user)', decided_by: 'person', forwarded: 0 },
    ]);
    expect(bench.counted()).toEqual({ held: 0, settled: 0 });
  });

  it('a call that needs none runs', async () => {
    const bench = await openBench({ version: '1', default: 'allow', tools: {} });
    snooze(bench, 30 * MINUTE, 'deny');
    running(await bench.admit(VIDEO));
  });

  it('what waited before goes on waiting, and can be answered', async () => {
    const bench = await openBench();
    const asked = await bench.ask(VIDEO);
    snooze(bench, 30 * MINUTE, 'deny');
    expect(refused(await bench.admit(VIDEO, { prompt: 'A dog' })).rule).toBe('(snoozed by user)');
    expect((await bench.admit(VIDEO)).kind).toBe('wait');
    bench.core.gate.decide(asked.approvalId, allow);
    running(await asked.settled());
  });

  it('it ends by itself, and is told to have ended', async () => {
    const bench = await openBench();
    const { core, clock } = bench;
    snooze(bench, 30 * MINUTE, 'deny');
    let told = 0;
    core.snooze.onChange(() => {
      told += 1;
    });
    clock.advance(30 * MINUTE - 1);
    expect(core.snooze.until()).toBeDefined();
    expect(told).toBe(0);
    clock.advance(1);
    expect(core.snooze.until()).toBeUndefined();
    expect(told).toBe(1);
    expect((await bench.admit(VIDEO)).kind).toBe('wait');
  });

  it('the person ends it', async () => {
    const bench = await openBench();
    snooze(bench, 30 * MINUTE, 'deny');
    bench.core.snooze.end();
    expect(bench.core.snooze.until()).toBeUndefined();
    expect((await bench.admit(VIDEO)).kind).toBe('wait');
  });

  it('a kill and a start do not end it; its time does', async () => {
    const bench = await openBench();
    snooze(bench, 30 * MINUTE, 'deny');
    const until = bench.core.snooze.until();
    const next = await bench.crash();
    expect(next.core.snooze.until()).toBe(until);
    expect(refused(await next.admit(VIDEO)).rule).toBe('(snoozed by user)');
    next.clock.advance(31 * MINUTE);
    const third = await next.restart();
    expect(third.core.snooze.until()).toBeUndefined();
    expect((await third.admit(VIDEO)).kind).toBe('wait');
  });

  it('a clock that is set does not end it', async () => {
    const bench = await openBench();
    snooze(bench, 30 * MINUTE, 'deny');
    bench.clock.set(60 * MINUTE);
    expect(refused(await bench.admit(VIDEO)).rule).toBe('(snoozed by user)');
    bench.clock.advance(30 * MINUTE);
    expect((await bench.admit(VIDEO)).kind).toBe('wait');
  });
});

describe('quiet hours', () => {
  /** Those that begin in an hour by the clock of the machine, for two hours; calls are denied in them. */
  async function quiet() {
    const bench = await openBench(CHOSEN);
    const { core, clock } = bench;
    const hour = 60 * MINUTE;
    const time = (inMs: number) => {
      const at = new Date(clock.wall() + inMs);
      return [at.getHours(), at.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
    };
    const settings = core.settings.get();
    const quietHours = { on: true, from: time(hour), to: time(3 * hour) };
    core.settings.set({
      ...settings,
      notifications: { ...settings.notifications, whileSnoozed: 'deny', quietHours },
    });
    core.settingsChanged();
    let told = 0;
    core.snooze.onChange(() => {
      told += 1;
    });
    return { bench, core, clock, hour, told: () => told };
  }

  it('begin and end by themselves each day, and are told to', async () => {
    const { bench, core, clock, hour, told } = await quiet();
    expect(core.snooze.until()).toBeUndefined();
    for (const day of [1, 2]) {
      clock.advance(day === 1 ? hour : 22 * hour);
      expect(Date.parse(core.snooze.until() ?? '') - clock.wall()).toBeGreaterThan(hour);
      expect(told()).toBe(2 * day - 1);
      expect(refused(await bench.admit(VIDEO, { prompt: `Day ${day}` })).rule).toBe('(snoozed by user)');
      clock.advance(2 * hour);
      expect(core.snooze.until()).toBeUndefined();
      expect(told()).toBe(2 * day);
    }
    expect((await bench.admit(VIDEO)).kind).toBe('wait');
  });

  it('that the person ended are over until they begin the next time, also after a snooze in between', async () => {
    const { core, clock, hour } = await quiet();
    clock.advance(hour);
    core.snooze.end();
    expect(core.snooze.until()).toBeUndefined();
    core.snooze.start(new Date(clock.wall() + 10 * MINUTE).toISOString());
    clock.advance(11 * MINUTE);
    expect(core.snooze.until()).toBeUndefined();
    clock.advance(24 * hour);
    expect(core.snooze.until()).toBeDefined();
  });

  it('and a snooze last as long as the longer one', async () => {
    const { core, clock, hour } = await quiet();
    const until = new Date(clock.wall() + 5 * hour).toISOString();
    core.snooze.start(until);
    clock.advance(2 * hour);
    expect(core.snooze.until()).toBe(until);
  });
});
