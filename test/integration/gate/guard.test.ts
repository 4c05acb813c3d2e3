import { describe, expect, it } from 'vitest';
import { MINUTE, openBench, refused, ruled, VIDEO } from './setup.ts';

describe('guard modes', () => {
  it('block: refuses everything at once, and what waits', async () => {
    const { ask, admit, core } = await openBench();
    const asked = await ask(VIDEO);
    core.guard.set({ mode: 'block' });
    expect(refused(await asked.settled()).rule).toBe('(blocked by user)');
    expect(refused(await admit('luma_list_actions', {})).rule).toBe('(blocked by user)');
  });

  it('ask: asks for what the policy would let through', async () => {
    const { admit, core, pending } = await openBench({ version: '1', default: 'allow', tools: {} });
    expect((await admit(VIDEO)).kind).toBe('run');
    core.guard.set({ mode: 'ask' });
    expect((await admit(VIDEO)).kind).toBe('wait');
    expect(pending()[0]?.rule).toBe('(ask for every call)');
  });

  it('allow: answers in the person’s stead until its time, within the policy’s denials and limits', async () => {
    const { admit, core, clock, rows } = await openBench(
      ruled({ require_approval: true, limits: [{ counter: 'c', window: 'month', max: 2 }] }),
    );
    core.guard.set({ mode: 'allow', until: new Date(clock.now() + MINUTE).toISOString() });
    expect((await admit(VIDEO)).kind).toBe('run');
    expect(rows()[0]).toMatchObject({
      decided_by: 'guard mode',
      rule: '/tools/luma_generate_video/require_approval',
    });
    expect(refused(await admit('luma_list_actions', {})).rule).toBe('(default deny)');
    clock.advance(MINUTE - 1);
    expect((await admit(VIDEO)).kind).toBe('run');
    expect(refused(await admit(VIDEO)).rule).toBe('/tools/luma_generate_video/limits/0');
    clock.advance(1);
    expect(core.guard.current()).toEqual({ mode: 'policy' });
  });

  it('allow: lasts 15 min where nobody said, and is told to have ended', async () => {
    const { admit, core, clock } = await openBench();
    const heard: string[] = [];
    core.guard.onChange(({ mode }) => heard.push(mode));
    core.guard.set({ mode: 'allow' });
    clock.advance(15 * MINUTE - 1);
    expect((await admit(VIDEO)).kind).toBe('run');
    clock.advance(1);
    expect((await admit(VIDEO)).kind).toBe('wait');
    expect(heard).toEqual(['allow', 'policy']);
  });

  it('allow without an end, as only a hand-edited file says it, is no permission', async () => {
    const { admit, core } = await openBench();
    core.settings.set({ ...core.settings.get(), guard: { mode: 'allow' } });
    expect(core.guard.current()).toEqual({ mode: 'policy' });
    expect((await admit(VIDEO)).kind).toBe('wait');
  });
});
