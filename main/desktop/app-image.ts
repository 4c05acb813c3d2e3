import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '../base/ports.ts';
import { ownFile, writePrivateFile } from '../base/private-file.ts';
import { LINK_SCHEME } from './deep-link.ts';
import { appImage, DESKTOP_NAME, desktopEntry, xdgFolder } from './desktop-entry.ts';
import type { Machine } from './machine.ts';

const ENTRY = `${DESKTOP_NAME}.desktop`;

/** Mode of what every program of the desktop may read. */
const READABLE = 0o644;

/**
 * Has the person's desktop know an AppImage as it knows what a package installs: in the menu, with its icon, and as what
 * opens `greenlight:` links. Nobody installs an AppImage, so it does that itself, at each start: the file may have been
 * moved. Nothing happens elsewhere, nor where a package has an entry of its own. A failure is logged and disturbs nobody.
 *
 * @param icon The picture, 512 pixels wide.
 */
export async function registerAppImage(
  machine: Pick<Machine, 'electron' | 'platform' | 'env' | 'execPath' | 'home'>,
  icon: string,
  logger: Logger,
): Promise<void> {
  const { electron, platform, env } = machine;
  const file = appImage(machine);
  if (!electron.app.isPackaged || platform !== 'linux' || file === undefined || isInstalled(env)) return;
  const data = xdgFolder('XDG_DATA_HOME', machine);
  try {
    put(join(data, 'icons/hicolor/512x512/apps', `${DESKTOP_NAME}.png`), readFileSync(icon));
    const links = `MimeType=x-scheme-handler/${LINK_SCHEME};`;
    const entry = desktopEntry(file, '%U', ['Categories=Utility;', `StartupWMClass=${DESKTOP_NAME}`, links]);
    put(join(data, 'applications', ENTRY), Buffer.from(entry));
    await promisify(execFile)('xdg-mime', ['default', ENTRY, `x-scheme-handler/${LINK_SCHEME}`], {
      env: { ...env },
    });
  } catch (error) {
    logger.warn({ reason: String(error) }, 'the desktop could not be told of this AppImage');
  }
}

/** Writes `content` to `path`, unless it is there. */
function put(path: string, content: Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = ownFile(path);
  if (existsSync(file) && readFileSync(file).equals(content)) return;
  writePrivateFile(file, content, { mode: READABLE });
}

/** Whether a package has an entry, in the folders of the system; an AppImage puts its own before them. */
function isInstalled({ XDG_DATA_DIRS, APPDIR = '' }: NodeJS.ProcessEnv): boolean {
  return (XDG_DATA_DIRS || '/usr/local/share:/usr/share')
    .split(':')
    .filter((folder) => folder.startsWith('/') && !folder.startsWith(join(APPDIR, '/')))
    .some((folder) => existsSync(join(folder, 'applications', ENTRY)));
}
