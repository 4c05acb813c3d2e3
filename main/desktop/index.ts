/** The desktop host: Greenlight in the tray. This file names what it runs on; `desktop.ts` is the table of contents. */
import { homedir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import * as electron from 'electron';
import { machineClock } from '../base/machine-clock.ts';
import { whyNotStarted } from '../base/start-error.ts';
import { onUncaught } from '../base/unexpected.ts';
import { withoutSignalHandlers } from '../settings/without-signal-handlers.ts';
import { startDesktop } from './desktop.ts';
import { remedies } from './remedies.ts';

// What a call leaves behind is collected while it is little, as in the browser host (main/browser/host-options.ts): after 20,000
// calls it takes 250 MiB instead of 292, at the same CPU. The size of the young generation is settled before this runs.
setFlagsFromString('--heap-growing-percent=60');

// Not awaited: Electron becomes ready only after this module has run to its end.
startDesktop({
  electron,
  platform: process.platform,
  env: process.env,
  argv: process.argv,
  execPath: process.execPath,
  resources: process.resourcesPath,
  onSignal(listener) {
    // SIGHUP: the terminal was closed.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, listener);
  },
  onUncaught,
  home: homedir(),
  clock: machineClock,
  async loadStore() {
    const { default: Store } = await withoutSignalHandlers(() => import('electron-store'));
    return (options) => new Store({ ...options, name: 'settings' });
  },
  loadUpdater: async () => (await import('electron-updater')).default.autoUpdater,
}).catch((error: unknown) => {
  const message = whyNotStarted(error, remedies);
  process.stderr.write(`Greenlight did not start. ${message}\n`);
  electron.dialog.showErrorBox('Greenlight did not start', message);
  electron.app.exit(1);
});
