/** The desktop host: Greenlight in the tray. This file names what it runs on; `desktop.ts` is the table of contents. */
import { homedir } from 'node:os';
import * as electron from 'electron';
import Store from 'electron-store';
import { systemClock } from '../base/ports.ts';
import { startDesktop } from './desktop.ts';

// Not awaited: Electron becomes ready only after this module has run to its end.
startDesktop({
  electron,
  platform: process.platform,
  env: process.env,
  argv: process.argv,
  execPath: process.execPath,
  resources: process.resourcesPath,
  onSignal(listener) {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, listener);
  },
  home: homedir(),
  clock: systemClock,
  openStore: (options) => new Store({ ...options, name: 'settings' }),
  loadUpdater: async () => (await import('electron-updater')).default.autoUpdater,
}).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`Greenlight did not start. ${message}\n`);
  electron.dialog.showErrorBox('Greenlight did not start', message);
  electron.app.exit(1);
});
