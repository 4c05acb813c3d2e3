/** Random lives of the gate, small worlds in every order, kills at any write: the books balance. `npm run fuzz` goes on for longer. */
import { describe, expect, it } from 'vitest';
import { LUMA } from '../../../shared/server-id.ts';
import { seeDeath } from '../../fuzz/deaths.ts';
import { liveThroughTheDoor } from '../../fuzz/door.ts';
import { liveOnce } from '../../fuzz/life.ts';
import { seeds, seedsOfTwo } from '../../fuzz/seeds.ts';
import { changes, seeWorld, smallWorlds } from '../../fuzz/small-worlds.ts';
import { THIRD } from '../../fuzz/world.ts';

/** How many lives are lived, and which part of the small worlds and of the deaths is seen: a few seconds of each. */
const LIVES = 20;
const DOORS = 5;
const EVERY = 61;
const DEATHS = 4;

describe('the books balance', () => {
  it.each(seeds)('in the life of seed %i, in which they once did not', async (seed) => {
    expect((await liveOnce(seed)).problems).toEqual([]);
  });

  it.each(seedsOfTwo)('in the life of two servers of seed %i, in which they once did not', async (seed) => {
    expect((await liveOnce(seed, { several: true })).problems).toEqual([]);
  });

  it(`in ${LIVES} random lives`, async () => {
    const wrong: unknown[] = [];
    const sum = { calls: 0, ran: 0, failedWrites: 0, starts: 0 };
    for (let seed = 1; seed <= LIVES; seed += 1) {
      // Every other one with two servers.
      const report = await liveOnce(seed, { several: seed % 2 === 1 });
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
    for (const [index, world] of worlds.filter((_, index) => index % EVERY === 0).entries()) {
      // Every other one has its calls at another server than luma.
      const server = index % 2 === 1 ? THIRD : LUMA;
      const problems = await seeWorld(world, server);
      if (problems.length > 0) wrong.push({ ...world, server, problems });
    }
    expect(worlds).toHaveLength(1440);
    expect(wrong).toEqual([]);
  });

  it.each([LUMA, THIRD])(
    'after a kill at any write of calls to %s, and nothing that was told is missing',
    async (server) => {
      const whole = await seeDeath(0, server);
      expect(whole.problems).toEqual([]);
      const last = whole.told.at(-1);
      if (last?.what !== 'over') throw new Error(`It did not live to its end: ${JSON.stringify(whole.told)}`);
      for (let death = 1; death <= DEATHS; death += 1) {
        const { told, problems } = await seeDeath(Math.ceil((death * last.writes) / DEATHS), server);
        expect(told.some(({ what }) => what === 'over')).toBe(false);
        expect(problems).toEqual([]);
      }
    },
  );
});
