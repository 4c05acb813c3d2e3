import type { Greenlight } from '../greenlight.ts';
import type { Electron } from './electron.ts';
import type { Quitting } from './quit.ts';
import type { Tray } from './tray/tray.ts';

/** Follows the machine's sleep, in which no timer runs, and its end. */
export function wakeUp(parts: {
  powerMonitor: Electron['powerMonitor'];
  core: Greenlight;
  tray: Pick<Tray, 'refresh'>;
  quitting: Quitting;
}): void {
  const { powerMonitor, core, tray, quitting } = parts;
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
  powerMonitor.on('shutdown', () => quitting.now());
}
