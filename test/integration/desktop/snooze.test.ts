/** Do not disturb, chosen in the tray. */
import { afterEach, expect, test } from 'vitest';
import { machineClock } from '../../../main/base/machine-clock.ts';
import { askForVideo, textOf } from '../../support/client.ts';
import { startTestDesktop, type TestDesktop } from '../../support/electron/desktop.ts';
import { until } from '../../support/wait.ts';

let host: TestDesktop;
afterEach(() => host.stop());

/** The item of the tray's menu that says until when notifications are snoozed. */
const snoozed = () =>
  host.electron.trays[0]?.menu?.template.some(({ label }) =>
    label?.startsWith('Notifications snoozed until'),
  ) === true;

test('takes down what is on the screen, is shown with its end, and brings it back when it is ended', async () => {
  host = await startTestDesktop();
  const { electron, menu, call } = host;
  const { id, answer } = await host.ask(await host.connect(), 'A cat');
  await until(() => electron.notifications[0]?.onScreen === true);
  (await menu()).choose('Snooze notifications', 'for 1 hour');
  await until(() => electron.notifications[0]?.onScreen === false);
  const items = await menu(snoozed);
  expect(electron.trays[0]?.toolTip).toMatch(/\n1 call is waiting\nNotifications snoozed until /);
  expect((await call('state.get', {})).pending).toBe(1);

  items.choose('Notifications snoozed until', 'End now');
  await until(() => electron.notifications.length === 2);
  await menu(() => !snoozed());
  await call('approvals.decide', { id, answer: 'deny' });
  await answer;
});

test('has calls that need an answer denied, where the person chose so, and shows none', async () => {
  host = await startTestDesktop();
  const { electron, menu, call } = host;
  const client = await host.connect();
  (await menu()).choose('Snooze notifications', 'Calls that need you are denied');
  const denies = () =>
    electron.trays[0]?.menu?.find('Snooze notifications', 'Calls that need you are denied').checked === true;
  (await menu(denies)).choose('Snooze notifications', 'until tomorrow');
  await menu(snoozed);
  const { snooze } = await call('state.get', {});
  expect(new Date(snooze?.until ?? '').getHours()).toBe(8);
  expect(textOf(await askForVideo(client, 'A cat'))).toContain('not to be disturbed');
  expect(electron.notifications).toEqual([]);
});

test('ends after sleep where its time was over meanwhile', async () => {
  let asleep = 0;
  const clock = {
    ...machineClock,
    now: () => machineClock.now() + asleep,
    wall: () => machineClock.wall() + asleep,
  };
  host = await startTestDesktop({ clock });
  const { electron, menu } = host;
  (await menu()).choose('Snooze notifications', 'for 30 minutes');
  await menu(snoozed);
  asleep = 31 * 60_000;
  electron.power.emit('resume');
  await menu(() => !snoozed());
});
