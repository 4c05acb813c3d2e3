import { beforeEach, describe, expect, test } from 'vitest';
import type { Notice, Notifier } from '../../../main/base/ports.ts';
import { createElectronNotifier } from '../../../main/desktop/notify/electron-notifier.ts';
import { createTestClock } from '../../support/clock.ts';
import { createFakeElectron, type FakeElectron } from '../../support/electron/index.ts';

const notice: Notice = {
  id: 'a',
  title: 'Claude wants to make a video',
  body: '“A cat in the rain”\nCosts $0.40',
  answerable: true,
  sound: true,
};

let electron: FakeElectron;
let leftovers: number;
const clock = createTestClock();
const open = (platform: NodeJS.Platform = 'darwin'): Notifier =>
  createElectronNotifier({
    electron: electron.module,
    platform,
    clock,
    onLeftover: () => {
      leftovers += 1;
    },
  });
/** Shows `notice` and waits until it is on the screen. */
async function show(notifier: Notifier, change: Partial<Notice> = {}) {
  const abort = new AbortController();
  const response = notifier.show({ ...notice, ...change }, abort.signal);
  await new Promise((resolve) => setImmediate(resolve));
  const notification = electron.notifications.at(-1);
  if (!notification) throw new Error('Nothing was shown.');
  return { abort, response, notification };
}

beforeEach(() => {
  electron = createFakeElectron({ appPath: '/nowhere', userData: '/nowhere' });
  leftovers = 0;
});

test('shows who wants what, with both answers and a field for a reason', async () => {
  const { notification, abort } = await show(open());
  expect(notification.options).toEqual({
    title: notice.title,
    body: notice.body,
    silent: false,
    timeoutType: 'never',
    urgency: 'normal',
    actions: [
      { type: 'button', text: 'Allow' },
      { type: 'button', text: 'Deny' },
    ],
    hasReply: true,
    replyPlaceholder: 'Deny and say why',
  });
  abort.abort();
});

test('a change from outside has its own answers, and no field', async () => {
  const labels = { allow: 'Use it', deny: 'Keep mine' };
  const { notification, response } = await show(open(), { labels });
  expect(notification.options.actions).toEqual([
    { type: 'button', text: 'Use it' },
    { type: 'button', text: 'Keep mine' },
  ]);
  expect(notification.options.hasReply).toBeUndefined();
  notification.press('Keep mine');
  expect(await response).toBe('deny');
});

test('a summary has no buttons, and one that may make no sound is silent', async () => {
  const { notification, abort } = await show(open(), { answerable: false, sound: false });
  expect(notification.options.actions).toBeUndefined();
  expect(notification.options.hasReply).toBeUndefined();
  expect(notification.options.silent).toBe(true);
  abort.abort();
});

describe('what the person does', () => {
  test.each([
    ['Allow', 'allow'],
    ['Deny', 'deny'],
  ])('%s', async (label, expected) => {
    const { notification, response } = await show(open());
    notification.press(label);
    expect(await response).toBe(expected);
  });

  test('a click opens', async () => {
    const { notification, response } = await show(open());
    notification.click();
    expect(await response).toBe('open');
  });

  test('a written reason denies', async () => {
    const { notification, response } = await show(open());
    notification.write('  Not today, \u202ebudget ');
    expect(await response).toEqual({
      answer: 'deny',
      reason: expect.stringMatching(/^Not today, \[.+\]budget$/),
    });
  });

  test('an empty reply is no answer', async () => {
    const { notification, response } = await show(open());
    notification.write('   ');
    expect(await response).toBe('open');
  });

  test('a button that is not known is no answer', async () => {
    const { notification, response } = await show(open());
    notification.emit('action', { actionIndex: 7 });
    expect(await response).toBe('open');
  });

  test('sweeping it away is no answer', async () => {
    const { notification, response } = await show(open());
    notification.dismiss();
    expect(await response).toBe('closed');
  });

  test('on Windows it can still be answered from the Action Center', async () => {
    const { notification, response } = await show(open('win32'));
    notification.dismiss('timedOut');
    notification.press('Allow');
    expect(await response).toBe('allow');
  });
});

test('what is taken down leaves the screen', async () => {
  const { notification, response, abort } = await show(open());
  expect(notification.onScreen).toBe(true);
  abort.abort();
  expect(await response).toBe('closed');
  expect(notification.onScreen).toBe(false);
});

test('closing takes everything down', async () => {
  const notifier = open();
  const first = await show(notifier);
  const second = await show(notifier);
  await notifier.close();
  expect(await Promise.all([first.response, second.response])).toEqual(['closed', 'closed']);
  expect(electron.notifications.some(({ onScreen }) => onScreen)).toBe(false);
});

describe('failures', () => {
  test('a notification that the system refuses rejects, and the status says what to do, until one works', async () => {
    const notifier = open();
    electron.notificationCenter.failing = 'Notifications are not allowed for this application';
    await expect(notifier.show(notice, new AbortController().signal)).rejects.toThrow('not allowed');
    expect(notifier.status()).toMatchObject({
      working: false,
      message: expect.stringContaining('system settings'),
    });
    electron.notificationCenter.failing = '';
    const { abort } = await show(notifier);
    expect(notifier.status()).toEqual({ kind: 'Electron notification', working: true });
    abort.abort();
  });

  test('a system that says nothing of why is not quoted; Linux has no settings to allow them in', async () => {
    const notifier = open('linux');
    electron.notificationCenter.failing = ' ';
    await expect(notifier.show(notice, new AbortController().signal)).rejects.toThrow(
      /^No notification could be shown\. Start your desktop's notification service/,
    );
  });

  test('a system without notifications is reported before the first', async () => {
    electron.notificationCenter.supported = false;
    const notifier = open('linux');
    expect(notifier.status()).toMatchObject({ working: false, message: expect.any(String) });
    await expect(notifier.show(notice, new AbortController().signal)).rejects.toThrow('no notifications');
  });
});

describe('a notification of an earlier run, pressed on Windows', () => {
  test('opens the window: what it asked is over', () => {
    open('win32');
    electron.activation.handler?.({ type: 'action' });
    clock.advance(300);
    expect(leftovers).toBe(1);
  });

  test('is told apart from one of this run', async () => {
    const { notification, response } = await show(open('win32'));
    electron.activation.handler?.({ type: 'action' });
    notification.press('Allow');
    clock.advance(300);
    expect(await response).toBe('allow');
    expect(leftovers).toBe(0);
  });

  test('is not asked for elsewhere', () => {
    open('darwin');
    expect(electron.activation.handler).toBeUndefined();
  });
});
