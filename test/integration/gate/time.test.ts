/** Clocks jump (NTP, another system on the machine, a person) and machines sleep: what was allowed ends all the same. */
import { describe, expect, it } from 'vitest';
import { allow, asking, type Bench, CAT, MINUTE, openBench, running, SECOND, VIDEO } from './setup.ts';

const DAY = 24 * 60 * MINUTE;
const HOUR = 60 * MINUTE;

const asks = { version: '1', default: 'require_approval', tools: {} };
const limited = {
  version: '1',
  default: 'allow',
  all_tools: { limits: [{ counter: 'calls', window: 'hour', max: 30 }] },
  tools: {},
};

/** Whether a call runs without being asked. */
async function runs(bench: Bench): Promise<boolean> {
  const admission = await bench.admit(VIDEO, { prompt: String(Math.random()) });
  if (admission.kind === 'run') running(admission).finish({ reached: true, result: 'ok' });
  if (admission.kind === 'wait') admission.wait.leave();
  return admission.kind === 'run';
}

/** How many of `count` calls run. */
const ran = async (bench: Bench, count: number) =>
  (await Promise.all(Array.from({ length: count }, () => runs(bench)))).filter(Boolean).length;

const back = (bench: Bench) => {
  bench.clock.set(-DAY);
  return bench;
};

const ways: [string, (bench: Bench) => Promise<Bench> | Bench][] = [
  ['the wall clock goes back a day', back],
  ['the wall clock goes back a day before a restart', (bench) => back(bench).restart()],
  [
    'it is restarted and the wall clock goes back a day',
    async (bench) => {
      const again = await bench.restart();
      again.clock.set(-DAY);
      return again;
    },
  ],
  [
    'the machine is started again a day earlier',
    async (bench) => {
      await bench.core.stop();
      bench.clock.set(-DAY);
      bench.clock.reboot();
      return bench.restart();
    },
  ],
  ['the process is killed and the wall clock goes back a day', (bench) => back(bench).crash()],
];

describe.each(ways)('when %s', (_what, turn) => {
  it('“allow without asking” ends when its 15 minutes are over', async () => {
    let bench = await openBench(asks);
    bench.core.guard.set({ mode: 'allow' });
    bench.clock.advance(5 * MINUTE);
    bench = await turn(bench);
    expect(await runs(bench)).toBe(true);
    bench.clock.advance(10 * MINUTE + SECOND);
    expect(bench.core.guard.current()).toEqual({ mode: 'policy' });
    expect(await runs(bench)).toBe(false);
  });

  it('an allowance ends when its 15 minutes are over', async () => {
    let bench = await openBench(asks);
    const { approvalId } = await bench.ask(VIDEO, CAT);
    bench.core.gate.decide(approvalId, { answer: 'allow', for: '15m' });
    bench.clock.advance(5 * MINUTE);
    bench = await turn(bench);
    expect(await runs(bench)).toBe(true);
    bench.clock.advance(10 * MINUTE + SECOND);
    expect(bench.core.allowances.list()).toEqual([]);
    expect(await runs(bench)).toBe(false);
  });

  it('a block ends, and no earlier', async () => {
    let bench = await openBench({ ...asks, default: 'allow' });
    bench.core.allowances.block(bench.grant.id, bench.core.clock.now() + 15 * MINUTE);
    bench.clock.advance(5 * MINUTE);
    bench = await turn(bench);
    bench.clock.advance(9 * MINUTE);
    expect(await runs(bench)).toBe(false);
    bench.clock.advance(MINUTE + SECOND);
    expect(await runs(bench)).toBe(true);
  });

  it('a denial is repeated for its minute, not for a day', async () => {
    let bench = await openBench(asks);
    const { approvalId } = await bench.ask(VIDEO, CAT);
    bench.core.gate.decide(approvalId, { answer: 'deny', for: 'once' });
    bench = await turn(bench);
    expect((await bench.admit(VIDEO, CAT)).kind).toBe('denied');
    bench.clock.advance(MINUTE + SECOND);
    expect((await bench.admit(VIDEO, CAT)).kind).toBe('wait');
  });

  it('a used up limit says the true wait, and frees then', async () => {
    let bench = await openBench(limited);
    expect(await ran(bench, 31)).toBe(30);
    bench.clock.advance(10 * MINUTE);
    bench = await turn(bench);
    const denied = await bench.admit(VIDEO);
    if (denied.kind !== 'denied') throw new Error('It ran.');
    // Read again after a restart, it may count a second longer.
    expect(denied.denial.retryAfterSeconds).toBeLessThanOrEqual(50 * 60 + 1);
    bench.clock.advance(49 * MINUTE);
    expect(await ran(bench, 1)).toBe(0);
    bench.clock.advance(MINUTE + SECOND);
    expect(await ran(bench, 31)).toBe(30);
  });
});

describe.each([false, true])('when the wall clock gains an hour (restarted: %s)', (restarted) => {
  async function gained(bench: Bench): Promise<Bench> {
    bench.clock.advance(SECOND);
    bench.clock.set(HOUR);
    return restarted ? bench.restart() : bench;
  }

  it('an allowance is over, as by the clock that people read', async () => {
    let bench = await openBench(asks);
    bench.core.gate.decide((await bench.ask(VIDEO, CAT)).approvalId, { answer: 'allow', for: '15m' });
    bench = await gained(bench);
    expect(bench.core.allowances.list()).toEqual([]);
    expect(await runs(bench)).toBe(false);
    // One that is given after that has its whole time.
    bench.core.gate.decide((await bench.ask(VIDEO, CAT)).approvalId, { answer: 'allow', for: '15m' });
    bench.clock.advance(14 * MINUTE);
    expect(await runs(bench)).toBe(true);
  });

  it('a ticket is over, and gives back what it held', async () => {
    let bench = await openBench({ ...limited, default: 'require_approval' });
    const { approvalId } = await bench.ask(VIDEO, CAT);
    bench.clock.advance(45 * SECOND);
    bench.core.gate.decide(approvalId, { answer: 'allow', for: 'once' });
    bench = await gained(bench);
    expect((await bench.admit(VIDEO, CAT)).kind).toBe('wait');
    expect(bench.approval(approvalId)).toMatchObject({ ticketUntil: undefined, usedAt: undefined });
    expect(bench.counted().held).toBe(1);
  });

  it('a block is not', async () => {
    let bench = await openBench({ ...asks, default: 'allow' });
    bench.core.allowances.block(bench.grant.id, bench.core.clock.now() + 15 * MINUTE);
    bench = await gained(bench);
    expect(await runs(bench)).toBe(false);
  });
});

describe.each(['block', 'ask'] as const)('guard mode %s with an end', (mode) => {
  it.each([HOUR, -HOUR])(
    'lasts its time and no longer, though the wall clock is set by %d ms',
    async (set) => {
      let bench = await openBench({ ...asks, default: 'allow' });
      bench.core.guard.set({ mode, until: new Date(bench.clock.wall() + 15 * MINUTE).toISOString() });
      bench.clock.advance(MINUTE);
      bench.clock.set(set);
      bench = await bench.restart();
      expect(bench.core.guard.current()).toEqual({
        mode,
        until: new Date(bench.clock.wall() + 14 * MINUTE).toISOString(),
      });
      bench.clock.advance(14 * MINUTE - SECOND);
      expect(await runs(bench)).toBe(false);
      bench.clock.advance(SECOND);
      expect(bench.core.guard.current()).toEqual({ mode: 'policy' });
      expect(await runs(bench)).toBe(true);
    },
  );
});

it('an allowance says until when, as both clocks together have it', async () => {
  const bench = await openBench(asks);
  bench.core.gate.decide((await bench.ask(VIDEO, CAT)).approvalId, { answer: 'allow', for: '15m' });
  const { clock, allowances } = bench.core;
  bench.clock.advance(MINUTE);
  bench.clock.set(10 * MINUTE);
  const [allowance] = allowances.list();
  expect(clock.toWall(allowance?.until ?? 0) - bench.clock.wall()).toBe(4 * MINUTE);
  bench.clock.advance(4 * MINUTE);
  expect(allowances.list()).toEqual([]);
});

it('what the wall clock gained before an answer shortens nothing', async () => {
  const bench = await openBench(asks);
  const { approvalId } = await bench.ask(VIDEO, CAT);
  bench.clock.advance(45 * SECOND);
  bench.clock.set(HOUR);
  bench.core.gate.decide(approvalId, { answer: 'allow', for: '15m' });
  expect(bench.core.allowances.list()).toHaveLength(1);
  expect((await bench.admit(VIDEO, CAT)).kind).toBe('run');
  expect(bench.approval(approvalId).usedAt).toBeDefined();
});

it('a wall clock that is a day ahead for a moment frees no limit', async () => {
  const bench = await openBench(limited);
  expect(await ran(bench, 30)).toBe(30);
  bench.clock.advance(5 * MINUTE);
  bench.clock.set(DAY);
  expect(await ran(bench, 1)).toBe(0);
  bench.clock.set(-DAY);
  expect(await ran(bench, 30)).toBe(0);
});

it.each([false, true])(
  'a wall clock that is 400 days ahead for a moment locks nothing (restarted: %s)',
  async (restarted) => {
    let bench = await openBench(limited);
    bench.clock.set(400 * DAY);
    if (restarted) bench = await bench.restart();
    expect(await ran(bench, 30)).toBe(30);
    bench.clock.set(-400 * DAY);
    if (restarted) bench = await bench.restart();
    const denied = await bench.admit(VIDEO);
    if (denied.kind !== 'denied') throw new Error('It ran.');
    expect(denied.denial.retryAfterSeconds).toBeLessThanOrEqual(60 * 60);
    bench.clock.advance(HOUR + SECOND);
    expect(await ran(bench, 1)).toBe(1);
  },
);

it('what an earlier version dated 400 days ahead counts as now', async () => {
  const bench = await openBench(limited);
  expect(await ran(bench, 30)).toBe(30);
  const { sql } = bench.core.database;
  sql.prepare('UPDATE quota_events SET settled_at = settled_at + ?').run(400 * DAY);
  const again = await bench.restart();
  expect(await ran(again, 1)).toBe(0);
  again.clock.advance(HOUR + SECOND);
  expect(await ran(again, 1)).toBe(1);
});

describe('when the machine sleeps', () => {
  it('what was allowed ends, and what waited expires', async () => {
    const bench = await openBench(asks);
    bench.core.guard.set({ mode: 'allow' });
    bench.clock.sleep(15 * MINUTE);
    expect(await runs(bench)).toBe(false);
    const asked = await bench.ask(VIDEO, CAT);
    bench.clock.sleep(5 * MINUTE);
    bench.core.gate.catchUp();
    expect(bench.approval(asked.approvalId).state).toBe('expired');
  });

  it('a timer is late by a minute at most', async () => {
    const bench = await openBench(asks);
    const asked = await bench.ask(VIDEO, CAT, {});
    bench.clock.sleep(HOUR);
    bench.clock.advance(MINUTE);
    expect(bench.approval(asked.approvalId).state).toBe('expired');
  });

  it('a limit frees', async () => {
    const bench = await openBench(limited);
    await ran(bench, 30);
    bench.clock.sleep(HOUR + SECOND);
    expect(await ran(bench, 1)).toBe(1);
  });
});

it('a wait longer than Node’s 24.8 days ends when it should', async () => {
  const bench = await openBench(asks);
  let fired = false;
  bench.core.clock.after(30 * DAY, () => {
    fired = true;
  });
  bench.clock.advance(30 * DAY - SECOND);
  expect(fired).toBe(false);
  bench.clock.advance(SECOND);
  expect(fired).toBe(true);
  expect(bench.core.clock.now()).toBeGreaterThan(0);
});

describe('people read the wall clock', () => {
  it('also of what was before it was set', async () => {
    const bench = await openBench(asks);
    const { clock } = bench.core;
    const before = clock.now();
    const shown = bench.clock.wall();
    bench.clock.advance(MINUTE);
    bench.clock.set(2 * HOUR);
    bench.clock.advance(MINUTE);
    expect(clock.toWall(before)).toBe(shown);
    expect(clock.toWall(clock.now())).toBe(bench.clock.wall());
    expect(clock.fromWall(shown)).toBe(before);
    expect(clock.fromWall(bench.clock.wall())).toBe(clock.now());
    const again = (await bench.restart()).core.clock;
    expect(again.toWall(before)).toBe(shown);
    expect(again.toWall(again.now())).toBe(bench.clock.wall());
  });

  it('and a mode that ends by the wall clock ends early when that is set ahead', async () => {
    const bench = await openBench(asks);
    bench.core.guard.set({ mode: 'allow' });
    bench.clock.set(HOUR);
    expect(bench.core.guard.current()).toEqual({ mode: 'policy' });
  });

  it('a mode says until when, as the clock now shows it', async () => {
    const bench = await openBench(asks);
    bench.core.guard.set({ mode: 'allow' });
    bench.clock.set(-DAY);
    const { until } = bench.core.guard.current();
    expect(Date.parse(String(until)) - bench.clock.wall()).toBe(15 * MINUTE);
  });

  it('a mode written into the settings by hand ends too', async () => {
    const bench = await openBench(asks);
    const { settings } = bench.core;
    const until = new Date(bench.clock.wall() + 15 * MINUTE).toISOString();
    settings.set({ ...settings.get(), guard: { mode: 'allow', until } });
    expect(await runs(bench)).toBe(true);
    bench.clock.set(-DAY);
    bench.clock.advance(15 * MINUTE + SECOND);
    expect(await runs(bench)).toBe(false);
  });
});

it('a ticket whose time was over while the machine slept does not run', async () => {
  const { core, clock, ask, admit } = await openBench(asking);
  const asked = await ask(VIDEO, CAT);
  clock.advance(core.settings.get().holdSeconds * 1000);
  await asked.settled();
  core.gate.decide(asked.approvalId, allow);
  clock.sleep(11 * MINUTE);
  expect((await admit(VIDEO, CAT)).kind).toBe('wait');
});
