import type { Clock, Logger, Notifier } from '../../base/ports.ts';
import { createNodeNotifier } from '../../notify/node-notifier.ts';
import { createNotifySendNotifier } from '../../notify/notify-send.ts';
import type { Electron } from '../electron.ts';
import type { Windows } from '../window/windows.ts';
import { createElectronNotifier } from './electron-notifier.ts';
import { firstThatWorks } from './first-that-works.ts';
import { createWindowNotifier } from './window-notifier.ts';

/**
 * The notifier of the desktop host on `platform`: the one that shows buttons first, then what else there is,
 * last the window itself. Where none of them can, what waits stands in the tray.
 */
export function createDesktopNotifier(options: {
  electron: Pick<Electron, 'Notification'>;
  platform: NodeJS.Platform;
  clock: Clock;
  logger: Logger;
  onLeftover: () => void;
  /** Absent where no window can be shown without taking the keyboard. */
  showQuietly: Windows['showQuietly'] | undefined;
}): Notifier {
  const { platform, logger } = options;
  const own = createElectronNotifier(options);
  const window = options.showQuietly ? [createWindowNotifier(options.showQuietly)] : [];
  // node-notifier brings a program of its own for macOS, where an unsigned Greenlight may show nothing itself.
  return firstThatWorks(
    platform === 'linux'
      ? [createNotifySendNotifier({ logger }), own, ...window]
      : [own, createNodeNotifier({ platform, logger }), ...window],
    logger,
  );
}
