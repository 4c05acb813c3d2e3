/** The keys that bring the oldest question forward. */
import { afterEach, expect, test } from 'vitest';
import {
  startTestDesktop,
  type TestDesktop,
  type TestDesktopOptions,
} from '../../support/electron/desktop.ts';
import { until } from '../../support/wait.ts';

let host: TestDesktop;
const start = async (options?: TestDesktopOptions) => {
  host = await startTestDesktop(options);
  return host;
};
afterEach(() => host.stop());

const taken = () => [...host.electron.shortcuts.taken.keys()];
const noShortcut = async () => (await host.call('state.get', {})).desktop?.noShortcut;

test('there are none at first; those that are chosen take the place of those before', async () => {
  const { call } = await start();
  expect(taken()).toEqual([]);
  await call('settings.set', { shortcut: 'Control+Alt+G' });
  expect(taken()).toEqual(['Control+Alt+G']);
  await call('settings.set', { shortcut: 'Control+Alt+H' });
  expect(taken()).toEqual(['Control+Alt+H']);
  await call('settings.set', { theme: 'dark' });
  expect(taken()).toEqual(['Control+Alt+H']);
  await call('settings.set', { shortcut: '' });
  expect(taken()).toEqual([]);
  expect(await noShortcut()).toBeUndefined();
  await expect(call('settings.set', { shortcut: 'G' })).rejects.toThrow('no shortcut');
});

test('they bring the oldest question forward, and answer nothing', async () => {
  const { electron } = await start({ settings: { shortcut: 'Control+Alt+G' } });
  const client = await host.connect();
  const cat = await host.ask(client, 'A cat');
  const dog = await host.ask(client, 'A dog');
  electron.windows[0]?.close();
  const press = () => electron.shortcuts.taken.get('Control+Alt+G')?.();
  press();
  await until(() => electron.windows[1]?.focused === true);
  expect(electron.windows[1]?.url).toBe(`app://greenlight/#/approvals/${cat.id}`);
  expect(host.running().core.approvals.pending()).toHaveLength(2);
  await host.call('approvals.decide', { id: cat.id, answer: 'deny' });
  press();
  expect(electron.windows[1]?.url).toBe(`app://greenlight/#/approvals/${dog.id}`);
  await host.call('approvals.decide', { id: dog.id, answer: 'deny' });
  press();
  expect(electron.windows).toHaveLength(2);
  await Promise.all([cat.answer, dog.answer]);
});

test('keys that another program has are said, until others are chosen', async () => {
  const { call, electron } = await start({
    settings: { shortcut: 'Control+Alt+G' },
    before: ({ shortcuts }) => shortcuts.refused.add('Control+Alt+G'),
  });
  expect(await noShortcut()).toMatch(/^⌃ ⌥ G does nothing here: .*Choose other keys\.$/);
  await call('settings.set', { shortcut: 'Control+Alt+H' });
  expect(await noShortcut()).toBeUndefined();
  expect([...electron.shortcuts.taken.keys()]).toEqual(['Control+Alt+H']);
  expect((await call('diagnostics.get', {})).text).toContain('Shortcut: Control+Alt+H');
});

test('Electron that refuses keys by an exception is the same', async () => {
  const { electron } = await start({
    settings: { shortcut: 'Control+Alt+G' },
    before: ({ module }) =>
      Object.assign(module.globalShortcut, {
        register: () => {
          throw new TypeError('Error processing argument');
        },
      }),
  });
  expect(await noShortcut()).toContain('Choose other keys.');
  expect(electron.trays).toHaveLength(1);
});
