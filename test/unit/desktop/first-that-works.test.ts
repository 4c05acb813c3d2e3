import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Notice, Notifier } from '../../../main/base/ports.ts';
import { firstThatWorks } from '../../../main/desktop/notify/first-that-works.ts';
import { createWindowNotifier } from '../../../main/desktop/notify/window-notifier.ts';
import { absentNotifier } from '../../support/greenlight.ts';
import { createTestLogger } from '../../support/log.ts';

const notice: Notice = { id: 'a', title: 'Title', body: 'Body', answerable: true, sound: false };
const signal = new AbortController().signal;
const logger = createTestLogger();
const answering: Notifier = {
  status: () => ({ kind: 'answering', working: true }),
  show: async () => 'allow',
  close: async () => {},
};

test('a notification goes to the first that can show it', async () => {
  const notifier = firstThatWorks([absentNotifier, answering], logger);
  expect(await notifier.show(notice, signal)).toBe('allow');
  expect(notifier.status()).toEqual({ kind: 'answering', working: true });
});

test('where none can, it fails as the last did, and the status is that of the best', async () => {
  const notifier = firstThatWorks([absentNotifier, absentNotifier], logger);
  await expect(notifier.show(notice, signal)).rejects.toThrow('no notification service');
  expect(notifier.status()).toMatchObject({ kind: 'none', working: false });
});

test('what was taken down meanwhile is not shown by the next', async () => {
  const abort = new AbortController();
  const slow: Notifier = {
    ...absentNotifier,
    async show() {
      abort.abort();
      throw new Error('too late');
    },
  };
  expect(await firstThatWorks([slow, answering], logger).show(notice, abort.signal)).toBe('closed');
});

test('the window is the last resort: it shows the approval until that is over, and answers nothing', async () => {
  const shown: (string | undefined)[] = [];
  const notifier = createWindowNotifier(async (id, over) => {
    shown.push(id);
    await once(over, 'abort');
  });
  const abort = new AbortController();
  const responses = [
    notifier.show(notice, abort.signal),
    notifier.show({ ...notice, id: 'summary', answerable: false }, abort.signal),
  ];
  expect(shown).toEqual(['a', undefined]);
  abort.abort();
  expect(await Promise.all(responses)).toEqual(['closed', 'closed']);
  expect(notifier.status().working).toBe(false);
});
