import { describe, expect, it } from 'vitest';
import {
  allow,
  answer,
  CAT,
  MINUTE,
  openBench,
  refused,
  ruled,
  running,
  SECOND,
  SOON,
  VIDEO,
} from './setup.ts';

const limited = (max: number) =>
  ruled({
    require_approval: { when: [{ path: 'args.loop', op: 'eq', value: true }] },
    limits: [{ counter: 'c', window: 'hour', max }],
  });
const LOOP = { ...CAT, loop: true };

describe('after a kill', () => {
  it('what was being asked is interrupted, and its reservation given back', async () => {
    const { ask, clock, crash } = await openBench(limited(1));
    const held = await ask(VIDEO, LOOP);
    clock.advance(45 * SECOND);
    const next = await crash();
    expect(next.approval(held.approvalId)).toMatchObject({ state: 'interrupted', ticket: true });
    expect(next.pending()).toEqual([]);
    expect(next.rows()[0]).toMatchObject({ outcome: 'interrupted', forwarded: 0 });
    expect(next.counted()).toEqual({ held: 0, settled: 0 });
    // The agent calls again: it is asked anew.
    const again = await next.ask(VIDEO, LOOP);
    expect(() => next.core.gate.decide(held.approvalId, allow)).toThrow('already interrupted');
    next.core.gate.decide(again.approvalId, allow);
    expect((await again.settled()).kind).toBe('run');
    expect(await next.core.activity.verify()).toEqual({ valid: true, rows: 2 });
  });

  it('what was unfinished is looked for only after what was noted as finished', async () => {
    const { admit, clock, crash } = await openBench(ruled({}));
    for (let call = 0; call < 3; call++) answer(running(await admit(VIDEO)));
    clock.advance(SOON);
    const noted = ({ core }: Awaited<ReturnType<typeof crash>>) =>
      core.database.sql.prepare('SELECT seq FROM activity_finished').get()?.seq;
    const next = await crash();
    expect(noted(next)).toBe(3);
    answer(running(await next.admit(VIDEO)));
    running(await next.admit(VIDEO));
    next.core.activity.noteFinished();
    expect(noted(next)).toBe(4);
    const last = await next.crash();
    expect(last.rows().map(({ result }) => result)).toEqual(['ok', 'ok', 'ok', 'ok', 'interrupted']);
    expect(noted(last)).toBe(5);
    expect(await last.core.activity.verify()).toEqual({ valid: true, rows: 5 });
  });

  it('is looked for in all of the log where less is left of it than was noted', async () => {
    const { admit, crash } = await openBench(ruled({}));
    running(await admit(VIDEO));
    const next = await crash((sql) => {
      sql.exec('INSERT INTO activity_finished (id, seq) VALUES (1, 7)');
    });
    expect(next.rows()).toMatchObject([{ result: 'interrupted' }]);
  });

  it('a row that was pending says that it was interrupted', async () => {
    const { ask, crash } = await openBench(limited(1));
    const { approvalId } = await ask(VIDEO, LOOP);
    const next = await crash();
    expect(next.rows()).toMatchObject([
      { outcome: 'interrupted', decided_by: 'greenlight', approval_id: approvalId, forwarded: 0 },
    ]);
    expect(await next.core.activity.verify()).toEqual({ valid: true, rows: 1 });
  });

  it('what was forwarded counts on, from now, whether the policy or the person had allowed it', async () => {
    const { admit, ask, core, clock, crash } = await openBench(limited(2));
    running(await admit(VIDEO));
    const asked = await ask(VIDEO, LOOP);
    core.gate.decide(asked.approvalId, allow);
    clock.advance(30 * MINUTE);
    const next = await crash();
    expect(next.rows()).toMatchObject([
      { outcome: 'allowed', forwarded: 1, result: 'interrupted' },
      { outcome: 'allowed', forwarded: 1, result: 'interrupted', decided_by: 'person' },
    ]);
    expect(next.counted()).toEqual({ held: 0, settled: 2 });
    clock.advance(60 * MINUTE - 1);
    expect(refused(await next.admit(VIDEO)).retryAfterSeconds).toBe(1);
    clock.advance(1);
    expect((await next.admit(VIDEO)).kind).toBe('run');
    expect(await next.core.activity.verify()).toEqual({ valid: true, rows: 4 });
  });

  it('a ticket lives on with its reservation, and only the one', async () => {
    const { ask, core, clock, crash } = await openBench(limited(1));
    const asked = await ask(VIDEO, LOOP);
    clock.advance(45 * SECOND);
    core.gate.decide(asked.approvalId, { ...allow, arguments: { prompt: 'A dog', loop: true } });
    const next = await crash();
    expect(next.counted().held).toBe(1);
    const run = running(await next.admit(VIDEO, LOOP));
    expect(run.arguments).toEqual({ prompt: 'A dog', loop: true });
    const third = await next.crash();
    // Used up, and perhaps run: it neither runs again nor is forgotten.
    expect(refused(await third.admit(VIDEO, LOOP)).rule).toBe('/tools/luma_generate_video/limits/0');
    expect(third.counted()).toEqual({ held: 0, settled: 1 });
  });

  it('a ticket whose time passed meanwhile is over', async () => {
    const { ask, core, clock, crash } = await openBench(limited(1));
    const asked = await ask(VIDEO, LOOP);
    clock.advance(45 * SECOND);
    core.gate.decide(asked.approvalId, allow);
    const now = clock.now;
    clock.now = () => now() + 10 * MINUTE;
    const next = await crash();
    clock.now = now;
    expect(next.counted()).toEqual({ held: 0, settled: 0 });
    expect((await next.admit(VIDEO, LOOP)).kind).toBe('wait');
  });

  it('a denial is still remembered, and a block still holds', async () => {
    const { ask, core, crash, grant } = await openBench(limited(5));
    core.gate.decide((await ask(VIDEO, LOOP)).approvalId, { answer: 'deny', for: 'once', reason: 'No.' });
    const next = await crash();
    expect(refused(await next.admit(VIDEO, LOOP)).reason).toContain('No.');
    next.core.allowances.block(grant.id, next.clock.now() + MINUTE);
    const third = await next.crash();
    expect(refused(await third.admit(VIDEO)).rule).toBe('(blocked by user)');
  });

  it('nothing is lost in the midst of many calls, at whatever moment', async () => {
    const { admit, ask, core, rows, crash } = await openBench(limited(1000));
    const crashes = [];
    for (let n = 0; n < 12; n += 1) {
      const run = running(await admit(VIDEO, { prompt: `Cat ${n}` }));
      if (n % 3 === 0) answer(run);
      const asked = await ask(VIDEO, { prompt: `Cat ${n}`, loop: true });
      if (n % 4 === 0) core.gate.decide(asked.approvalId, allow);
      if (n % 4 === 1) core.gate.decide(asked.approvalId, { answer: 'deny', for: 'once' });
      if (n % 4 === 2) asked.wait.leave();
      if (n % 5 === 4) crashes.push({ next: await crash(), written: rows() });
    }
    for (const { next, written } of crashes) {
      const found = next.rows();
      expect(found).toHaveLength(written.length);
      expect(found.map((row) => row.id)).toEqual(written.map((row) => row.id));
      expect(found.filter((row) => row.outcome === 'pending')).toEqual([]);
      expect(found.filter((row) => row.forwarded === 1 && row.result === null)).toEqual([]);
      // Every call that may have run counts.
      expect(next.counted()).toEqual({ held: 0, settled: found.filter((row) => row.forwarded === 1).length });
      expect(await next.core.activity.verify()).toEqual({ valid: true, rows: found.length });
    }
  });
});

describe('what others changed while Greenlight was stopped', () => {
  /** A finished call, one on its way, and one that waits. */
  async function leftOpen() {
    const bench = await openBench(limited(10));
    answer(running(await bench.admit(VIDEO)));
    const asked = await bench.ask(VIDEO, { ...LOOP, prompt: 'allowed' });
    bench.core.gate.decide(asked.approvalId, allow);
    await bench.ask(VIDEO, LOOP);
    return bench;
  }
  const lastLinkOf = (seq: number) =>
    `DELETE FROM activity_chain WHERE link = (SELECT max(link) FROM activity_chain WHERE seq = ${seq})`;

  it.each([
    [
      'a call that was on its way',
      2,
      `UPDATE activity SET arguments = '{"n":1}', label = 'somebody else', cost = 0, result = NULL WHERE seq = 2`,
    ],
    ['a call that waited', 3, `UPDATE activity SET arguments = '{"n":1}' WHERE seq = 3`],
    [
      'a call that is said not to have run',
      2,
      `UPDATE activity SET outcome = 'pending', forwarded = 0 WHERE seq = 2`,
    ],
    ['the last link of the chain, of a call that waited', 3, 'DELETE FROM activity_chain WHERE link = 5'],
    ['the last link of a call that was on its way', 2, lastLinkOf(2)],
    [
      'a link together with its row',
      3,
      `UPDATE activity SET tool = 'x' WHERE seq = 3; UPDATE activity_chain SET content = 'x' WHERE link = 5`,
    ],
  ])('%s is told, never sealed, and counts', async (_, seq, forgery) => {
    const { crash } = await leftOpen();
    const copy = await crash((sql) => sql.exec(forgery));
    expect((await copy.core.activity.verify()).valid).toBe(false);
    expect(copy.core.problems).toContainEqual({
      id: 'activity',
      message: expect.stringContaining(`the row ${seq} `),
    });
    // The one that was on its way may have run, whatever its row says now; the one that waited did not.
    expect(copy.counted()).toEqual({ held: 0, settled: 2 });
    // The log goes on, and still says so, also after the next start.
    answer(running(await copy.admit(VIDEO)));
    const next = await copy.crash();
    expect((await next.core.activity.verify()).valid).toBe(false);
    expect(next.core.problems.map(({ id }) => id)).toContain('activity');
  });

  it('is told with the time that the log shows of it', async () => {
    const bench = await openBench(limited(10));
    bench.clock.advance(MINUTE);
    bench.clock.set(-90 * 24 * 60 * MINUTE);
    await bench.admit(VIDEO);
    const shown = new Date(bench.clock.wall()).toISOString();
    const { core } = await bench.crash((sql) => sql.exec(`UPDATE activity SET label = 'x' WHERE seq = 1`));
    expect(core.problems).toContainEqual({ id: 'activity', message: expect.stringContaining(`(${shown}, `) });
    expect((await core.activity.verify()).message).toContain(`(${shown}, `);
  });

  it('is not sealed either by what completes a row while Greenlight runs', async () => {
    const bench = await openBench(limited(10));
    const { admit, core, counted, rows } = bench;
    const run = running(await admit(VIDEO));
    // A rollback: what memory knew of the row is read again from the disk.
    expect(() =>
      core.database.transaction(() => {
        throw new Error('no');
      }),
    ).toThrow('no');
    core.database.sql.exec(`UPDATE activity SET label = 'somebody else' WHERE seq = 1`);
    answer(run);
    bench.clock.advance(SOON);
    expect(rows()[0]?.result).toBeNull();
    expect(counted().held + counted().settled).toBe(1);
    expect(core.problems).toMatchObject([{ id: 'activity' }]);
    expect((await core.activity.verify()).valid).toBe(false);
  });
});

describe('a ticket that ran out while Greenlight was stopped', () => {
  const SECRET = { ...LOOP, prompt: 'The plan for the merger' };

  /** What is on the disk after a start whose time is beyond that of a ticket given before. */
  async function ranOut(keep: 'values' | 'names') {
    const bench = await openBench(limited(1));
    const { core, clock } = bench;
    core.settings.set({
      ...core.settings.get(),
      activity: { ...core.settings.get().activity, arguments: keep },
    });
    const args = { ...SECRET, callback_url: 'https://example.com/?token=s3cret-value' };
    const asked = await bench.ask(VIDEO, args);
    clock.advance(45 * SECOND);
    core.gate.decide(asked.approvalId, { ...allow, arguments: { ...args, aspect_ratio: '1:1' } });
    const now = clock.now;
    clock.now = () => now() + 10 * MINUTE;
    const next = await bench.crash();
    clock.now = now;
    return next.core.database.sql.prepare('SELECT * FROM approvals').all();
  }

  it('keeps of its arguments only what may be kept', async () => {
    expect(JSON.stringify(await ranOut('values'))).not.toContain('s3cret');
    expect(JSON.stringify(await ranOut('names'))).not.toMatch(/s3cret|merger/);
  });

  it('says why it did not run', async () => {
    expect(await ranOut('values')).toMatchObject([
      {
        state: 'allowed',
        ticket_until: null,
        used_at: null,
        reason: expect.stringContaining('did not call again'),
      },
    ]);
  });
});
