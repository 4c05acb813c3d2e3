/** What a call cost is what its answer says: it counts from the end of the call on, over restarts and kills. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../shared/json.ts';
import { lockDatabase } from '../../support/database-lock.ts';
import {
  allow,
  asking,
  type Bench,
  HOLD,
  openBench,
  refused,
  running,
  SERVER,
  SOON,
  VIDEO,
} from './setup.ts';

const policy = (reserve?: number, more: JsonObject = {}): Json => ({
  version: '1',
  default: 'deny',
  costs: { [VIDEO]: { cost_from: 'usage.total', ...(reserve !== undefined && { reserve }) } },
  tools: {
    [VIDEO]: { limits: [{ counter: 'spend', window: 'day', max: 2, increment_from: 'cost' }], ...more },
  },
});

/** Ends a call whose answer says `usage`. */
function answered(run: ReturnType<typeof running>, structuredContent: JsonObject | undefined): void {
  const response = { result: { content: [], ...(structuredContent && { structuredContent }) } };
  run.finish({ reached: true, result: 'ok', response });
}

const used = (bench: Bench) =>
  bench.core.limits.counters().map(({ key }) => {
    const { settled, held } = bench.core.limits.usedBy(key, 86_400_000);
    return [settled, held];
  });
/** A call that asked in `session` and has a ticket, which the person allowed; it counts for its session. */
async function heldInSession(session: string | undefined) {
  const limits = [{ counter: 'spend', window: 'day', max: 2, increment_from: 'cost', scope: 'session' }];
  const bench = await openBench(policy(undefined, { limits, require_approval: true }));
  const asked = await bench.ask(VIDEO, undefined, session === undefined ? {} : { session });
  bench.clock.advance(HOLD);
  await asked.settled();
  bench.core.gate.decide(asked.approvalId, allow);
  return bench;
}

const costs = (bench: Bench) => bench.rows().map(({ cost }) => cost);

describe('a cost that the answer says', () => {
  test('is held as far as the policy says, and then what it really was: the next one is judged by that', async () => {
    const bench = await openBench(policy(0.5));
    const run = running(await bench.admit(VIDEO));
    expect(used(bench)).toEqual([[0, 0.5]]);
    expect(costs(bench)).toEqual([null]);
    answered(run, { usage: { total: 1.7 } });
    bench.clock.advance(SOON);
    expect(used(bench)).toEqual([[1.7, 0]]);
    expect(costs(bench)).toEqual([1.7]);
    expect((await bench.core.activity.verify()).valid).toBe(true);
    // 0.5 does not fit beside it.
    expect(refused(await bench.admit(VIDEO)).reason).toMatch(/\$0\.30 left, and this call takes \$0\.50/);
  });

  test('without anything held, there is room while anything is left, and none past it', async () => {
    const bench = await openBench(policy());
    answered(running(await bench.admit(VIDEO)), { usage: { total: 1.9 } });
    bench.clock.advance(SOON);
    answered(running(await bench.admit(VIDEO)), { usage: { total: 5 } });
    bench.clock.advance(SOON);
    expect(used(bench)).toEqual([[6.9, 0]]);
    expect(refused(await bench.admit(VIDEO)).reason).toMatch(
      /\$0\.00 left, and what this call takes is known once it has run/,
    );
    bench.clock.advance(86_400_000 + 2_000);
    expect((await bench.admit(VIDEO)).kind).toBe('run');
  });

  test('that comes to exactly all there is leaves no room', async () => {
    const bench = await openBench(policy());
    for (let call = 0; call < 20; call += 1) {
      answered(running(await bench.admit(VIDEO)), { usage: { total: 0.1 } });
      bench.clock.advance(SOON);
    }
    expect((await bench.admit(VIDEO)).kind).toBe('denied');
  });

  test.each([
    ['nothing', undefined],
    ['another member', { usage: {} }],
    ['text', { usage: { total: '1.7' } }],
    ['less than nothing', { usage: { total: -1 } }],
    ['a list on the way', { usage: [{ total: 1 }] }],
    ['a member of all objects', { usage: { __proto__: { total: 1 } } }],
  ] as [string, JsonObject | undefined][])(
    'where the answer says %s, what was held counts',
    async (_, content) => {
      const bench = await openBench(policy(0.5));
      answered(running(await bench.admit(VIDEO)), content);
      bench.clock.advance(SOON);
      expect(used(bench)).toEqual([[0.5, 0]]);
      expect(costs(bench)).toEqual([0.5]);
    },
  );

  test.each([
    ['1.3333333333333333333333333333', 4 / 3],
    ['1e999', 1e300],
    ['400000000000000000000000000001', 4e29],
  ])(
    'that JavaScript cannot keep as it is written, %s, counts as near to it as can be',
    async (text, cost) => {
      const bench = await openBench(policy());
      answered(running(await bench.admit(VIDEO)), { usage: { total: JSON.rawJSON(text) as Json } });
      bench.clock.advance(SOON);
      expect(used(bench)).toEqual([[cost, 0]]);
    },
  );

  test('hides nothing that is spent after it, however large it was', async () => {
    const limits = [{ counter: 'spend', window: 'minute', max: 2, increment_from: 'cost' }];
    const bench = await openBench(policy(0.4, { limits }));
    answered(running(await bench.admit(VIDEO)), { usage: { total: 1e17 } });
    bench.clock.advance(61_000);
    for (let call = 0; call < 5; call += 1) {
      answered(running(await bench.admit(VIDEO)), { usage: { total: 0.4 } });
      bench.clock.advance(SOON);
    }
    expect((await bench.admit(VIDEO)).kind).toBe('denied');
  });

  test.each([
    [1e20, 'denied', []],
    [4e18, 'run', [[4e18, 0]]],
  ] as const)('is measured as it is where budgets are large: of %d of 5e18', async (wei, kind, counted) => {
    const limits = [{ counter: 'wei', window: 'day', max: 5e18, increment_from: 'args.wei' }];
    const bench = await openBench(policy(undefined, { limits, validate_arguments: false }));
    const admitted = await bench.admit(VIDEO, { wei });
    expect(admitted.kind).toBe(kind);
    if (admitted.kind === 'run') answered(admitted.run, undefined);
    bench.clock.advance(SOON);
    expect(used(bench)).toEqual(counted);
    const costs = await openBench(
      policy(undefined, { limits: [{ counter: 'wei', window: 'day', max: 5e18, increment_from: 'cost' }] }),
    );
    answered(running(await costs.admit(VIDEO)), { usage: { total: 4e18 } });
    costs.clock.advance(SOON);
    expect(used(costs)).toEqual([[4e18, 0]]);
  });

  test('counts whole for the other tools of its counter, whose limits are larger than its own', async () => {
    const limit = (max: number) => ({
      validate_arguments: false,
      limits: [{ counter: 'wei', window: 'day', max, increment_from: 'cost' }],
    });
    const bench = await openBench({
      version: '1',
      default: 'deny',
      costs: { [VIDEO]: { cost_from: 'usage.total', reserve: 1 }, luma_get_task: 5e18 },
      tools: { [VIDEO]: limit(1e3), luma_get_task: limit(1e19) },
    });
    answered(running(await bench.admit(VIDEO)), { usage: { total: 8e18 } });
    bench.clock.advance(SOON);
    expect((await bench.admit('luma_get_task', { task_id: 'x' })).kind).toBe('denied');
  });

  const ended = { error: { code: -32000, message: 'It ended.', data: { 'greenlight/ended': true } } };
  const task = { result: { task: { taskId: 't', status: 'working' } } };
  test.each([
    ['an answer that was not read', undefined, { reached: true, result: 'cancelled' }],
    ['an answer that was not read', 0.5, { reached: true, result: 'cancelled' }],
    ['a process that ended', undefined, { reached: true, result: 'upstream error', response: ended }],
    ['a process that ended', 0.5, { reached: true, result: 'upstream error', response: ended }],
    ['a task', undefined, { reached: true, result: 'ok', response: task }],
    ['a task', 0.5, { reached: true, result: 'ok', response: task }],
  ] as const)(
    'of %s is what was to be held (%s), and where that is not said, all that there is',
    async (_, reserve, end) => {
      const bench = await openBench(policy(reserve));
      running(await bench.admit(VIDEO)).finish(end);
      bench.clock.advance(SOON);
      expect(used(bench)).toEqual([[reserve ?? 2, 0]]);
      expect(costs(bench)).toEqual([reserve ?? null]);
      expect((await bench.admit(VIDEO)).kind).toBe(reserve === undefined ? 'denied' : 'run');
    },
  );

  test.each([undefined, 0.1])('judges what was asked before it was known (%s held)', async (reserve) => {
    const bench = await openBench(policy(reserve, { require_approval: true }));
    const [first, second] = [
      await bench.ask(VIDEO, { prompt: 'A' }),
      await bench.ask(VIDEO, { prompt: 'B' }),
    ];
    const ticket = await bench.ask(VIDEO, { prompt: 'C' });
    bench.core.gate.decide(first.approvalId, allow);
    const run = running(await first.settled());
    bench.clock.advance(HOLD);
    bench.core.gate.decide(ticket.approvalId, allow);
    answered(run, { usage: { total: 5 } });
    bench.clock.advance(SOON);
    expect(() => bench.core.gate.decide(second.approvalId, allow)).toThrow(/is reached/);
    expect(bench.approval(second.approvalId).state).toBe('pending');
    expect(refused(await bench.admit(VIDEO, { prompt: 'C' })).reason).toMatch(/is reached/);
    // As soon as there is room it runs.
    const [counter] = bench.core.limits.counters();
    bench.core.limits.reset(counter?.key ?? '');
    running(await bench.admit(VIDEO, { prompt: 'C' }));
  });

  test('that could not be written counts before what comes next is judged', async () => {
    const bench = await openBench(policy());
    const run = running(await bench.admit(VIDEO));
    const unlock = lockDatabase(join(bench.directory, 'greenlight.db'));
    bench.core.database.sql.exec('PRAGMA busy_timeout = 0');
    answered(run, { usage: { total: 5 } });
    bench.clock.advance(SOON);
    expect(bench.core.gate.trouble()).toBeDefined();
    unlock();
    const next = await Promise.all(['A', 'B'].map((prompt) => bench.admit(VIDEO, { prompt })));
    expect(next.map(({ kind }) => kind)).toEqual(['denied', 'denied']);
  });

  test('of nothing counts nothing', async () => {
    const bench = await openBench(policy(0.5));
    answered(running(await bench.admit(VIDEO)), { usage: { total: 0 } });
    bench.clock.advance(SOON);
    expect(used(bench)).toEqual([[0, 0]]);
    expect(costs(bench)).toEqual([0]);
  });

  test('of an answer that failed is what it says', async () => {
    const bench = await openBench(policy(0.5));
    running(await bench.admit(VIDEO)).finish({
      reached: true,
      result: 'tool error',
      response: { result: { content: [], isError: true, structuredContent: { usage: { total: 0.9 } } } },
    });
    bench.clock.advance(SOON);
    expect(used(bench)).toEqual([[0.9, 0]]);
  });

  test('of a call that did not reach the server is none', async () => {
    const bench = await openBench(policy(0.5));
    running(await bench.admit(VIDEO)).finish({ reached: false, result: 'upstream error' });
    bench.clock.advance(SOON);
    expect(used(bench)).toEqual([]);
  });

  test('of a call that was allowed counts likewise, also by a ticket after a restart', async () => {
    const bench = await openBench(policy(0.5, { require_approval: true }));
    const asked = await bench.ask(VIDEO);
    expect(bench.approval(asked.approvalId)).toMatchObject({ cost: undefined });
    expect(bench.approval(asked.approvalId).signals).toContainEqual({
      kind: 'cost',
      text: 'Costs what the server says afterwards; $0.50 is held until then',
    });
    bench.clock.advance(HOLD);
    await asked.settled();
    bench.core.gate.decide(asked.approvalId, allow);
    const after = await bench.restart();
    expect(used(after)).toEqual([[0, 0.5]]);
    answered(running(await after.admit(VIDEO)), { usage: { total: 1.2 } });
    after.clock.advance(SOON);
    expect(used(after)).toEqual([[1.2, 0]]);
    expect(costs(after).at(-1)).toBe(1.2);
  });

  test('of a call that was under way at a kill is what was held', async () => {
    const bench = await openBench(policy(0.5));
    running(await bench.admit(VIDEO));
    const after = await bench.crash();
    expect(used(after)).toEqual([[0.5, 0]]);
  });

  test.each([
    [undefined, 'a'],
    ['a', undefined],
    ['a', 'b'],
  ])(
    'counts where it was held, when the ticket of session %s is used in session %s',
    async (first, second) => {
      const bench = await heldInSession(first);
      answered(
        running(await bench.admit(VIDEO, undefined, second === undefined ? {} : { session: second })),
        { usage: { total: 1.2 } },
      );
      bench.clock.advance(SOON);
      expect(used(bench)).toEqual([[1.2, 0]]);
    },
  );

  test('counts beside calls in one counter as the larger of both, where a client has no session', async () => {
    const limits = [
      { counter: 'c', window: 'day', max: 9, increment_from: 'cost', scope: 'session' },
      { counter: 'c', window: 'day', max: 9, scope: 'grant' },
    ];
    const bench = await openBench(policy(undefined, { limits }));
    for (const total of [0.01, 4]) {
      answered(running(await bench.admit(VIDEO)), { usage: { total } });
      bench.clock.advance(SOON);
    }
    expect(used(bench)).toEqual([[1 + 4, 0]]);
  });

  test('that used up what there is has the person asked, also where a lasting answer would cover the next', async () => {
    const limits = [{ counter: 'spend', window: 'day', max: 2, increment_from: 'cost', when_reached: 'ask' }];
    const bench = await openBench(policy(undefined, { limits, require_approval: true }));
    const { approvalId: before, settled } = await bench.ask(VIDEO, { prompt: 'Before' });
    bench.core.gate.decide(before, allow);
    const [first, second] = [
      await bench.ask(VIDEO, { prompt: 'A' }),
      await bench.ask(VIDEO, { prompt: 'B' }),
    ];
    answered(running(await settled()), { usage: { total: 2 } });
    bench.clock.advance(SOON);
    bench.core.gate.decide(first.approvalId, { answer: 'allow', for: '15m' });
    running(await first.settled());
    expect(bench.approval(second.approvalId).state).toBe('pending');
  });

  test('is covered by no allowance up to a cost, since none is known before', async () => {
    const bench = await openBench(policy(0.5, { require_approval: true }));
    const { approvalId } = await bench.ask(VIDEO);
    const upTo = { answer: 'allow', for: 'up-to', upTo: 5 } as const;
    expect(() => bench.core.gate.decide(approvalId, upTo)).toThrow(/costs is not known before it runs/);
    const { grant, core, clock } = bench;
    core.allowances.allow(
      { grantId: grant.id, server: SERVER, tool: VIDEO },
      { until: clock.now() + 60_000, ceiling: { cost: 5 } },
    );
    expect((await bench.admit(VIDEO, { prompt: 'Another' })).kind).toBe('wait');
  });

  test('is told by no policy that has none', async () => {
    const bench = await openBench(asking);
    const { approvalId } = await bench.ask(VIDEO);
    expect(bench.approval(approvalId).signals.map(({ kind }) => kind)).not.toContain('cost');
  });
});
