import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Api } from '../api/api.ts';
import type { Logger, SettingsStore } from '../base/ports.ts';
import { ownFile, writePrivateFile } from '../base/private-file.ts';
import { appImage, DESKTOP_NAME, desktopEntry, xdgFolder } from './desktop-entry.ts';
import type { Electron } from './electron.ts';
import type { Machine } from './machine.ts';

/** Told to Greenlight by the system when it starts it at login: then no window opens. */
const AT_LOGIN = '--at-login';

type App = Electron['app'];

/** Whether the system, not the person, has started Greenlight. */
export function startedAtLogin(app: App, platform: NodeJS.Platform, argv: readonly string[]): boolean {
  if (platform === 'darwin') return app.getLoginItemSettings().wasOpenedAtLogin;
  return argv.includes(AT_LOGIN);
}

/**
 * Makes the system start Greenlight at login, or not. Nothing happens in development: the bare Electron
 * would be started. Throws when the entry cannot be written (Linux).
 */
export function setStartAtLogin(
  machine: Pick<Machine, 'electron' | 'platform' | 'env' | 'execPath' | 'home'>,
  on: boolean,
): void {
  const { app } = machine.electron;
  if (!app.isPackaged) return;
  if (machine.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: on, args: [AT_LOGIN] });
    return;
  }
  // Electron has nothing for Linux; this is the freedesktop.org Autostart specification.
  const file = join(xdgFolder('XDG_CONFIG_HOME', machine), 'autostart', `${DESKTOP_NAME}.desktop`);
  if (!on) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  const entry = desktopEntry(appImage(machine) ?? machine.execPath, AT_LOGIN, [
    'X-GNOME-Autostart-enabled=true',
  ]);
  writePrivateFile(ownFile(file), entry);
}

/** Keeps the system's entry as the settings have it, now and whenever they change. */
export function followStartAtLogin(parts: {
  machine: Machine;
  api: Api;
  settings: SettingsStore;
  logger: Logger;
}): void {
  const { machine, api, settings, logger } = parts;
  const follow = () => {
    try {
      setStartAtLogin(machine, settings.get().startAtLogin);
    } catch (error) {
      logger.warn(
        { reason: String(error) },
        'the entry that starts Greenlight at login could not be written',
      );
    }
  };
  follow();
  api.subscribe((event, data) => {
    if (event === 'changed' && 'what' in data && data.what === 'settings') follow();
  });
}
