import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Notice } from '../../../main/base/ports.ts';
import { createNodeNotifier } from '../../../main/notify/node-notifier.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { silent } from '../../support/log.ts';

const notice: Notice = { id: 'a', title: 'Claude asks', body: 'A cat', answerable: true, sound: false };
const never = new AbortController().signal;
// The package itself, on the one system it can be run on here; there it knows no buttons.
describe('the package node-notifier', needsDesktop, () => {
  let desktop: Desktop;
  beforeAll(async () => {
    desktop = await startDesktop();
    for (const [name, value] of Object.entries(desktop.env)) vi.stubEnv(name, value);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await desktop?.close();
  });

  test('shows a notification, and reports when it cannot until it can again', async () => {
    const notifier = createNodeNotifier({ platform: 'linux', logger: silent });
    expect(await notifier.show(notice, never)).toBe('closed');
    await desktop.waitForDisplayed(1);
    expect(await desktop.notices()).toMatchObject([{ title: 'Claude asks', body: 'A cat' }]);

    await desktop.stopDaemon();
    await expect(notifier.show(notice, never)).rejects.toThrow('No notification could be shown');
    expect(notifier.status()).toMatchObject({
      working: false,
      message: expect.stringContaining('in the window'),
    });

    await desktop.startDaemon();
    await notifier.show(notice, never);
    expect(notifier.status()).toEqual({ kind: 'node-notifier', working: true });
    await notifier.close();
    expect(await notifier.show(notice, never)).toBe('closed');
  });
});
