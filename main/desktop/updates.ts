import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../base/ports.ts';

/** What Greenlight uses of electron-updater. */
export interface Updater {
  logger: unknown;
  checkForUpdatesAndNotify(): Promise<unknown>;
}

/**
 * Looks for an update once, at the start, and installs it when Greenlight quits. Off unless the build was
 * configured for it: electron-builder packs `app-update.yml` only when it is told where updates are
 * published (`publish` in electron-builder.yml).
 *
 * @param resources The folder that electron-builder puts it into (`process.resourcesPath`).
 * @param load Loads electron-updater; not called while updates are off.
 */
export async function lookForUpdate(parts: {
  resources: string | undefined;
  logger: Logger;
  load: () => Promise<Updater>;
}): Promise<'off' | 'looked' | 'failed'> {
  const { resources, logger } = parts;
  if (resources === undefined || !existsSync(join(resources, 'app-update.yml'))) return 'off';
  try {
    const updater = await parts.load();
    // It logs by itself, in its own words; a failure is reported below.
    updater.logger = null;
    await updater.checkForUpdatesAndNotify();
    return 'looked';
  } catch (error) {
    logger.warn({ reason: String(error) }, 'updates could not be looked for');
    return 'failed';
  }
}
