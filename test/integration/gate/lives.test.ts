/** Random lives of the gate, small worlds in every order, kills at any write: the books balance. `npm run fuzz` goes on for longer. */
import { describe, expect, it } from 'vitest';
import { seeDeath } from '../../fuzz/deaths.ts';
import { liveThroughTheDoor } from '../../fuzz/door.ts';
import { liveOnce } from '../../fuzz/life.ts';
import { seeds } from '../../fuzz/seeds.ts';
import { changes, seeWorld, smallWorlds } from '../../fuzz/small-worlds.ts';

/** How many lives are lived, and which part of the small worlds and of the deaths is seen: a few seconds of each. */
const LIVES = 20;
const DOORS = 5;
const EVERY = 61;
const DEATHS = 8;

describe('the books balance', () => {
  it.each(seeds)('in the life of seed %i, in which they once did not', async (seed) => {
    expect((await liveOnce(seed)).problems).toEqual([]);
  });

  it(`in ${LIVES} random lives`, async () => {
    const wrong: unknown[] = [];
    const sum = { calls: 0, ran: 0, failedWrites: 0, starts: 0 };
    for (let seed = 1; seed <= LIVES; seed += 1) {
      const report = await liveOnce(seed);
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += report[name];
      if (report.problems.length > 0) wrong.push(report);
    }
    expect(wrong).toEqual([]);
    // A life in which nothing happens shows nothing.
    expect(sum.calls).toBeGreaterThan(50 * LIVES);
    expect(sum.ran).toBeGreaterThan(5 * LIVES);
    expect(sum.failedWrites).toBeGreaterThan(5 * LIVES);
    expect(sum.starts).toBeGreaterThan(2 * LIVES);
  });

  it(`in ${DOORS} random lives through the door: the upstream saw what was approved and what the log says`, async () => {
    const reports = [];
    for (let seed = 1; seed <= DOORS; seed += 1) reports.push(await liveThroughTheDoor(seed));
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
    expect(reports.reduce((sum, { ran }) => sum + ran, 0)).toBeGreaterThan(5 * DOORS);
  });

  it.each(changes)('in small worlds, in many orders of what happens: change of %s', async (change) => {
    const worlds = [...smallWorlds()].filter((world) => world.change === change);
    const wrong: unknown[] = [];
    for (const world of worlds.filter((_, index) => index % EVERY === 0)) {
      const problems = await seeWorld(world);
      if (problems.length > 0) wrong.push({ ...world, problems });
    }
    expect(worlds).toHaveLength(1440);
    expect(wrong).toEqual([]);
  });

  it('after a kill at any write, and nothing that was told is missing', async () => {
    const whole = await seeDeath(0);
    expect(whole.problems).toEqual([]);
    const last = whole.told.at(-1);
    if (last?.what !== 'over') throw new Error(`It did not live to its end: ${JSON.stringify(whole.told)}`);
    for (let death = 1; death <= DEATHS; death += 1) {
      const { told, problems } = await seeDeath(Math.ceil((death * last.writes) / DEATHS));
      expect(told.some(({ what }) => what === 'over')).toBe(false);
      expect(problems).toEqual([]);
    }
  });
});
