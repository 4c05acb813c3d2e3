import type { MachineClock } from '../base/ports.ts';
import type { OpenStore } from '../settings/settings.ts';
import type { Electron } from './electron.ts';
import type { Updater } from './updates.ts';

/** What the desktop host runs on: Electron, the process, the clock. Tests hand in a fake Electron. */
export interface Machine {
  electron: Electron;
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  argv: readonly string[];
  execPath: string;
  /** Where electron-builder puts what is not in the archive; absent outside Electron. */
  resources: string | undefined;
  /** Calls `listener` when another process asks this one to end (SIGINT, SIGTERM, SIGHUP). To be called once Electron is ready: it would replace the listener. */
  onSignal: (listener: () => void) => void;
  /** Calls `listener` with each error, thrown or rejected, that nothing caught. */
  onUncaught: (listener: (error: unknown) => void) => void;
  /** The person's home folder. */
  home: string;
  clock: MachineClock;
  /** Loads electron-store, which keeps the settings. */
  loadStore: () => Promise<OpenStore>;
  loadUpdater: () => Promise<Updater>;
}
