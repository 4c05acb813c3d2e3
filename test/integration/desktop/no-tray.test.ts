import { expect, test } from 'vitest';
import { askForTray } from '../../../main/desktop/tray/presence.ts';
import { needsDesktop, startDesktop } from '../../support/desktop.ts';
import { needsPanel, openPanel } from '../../support/electron/panel.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { needsAll } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';

test('a session bus tells whether a panel shows icons', needsAll(needsDesktop, needsPanel), async () => {
  const desktop = await startDesktop();
  try {
    const env = { ...process.env, ...desktop.env };
    expect(await askForTray('linux', env)).toBe('missing');
    const panel = await openPanel(desktop.env);
    expect(await askForTray('linux', env)).toBe('there');
    panel.close();
    await until(async () => (await askForTray('linux', env)) === 'missing');
  } finally {
    await desktop.close();
  }
});

test('where it cannot be asked, nobody knows', async () => {
  expect(await askForTray('linux', { PATH: temporaryFolder() })).toBe('unknown');
  const nowhere = { PATH: process.env.PATH, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere' };
  expect(await askForTray('linux', nowhere)).toBe('unknown');
});
