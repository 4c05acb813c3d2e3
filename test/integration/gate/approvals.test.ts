import { describe, expect, it } from 'vitest';
import type { Admission } from '../../../main/gate/gate.ts';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import {
  allow,
  answer,
  deny,
  HOLD,
  MINUTE,
  openBench,
  refused,
  ruled,
  running,
  SECOND,
  SERVERS,
  ticketed,
  VIDEO,
} from './setup.ts';

describe('a question', () => {
  it('is asked once for five identical calls, runs one, and gives all the answer', async () => {
    const { ask, core, pending, rows } = await openBench();
    const calls = await Promise.all(Array.from({ length: 5 }, () => ask(VIDEO)));
    expect(pending()).toHaveLength(1);
    core.gate.decide(pending()[0]?.id ?? '', allow);
    const settled = await Promise.all(calls.map((call) => call.settled()));
    const runs = settled.filter((one) => one.kind === 'run');
    expect(runs).toHaveLength(1);
    const said = answer(running(runs[0] as Admission), 'a video');
    const shared = settled.flatMap((one) => (one.kind === 'shared' ? [one.response] : []));
    expect(await Promise.all(shared)).toEqual([said, said, said, said]);
    expect(rows().map((row) => [row.outcome, row.forwarded])).toEqual([
      ['allowed', 1],
      ...Array(4).fill(['allowed', 0]),
    ]);
  });

  it('is the same whatever the order of the arguments’ names, and another for any other value', async () => {
    const { ask, pending } = await openBench();
    await ask(VIDEO, { prompt: 'A cat', loop: true });
    await ask(VIDEO, { loop: true, prompt: 'A cat' });
    expect(pending()).toHaveLength(1);
    await ask(VIDEO, { prompt: 'A cat', loop: false });
    expect(pending()).toHaveLength(2);
  });

  it('tells its listeners how many wait, each time that changes', async () => {
    const { ask, core, clock } = await openBench();
    const heard: [string, number][] = [];
    core.gate.onApproval((record) => heard.push([record.state, core.gate.waiting(record.id)]));
    const first = await ask(VIDEO);
    clock.advance(10 * SECOND);
    await ask(VIDEO);
    (await ask(VIDEO)).wait.leave();
    clock.advance(HOLD - 10 * SECOND);
    core.gate.decide(first.approvalId, deny);
    expect(heard).toEqual([
      ['pending', 1],
      ['pending', 2],
      ['pending', 3],
      ['pending', 2],
      ['pending', 1],
      ['denied', 0],
    ]);
  });

  it('is denied with the person’s reason, to everyone who waits', async () => {
    const { ask, core, rows } = await openBench();
    const calls = [await ask(VIDEO), await ask(VIDEO)];
    core.gate.decide(calls[0]?.approvalId ?? '', { ...deny, reason: '  Use a dog.  ' });
    for (const call of calls) {
      expect(refused(await call.settled())).toMatchObject({
        outcome: 'denied',
        reason: 'The user denied this call: Use a dog.',
      });
    }
    expect(rows().map((row) => [row.outcome, row.decided_by])).toEqual(Array(2).fill(['denied', 'person']));
    expect(() => core.gate.decide(calls[0]?.approvalId ?? '', allow)).toThrow('already denied');
  });

  it('that was denied is not asked again for 60 s, and then is', async () => {
    const { ask, admit, core, clock, pending } = await openBench();
    core.gate.decide((await ask(VIDEO)).approvalId, { ...deny, reason: 'Use d.txt instead' });
    clock.advance(MINUTE - 1);
    const again = refused(await admit(VIDEO));
    expect(again.reason).toBe(
      'The user denied this call: Use d.txt instead. That was just now, so they were not asked again.',
    );
    expect(refused(await admit(VIDEO)).outcome).toBe('denied');
    expect((await admit(VIDEO, { prompt: 'A dog' })).kind).toBe('wait');
    clock.advance(1);
    expect((await admit(VIDEO)).kind).toBe('wait');
    expect(pending()).toHaveLength(2);
  });

  it('ends by the policy’s timeout', async () => {
    const bench = await openBench(ruled({ require_approval: { timeout: '30s' } }));
    const asked = await bench.ask(VIDEO);
    bench.clock.advance(30 * SECOND - 1);
    expect(bench.approval(asked.approvalId).state).toBe('pending');
    bench.clock.advance(1);
    expect(bench.approval(asked.approvalId).state).toBe('expired');
    expect(refused(await asked.settled())).toMatchObject({ outcome: 'denied', rule: '(expired)' });
    expect(bench.rows()[0]).toMatchObject({ outcome: 'expired', decided_by: 'timeout', wait_ms: 30_000 });
  });

  it('ends after five minutes where the policy names no time, though its client has a ticket', async () => {
    const { clock, approval, approvalId, core, counted } = await ticketed(
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }),
    );
    expect(counted().held).toBe(1);
    clock.advance(5 * MINUTE - HOLD);
    expect(approval(approvalId).state).toBe('expired');
    expect(counted().held).toBe(0);
    expect(() => core.gate.decide(approvalId, allow)).toThrow(UserFacingError);
  });

  it('whose time passed while the machine slept ends before anybody can answer or join it', async () => {
    const { core, approval, admit, ask, clock, pending } = await openBench();
    const now = clock.now;
    /** The timers did not run; the time has passed all the same. */
    const sleep = () => {
      const woken = now() + 6 * MINUTE;
      clock.now = () => woken;
    };
    const asked = await ask(VIDEO);
    sleep();
    expect(() => core.gate.decide(asked.approvalId, allow)).toThrow('time to answer is over');
    expect(approval(asked.approvalId).state).toBe('expired');
    clock.now = now;
    const joinable = await ask(VIDEO);
    sleep();
    expect((await admit(VIDEO)).kind).toBe('wait');
    expect(approval(joinable.approvalId).state).toBe('expired');
    expect(pending()).toHaveLength(1);
    clock.now = now;
    const left = await ask(VIDEO, { prompt: 'A dog' });
    sleep();
    core.gate.catchUp();
    expect(approval(left.approvalId).state).toBe('expired');
  });

  it('is withdrawn when the last who waits leaves', async () => {
    const { ask, approval, rows, counted } = await openBench(
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }),
    );
    const [first, second] = [await ask(VIDEO), await ask(VIDEO)];
    first.wait.leave();
    expect(approval(first.approvalId).state).toBe('pending');
    second.wait.leave();
    second.wait.leave();
    expect(approval(first.approvalId).state).toBe('withdrawn');
    expect(refused(await second.settled()).rule).toBe('(withdrawn)');
    expect(rows().map((row) => [row.outcome, row.decided_by])).toEqual(
      Array(2).fill(['withdrawn', 'client']),
    );
    expect(counted()).toEqual({ held: 0, settled: 0 });
  });

  it('stays when one leaves after a ticket was handed out', async () => {
    const { ask, approval, approvalId } = await ticketed();
    (await ask(VIDEO)).wait.leave();
    expect(approval(approvalId)).toMatchObject({ state: 'pending', ticket: true });
  });

  it('is not put to the person past ten of one client', async () => {
    const { ask, admit, core, rows } = await openBench();
    for (let n = 0; n < 10; n += 1) await ask(VIDEO, { prompt: `Cat ${n}` });
    expect(refused(await admit(VIDEO, { prompt: 'Cat 10' }))).toMatchObject({ rule: '(too many waiting)' });
    // The same call joins, another client has its own ten.
    expect((await admit(VIDEO, { prompt: 'Cat 3' })).kind).toBe('wait');
    const other = core.grants.create('Other', SERVERS).grant;
    expect((await admit(VIDEO, { prompt: 'Cat 10' }, { grant: other })).kind).toBe('wait');
    expect(rows()[10]).toMatchObject({ outcome: 'denied', approval_id: null });
  });

  it('cannot be answered twice, nor one that is not there', async () => {
    const { ask, core } = await openBench();
    const { approvalId } = await ask(VIDEO);
    core.gate.decide(approvalId, allow);
    expect(() => core.gate.decide(approvalId, deny)).toThrow('already allowed');
    expect(() => core.gate.decide('none', allow)).toThrow('no such approval');
  });
});
