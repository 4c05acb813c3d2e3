import type { Greenlight } from '../greenlight.ts';
import { askAgainWhenAway } from './away.ts';
import type { Electron } from './electron.ts';
import type { Quitting } from './quit.ts';
import type { Tray } from './tray/tray.ts';

/** Follows the machine's sleep, in which no timer runs, and its end. */
export function followMachine(parts: {
  electron: Pick<Electron, 'BrowserWindow' | 'powerMonitor'>;
  platform: NodeJS.Platform;
  core: Greenlight;
  tray: Pick<Tray, 'refresh'>;
  quitting: Quitting;
}): void {
  const { electron, platform, core, tray, quitting } = parts;
  const { powerMonitor } = electron;
  const catchUp = () => {
    core.gate.catchUp();
    // Ends a mode whose time is over, and winds up the clock of one whose time is not.
    core.guard.catchUp();
    core.snooze.catchUp();
    void core.connection.refresh();
    void tray.refresh();
  };
  powerMonitor.on('resume', catchUp);
  powerMonitor.on('unlock-screen', catchUp);
  askAgainWhenAway({ powerMonitor, core });
  powerMonitor.on('shutdown', (event) => {
    // The system waits for as long as it takes to stop.
    event?.preventDefault();
    quitting.now();
  });
  // Windows tells only windows that the session ends, and mostly there is none: this one is never shown.
  if (platform === 'win32') {
    new electron.BrowserWindow({ show: false, skipTaskbar: true }).on('session-end', quitting.now);
  }
}
