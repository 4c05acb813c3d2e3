/**
 * One random life of the gate, from a seed: calls, answers, edits, clients that leave, sleeps, clocks that jump both
 * ways, changes of policy, guard mode, grants and upstream, restarts, kills, and writes that fail at any statement.
 * Then the books must balance. Runs without a test runner, so that `npm run fuzz` can go on for hours.
 */
import { StatementSync } from 'node:sqlite';
import type { JsonObject } from '../../shared/json.ts';
import { LUMA } from '../../shared/server-id.ts';
import { BOTH, HOUR, heard, MINUTE, openWorld, SECOND, THIRD } from './world.ts';

/** What a life came to. `problems`: what does not balance, in words. */
export interface LifeReport {
  seed: number;
  calls: number;
  ran: number;
  failedWrites: number;
  starts: number;
  problems: string[];
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Has every write of this process fail where `fails` says so, as on a full disk; the returned function ends that. */
function failWrites(fails: () => boolean): () => void {
  const run = StatementSync.prototype.run;
  StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
    // SQLite's ROLLBACK always ends the transaction.
    if (this.sourceSQL !== 'ROLLBACK' && fails())
      throw Object.assign(new Error('injected'), { code: 'ERR_SQLITE_ERROR', errcode: 13, errstr: 'full' });
    return run.apply(this, values);
  } as typeof run;
  return () => {
    StatementSync.prototype.run = run;
  };
}

/** Lives the life of `seed`, `steps` long, with luma; `several`: with another server, too. */
export async function liveOnce(seed: number, { several = false, steps = 200 } = {}): Promise<LifeReport> {
  const dice = random(seed);
  const pick = <const T>(list: readonly T[]): T | undefined => list[Math.floor(dice() * list.length)];
  const oneOf = <const T>(list: readonly [T, ...T[]]): T => pick(list) ?? list[0];
  const take = <T>(list: T[]): T | undefined => list.splice(Math.floor(dice() * list.length), 1)[0];

  const world = await openWorld(several);
  const { clock, problems } = world;
  const server = () => (several ? oneOf([LUMA, THIRD]) : LUMA);
  let calls = 0;
  let failing = 0;
  let failedWrites = 0;
  const endFailing = failWrites(() => {
    const fails = failing > 0 && dice() < failing;
    if (fails) failedWrites += 1;
    return fails;
  });
  const grants = () => world.greenlight.core.grants.list().filter(({ revokedAt }) => revokedAt === undefined);

  async function admit(): Promise<void> {
    calls += 1;
    const grant = pick(grants());
    if (!grant) return;
    const tool = oneOf(['luma_generate_video', 'luma_generate_video', 'luma_get_task', 'luma_list_actions']);
    const args: Record<typeof tool, JsonObject> = {
      luma_generate_video: { prompt: oneOf(['a', 'b', 'c']) },
      luma_get_task: { task_id: 't' },
      luma_list_actions: {},
    };
    await world.admit(grant.id, {
      server: server(),
      tool,
      arguments: args[tool],
      session: oneOf([undefined, 's1', 's2']),
      ...(dice() < 0.2 && { also: { inputResponses: { usd: oneOf([1, 2]) }, requestState: 's' } }),
    });
  }

  /** A client that was told to call again does. */
  async function callAgain(): Promise<void> {
    const ticket = pick(world.greenlight.core.approvals.tickets());
    if (!ticket) return;
    calls += 1;
    const { grantId, tool, arguments: args, session, also } = ticket;
    // Now and then where it was not given.
    const where = several && dice() < 0.3 ? server() : ticket.server;
    await world.admit(grantId, { server: where, tool, arguments: args, session, also });
  }

  function answer(): void {
    const approval = pick(world.greenlight.core.approvals.pending());
    if (!approval) return;
    if (dice() < 0.25) {
      world.answer(approval.id, { answer: 'deny', for: oneOf(['once', 'block-15m']) });
      return;
    }
    const edits = approval.tool === 'luma_generate_video' && dice() < 0.3;
    world.answer(approval.id, {
      answer: 'allow',
      for: oneOf(['once', 'once', '15m', 'next-3', 'quit']),
      ...(edits && { arguments: { prompt: oneOf(['d', 'e']) } }),
    });
  }

  /** Does `work` while no write fails. */
  async function unharmed(work: () => Promise<void> | void): Promise<void> {
    const rate = failing;
    failing = 0;
    await work();
    failing = rate;
  }

  async function step(): Promise<void> {
    const { core } = world.greenlight;
    const roll = dice();
    // One by one, or several in one turn.
    if (roll < 0.36) await Promise.all(Array.from({ length: oneOf([1, 1, 1, 2, 5]) }, admit));
    else if (roll < 0.4) await callAgain();
    else if (roll < 0.55) answer();
    else if (roll < 0.65) clock.advance(oneOf([100, SECOND, 5 * SECOND, 25 * SECOND, 70 * SECOND]));
    else if (roll < 0.68) clock.sleep(oneOf([SECOND, MINUTE, 20 * MINUTE]));
    else if (roll < 0.71)
      clock.set(oneOf([-HOUR, HOUR, -24 * HOUR, 24 * HOUR, -400 * 24 * HOUR, 400 * 24 * HOUR]));
    else if (roll < 0.77) take(world.waits)?.leave();
    else if (roll < 0.91) world.finish(take(world.running), dice() < 0.8);
    else if (roll < 0.925) world.nextPolicy(server());
    else if (roll < 0.94) world.guard(oneOf(['policy', 'policy', 'ask', 'allow', 'block']));
    else if (roll < 0.95) {
      const allowance = pick(core.allowances.list());
      if (allowance) core.allowances.revoke(allowance.id);
    } else if (roll < 0.955) {
      const grant = pick(grants());
      if (grant) core.grants.rotate(grant.id);
    } else if (roll < 0.96) {
      const [grant, ...others] = grants();
      if (grant && others.length > 0) core.grants.revoke(grant.id);
      else core.grants.create(`Client ${calls}`, several ? BOTH : undefined);
    } else if (roll < 0.965) {
      if (several && dice() < 0.5) await unharmed(world.replace);
      else await world.exchange(server());
    } else if (roll < 0.975) await unharmed(() => world.again(oneOf(['stop', 'kill', 'kill'])));
    else failing = oneOf([0, 0, 0.02, 0.3]);
  }

  try {
    for (let count = 0; count < steps; count += 1) {
      try {
        await step();
      } catch (error) {
        // What could not be written was refused, and what is over cannot be answered: people are told so.
        const { name, message, stack } = error as Error;
        if (!['UserFacingError', 'StorageError'].includes(name) && message !== 'injected')
          problems.add(stack ?? message);
      }
      await heard();
      // That the clock was set is noted when somebody looks.
      await unharmed(world.look);
    }
    failing = 0;
    await world.end();
  } finally {
    endFailing();
    world.remove();
  }
  const { starts, forwarded } = world;
  return { seed, calls, ran: forwarded.length, failedWrites, starts, problems: [...problems] };
}
