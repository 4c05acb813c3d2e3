import { describe, expect, it } from 'vitest';
import type { Json } from '../../../shared/json.ts';
import { UserFacingError } from '../../../shared/user-facing-error.ts';
import {
  allow,
  answer,
  asking,
  CAT,
  HOLD,
  MINUTE,
  offer,
  openBench,
  refused,
  ruled,
  running,
  SECOND,
  SERVERS,
  SOON,
  VIDEO,
} from './setup.ts';

const DOG = { prompt: 'A dog' };

describe('allowing with other arguments', () => {
  it('runs what the person wrote, and says what the agent had sent', async () => {
    const { ask, core, rows, approval } = await openBench();
    const asked = await ask(VIDEO);
    core.gate.decide(asked.approvalId, { ...allow, arguments: DOG });
    const run = running(await asked.settled());
    expect(run).toMatchObject({ arguments: DOG, editedFrom: CAT });
    expect(approval(asked.approvalId).edited).toEqual(DOG);
    expect(rows()[0]).toMatchObject({ arguments: JSON.stringify(CAT), edited: JSON.stringify(DOG) });
  });

  it('is not an edit when only the order of names changed', async () => {
    const { ask, core } = await openBench();
    const asked = await ask(VIDEO, { prompt: 'A cat', loop: true });
    core.gate.decide(asked.approvalId, { ...allow, arguments: { loop: true, prompt: 'A cat' } });
    expect(running(await asked.settled()).editedFrom).toBeUndefined();
  });

  it('runs the edited call when the agent comes back with its ticket', async () => {
    const { ask, admit, core, clock } = await openBench();
    const asked = await ask(VIDEO);
    clock.advance(45 * SECOND);
    core.gate.decide(asked.approvalId, { ...allow, arguments: DOG });
    expect((await admit(VIDEO, DOG)).kind).toBe('wait');
    expect(running(await admit(VIDEO))).toMatchObject({ arguments: DOG, editedFrom: CAT });
  });

  const rules: [string, Json, Record<string, Json>][] = [
    ['the tool’s schema', asking, { prompt: 7 }],
    [
      'the policy',
      ruled({
        require_approval: true,
        deny_if: [{ path: 'args.prompt', op: 'contains', value: 'dog', on_deny: 'No dogs.' }],
      }),
      DOG,
    ],
    [
      'a limit',
      ruled({
        require_approval: true,
        limits: [{ counter: 'letters', window: 'hour', max: 10, increment_from: 'args.poll' }],
        validate_arguments: false,
      }),
      { prompt: 'A cat', poll: 11 },
    ],
  ];
  it.each(rules)('is refused by %s, and the approval waits on', async (_, document, edit) => {
    const { ask, core, approval, pending } = await openBench(document);
    const asked = await ask(VIDEO, { prompt: 'A cat', ...('poll' in edit && { poll: 4 }) });
    expect(() => core.gate.decide(asked.approvalId, { ...allow, arguments: edit })).toThrow(UserFacingError);
    expect(approval(asked.approvalId)).toMatchObject({ state: 'pending', edited: undefined });
    expect(pending()).toHaveLength(1);
    core.gate.decide(asked.approvalId, allow);
    expect(running(await asked.settled()).arguments).toMatchObject(CAT);
  });

  it('counts the edited amount instead of the first', async () => {
    const { ask, core, counted, clock } = await openBench(
      ruled({
        require_approval: true,
        limits: [{ counter: 'letters', window: 'hour', max: 10, increment_from: 'args.n' }],
        validate_arguments: false,
      }),
    );
    const asked = await ask(VIDEO, { n: 9 });
    expect(counted().held).toBe(9);
    core.gate.decide(asked.approvalId, { ...allow, arguments: { n: 3 } });
    expect(counted()).toEqual({ held: 3, settled: 0 });
    answer(running(await asked.settled()));
    clock.advance(SOON);
    expect(counted()).toEqual({ held: 0, settled: 3 });
  });
});

describe('allowing for a while', () => {
  it('for 15 min lets the same client and tool through in every session, until the time is over', async () => {
    const { ask, admit, core, clock, rows } = await openBench();
    core.gate.decide((await ask(VIDEO, CAT, { session: 's' })).approvalId, { answer: 'allow', for: '15m' });
    expect((await admit(VIDEO, DOG, { session: 't' })).kind).toBe('run');
    expect(rows().at(-1)).toMatchObject({ decided_by: 'allowance', outcome: 'allowed', forwarded: 1 });
    expect((await admit('luma_extend_video', { video_id: 'v', prompt: 'on' })).kind).toBe('wait');
    const other = core.grants.create('Other', SERVERS).grant;
    expect((await admit(VIDEO, DOG, { grant: other })).kind).toBe('wait');
    clock.advance(15 * MINUTE - 1);
    expect((await admit(VIDEO, DOG)).kind).toBe('run');
    clock.advance(1);
    expect((await admit(VIDEO, DOG)).kind).toBe('wait');
    expect(core.allowances.list()).toEqual([]);
  });

  it('until Greenlight is quit lets 25 through, in every session, and none after a restart', async () => {
    const { ask, admit, core, clock, restart } = await openBench();
    core.gate.decide((await ask(VIDEO, CAT, { session: 's' })).approvalId, { answer: 'allow', for: 'quit' });
    clock.advance(60 * MINUTE);
    expect((await admit(VIDEO, DOG, { session: 's' })).kind).toBe('run');
    expect((await admit(VIDEO, DOG, { session: 't' })).kind).toBe('run');
    expect(core.allowances.list()).toMatchObject([{ ceiling: { calls: 25 }, used: { calls: 2 } }]);
    const next = await restart();
    expect(next.core.allowances.list()).toEqual([]);
    expect((await next.admit(VIDEO, { prompt: 'Another' })).kind).toBe('wait');
  });

  it('for the next 3 lets three through, also of many that come at once, and a crash loses none of them', async () => {
    const { ask, admit, core, restart } = await openBench();
    core.gate.decide((await ask(VIDEO)).approvalId, { answer: 'allow', for: 'next-3' });
    expect((await admit(VIDEO, DOG)).kind).toBe('run');
    const many = await Promise.all([1, 2, 3, 4, 5].map((n) => admit(VIDEO, { prompt: `cat ${n}` })));
    expect(many.map(({ kind }) => kind).sort()).toEqual(['run', 'run', 'wait', 'wait', 'wait']);
    expect(core.allowances.list()).toEqual([]);
    const next = await restart();
    expect((await next.admit(VIDEO, { prompt: 'Another' })).kind).toBe('wait');
  });

  it('for 15 min lets ten through, no more, and what was used is known after a crash', async () => {
    const { ask, admit, core, crash } = await openBench();
    core.gate.decide((await ask(VIDEO)).approvalId, { answer: 'allow', for: '15m' });
    for (let n = 0; n < 9; n++) expect((await admit(VIDEO, { prompt: `cat ${n}` })).kind).toBe('run');
    const next = await crash(() => {});
    expect(next.core.allowances.list()).toMatchObject([{ ceiling: { calls: 10 }, used: { calls: 9 } }]);
    expect((await next.admit(VIDEO, { prompt: 'the tenth' })).kind).toBe('run');
    expect((await next.admit(VIDEO, { prompt: 'one more' })).kind).toBe('wait');
  });

  it('up to a cost lets through what fits below it, and no call of unknown cost', async () => {
    const priced = ruled({ require_approval: true }, { costs: { [VIDEO]: 0.4 } });
    const { ask, admit, core } = await openBench(priced);
    core.gate.decide((await ask(VIDEO)).approvalId, { answer: 'allow', for: 'up-to', upTo: 1.2 });
    for (let n = 0; n < 3; n++) expect((await admit(VIDEO, { prompt: `cat ${n}` })).kind).toBe('run');
    expect((await admit(VIDEO, DOG)).kind).toBe('wait');

    const free = await openBench();
    const asked = await free.ask(VIDEO);
    expect(() => free.core.gate.decide(asked.approvalId, { answer: 'allow', for: 'up-to', upTo: 5 })).toThrow(
      UserFacingError,
    );
    expect(free.pending()).toHaveLength(1);
  });

  it('a call that a limit denies, or that was not allowed by it, uses up nothing', async () => {
    const { ask, admit, core } = await openBench(
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'hour', max: 2 }] }),
    );
    core.gate.decide((await ask(VIDEO)).approvalId, { answer: 'allow', for: 'next-3' });
    expect((await admit(VIDEO, DOG)).kind).toBe('run');
    refused(await admit(VIDEO, { prompt: 'Another' }));
    expect(core.allowances.list()).toMatchObject([{ used: { calls: 1 } }]);
  });

  it('for one prompt covers that call alone; for hosts, calls all of whose addresses are there', async () => {
    const { ask, admit, core } = await openBench();
    core.gate.decide((await ask(VIDEO)).approvalId, { answer: 'allow', for: 'next-3', only: 'call' });
    expect((await admit(VIDEO, CAT)).kind).toBe('run');
    expect((await admit(VIDEO, { ...CAT, loop: true })).kind).toBe('wait');
    expect((await admit(VIDEO, { ...CAT, callback_url: 'https://a.example/x' })).kind).toBe('wait');

    const to = (prompt: string, callback_url: string) => ({ prompt, callback_url });
    const { approvalId } = await ask(VIDEO, to('one', 'https://a.example/1'));
    core.gate.decide(approvalId, { answer: 'allow', for: 'quit', only: 'hosts' });
    expect((await admit(VIDEO, to('two', 'https://a.example/2'))).kind).toBe('run');
    expect((await admit(VIDEO, to('two', 'https://evil.example/2'))).kind).toBe('wait');
    expect((await admit(VIDEO, to('see https://evil.example', 'https://a.example/2'))).kind).toBe('wait');
    expect((await admit(VIDEO, to('three', 'somewhere else'))).kind).toBe('wait');
    const plain = await ask(VIDEO, { prompt: 'no address' });
    expect(() => core.gate.decide(plain.approvalId, { answer: 'allow', for: 'quit', only: 'hosts' })).toThrow(
      'names no host',
    );
  });

  it('answers no more of the client’s other questions than it has room for', async () => {
    const { ask, core, pending } = await openBench();
    const asked = [];
    for (let n = 0; n < 6; n++) asked.push(await ask(VIDEO, { prompt: `cat ${n}` }));
    core.gate.decide(asked[0]?.approvalId ?? '', { answer: 'allow', for: 'next-3' });
    expect(pending()).toHaveLength(2);
    expect(core.allowances.list()).toEqual([]);
  });

  it('answers the client’s other questions for the tool as well, and only those', async () => {
    const { ask, core, pending } = await openBench();
    const [first, second] = [await ask(VIDEO), await ask(VIDEO, DOG)];
    const other = await ask('luma_extend_video', { video_id: 'v', prompt: 'on' });
    core.gate.decide(first.approvalId, { answer: 'allow', for: '15m' });
    running(await first.settled());
    running(await second.settled());
    expect(pending().map(({ id }) => id)).toEqual([other.approvalId]);
  });

  it('does not outlast its revocation, and survives a restart', async () => {
    const { ask, core, restart } = await openBench();
    core.gate.decide((await ask(VIDEO)).approvalId, { answer: 'allow', for: '15m' });
    const next = await restart();
    const [allowance] = next.core.allowances.list();
    expect(allowance).toMatchObject({ effect: 'allow', tool: VIDEO, grantId: next.grant.id });
    expect(next.core.allowances.revoke(allowance?.id ?? '')).toBe(true);
    expect(next.core.allowances.revoke(allowance?.id ?? '')).toBe(false);
    expect((await next.admit(VIDEO)).kind).toBe('wait');
  });

  it('never outranks the policy’s denials or limits', async () => {
    const { ask, admit, core } = await openBench(
      ruled({
        require_approval: true,
        deny_if: [{ path: 'args.callback_url', op: 'exists', value: true }],
        limits: [{ counter: 'c', window: 'hour', max: 2 }],
      }),
    );
    core.gate.decide((await ask(VIDEO)).approvalId, { answer: 'allow', for: '15m' });
    expect(refused(await admit(VIDEO, { ...CAT, callback_url: 'https://x.example' })).rule).toBe(
      '/tools/luma_generate_video/deny_if/0',
    );
    expect((await admit(VIDEO)).kind).toBe('run');
    expect(refused(await admit(VIDEO)).rule).toBe('/tools/luma_generate_video/limits/0');
  });
});

describe('denying and blocking for 15 min', () => {
  it('refuses everything of this client, what waits and what comes, and nobody else’s', async () => {
    const { ask, admit, core, clock, pending } = await openBench({
      version: '1',
      default: 'allow',
      tools: { [VIDEO]: { require_approval: true } },
    });
    const other = core.grants.create('Other', SERVERS).grant;
    const [first, second] = [await ask(VIDEO), await ask(VIDEO, DOG)];
    const others = await ask(VIDEO, CAT, { grant: other });
    core.gate.decide(first.approvalId, { answer: 'deny', for: 'block-15m' });
    expect(refused(await first.settled()).reason).toBe('The user denied this call.');
    expect(refused(await second.settled()).rule).toBe('(blocked by user)');
    expect(refused(await admit('luma_list_actions', {}))).toMatchObject({
      rule: '(blocked by user)',
      retryAfterSeconds: 900,
    });
    expect(pending().map(({ id }) => id)).toEqual([others.approvalId]);
    clock.advance(15 * MINUTE);
    expect((await admit('luma_list_actions', {})).kind).toBe('run');
  });
});

describe('just before forwarding', () => {
  const changes: [string, (bench: Awaited<ReturnType<typeof openBench>>) => unknown, string][] = [
    ['the guard mode', ({ core }) => core.guard.set({ mode: 'block' }), 'already withdrawn'],
    ['the policy', ({ policy }) => policy({ ...asking, description: 'Edited.' }), 'already withdrawn'],
    ['the grant', ({ core, grant }) => core.grants.revoke(grant.id), 'already withdrawn'],
  ];
  it.each(changes)('checks %s once more', async (_, change, message) => {
    const bench = await openBench();
    const asked = await bench.ask(VIDEO);
    await change(bench);
    expect(() => bench.core.gate.decide(asked.approvalId, allow)).toThrow(message);
    expect(bench.rows().every((row) => row.forwarded === 0)).toBe(true);
  });

  it('checks the tool once more, and the approval waits on', async () => {
    const { core, clock, ask, approval, rows } = await openBench();
    const offered = [{ name: VIDEO, inputSchema: { type: 'object', additionalProperties: true } }] as const;
    const change = await offer({ core, clock }, [...offered]);
    const asked = await ask(VIDEO);
    await change([{ name: 'another', inputSchema: { type: 'object' } }]);
    expect(() => core.gate.decide(asked.approvalId, allow)).toThrow('does not offer');
    expect(approval(asked.approvalId).state).toBe('pending');
    expect(rows()[0]?.forwarded).toBe(0);
    await change([...offered]);
    core.gate.decide(asked.approvalId, allow);
    expect((await asked.settled()).kind).toBe('run');
  });
});

describe('a question whose grounds have changed', () => {
  it('moves its calls to one new question, which keeps their hold', async () => {
    const { ask, policy, core, clock, pending, approval } = await openBench();
    const calls = [await ask(VIDEO), await ask(VIDEO)];
    clock.advance(30 * SECOND);
    policy({ ...asking, description: 'Edited.' });
    expect(approval(calls[0]?.approvalId ?? '')).toMatchObject({
      state: 'withdrawn',
      reason: 'The policy changed while this was waiting.',
    });
    expect(pending()).toHaveLength(1);
    const [fresh] = pending();
    expect(core.gate.waiting(fresh?.id ?? '')).toBe(2);
    clock.advance(15 * SECOND);
    for (const call of calls) expect(refused(await call.settled()).ticket).toBe(fresh?.id);
  });

  it('is allowed, denied or hidden where the new policy says so', async () => {
    const { ask, policy, pending, rows } = await openBench();
    const allowed = await ask(VIDEO);
    policy(ruled({}));
    expect((await allowed.settled()).kind).toBe('run');

    policy(asking);
    const denied = await ask(VIDEO);
    policy(ruled({ action: 'deny', reason: 'No more today.' }));
    expect(refused(await denied.settled())).toMatchObject({
      reason: 'No more today.',
      rule: '/tools/luma_generate_video/action',
    });

    policy(asking);
    const hidden = await ask(VIDEO);
    policy({ ...asking, hide: [VIDEO] });
    expect((await hidden.settled()).kind).toBe('unknown tool');
    expect(pending()).toEqual([]);
    expect(rows().map((row) => row.outcome)).toEqual(['allowed', 'denied', 'denied']);
  });

  it('releases what it had reserved before the new policy reserves', async () => {
    const one = (description: string) =>
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }, { description });
    const { ask, policy, counted, pending } = await openBench(one('First.'));
    await ask(VIDEO);
    policy(one('Second.'));
    expect(counted().held).toBe(1);
    expect(pending()).toHaveLength(1);
  });

  it('finds free what a ticket held that ends with it', async () => {
    const two = (description: string) =>
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 2 }] }, { description });
    const { ask, policy, core, clock, counted, pending } = await openBench(two('First.'));
    const ticket = await ask(VIDEO);
    clock.advance(45 * SECOND);
    core.gate.decide(ticket.approvalId, allow);
    await ask(VIDEO, DOG);
    policy(ruled({ require_approval: true, limits: [{ counter: 'c', window: 'day', max: 1 }] }));
    expect(counted().held).toBe(1);
    expect(pending()).toHaveLength(1);
  });

  it('ends when its grant is revoked or its token exchanged', async () => {
    const { ask, core, grant, clock, pending } = await openBench();
    const asked = await ask(VIDEO);
    clock.advance(1);
    core.grants.rotate(grant.id);
    expect(refused(await asked.settled()).rule).toBe('(token exchanged)');
    clock.advance(1);
    const again = await ask(VIDEO, DOG);
    core.grants.update(grant.id, { label: 'Renamed' });
    expect(pending()).toHaveLength(1);
    core.grants.revoke(grant.id);
    expect(refused(await again.settled()).rule).toBe('(revoked)');
    expect(pending()).toEqual([]);
  });

  it('ends with the token that it was asked with, also where that is exchanged in the same millisecond', async () => {
    const { ask, policy, core, grant, clock, pending } = await openBench();
    const asked = await ask(VIDEO);
    core.grants.rotate(grant.id);
    expect(refused(await asked.settled()).rule).toBe('(token exchanged)');
    expect(pending()).toEqual([]);

    // Nor does a call that was judged anew then, and so asked again, run by that.
    clock.advance(1);
    const moved = await ask(VIDEO);
    clock.advance(1);
    policy({ ...asking, description: 'Another.' });
    core.grants.rotate(grant.id);
    expect(refused(await moved.settled()).rule).toBe('(token exchanged)');
    expect(pending()).toEqual([]);
  });
});

describe('a call that shares another’s answer', () => {
  it('hears why there is none when the one that ran failed or its client left', async () => {
    for (const [reached, words] of [
      [true, 'its answer was lost'],
      [false, 'Nothing ran'],
    ] as const) {
      const { ask, core } = await openBench();
      const calls = [await ask(VIDEO), await ask(VIDEO)] as const;
      core.gate.decide(calls[0].approvalId, allow);
      running(await calls[0].settled()).finish({ reached, result: reached ? 'cancelled' : 'upstream error' });
      const second = await calls[1].settled();
      if (second.kind !== 'shared') throw new Error(second.kind);
      expect(await second.response).toMatchObject({
        error: { code: -32603, message: expect.stringContaining(words) },
      });
    }
  });

  it('runs itself when the first has left before the answer came', async () => {
    const { ask, core } = await openBench();
    const calls = [await ask(VIDEO), await ask(VIDEO)] as const;
    calls[0].wait.leave();
    core.gate.decide(calls[1].approvalId, allow);
    expect((await calls[1].settled()).kind).toBe('run');
  });
});

describe('stopping', () => {
  it('answers what waits, marks it interrupted and lets nothing through any more', async () => {
    const { ask, admit, core, approval, rows } = await openBench();
    const asked = await ask(VIDEO);
    core.gate.stop();
    expect(refused(await asked.settled()).rule).toBe('(interrupted)');
    expect(approval(asked.approvalId).state).toBe('interrupted');
    expect(refused(await admit('luma_list_actions', {})).rule).toBe('(interrupted)');
    expect(rows().map((row) => row.outcome)).toEqual(['interrupted', 'interrupted']);
    core.gate.stop();
    expect(rows()).toHaveLength(2);
  });
});

it('an answer counts though something else could not be written between asking and answering', async () => {
  const bench = await openBench();
  const { ask, core, clock } = bench;
  const asked = await ask(VIDEO);
  clock.advance(HOLD);
  // What memory knew is read again; who held the approval holds it still.
  const held = core.approvals.get(asked.approvalId);
  const fail = () =>
    core.database.transaction(() => {
      throw new Error('not my day');
    });
  expect(fail).toThrow('not my day');
  if (!held) throw new Error('It was not asked.');
  core.approvals.change(held, {
    state: 'allowed',
    decidedAt: clock.now(),
    ticketUntil: clock.now() + MINUTE,
  });
  expect(held.state).toBe('allowed');
  expect(core.approvals.pending()).toEqual([]);
  expect(core.approvals.tickets()).toMatchObject([{ id: asked.approvalId }]);
  expect(() => core.gate.decide(asked.approvalId, allow)).toThrow('already allowed');
});
