import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import open from 'open';
import type { Logger } from '../base/ports.ts';
import { writePrivateFile } from '../base/private-file.ts';

/** How long the browser has to read the file (ms); after that nobody does. */
const FILE_LIFE = 30_000;

/**
 * Opens `url` in the person's browser. Its key must not stand on a command line, which every user of the
 * machine may read: the browser is given a file that only its owner may read, and that leads there.
 */
export async function openInBrowser(url: string, directory: string, logger: Logger): Promise<void> {
  const path = join(directory, 'open.html');
  const target = url.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  try {
    writePrivateFile(
      path,
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Greenlight</title><meta http-equiv="refresh" content="0; url=${target}"><a href="${target}">Open Greenlight</a></html>\n`,
    );
    setTimeout(() => rmSync(path, { force: true }), FILE_LIFE).unref();
    await open(pathToFileURL(path).href);
  } catch (error) {
    logger.warn(
      { reason: String(error) },
      'the browser could not be opened; open the printed address by hand',
    );
  }
}

/** Whether there is a screen that a browser could open on. */
export function hasScreen(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  return platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}
