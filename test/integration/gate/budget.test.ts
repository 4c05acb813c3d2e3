import { describe, expect, it } from 'vitest';
import { CAT, MINUTE, openBench, refused, SERVER, VIDEO } from './setup.ts';

const DOG = { prompt: 'A dog' };

/** A policy that allows videos of $0.40 up to $1 a day. */
const upTo1 = (when_reached: 'ask' | 'deny', rule = {}) => ({
  version: '1',
  default: 'deny',
  costs: { [VIDEO]: 0.4 },
  all_tools: {
    limits: [
      { counter: 'daily budget', window: 'day', max: 1, increment_from: 'cost', scope: 'all', when_reached },
    ],
  },
  tools: { [VIDEO]: rule },
});

describe('at the end of a budget', () => {
  it('that denies, says its unit, what is left and from when on there is room', async () => {
    const { admit } = await openBench(upTo1('deny'));
    for (const n of [1, 2]) expect((await admit(VIDEO, { prompt: `cat ${n}` })).kind).toBe('run');
    const denial = refused(await admit(VIDEO, DOG));
    expect(denial.reason).toBe(
      'The limit "daily budget" is reached: $1.00 in 24 hours, $0.20 left, and this call takes $0.40.',
    );
    expect(denial.rule).toBe('/all_tools/limits/0');
  });

  it('the time is given as one that means the same everywhere', async () => {
    const { admit, clock, core } = await openBench(upTo1('deny'));
    for (const n of [1, 2]) {
      const found = await admit(VIDEO, { prompt: `cat ${n}` });
      if (found.kind === 'run') found.run.finish({ reached: true, result: 'ok', response: { result: {} } });
    }
    const from = new Date(core.clock.toWall(core.clock.now()) + 24 * 60 * MINUTE);
    clock.advance(60 * MINUTE);
    const { advice, retryAfterSeconds } = refused(await admit(VIDEO, DOG));
    expect(retryAfterSeconds).toBeLessThanOrEqual(23 * 3600 + 1);
    expect(advice).toContain(`There is room for it from ${from.toISOString().slice(0, 16)}`);
  });

  it('that asks, asks though the policy, an allowance or the guard mode would let it pass, and counts what was allowed', async () => {
    const { admit, ask, core, approval } = await openBench(upTo1('ask'));
    for (const n of [1, 2]) expect((await admit(VIDEO, { prompt: `cat ${n}` })).kind).toBe('run');
    const { approvalId } = await ask(VIDEO, DOG);
    expect(approval(approvalId)).toMatchObject({ rule: '/all_tools/limits/0', cost: 0.4 });
    expect(core.approvals.get(approvalId)?.signals[0]).toEqual({
      kind: 'budget',
      text: 'Past “daily budget”: $1.00 in 24 hours, $0.20 left, and this call takes $0.40',
    });
    core.gate.decide(approvalId, { answer: 'allow', for: 'next-3' });
    expect(
      core.limits.usedBy(core.limits.ofAll('daily budget', 'all', SERVER).key, 86_400_000),
    ).toMatchObject({
      held: expect.closeTo(1.2),
    });
    expect((await admit(VIDEO, { prompt: 'one more' })).kind).toBe('wait');
    core.guard.set({ mode: 'allow' });
    expect((await admit(VIDEO, { prompt: 'and another' })).kind).toBe('wait');
  });

  it('an allowance answers no question that is past it', async () => {
    const { ask, core, pending } = await openBench(upTo1('ask', { require_approval: true }));
    const first = await ask(VIDEO, CAT);
    await ask(VIDEO, DOG);
    await ask(VIDEO, { prompt: 'A third' });
    core.gate.decide(first.approvalId, { answer: 'allow', for: '15m' });
    expect(pending()).toHaveLength(2);
  });

  it.each([
    [5e12, 1e14],
    [1e15, 1e20],
    [5e18, 1e20],
    [1e290, 1.7e308],
  ])('nor one that would exceed %d by %d alone', async (max, much) => {
    const limits = [{ counter: 'wei', window: 'day', max, increment_from: 'args.wei', when_reached: 'ask' }];
    const policy = upTo1('ask', { require_approval: true, validate_arguments: false, limits });
    const { ask, core, pending } = await openBench(policy);
    const first = await ask(VIDEO, { prompt: 'a', wei: 1 });
    await ask(VIDEO, { prompt: 'b', wei: much });
    core.gate.decide(first.approvalId, { answer: 'allow', for: '15m' });
    expect(pending()).toHaveLength(1);
  });

  it('a limit that denies still does, beside one that asks', async () => {
    const policy = upTo1('ask', { limits: [{ counter: 'n', window: 'day', max: 2 }] });
    const { admit } = await openBench(policy);
    for (const n of [1, 2]) expect((await admit(VIDEO, { prompt: `cat ${n}` })).kind).toBe('run');
    expect(refused(await admit(VIDEO, DOG)).rule).toBe('/tools/luma_generate_video/limits/0');
  });
});
