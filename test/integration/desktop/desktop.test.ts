import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { machineClock } from '../../../main/base/machine-clock.ts';
import type { MachineClock } from '../../../main/base/ports.ts';
import { runCli } from '../../support/cli.ts';
import { textOf } from '../../support/client.ts';
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

describe('start', () => {
  test('shows the tray and the window, and hides the dock icon', async () => {
    const { electron } = await start();
    expect(electron.trays).toHaveLength(1);
    expect(electron.app.dock.hidden).toBe(true);
    expect(electron.windows.map(({ url, visible }) => ({ url, visible }))).toEqual([
      { url: 'app://greenlight/', visible: true },
    ]);
    expect(electron.protocol.privileged.get('app')).toMatchObject({ standard: true, secure: true });
  });

  test('opens no window when the system starts it at login', async () => {
    const { electron } = await start({ platform: 'win32', argv: ['Greenlight.exe', '--at-login'] });
    expect(electron.trays).toHaveLength(1);
    expect(electron.windows.filter(({ visible }) => visible)).toEqual([]);
  });

  test('leaves the field to a Greenlight that runs already', async () => {
    const { desktop, electron } = await start({ locked: true });
    expect(desktop).toBeUndefined();
    expect(electron.app.exited).toBe(0);
    expect(electron.trays).toEqual([]);
  });

  test('answers the command line until it ends', async () => {
    const { dataDir } = await start();
    const list = () => runCli(['approvals', 'list', '--home', dataDir]);
    expect(await list()).toMatchObject({ code: 0, stdout: 'Nothing waits for an answer.\n' });
    const lock = await runCli(['doctor', '--home', dataDir]);
    expect(lock.stdout).toContain('(desktop host).');
  });

  test('tells the windows which host they are in, and where secrets are', async () => {
    const { call } = await start();
    expect(await call('state.get', {})).toMatchObject({
      host: 'desktop',
      secrets: 'a file encrypted with a key from the macOS Keychain',
      secretsOpen: false,
    });
  });
});

describe('notifications', () => {
  test('tell what another program changed, and take the answer', async () => {
    const { electron, call, dataDir } = await start({ settings: { holdSeconds: 45 } });
    const file = join(dataDir, 'settings.json');
    const settings = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...settings, holdSeconds: 46 }));
    await until(() => electron.notifications.length === 1);
    expect(electron.notifications[0]?.options).toMatchObject({
      title: 'Settings were changed outside Greenlight',
      body: 'holdSeconds: 45 → 46',
    });
    expect((await call('settings.get', {})).holdSeconds).toBe(45);
    electron.notifications[0]?.press('Use it');
    await until(async () => (await call('settings.get', {})).holdSeconds === 46);
    expect((await call('outside.list', {})).changes).toEqual([]);
  });

  test('Allow lets the one call through', async () => {
    const { electron } = await start();
    const { answer } = await host.ask(await host.connect(), 'A cat in the rain');
    await until(() => electron.notifications.length === 1);
    expect(electron.notifications[0]?.options).toMatchObject({
      title: 'Claude wants to make a video',
      body: expect.stringContaining('A cat in the rain'),
    });
    electron.notifications[0]?.press('Allow');
    expect((await answer).isError).not.toBe(true);
  });

  test('Deny refuses it, and a written reason reaches the agent', async () => {
    const { electron } = await start();
    const client = await host.connect();
    const first = await host.ask(client, 'A cat');
    await until(() => electron.notifications.length === 1);
    electron.notifications[0]?.press('Deny');
    expect((await first.answer).isError).toBe(true);

    const second = await host.ask(client, 'A dog');
    await until(() => electron.notifications.length === 2);
    electron.notifications[1]?.write('Too expensive today');
    expect(textOf(await second.answer)).toContain('Too expensive today');
  });

  test('a click opens the approval and answers nothing', async () => {
    const { electron } = await start();
    const { id } = await host.ask(await host.connect(), 'A cat');
    await until(() => electron.notifications.length === 1);
    electron.notifications[0]?.click();
    await until(() => electron.windows[0]?.url.endsWith(id) === true);
    expect(host.running().core.approvals.pending()).toHaveLength(1);
  });

  test('an answer elsewhere takes the notification down', async () => {
    const { electron, call } = await start();
    const { id } = await host.ask(await host.connect(), 'A cat');
    await until(() => electron.notifications[0]?.onScreen === true);
    await call('approvals.decide', { id, answer: 'deny' });
    expect(electron.notifications[0]?.onScreen).toBe(false);
  });
});

describe('a knock', () => {
  test('on macOS brings the application forward with its window', async () => {
    const { electron } = await start();
    await until(() => electron.windows[0]?.visible === true);
    expect(electron.app.focused).toEqual([{ steal: true }]);
  });

  test('on macOS a link comes by an event of its own, and opens the approval that it names', async () => {
    const { electron } = await start();
    const { id } = await host.ask(await host.connect(), 'A cat');
    let prevented = false;
    const event = {
      preventDefault() {
        prevented = true;
      },
    };
    electron.app.emit('open-url', event, `greenlight://approval/${id}?answer=allow`);
    expect(electron.windows.map(({ url }) => url)).toEqual(['app://greenlight/']);
    electron.app.emit('open-url', event, `greenlight://approval/${id}`);
    expect(electron.windows[0]?.url).toBe(`app://greenlight/#/approvals/${id}`);
    expect(prevented).toBe(true);
    expect(host.running().core.approvals.pending()).toHaveLength(1);
  });
});

describe('mishaps', () => {
  test('after sleep, what ended meanwhile ends', async () => {
    // The time of a sleeping machine goes on, its timers do not.
    let asleep = 0;
    const clock: MachineClock = {
      ...machineClock,
      now: () => machineClock.now() + asleep,
      wall: () => machineClock.wall() + asleep,
    };
    const { electron, call } = await start({ clock });
    const { answer } = await host.ask(await host.connect(), 'A cat');
    await call('guard.set', { mode: 'ask', until: new Date(clock.wall() + 60_000).toISOString() });
    asleep = 24 * 3_600_000;
    electron.power.emit('resume');
    expect(host.running().core.approvals.pending()).toEqual([]);
    expect((await call('settings.get', {})).guard).toEqual({ mode: 'policy' });
    expect((await answer).isError).toBe(true);
    await host.menu(() => electron.trays[0]?.toolTip === 'Greenlight: on, sandbox connected');
  });
});

describe('the end', () => {
  test('after an error that nothing caught in the midst of the start tells the person', async () => {
    const { electron } = await start({ whileStarting: (fail) => fail(new Error('a mistake')) });
    await until(() => electron.app.exited !== undefined);
    expect(electron.app.exited).toBe(1);
    expect(electron.questions).toMatchObject([{ message: expect.stringContaining('error of its own') }]);
  });

  test('of a start that fails by a mistake is told likewise', async () => {
    const { electron, desktop } = await start({
      whileStarting: () => {
        throw new TypeError('a mistake');
      },
    });
    await until(() => electron.app.exited !== undefined);
    expect(desktop).toBeUndefined();
    expect(electron.app.exited).toBe(1);
    expect(electron.questions).toMatchObject([{ detail: expect.stringContaining('TypeError: a mistake') }]);
  });

  test('macOS has a Quit of its own in the menu of the application, which asks as well', async () => {
    const { electron } = await start();
    await host.ask(await host.connect(), 'A cat');
    electron.applicationMenus[0]?.choose('Greenlight', 'Quit');
    await until(() => electron.questions.length > 0);
    expect(electron.app.exited).toBeUndefined();
  });

  test('does not ask when the system shuts down, which waits until all is in order', async () => {
    const { electron } = await start();
    const { answer } = await host.ask(await host.connect(), 'A cat');
    let waits = false;
    electron.power.emit('shutdown', {
      preventDefault() {
        waits = true;
      },
    });
    await until(() => electron.app.exited === 0);
    expect(waits).toBe(true);
    expect(textOf(await answer)).toMatch(/stop/i);
    expect(electron.questions).toEqual([]);
  });

  test('does not ask when a logout of macOS quits it: the question would cancel that', async () => {
    const { electron } = await start();
    const { answer } = await host.ask(await host.connect(), 'A cat');
    electron.app.quit();
    await until(() => electron.app.exited === 0);
    expect(textOf(await answer)).toMatch(/stop/i);
    expect(electron.questions).toEqual([]);
  });

  test('comes when the session of Windows ends, though no window is open', async () => {
    const { electron } = await start({ platform: 'win32', argv: ['Greenlight.exe', '--at-login'] });
    const { answer } = await host.ask(await host.connect(), 'A cat');
    expect(electron.windows.filter(({ visible }) => visible)).toEqual([]);
    for (const window of electron.windows) window.emit('session-end');
    await until(() => electron.app.exited === 0);
    expect(textOf(await answer)).toMatch(/stop/i);
  });
});
