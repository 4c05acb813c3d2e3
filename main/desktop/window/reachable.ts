import type { WindowPart } from '../electron.ts';

/**
 * Has `window` minimised instead of closed while `noTray` says so: without an icon nobody could reach a Greenlight
 * that has no window. A page that went down for good is let go.
 */
export function keepReachable(window: WindowPart, noTray: () => boolean): void {
  window.on('close', (event) => {
    if (!noTray() || window.webContents.isCrashed()) return;
    event.preventDefault();
    window.minimize();
  });
}
