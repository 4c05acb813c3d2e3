import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { askAgainWhenAway } from '../../../main/desktop/away.ts';
import { MINUTE, openBench, VIDEO } from '../gate/setup.ts';

async function openDesk({ wanted }: { wanted: boolean }) {
  const bench = await openBench();
  const { core } = bench;
  core.settings.set({ ...core.settings.get(), askAgainWhenAway: wanted });
  let idle = 0;
  const powerMonitor = Object.assign(new EventEmitter(), { getSystemIdleTime: () => idle });
  askAgainWhenAway({ powerMonitor, core });
  return {
    ...bench,
    powerMonitor,
    idleFor(seconds: number) {
      idle = seconds;
      bench.clock.advance(MINUTE);
    },
    async allowed() {
      core.gate.decide((await bench.ask(VIDEO)).approvalId, { answer: 'allow', for: 'quit' });
      expect((await bench.admit(VIDEO, { prompt: 'A dog' })).kind).toBe('run');
    },
  };
}

test('a locked screen ends what passes without asking, where the person wants that, and no block', async () => {
  const { core, admit, allowed, powerMonitor } = await openDesk({ wanted: true });
  await allowed();
  const other = core.grants.create('Other').grant;
  core.allowances.block(other.id);
  powerMonitor.emit('lock-screen');
  expect(core.allowances.list()).toMatchObject([{ effect: 'block' }]);
  expect((await admit(VIDEO, { prompt: 'A third' })).kind).toBe('wait');

  core.guard.set({ mode: 'allow' });
  powerMonitor.emit('lock-screen');
  expect(core.guard.current().mode).toBe('policy');
});

test('so does being away for ten minutes, not for less', async () => {
  const { core, allowed, idleFor } = await openDesk({ wanted: true });
  await allowed();
  idleFor(599);
  expect(core.allowances.list()).toHaveLength(1);
  idleFor(600);
  expect(core.allowances.list()).toEqual([]);
});

test('else it goes on', async () => {
  const { core, allowed, idleFor, powerMonitor } = await openDesk({ wanted: false });
  await allowed();
  powerMonitor.emit('lock-screen');
  idleFor(6000);
  expect(core.allowances.list()).toHaveLength(1);
});
