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
