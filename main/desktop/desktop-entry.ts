import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';

/** What the system calls Greenlight by: its entry in the menu, its icon. The same as the package's (package.json). */
export const DESKTOP_NAME = 'greenlight';

/**
 * A desktop entry (freedesktop.org, Desktop Entry Specification 1.5) that starts `program` with `args`. It does not
 * count once the program is gone.
 *
 * @param more Lines that are particular to what the entry is for.
 */
export function desktopEntry(program: string, args: string, more: readonly string[]): string {
  // As an argument, then as a string.
  const argument = program.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%');
  const string = (text: string) => text.replaceAll('\\', '\\\\');
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Greenlight',
    'Comment=Asks before your AI agents spend',
    `Exec=${string(`"${argument}"`)} ${args}`,
    `TryExec=${string(program)}`,
    `Icon=${DESKTOP_NAME}`,
    'Terminal=false',
    ...more,
    '',
  ].join('\n');
}

/**
 * The file of the AppImage that Greenlight runs from; `undefined` where it is installed. It does not go by `APPIMAGE`
 * alone, which every program has that another AppImage started.
 */
export function appImage({ env, execPath }: Pick<Machine, 'env' | 'execPath'>): string | undefined {
  const { APPIMAGE, APPDIR } = env;
  if (!APPDIR) return undefined;
  // The program's own path has no links in it.
  const mounted = existsSync(APPDIR) ? realpathSync(APPDIR) : APPDIR;
  return execPath.startsWith(join(mounted, '/')) ? APPIMAGE : undefined;
}

/** A folder of the XDG Base Directory Specification: as the environment says, if it says one, else in the home. */
export function xdgFolder(
  name: 'XDG_CONFIG_HOME' | 'XDG_DATA_HOME',
  { env, home }: Pick<Machine, 'env' | 'home'>,
): string {
  const usual = { XDG_CONFIG_HOME: '.config', XDG_DATA_HOME: '.local/share' };
  return env[name]?.startsWith('/') ? env[name] : join(home, usual[name]);
}
