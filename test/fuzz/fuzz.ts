/**
 * `npm run fuzz -- [lives] [seed]`: random lives of the gate; `npm run fuzz -- worlds`: every small world; `npm run fuzz
 * -- deaths`: a kill at every write; `npm run fuzz -- door [lives] [seed]`: random lives through the door, with an upstream
 * over HTTP. Says whose books do not balance.
 */
import { LUMA } from '../../shared/server-id.ts';
import { seeDeath } from './deaths.ts';
import { liveThroughTheDoor } from './door.ts';
import { liveOnce } from './life.ts';
import { seeWorld, smallWorlds } from './small-worlds.ts';
import { THIRD } from './world.ts';

if (process.argv[2] === 'worlds') await worlds();
else if (process.argv[2] === 'deaths') await deaths();
else if (process.argv[2] === 'door') await door(Number(process.argv[3] ?? 100), seedOf(process.argv[4]));
else await lives(Number(process.argv[2] ?? 1000), seedOf(process.argv[3]));

function seedOf(text: string | undefined): number {
  return Number(text ?? Math.floor(Math.random() * 1e9));
}

async function lives(count: number, first: number): Promise<void> {
  const sum = { calls: 0, ran: 0, failedWrites: 0, starts: 0 };
  let wrong = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    // Every other one with two servers.
    const report = await liveOnce(seed, { several: seed % 2 === 1 });
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += report[name];
    if (report.problems.length === 0) continue;
    wrong += 1;
    console.log(`Seed ${seed} (keep it in test/fuzz/seeds.ts):\n- ${report.problems.join('\n- ')}`);
  }
  console.log(
    `${count} lives from seed ${first}: ${sum.calls} calls, ${sum.ran} ran, ${sum.failedWrites} writes failed, ${sum.starts} starts; ${wrong} whose books do not balance.`,
  );
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function door(count: number, first: number): Promise<void> {
  let wrong = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const { problems } = await liveThroughTheDoor(seed);
    if (problems.length === 0) continue;
    wrong += 1;
    console.log(`Seed ${seed}:\n- ${problems.join('\n- ')}`);
  }
  console.log(`${count} lives through the door from seed ${first}; ${wrong} whose books do not balance.`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function worlds(): Promise<void> {
  let seen = 0;
  let wrong = 0;
  for (const world of smallWorlds()) {
    for (const server of [LUMA, THIRD]) {
      seen += 1;
      const problems = await seeWorld(world, server);
      if (problems.length === 0) continue;
      wrong += 1;
      console.log(`${JSON.stringify({ ...world, server })}:\n- ${problems.join('\n- ')}`);
    }
  }
  console.log(`${seen} small worlds; ${wrong} whose books do not balance.`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function deaths(): Promise<void> {
  let seen = 0;
  let wrong = 0;
  for (const server of [LUMA, THIRD]) {
    for (let dieAt = 1, over = false; !over; dieAt += 1) {
      const { told, problems } = await seeDeath(dieAt, server);
      over = told.at(-1)?.what === 'over';
      if (!over) seen += 1;
      if (problems.length > 0) wrong += 1;
      for (const problem of problems) console.log(`${server}, killed at write ${dieAt}: ${problem}`);
    }
  }
  console.log(`${seen} deaths; ${wrong} whose books do not balance.`);
  process.exitCode = wrong === 0 ? 0 : 1;
}
