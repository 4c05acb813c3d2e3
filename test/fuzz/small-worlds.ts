/**
 * Small worlds: two calls, an answer, one change (of policy, guard mode, grant or upstream), the end of the time to
 * answer, and a kill, in every order. In each the books must balance.
 */
import { LUMA } from '../../shared/server-id.ts';
import { heard, MINUTE, openWorld, SECOND, type World } from './world.ts';

/** Which call the second one is: the same as the first, or one that differs in what is sent beside the arguments. */
type Second = 'the same' | 'another';
export const changes = ['policy', 'guard mode', 'grant', 'upstream'] as const;

/** One world: what is changed in it, and what happens, in order. */
export interface SmallWorld {
  change: (typeof changes)[number];
  second: Second;
  order: readonly string[];
}

/** Every small world: 720 orders of six events, for four changes and two second calls. */
export function* smallWorlds(): Generator<SmallWorld> {
  for (const order of orders(['first', 'second', 'answer', 'change', 'expiry', 'kill'])) {
    for (const change of changes) {
      for (const second of ['the same', 'another'] as const) yield { change, second, order };
    }
  }
}

/** What does not balance in `one`, whose calls go to `server`. */
export async function seeWorld(one: SmallWorld, server = LUMA): Promise<string[]> {
  const world = await openWorld(server !== LUMA);
  try {
    for (const event of one.order) {
      await happen({ world, server }, event, one);
      await heard();
      world.clock.advance(SECOND);
      await heard();
    }
    await world.end();
  } finally {
    world.remove();
  }
  return [...world.problems];
}

async function happen(
  { world, server }: { world: World; server: string },
  event: string,
  { change, second }: SmallWorld,
): Promise<void> {
  const { core, grant } = world.greenlight;
  // The client of the first start: it is the one that calls.
  const caller = core.grants.list()[0]?.id ?? grant.id;
  const call = { server, tool: 'luma_generate_video', arguments: { prompt: 'a' } };
  switch (event) {
    case 'first':
      return await world.admit(caller, call);
    case 'second':
      return await world.admit(caller, {
        ...call,
        ...(second === 'another' && { also: { inputResponses: { usd: 1 } } }),
      });
    case 'answer': {
      const [approval] = core.approvals.pending();
      if (approval) world.answer(approval.id, { answer: 'allow', for: 'once' });
      return;
    }
    case 'expiry':
      return world.clock.advance(5 * MINUTE);
    case 'kill':
      return world.again('kill');
  }
  if (change === 'policy') world.nextPolicy(server);
  else if (change === 'guard mode') world.guard('block');
  else if (change === 'grant') core.grants.rotate(caller);
  else await world.exchange(server);
}

function* orders(events: readonly string[]): Generator<string[]> {
  if (events.length === 0) yield [];
  for (const [index, event] of events.entries()) {
    for (const rest of orders(events.toSpliced(index, 1))) yield [event, ...rest];
  }
}
