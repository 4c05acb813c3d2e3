import { afterEach, describe, expect, test } from 'vitest';
import { askForVideo, textOf } from '../../support/client.ts';
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

describe('the tray', () => {
  test('lists what waits and carries out the answers', async () => {
    const { electron, menu } = await start();
    const client = await host.connect('Claude');
    const cat = await host.ask(client, 'A cat in the rain');
    const drone = await host.ask(client, 'Drone over a lake');
    let items = await menu(() => electron.trays[0]?.title === '2');
    items.choose('2 videos are waiting', 'Claude: “A cat in the rain”', 'Allow once');
    expect((await cat.answer).isError).not.toBe(true);

    items = await menu(() => electron.trays[0]?.title === '1');
    items.choose('1 video is waiting', 'Claude: “Drone', 'Deny');
    expect(textOf(await drone.answer)).toContain('denied');
    items = await menu(() => electron.trays[0]?.title === '');
    expect(items.find('Nothing is waiting').enabled).toBe(false);
  });

  test('allows without asking for a while, and says how long', async () => {
    const { electron, menu } = await start();
    (await menu()).choose('Allow without asking', 'for 1 hour');
    await menu(() => electron.trays[0]?.title === '1 h');
    const { mode, until: end } = host.running().core.guard.current();
    expect(mode).toBe('allow');
    expect(Date.parse(end ?? '') - Date.now()).toBeGreaterThan(59 * 60_000);
    expect(electron.trays[0]?.image).toMatchObject({ name: 'allowingTemplate.png' });

    const client = await host.connect();
    const answer = await askForVideo(client, 'A cat');
    expect(answer.isError).not.toBe(true);
  });

  test('does not start with a way in for other programs, once it is packaged', async () => {
    const argv = ['greenlight', '--remote-debugging-port=9222'];
    await expect(startTestDesktop({ packaged: true, argv })).rejects.toThrow(/answer in your place/);
  });

  test('starts at login, where the system is told so', async () => {
    const { electron, menu, call } = await start({ packaged: true });
    (await menu()).choose('Start at login');
    await menu(() => electron.trays[0]?.menu?.find('Start at login').checked === true);
    expect((await call('settings.get', {})).startAtLogin).toBe(true);
    expect(electron.app.loginItem).toMatchObject({ openAtLogin: true });
    (await menu()).choose('Start at login');
    await menu(() => electron.trays[0]?.menu?.find('Start at login').checked === false);
    expect(electron.app.loginItem).toMatchObject({ openAtLogin: false });
  });

  test('on Windows follows the colours of the taskbar, not those of applications', async () => {
    const { electron } = await start({
      platform: 'win32',
      before: ({ theme }) => Object.assign(theme, { shouldUseDarkColorsForSystemIntegratedUI: true }),
    });
    expect(electron.trays[0]?.image).toMatchObject({ name: 'on-dark.png' });
  });

  test('a click opens a window even where nobody knows what waits', async () => {
    const { electron, running } = await start();
    electron.windows[0]?.close();
    const { api } = running();
    Object.assign(api, { call: () => Promise.reject(new Error('a mistake')) });
    electron.trays[0]?.emit('click');
    await until(() => electron.windows.length === 2);
  });

  test('opens the small window when something waits, else the full one', async () => {
    const { electron } = await start();
    electron.windows[0]?.close();
    electron.trays[0]?.emit('click');
    await until(() => electron.windows.length === 2);
    expect(electron.windows[1]?.url).toBe('app://greenlight/');

    await host.ask(await host.connect(), 'A cat');
    electron.trays[0]?.emit('click');
    await until(() => electron.windows.length === 3);
    const compact = electron.windows[2];
    expect(compact?.url).toBe('app://greenlight/?compact#/approvals');
    await until(() => compact?.focused === true);
    // The icon is at the top of the screen, so the window hangs below it.
    expect(compact?.bounds).toMatchObject({ y: 32, width: 420, height: 560 });
    compact?.blur();
    expect(compact?.isDestroyed()).toBe(true);
    expect(electron.windows[1]?.isDestroyed()).toBe(false);
  });
});
