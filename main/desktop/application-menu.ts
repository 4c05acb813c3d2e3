import type { Electron } from './electron.ts';

/**
 * The menu of the application itself. macOS needs one for copying and pasting to have their keys; elsewhere
 * there is none, and so no item that opens the developer tools. Its *Quit* is Greenlight's own (`quit`), since Electron
 * does not tell whether the person or the system wants it to end.
 */
export function showApplicationMenu(
  Menu: Electron['Menu'],
  platform: NodeJS.Platform,
  quit: () => void,
): void {
  Menu.setApplicationMenu(
    platform === 'darwin'
      ? Menu.buildFromTemplate([
          {
            label: 'Greenlight',
            submenu: [
              { role: 'about' },
              { type: 'separator' },
              { role: 'services' },
              { type: 'separator' },
              { role: 'hide' },
              { role: 'hideOthers' },
              { role: 'unhide' },
              { type: 'separator' },
              { label: 'Quit Greenlight', accelerator: 'Command+Q', click: quit },
            ],
          },
          { role: 'editMenu' },
          { role: 'windowMenu' },
        ])
      : null,
  );
}
