import type { Logger } from '../../base/ports.ts';
import type { Electron, WindowPart } from '../electron.ts';

/**
 * Asks, while `noTray` says so, whether closing `window` shall minimise it or end Greenlight: without an icon nobody
 * could reach one that has no window. A page that went down for good is let go.
 */
export function keepReachable(
  window: WindowPart,
  parts: { dialog: Electron['dialog']; noTray: () => boolean; quit: () => void; logger: Logger },
): void {
  const { dialog, noTray, quit, logger } = parts;
  let asking = false;

  async function ask(): Promise<void> {
    const { response } = await dialog.showMessageBox({
      type: 'question',
      message: 'Minimise Greenlight, or quit it?',
      detail:
        'This desktop has no tray in which you would find it again, so its window stays, minimised. Calls are judged all the while. If Greenlight quits, agents cannot call anything through it.',
      buttons: ['Minimise', 'Quit Greenlight'],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    });
    if (response === 1) quit();
    else if (!window.isDestroyed()) window.minimize();
  }

  window.on('close', (event) => {
    if (!noTray() || window.webContents.isCrashed()) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    ask()
      .catch((error) =>
        logger.error({ reason: String(error) }, 'what closing the window means was not asked'),
      )
      .finally(() => {
        asking = false;
      });
  });
}
