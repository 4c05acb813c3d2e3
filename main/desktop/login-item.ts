import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Api } from '../api/api.ts';
import type { Logger, SettingsStore } from '../base/ports.ts';
import { ownFile, writePrivateFile } from '../base/private-file.ts';
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
  app: App,
  on: boolean,
  { platform, env, execPath }: { platform: NodeJS.Platform; env: NodeJS.ProcessEnv; execPath: string },
): void {
  if (!app.isPackaged) return;
  if (platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: on, args: [AT_LOGIN] });
    return;
  }
  // Electron has nothing for Linux; this is the freedesktop.org Autostart specification.
  const folder = join(env.XDG_CONFIG_HOME ?? join(app.getPath('home'), '.config'), 'autostart');
  const file = join(folder, 'greenlight.desktop');
  if (!on) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(folder, { recursive: true });
  writePrivateFile(ownFile(file), autostartEntry(env.APPIMAGE ?? execPath));
}

/** The entry for `program`, quoted as the Desktop Entry specification wants it: as an argument, then as a string. */
function autostartEntry(program: string): string {
  const argument = program.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  const quoted = `"${argument.replaceAll('\\', '\\\\')}"`;
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Greenlight',
    'Comment=Asks before your AI agents spend',
    `Exec=${quoted} ${AT_LOGIN}`,
    'Icon=greenlight',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
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
      setStartAtLogin(machine.electron.app, settings.get().startAtLogin, machine);
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
