import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isJsonObject } from '../../shared/json.ts';
import type { Clock, Logger } from '../base/ports.ts';
import { type UpdateSession, useProxyOf } from './update-proxy.ts';

/** What Greenlight uses of electron-updater. */
export interface Updater {
  logger: unknown;
  checkForUpdatesAndNotify(): Promise<unknown>;
  /** What it fetches with. */
  readonly netSession?: UpdateSession;
  /** A proxy asks who fetches. */
  on?(
    event: 'login',
    listener: (asked: unknown, answer: (username: string, password: string) => void) => void,
  ): unknown;
}

/** How often an update is looked for (ms): a tray runs for weeks. */
const LOOK_EVERY = 24 * 3_600_000;

/** Looks for an update now and once a day; not again where updates are off. */
export function followUpdates(
  parts: Parameters<typeof lookForUpdate>[0] & { clock: Pick<Clock, 'after'> },
): void {
  void lookForUpdate(parts).then((found) => {
    if (found !== 'off') parts.clock.after(LOOK_EVERY, () => followUpdates(parts));
  });
}

/**
 * Looks for an update once, and installs it when Greenlight quits. Off unless the build was
 * configured for it: electron-builder packs `app-update.yml` only when it is told where updates are
 * published (`publish` in electron-builder.yml). Off on Windows, too, while the build does not say who signs it:
 * electron-updater would then install whatever the place of updates serves, without a look at its signature.
 *
 * @param resources The folder that electron-builder puts it into (`process.resourcesPath`).
 * @param load Loads electron-updater; not called while updates are off.
 */
export async function lookForUpdate(parts: {
  resources: string | undefined;
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  logger: Logger;
  load: () => Promise<Updater>;
}): Promise<'off' | 'looked' | 'failed'> {
  const { resources, platform, env, logger } = parts;
  const configuration = resources === undefined ? undefined : join(resources, 'app-update.yml');
  if (configuration === undefined || !existsSync(configuration)) return 'off';
  try {
    if (platform === 'win32' && !namesPublisher(readFileSync(configuration, 'utf8'))) {
      logger.warn({}, 'updates are off: this build does not say who signs it (publisherName)');
      return 'off';
    }
    const updater = await parts.load();
    // It logs by itself, in its own words; a failure is reported below.
    updater.logger = null;
    const known = await useProxyOf(env, updater.netSession);
    if (known) updater.on?.('login', (_asked, answer) => answer(known.username, known.password));
    await updater.checkForUpdatesAndNotify();
    return 'looked';
  } catch (error) {
    logger.warn({ reason: String(error) }, 'updates could not be looked for');
    return 'failed';
  }
}

/** Whether the configuration says whose signature an update must have. */
function namesPublisher(configuration: string): boolean {
  const read: unknown = parse(configuration);
  const publishers = isJsonObject(read) ? [read.publisherName].flat() : [];
  return publishers.length > 0 && publishers.every((name) => typeof name === 'string' && name.trim() !== '');
}
