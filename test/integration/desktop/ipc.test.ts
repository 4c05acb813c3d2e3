import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CALL, CANCEL, EVENT, SUBSCRIBE } from '../../../main/desktop/window/channels.ts';
import { startTestDesktop, type TestDesktop } from '../../support/electron/desktop.ts';
import type { FakeContents } from '../../support/electron/window.ts';

let host: TestDesktop;
let page: FakeContents;
const invoke = async (...args: unknown[]) =>
  JSON.parse(String(await host.electron.ipc.invoke(page, CALL, args)));

beforeEach(async () => {
  host = await startTestDesktop();
  page = host.electron.windows[0]?.contents as FakeContents;
});
afterEach(() => host.stop());

test('the page calls methods, and is answered in the words of the contract', async () => {
  expect(await invoke('state.get', '{}')).toMatchObject({ result: { host: 'desktop', pending: 0 } });
});

test('arguments arrive whole and come back whole, a member called __proto__ included', async () => {
  const args = '{"prompt":"A cat","__proto__":{"callback_url":"https://evil.example"}}';
  await invoke('demo.call', `{"arguments":${args}}`);
  const { result } = await invoke('activity.query', '{}');
  expect(JSON.stringify(result.rows[0].arguments)).toBe(args);
});

test.each([
  ['a method there is not', ['state.set', '{}'], 'not_found'],
  ['a member of the table’s prototype', ['constructor', '{}'], 'not_found'],
  ['parameters that are no JSON', ['state.get', '{'], 'invalid'],
  ['parameters that do not fit', ['guard.set', '{"mode":"off"}'], 'invalid'],
  ['a member that is not known', ['guard.set', '{"mode":"ask","force":true}'], 'invalid'],
  ['an object instead of JSON', ['guard.set', { mode: 'ask' }], 'invalid'],
  ['no method', [undefined, '{}'], 'not_found'],
])('%s is refused', async (_what, args, code) => {
  expect(await invoke(...args)).toEqual({ error: { code, message: expect.any(String) } });
  expect(host.running().core.guard.current()).toEqual({ mode: 'policy' });
});

describe('a foreign frame', () => {
  test.each([
    [
      'of another address',
      (contents: FakeContents) => Object.assign(contents.mainFrame, { url: 'https://example.com/' }),
    ],
    [
      'of a look-alike',
      (contents: FakeContents) => Object.assign(contents.mainFrame, { url: 'app://greenlight.example/' }),
    ],
    ['within the page', () => ({ url: 'app://greenlight/' })],
    ['that is gone', () => null],
  ])('%s is refused, and told nothing', async (_what, frameOf) => {
    const frame = frameOf(page);
    const decide = host.electron.ipc.invoke(page, CALL, ['guard.set', '{"mode":"allow"}'], frame);
    await expect(decide).rejects.toThrow('only its own page');
    expect(host.running().core.guard.current()).toEqual({ mode: 'policy' });

    host.electron.ipc.send(page, SUBSCRIBE, frame);
    host.running().core.guard.set({ mode: 'ask' });
    expect(page.sent).toEqual([]);
  });
});

describe('a call that nobody waits for any more', () => {
  test('is not answered to its end once the page says so', async () => {
    const verified = invoke('activity.verify', '{}', 'first');
    host.electron.ipc.send(page, CANCEL, undefined, 'first');
    expect(await verified).toMatchObject({ error: { code: 'conflict' } });
    expect(await invoke('activity.verify', '{}', 'second')).toEqual({ result: { valid: true, rows: 0 } });
  });

  test('nor once its window is closed', async () => {
    const verified = invoke('activity.verify', '{}', 'first');
    host.electron.windows[0]?.close();
    expect(await verified).toMatchObject({ error: { code: 'conflict' } });
  });
});

describe('events', () => {
  const modes = () =>
    page.sent.flatMap(({ channel, args: [name, data] }) =>
      channel === EVENT && name === 'state' ? [JSON.parse(String(data)).guard.mode] : [],
    );

  test('go to pages that subscribed, and to no other', async () => {
    host.running().core.guard.set({ mode: 'ask' });
    expect(modes()).toEqual([]);
    host.electron.ipc.send(page, SUBSCRIBE);
    host.running().core.guard.set({ mode: 'block' });
    expect(modes()).toEqual(['block']);
  });

  test('come once to a page that was loaded anew', () => {
    for (let load = 0; load < 5; load += 1) host.electron.ipc.send(page, SUBSCRIBE);
    host.running().core.guard.set({ mode: 'block' });
    expect(modes()).toEqual(['block']);
    expect(page.listenerCount('destroyed')).toBe(1);
  });

  test('end with the window', () => {
    host.electron.ipc.send(page, SUBSCRIBE);
    host.electron.windows[0]?.close();
    host.running().core.guard.set({ mode: 'block' });
    expect(modes()).toEqual([]);
  });
});
