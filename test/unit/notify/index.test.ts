import { expect, test } from 'vitest';
import { createNotifier } from '../../../main/notify/index.ts';
import type { Logger } from '../../../main/ports.ts';

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
