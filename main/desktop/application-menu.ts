import type { Electron } from './electron.ts';

/**
 * The menu of the application itself. macOS needs one for copying and pasting to have their keys; elsewhere
 * there is none, and so no item that opens the developer tools.
 */
export function showApplicationMenu(Menu: Electron['Menu'], platform: NodeJS.Platform): void {
  Menu.setApplicationMenu(
    platform === 'darwin'
      ? Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }, { role: 'windowMenu' }])
      : null,
  );
}
