import { expect, test } from 'vitest';
import type { Logger } from '../../../main/base/ports.ts';
import { createNotifier } from '../../../main/notify/index.ts';

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

test.each([
  ['linux', 'notify-send'],
  ['freebsd', 'notify-send'],
  ['darwin', 'node-notifier'],
  ['win32', 'node-notifier'],
] as const)('on %s the browser host notifies through %s', async (platform, kind) => {
  const notifier = createNotifier({ platform, logger });
  expect(notifier.status().kind).toBe(kind);
  await notifier.close();
});
