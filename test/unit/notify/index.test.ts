import { expect, test } from 'vitest';
import { createNotifier } from '../../../main/notify/index.ts';
import { silent } from '../../support/log.ts';

test.each([
  ['linux', 'notify-send'],
  ['freebsd', 'notify-send'],
  ['darwin', 'node-notifier'],
  ['win32', 'node-notifier'],
] as const)('on %s the browser host notifies through %s', async (platform, kind) => {
  const notifier = createNotifier({ platform, logger: silent });
  expect(notifier.status().kind).toBe(kind);
  await notifier.close();
});
