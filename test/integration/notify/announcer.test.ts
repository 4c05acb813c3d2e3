import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { machineClock } from '../../../main/base/machine-clock.ts';
import { createAnnouncer } from '../../../main/notify/announcer.ts';
import { createNotifySendNotifier } from '../../../main/notify/notify-send.ts';
import type { Approval } from '../../../shared/contract.ts';
import { createTestClock } from '../../support/clock.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { silent } from '../../support/log.ts';
import { until } from '../../support/wait.ts';
import { approvalOf } from '../../unit/notify/approval.ts';

const waiting = (...prompts: string[]): Approval[] =>
  prompts.map((prompt) => approvalOf({ id: prompt, arguments: { prompt } }));

describe('the announcer on a real desktop', needsDesktop, () => {
  let desktop: Desktop;
  beforeAll(async () => {
    desktop = await startDesktop();
  });
  afterAll(() => desktop?.close());

  test('shows each question, folds many into one, unfolds them, and hands on the answer', async () => {
    const notifier = createNotifySendNotifier({ logger: silent, env: { ...process.env, ...desktop.env } });
    const onAnswer = vi.fn();
    const onOpen = vi.fn();
    const announcer = createAnnouncer({
      notifier,
      clock: machineClock,
      logger: silent,
      settings: () => ({ enabled: true, sound: false }),
      onAnswer,
      onOpen,
    });

    announcer.update(waiting('cat', 'dog', 'emu'));
    await desktop.waitForDisplayed(3);

    announcer.update(waiting('cat', 'dog', 'emu', 'fox'));
    await desktop.waitForDisplayed(1);
    await expect
      .poll(async () => (await desktop.notices()).at(-1))
      .toMatchObject({ title: '4 videos are waiting' });

    announcer.update(waiting('fox'));
    await expect.poll(async () => (await desktop.notices()).at(-1)).toMatchObject({ body: '“fox”' });
    await desktop.waitForDisplayed(1);
    await desktop.pressAction('allow');
    await expect.poll(() => onAnswer.mock.calls).toEqual([['fox', 'allow']]);

    announcer.update(waiting('gnu'));
    await desktop.pressAction('default');
    await expect.poll(() => onOpen.mock.calls).toEqual([['gnu']]);

    announcer.update(waiting('gnu', 'hen'));
    await desktop.waitForDisplayed(1);
    await announcer.close();
    await desktop.waitForDisplayed(0);
    await notifier.close();
  });

  test('shows a question again that the person swept away, and one whose daemon went', async () => {
    const notifier = createNotifySendNotifier({ logger: silent, env: { ...process.env, ...desktop.env } });
    const clock = createTestClock();
    const onAnswer = vi.fn();
    const announcer = createAnnouncer({
      notifier,
      clock,
      logger: silent,
      settings: () => ({ enabled: true, sound: false }),
      onAnswer,
      onOpen: vi.fn(),
    });
    announcer.update(waiting('ibis'));
    await desktop.waitForDisplayed(1);
    await desktop.dismiss();
    await desktop.waitForDisplayed(0);
    const later = () => void clock.advance(60_000);
    await until(async () => {
      later();
      return (await desktop.displayed()) === 1;
    });

    await desktop.stopDaemon();
    await until(() => !announcer.status().working);
    expect(announcer.status().message).toContain('The notification service ended');
    await desktop.startDaemon();
    await until(async () => {
      later();
      return (await desktop.displayed()) === 1;
    });
    await desktop.pressAction('allow');
    await expect.poll(() => onAnswer.mock.calls).toEqual([['ibis', 'allow']]);
    await announcer.close();
    await notifier.close();
  });
});
