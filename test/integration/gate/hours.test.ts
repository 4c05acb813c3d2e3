/** Conditions on the time of the week, by the clock and zone of this machine. */
import { expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { allow, HOLD, MINUTE, openBench, refused, running, SECOND, VIDEO } from './setup.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** An hour of one day, from half an hour before `wall` (ms) on. */
function hourAround(wall: number) {
  const [begin, end] = [wall - 30 * MINUTE, wall + 30 * MINUTE].map((at) => new Date(at)) as [Date, Date];
  const time = (at: Date) => `${at.toTimeString().slice(0, 5)}`;
  return { days: [DAYS[begin.getDay()] as string], from: time(begin), to: time(end) };
}

const openWith = async (rule: (hours: Json) => object) => {
  const bench = await openBench();
  const hours = hourAround(bench.clock.wall());
  bench.policy({ version: '1', default: 'allow', all_tools: rule(hours), tools: {} } as Json);
  return bench;
};

it('a call runs within the hours, and is denied outside of them until a week later', async () => {
  const bench = await openWith((value) => ({ require: [{ path: 'time', op: 'during', value }] }));
  running(await bench.admit(VIDEO));
  bench.clock.advance(29 * MINUTE);
  running(await bench.admit(VIDEO));
  bench.clock.advance(MINUTE);
  expect(refused(await bench.admit(VIDEO))).toMatchObject({
    rule: '/all_tools/require/0',
    reason: expect.stringContaining("by the clock of the person's computer"),
    advice: expect.stringMatching(/^Other arguments do not help/),
  });
  bench.clock.advance(24 * 60 * MINUTE - 30 * MINUTE);
  expect(refused(await bench.admit(VIDEO)).rule).toBe('/all_tools/require/0');
  bench.clock.advance(6 * 24 * 60 * MINUTE);
  running(await bench.admit(VIDEO));
});

it('one that waits when they end cannot be allowed any more, and the person reads why', async () => {
  const bench = await openWith((value) => ({
    require: [{ path: 'time', op: 'during', value }],
    require_approval: true,
  }));
  bench.clock.advance(30 * MINUTE - SECOND);
  const asked = await bench.ask(VIDEO);
  bench.clock.advance(2 * SECOND);
  expect(() => bench.core.gate.decide(asked.approvalId, allow)).toThrow(
    /The policy does not allow it: The policy allows this call only within .*Call again then/,
  );
});

it('one that is asked for outside of them is asked for then alone', async () => {
  const bench = await openWith((value) => ({
    require_approval: { when: [{ path: 'time', op: 'not_during', value }] },
  }));
  running(await bench.admit(VIDEO));
  bench.clock.advance(30 * MINUTE);
  const asked = await bench.ask(VIDEO);
  bench.core.gate.decide(asked.approvalId, allow);
  running(await asked.settled());
});

it('a ticket that was allowed within them, and comes after, is judged as any call', async () => {
  const bench = await openWith((value) => ({
    require: [{ path: 'time', op: 'during', value }],
    require_approval: true,
  }));
  bench.clock.advance(28 * MINUTE);
  const asked = await bench.ask(VIDEO);
  bench.clock.advance(HOLD);
  expect(refused(await asked.settled()).outcome).toBe('waiting');
  bench.core.gate.decide(asked.approvalId, allow);
  bench.clock.advance(2 * MINUTE);
  expect(refused(await bench.admit(VIDEO)).rule).toBe('/all_tools/require/0');
});
