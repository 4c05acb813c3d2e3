/** While the person reads a question its time stands still: for as long as the window says so, and not for ever. */
import { describe, expect, it } from 'vitest';
import { allow, deny, MINUTE, openBench, refused, ruled, SECOND, ticketed, VIDEO } from './setup.ts';

const BRIEF = ruled({ require_approval: { timeout: '30s' } });

describe('a question that is read', () => {
  /** Has the window say for `ms` that it is read, every four seconds, as it does. */
  function readFor(bench: Awaited<ReturnType<typeof openBench>>, id: string, ms: number): void {
    for (let left = ms; left > 0; left -= 4 * SECOND) {
      bench.core.gate.read([id]);
      bench.clock.advance(Math.min(left, 4 * SECOND));
    }
  }

  it('has the time afterwards that it had before, and then ends', async () => {
    const bench = await openBench(BRIEF);
    const { approvalId, settled } = await bench.ask(VIDEO);
    bench.clock.advance(20 * SECOND);
    readFor(bench, approvalId, 2 * MINUTE);
    const { expiresAt } = bench.approval(approvalId);
    const still = bench.core.gate.stillUntil(approvalId) ?? 0;
    expect(expiresAt - still).toBe(10 * SECOND);
    bench.clock.advance(still - bench.clock.now());
    expect(bench.core.gate.stillUntil(approvalId)).toBeUndefined();
    bench.clock.advance(10 * SECOND - 1);
    expect(bench.approval(approvalId).state).toBe('pending');
    bench.clock.advance(1);
    expect(bench.approval(approvalId).state).toBe('expired');
    // Its client has had a ticket meanwhile: the hold goes on as it does.
    expect(refused(await settled()).outcome).toBe('waiting');
    expect(bench.rows()[0]).toMatchObject({ outcome: 'expired', decided_by: 'timeout' });
  });

  it('runs on ten seconds after the window said so last, and stands still again from the next time', async () => {
    const bench = await openBench(BRIEF);
    const { approvalId } = await bench.ask(VIDEO);
    const left = () =>
      bench.approval(approvalId).expiresAt -
      Math.max(bench.clock.now(), bench.core.gate.stillUntil(approvalId) ?? 0);
    bench.core.gate.read([approvalId]);
    bench.clock.advance(10 * SECOND);
    expect(left()).toBe(30 * SECOND);
    bench.clock.advance(5 * SECOND);
    expect(left()).toBe(25 * SECOND);
    bench.core.gate.read([approvalId]);
    bench.clock.advance(10 * SECOND);
    expect(left()).toBe(25 * SECOND);
  });

  it('stands still for ten minutes in all, however long it is read', async () => {
    const bench = await openBench(BRIEF);
    const { approvalId } = await bench.ask(VIDEO);
    readFor(bench, approvalId, 10 * MINUTE + 29 * SECOND);
    expect(bench.approval(approvalId).state).toBe('pending');
    readFor(bench, approvalId, SECOND);
    expect(bench.approval(approvalId).state).toBe('expired');
    bench.core.gate.read([approvalId]);
    expect(bench.approval(approvalId).state).toBe('expired');
    expect(bench.clock.pending()).toBeLessThan(50);
  });

  it('can be answered in the time it gained, by whoever waits for it', async () => {
    const bench = await openBench(BRIEF);
    const { approvalId, settled, wait } = await bench.ask(VIDEO);
    readFor(bench, approvalId, 40 * SECOND);
    expect(wait.expiresAt).toBe(bench.approval(approvalId).expiresAt);
    bench.core.gate.decide(approvalId, allow);
    expect((await settled()).kind).toBe('run');
  });

  it('ends while the machine sleeps, and is not brought back by a window that wakes', async () => {
    const bench = await openBench(BRIEF);
    const { approvalId } = await bench.ask(VIDEO);
    bench.core.gate.read([approvalId]);
    bench.clock.sleep(MINUTE);
    bench.core.gate.read([approvalId]);
    expect(bench.approval(approvalId).state).toBe('expired');
    expect(() => bench.core.gate.decide(approvalId, allow)).toThrow();
  });

  it('is told to the agent as what it is at least, and a ticket is good for all of it', async () => {
    const { core, clock, approval, approvalId, ask, admit, rows } = await ticketed();
    expect(rows()[0]?.message).toContain('has at least another 4 min 15 s to answer');
    const before = approval(approvalId).expiresAt;
    core.gate.read([approvalId]);
    expect(approval(approvalId).expiresAt).toBe(before + 10 * SECOND);
    clock.advance(before - clock.now() + SECOND);
    const again = await ask(VIDEO);
    expect(again.approvalId).toBe(approvalId);
    core.gate.decide(approvalId, deny);
    expect(refused(await again.settled()).outcome).toBe('denied');
    // What is answered is not read any more.
    core.gate.read([approvalId, 'none']);
    expect(core.gate.stillUntil(approvalId)).toBeUndefined();
    expect(refused(await admit(VIDEO)).outcome).toBe('denied');
  });

  it('runs on where that cannot be written', async () => {
    const bench = await openBench(BRIEF);
    const { approvalId } = await bench.ask(VIDEO);
    bench.core.database.sql.exec(
      "CREATE TRIGGER full BEFORE UPDATE ON approvals BEGIN SELECT RAISE(ABORT, 'full'); END",
    );
    bench.core.gate.read([approvalId]);
    expect(bench.core.gate.stillUntil(approvalId)).toBeUndefined();
    bench.core.database.sql.exec('DROP TRIGGER full');
    bench.clock.advance(30 * SECOND);
    expect(bench.approval(approvalId).state).toBe('expired');
  });
});
