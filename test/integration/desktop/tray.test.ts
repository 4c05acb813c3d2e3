import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

  test('shows what another program changed, and carries out the answers', async () => {
    const { electron, menu, call, dataDir } = await start();
    const file = join(dataDir, 'policies', 'block-everything.json');
    const before = readFileSync(file, 'utf8');
    const write = (policy: object) => writeFileSync(file, JSON.stringify(policy));
    const label = '“Block everything” was changed';
    const offered = (text: string) => () =>
      JSON.stringify(electron.trays[0]?.menu?.template ?? '').includes(text);
    const stands = () => electron.trays[0]?.menu?.template.some((item) => item.label?.startsWith(label));
    const inForce = async () => (await call('policies.get', { id: 'block-everything' })).version;

    write({ ...JSON.parse(before), default: 'allow' });
    const items = await menu(offered('default: “deny” → “allow”'));
    items.choose(label, 'Keep mine');
    await until(() => readFileSync(file, 'utf8') === before);
    await until(() => !stands());
    expect(await inForce()).toBe(1);

    write({ ...JSON.parse(before), default: 'allow' });
    const again = await menu(offered('default: “deny” → “allow”'));
    // It is another by the time the person has chosen: nothing is used, and the window shows what there is.
    write({ ...JSON.parse(before), default: 'allow', hide: ['luma_get_task'] });
    again.choose(label, 'Use it');
    await until(() => electron.windows[0]?.url === 'app://greenlight/#/approvals/policy%3Ablock-everything');
    expect(await inForce()).toBe(1);
    (await menu(offered('hide'))).choose(label, 'Use it');
    await until(() => !stands());
    expect(await inForce()).toBe(2);
  });

  test('pauses a client that waits, and resumes it', async () => {
    const { electron, menu, call } = await start();
    const client = await host.connect('Claude');
    const cat = await host.ask(client, 'A cat');
    (await menu(() => electron.trays[0]?.title === '1')).choose('1 video', 'Pause this client: Claude');
    expect(textOf(await cat.answer)).toContain('The user has paused this client.');
    expect(textOf(await askForVideo(client, 'A dog'))).toContain('paused');

    const isPaused = () =>
      electron.trays[0]?.menu?.template.some(({ label }) => label === 'Claude is paused') === true;
    (await menu(isPaused)).choose('Claude is paused', 'Resume');
    await menu(() => !isPaused());
    expect((await call('allowances.list', {})).allowances).toEqual([]);
    const dog = await host.ask(client, 'A dog');
    await call('approvals.decide', { id: dog.id, answer: 'deny' });
    await dog.answer;
  });

  test('shows what is spent, also by calls that nobody is asked about', async () => {
    const { menu, call, electron } = await start();
    const client = await host.connect();
    await call('policies.save', {
      id: 'ask-before-every-video',
      name: 'Capped',
      document: {
        version: '1',
        default: 'allow',
        costs: { luma_generate_video: 0.4 },
        all_tools: {
          limits: [{ counter: 'spend', window: 'day', max: 5, scope: 'all', increment_from: 'cost' }],
        },
        tools: {},
      },
    });
    const shows = (label: string) => () =>
      electron.trays[0]?.menu?.template.some((item) => item.label === label) === true;
    await menu(shows('$0.00 of $5.00 today'));
    await askForVideo(client, 'A cat');
    await menu(shows('$0.40 of $5.00 today'));
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
