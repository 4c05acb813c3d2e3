import type { Logger, Notifier } from '../base/ports.ts';
import { createNodeNotifier } from './node-notifier.ts';
import { createNotifySendNotifier } from './notify-send.ts';

/** The notifier of the browser host on `platform` (`process.platform`). */
export function createNotifier(options: { platform: NodeJS.Platform; logger: Logger }): Notifier {
  const { platform, logger } = options;
  return platform === 'darwin' || platform === 'win32'
    ? createNodeNotifier({ platform, logger })
    : createNotifySendNotifier({ logger });
}
