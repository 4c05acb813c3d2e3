import { describe, expect, it } from 'vitest';
import {
  allow,
  answer,
  asking,
  CAT,
  HOLD,
  MINUTE,
  offer,
  onServer,
  openBench,
  refused,
  ruled,
  running,
  SECOND,
  SERVER,
  SERVERS,
  SOON,
  ticketed,
  VIDEO,
} from './setup.ts';

describe('a ticket', () => {
  it('runs the call once when the agent calls again', async () => {
    const { admit, core, approvalId, approval, rows, clock } = await ticketed();
    core.gate.decide(approvalId, allow);
    clock.advance(10 * MINUTE - 1);
    const run = running(await admit(VIDEO));
    expect(run.arguments).toEqual(CAT);
    expect(approval(approvalId).usedAt).toBe(clock.now());
    answer(run);
    clock.advance(SOON);
    expect(rows().map((row) => [row.outcome, row.decided_by, row.forwarded, row.result])).toEqual([
      ['allowed', 'person', 0, null],
      ['allowed', 'person', 1, 'ok'],
    ]);
  });

  it('that is not answered yet lets the agent wait on, as often as it calls', async () => {
    const { ask, admit, core, approvalId, pending, clock } = await ticketed();
    const again = await ask(VIDEO);
    clock.advance(HOLD);
    expect(refused(await again.settled())).toMatchObject({ outcome: 'waiting', ticket: approvalId });
    expect(pending()).toHaveLength(1);
    const third = await ask(VIDEO);
    core.gate.decide(approvalId, allow);
    running(await third.settled());
    // It ran for the call that waited, so the ticket is used up.
    expect((await admit(VIDEO)).kind).toBe('wait');
  });

  it('says how long the person still has, and to call with the same arguments', async () => {
    const { ask, clock } = await openBench();
    const asked = await ask(VIDEO);
    clock.advance(HOLD);
    const told = refused(await asked.settled());
    expect(told.reason).toContain('4 min 15 s');
    expect(told.advice).toContain('exactly the same arguments');
  });

  const ends: [string, (bench: Awaited<ReturnType<typeof ticketed>>) => unknown, [string, string]][] = [
    ['allowed', ({ core, approvalId }) => core.gate.decide(approvalId, allow), ['allowed', 'person']],
    [
      'denied',
      ({ core, approvalId }) => core.gate.decide(approvalId, { answer: 'deny', for: 'once' }),
      ['denied', 'person'],
    ],
    ['not answered in time', ({ clock }) => clock.advance(5 * MINUTE), ['expired', 'timeout']],
    [
      'asked under a policy that is gone',
      ({ policy }) => policy({ ...asking, description: 'Edited.' }),
      ['withdrawn', 'greenlight'],
    ],
    ['open when Greenlight stops', ({ core }) => core.gate.stop(), ['interrupted', 'greenlight']],
  ];
  it.each(ends)(
    'that is %s: the log learns it of every call that was told to wait',
    async (_, end, learned) => {
      const bench = await ticketed();
      const { ask, clock, core, rows, approvalId } = bench;
      const again = await ask(VIDEO);
      clock.advance(HOLD);
      await again.settled();
      const other = await ask(VIDEO, { prompt: 'A dog' });
      const told: string[] = [];
      core.activity.onWritten(({ id }) => told.push(id));
      await end(bench);
      const concerned = rows().filter((row) => row.approval_id === approvalId);
      expect(concerned.map((row) => [row.outcome, row.decided_by, row.forwarded])).toEqual([
        [...learned, 0],
        [...learned, 0],
      ]);
      expect(told).toEqual(expect.arrayContaining(concerned.map(({ id }) => id)));
      // What the agent was told stays, and so does another question.
      expect(concerned[0]?.message).toContain('is being asked');
      if (learned[1] === 'person') expect(bench.approval(other.approvalId).state).toBe('pending');
      expect(await core.activity.verify()).toMatchObject({ valid: true });
    },
  );

  it('that is answered seals no row that others changed meanwhile', async () => {
    const { core, approvalId, rows } = await ticketed();
    core.database.sql.exec("UPDATE activity SET label = 'somebody else'");
    core.gate.decide(approvalId, allow);
    expect(rows()[0]).toMatchObject({ outcome: 'waiting', label: 'somebody else' });
    expect(await core.activity.verify()).toMatchObject({ valid: false });
  });

  it('used twice is a new question', async () => {
    const { admit, core, approvalId } = await ticketed();
    core.gate.decide(approvalId, allow);
    answer(running(await admit(VIDEO)));
    expect((await admit(VIDEO)).kind).toBe('wait');
  });

  it('is over after ten minutes, and gives back what it had reserved', async () => {
    const { admit, core, approvalId, approval, clock, counted } = await ticketed(
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }),
    );
    core.gate.decide(approvalId, allow);
    expect(counted().held).toBe(1);
    clock.advance(10 * MINUTE);
    expect(counted()).toEqual({ held: 0, settled: 0 });
    expect(approval(approvalId)).toMatchObject({ state: 'allowed', usedAt: undefined });
    expect(approval(approvalId).reason).toContain('did not call again');
    expect((await admit(VIDEO)).kind).toBe('wait');
  });

  it('keeps its reservation and settles it after the run', async () => {
    const { admit, core, approvalId, counted, clock } = await ticketed(
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }),
    );
    core.gate.decide(approvalId, allow);
    const run = running(await admit(VIDEO));
    expect(counted()).toEqual({ held: 1, settled: 0 });
    answer(run);
    clock.advance(SOON);
    expect(counted()).toEqual({ held: 0, settled: 1 });
    expect(refused(await admit(VIDEO)).rule).toBe('/tools/luma_generate_video/limits/0');
  });

  it('gives its reservation back when the run does not reach the upstream', async () => {
    const { admit, core, approvalId, counted, clock } = await ticketed(
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }),
    );
    core.gate.decide(approvalId, allow);
    running(await admit(VIDEO)).finish({ reached: false, result: 'upstream error' });
    clock.advance(SOON);
    expect(counted()).toEqual({ held: 0, settled: 0 });
    expect((await admit(VIDEO)).kind).toBe('wait');
  });

  it('is not shadowed by an older one, nor by an allowance given with it', async () => {
    const { admit, core, approvalId, clock, counted } = await ticketed(
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }),
    );
    core.gate.decide(approvalId, { answer: 'allow', for: '15m' });
    answer(running(await admit(VIDEO)));
    clock.advance(SOON);
    // The approved call ran under its approval: one reservation, no right left over.
    expect(counted()).toEqual({ held: 0, settled: 1 });
    expect(core.approvals.tickets()).toEqual([]);
    clock.advance(SECOND);
    expect(refused(await admit(VIDEO)).rule).toBe('/tools/luma_generate_video/limits/0');
  });

  type Ticketed = Awaited<ReturnType<typeof ticketed>>;
  type AdmitParameters = Parameters<Ticketed['admit']>;
  const mustNotRun: [string, (bench: Ticketed) => AdmitParameters | Promise<AdmitParameters>][] = [
    ['other arguments', () => [VIDEO, { prompt: 'A cat', loop: true }]],
    ['another tool', () => ['luma_extend_video', CAT]],
    [
      'another grant’s same call',
      ({ core }) => [VIDEO, CAT, { grant: core.grants.create('Other', SERVERS).grant }],
    ],
    [
      'a policy edit',
      ({ policy }) => {
        policy({ ...asking, description: 'Edited.' });
        return [VIDEO];
      },
    ],
    [
      'a policy edit and back again',
      ({ policy }) => {
        policy({ ...asking, description: 'Edited.' });
        policy(asking);
        return [VIDEO];
      },
    ],
    [
      'another policy for the grant',
      ({ core, grant }) => {
        core.grants.update(grant.id, { servers: new Map([[SERVER, 'ask-before-every-video']]) });
        return [VIDEO];
      },
    ],
    [
      'another default policy',
      ({ core }) => {
        const other = core.policies.save({ name: 'Other', document: onServer(asking) });
        core.servers.update(SERVER, { policyId: 'id' in other ? other.id : '' });
        core.settingsChanged();
        return [VIDEO];
      },
    ],
    [
      'the grant’s revocation',
      ({ core, grant }) => {
        core.grants.revoke(grant.id);
        return [VIDEO];
      },
    ],
    [
      'its token’s exchange',
      ({ core, grant, clock }) => {
        clock.advance(1);
        core.grants.rotate(grant.id);
        return [VIDEO];
      },
    ],
    [
      'guard mode block',
      ({ core }) => {
        core.guard.set({ mode: 'block' });
        return [VIDEO];
      },
    ],
    [
      'guard mode block that was lifted',
      ({ core }) => {
        core.guard.set({ mode: 'block' });
        core.guard.set({ mode: 'policy' });
        return [VIDEO];
      },
    ],
    [
      'a block of its client',
      async ({ core, ask }) => {
        const { approvalId } = await ask(VIDEO, { prompt: 'A dog' });
        core.gate.decide(approvalId, { answer: 'deny', for: 'block-15m' });
        return [VIDEO];
      },
    ],
    [
      'a tool that is gone',
      async (bench) => {
        await offer(bench, [{ name: 'another', inputSchema: { type: 'object' } }]);
        return [VIDEO];
      },
    ],
    [
      'a schema that changed',
      async (bench) => {
        await offer(bench, [{ name: VIDEO, inputSchema: { type: 'object', required: ['text'] } }]);
        return [VIDEO];
      },
    ],
  ];
  it.each(mustNotRun)('does not run after %s', async (_, change) => {
    const bench = await ticketed();
    bench.core.gate.decide(bench.approvalId, allow);
    expect((await bench.admit(...(await change(bench)))).kind).not.toBe('run');
    expect(bench.rows().some((row) => row.forwarded === 1)).toBe(false);
    expect(await bench.core.activity.verify()).toMatchObject({ valid: true });
  });

  it('of an older policy version leaves one new question for all who ask, and runs by that', async () => {
    const { policy, ask, admit, core, approvalId, pending, clock } = await ticketed();
    core.gate.decide(approvalId, allow);
    policy({ ...asking, description: 'Edited.' });
    const calls = [await ask(VIDEO), await ask(VIDEO), await ask(VIDEO)];
    expect(pending()).toHaveLength(1);
    clock.advance(HOLD);
    await Promise.all(calls.map((call) => call.settled()));
    core.gate.decide(pending()[0]?.id ?? '', allow);
    running(await admit(VIDEO));
  });

  it('whose policy changed gives its reservation back at once', async () => {
    const one = (description: string) =>
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }, { description });
    const { policy, admit, core, approvalId, counted } = await ticketed(one('First.'));
    core.gate.decide(approvalId, allow);
    policy(one('Second.'));
    expect(counted().held).toBe(0);
    expect((await admit(VIDEO)).kind).toBe('wait');
  });

  it('lives on over a restart, and works once', async () => {
    const { admit, core, approvalId, restart, clock } = await ticketed();
    core.gate.decide(approvalId, allow);
    const next = await restart();
    clock.advance(10 * MINUTE - 1);
    answer(running(await next.admit(VIDEO)));
    expect((await next.admit(VIDEO)).kind).toBe('wait');
    expect(() => admit(VIDEO)).not.toThrow();
  });

  it('ends by the clock after a restart too', async () => {
    const { core, approvalId, restart, clock } = await ticketed(
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }),
    );
    core.gate.decide(approvalId, allow);
    const next = await restart();
    expect(next.counted().held).toBe(1);
    clock.advance(10 * MINUTE);
    expect(next.counted().held).toBe(0);
    expect((await next.admit(VIDEO)).kind).toBe('wait');
  });

  it('is handed out after the grant’s own hold, at once where that is 0', async () => {
    const { core, grant, ask, clock } = await openBench();
    core.grants.update(grant.id, { holdSeconds: 0 });
    const asked = await ask(VIDEO);
    clock.advance(0);
    expect(refused(await asked.settled()).outcome).toBe('waiting');
    core.grants.update(grant.id, { holdSeconds: 3600 });
    const long = await ask(VIDEO);
    clock.advance(5 * MINUTE);
    expect(refused(await long.settled()).rule).toBe('(expired)');
  });
});
