/** Do not disturb, chosen in the tray. */
import { afterEach, test } from 'vitest';
import { machineClock } from '../../../main/base/machine-clock.ts';
import { startTestDesktop, type TestDesktop } from '../../support/electron/desktop.ts';

let host: TestDesktop;
afterEach(() => host.stop());

/** The item of the tray's menu that says until when notifications are snoozed. */
const snoozed = () =>
  host.electron.trays[0]?.menu?.template.some(({ label }) =>
    label?.startsWith('Notifications snoozed until'),
  ) === true;

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
