/** A paused client: a block that only the person ends. */
import { describe, expect, it } from 'vitest';
import { allow, MINUTE, openBench, refused, running, SERVERS, SOON, ticketed, VIDEO } from './setup.ts';

const PAUSED = {
  rule: '(paused by user)',
  reason: 'The user has paused this client.',
  advice: expect.stringContaining('tell the user'),
  decidedBy: 'person',
};

describe('a paused client', () => {
  it('has what waits denied, and all it calls, however long; each is in the log', async () => {
    const { ask, admit, core, clock, grant, rows, pending } = await openBench();
    const asked = await ask(VIDEO);
    core.gate.pause(grant.id);
    expect(refused(await asked.settled())).toMatchObject(PAUSED);
    expect(pending()).toEqual([]);
    clock.advance(26 * 60 * MINUTE);
    expect(refused(await admit(VIDEO))).toMatchObject(PAUSED);
    expect(rows().map(({ outcome, rule, forwarded }) => [outcome, rule, forwarded])).toEqual([
      ['denied', '(paused by user)', 0],
      ['denied', '(paused by user)', 0],
    ]);
  });

  it('does not use what it was allowed before: an allowance, a ticket, *allow without asking*', async () => {
    const bench = await ticketed();
    const { core, grant, admit, clock } = bench;
    core.gate.decide(bench.approvalId, { answer: 'allow', for: '15m' });
    core.guard.set({ mode: 'allow' });
    core.gate.pause(grant.id);
    expect(refused(await admit(VIDEO))).toMatchObject(PAUSED);
    clock.advance(SOON);
    expect(bench.approval(bench.approvalId).reason).toBe('The user paused this client.');
  });

  it('is the only one', async () => {
    const { admit, core, grant } = await openBench({ version: '1', default: 'allow', tools: {} });
    const other = core.grants.create('Other', SERVERS).grant;
    core.gate.pause(grant.id);
    expect((await admit(VIDEO, undefined, { grant: other })).kind).toBe('run');
  });

  it('goes on with what runs already', async () => {
    const { ask, core, grant } = await openBench();
    const asked = await ask(VIDEO);
    core.gate.decide(asked.approvalId, allow);
    const run = running(await asked.settled());
    core.gate.pause(grant.id);
    expect(() => run.finish({ reached: true, result: 'ok', latencyMs: 1 } as never)).not.toThrow();
  });

  it('stays so after a kill and a start, until it is resumed', async () => {
    const { core, grant, crash, admit } = await openBench();
    core.gate.pause(grant.id);
    core.gate.pause(grant.id);
    expect(core.allowances.list()).toHaveLength(1);
    const next = await crash();
    expect(refused(await next.admit(VIDEO))).toMatchObject(PAUSED);
    const third = await next.restart();
    expect(refused(await third.admit(VIDEO))).toMatchObject(PAUSED);
    expect(third.core.gate.resume(grant.id)).toBe(true);
    expect(third.core.gate.resume(grant.id)).toBe(false);
    expect((await third.admit(VIDEO)).kind).toBe('wait');
    expect(refused(await admit(VIDEO))).toMatchObject(PAUSED);
  });

  it('cannot be resumed by who writes into the database', async () => {
    const { core, grant, crash } = await openBench();
    core.gate.pause(grant.id);
    const next = await crash((sql) => sql.exec('DELETE FROM allowances'));
    // What was taken out is not known; every call is blocked and the person told.
    expect(refused(await next.admit(VIDEO)).rule).toBe('(blocked by user)');
    expect(next.core.problems.map(({ id }) => id)).toContain('seal');
  });

  it('leaves nothing behind when it is revoked', async () => {
    const { core, grant } = await openBench();
    core.gate.pause(grant.id);
    core.grants.revoke(grant.id);
    expect(core.allowances.list()).toEqual([]);
  });
});
