import { EventEmitter } from 'node:events';
import type { AppPart } from '../../../main/desktop/electron.ts';

/** What the fake Electron is started with. */
export interface FakeElectronOptions {
  /** The folder of the application: `app.getAppPath()`. */
  appPath: string;
  /** `app.getPath('userData')`. */
  userData: string;
  packaged?: boolean;
  /** Whether another instance holds the lock. */
  locked?: boolean;
  openedAtLogin?: boolean;
}

/** Electron's `app`. It is ready once it is asked whether it is. */
export class FakeApp extends EventEmitter implements AppPart {
  readonly isPackaged: boolean;
  readonly paths: Record<string, string>;
  /** How it was brought forward, each time. */
  readonly focused: unknown[] = [];
  focus = (options?: unknown) => {
    this.focused.push(options);
  };
  readonly dock = {
    hidden: false,
    hide: () => {
      this.dock.hidden = true;
    },
  };
  /** Whether `quit` or `exit` was called, and with which code it exited. */
  quitting = false;
  exited: number | undefined;
  /** How it is to be started again. */
  relaunched: Parameters<AppPart['relaunch']>[0];
  ready = false;
  loginItem: unknown;
  readonly schemes: string[] = [];
  readonly #options: FakeElectronOptions;

  constructor(options: FakeElectronOptions) {
    super();
    this.#options = options;
    this.isPackaged = options.packaged ?? false;
    this.paths = { userData: options.userData, home: options.userData };
  }

  getAppPath = () => this.#options.appPath;
  getPath = (name: string) => this.paths[name] ?? '';
  setPath = (name: string, path: string) => {
    this.paths[name] = path;
  };
  /** Only electron-store asks for it. */
  getVersion = () => '0.0.0';
  requestSingleInstanceLock = () => this.#options.locked !== true;
  setAppUserModelId = () => {};
  getLoginItemSettings = () =>
    ({ wasOpenedAtLogin: this.#options.openedAtLogin ?? false }) as ReturnType<
      AppPart['getLoginItemSettings']
    >;
  setLoginItemSettings = (settings: unknown) => {
    this.loginItem = settings;
  };

  setAsDefaultProtocolClient = (scheme: string) => {
    this.schemes.push(scheme);
    return true;
  };

  async whenReady(): Promise<void> {
    await Promise.resolve();
    this.ready = true;
  }

  relaunch = (options: Parameters<AppPart['relaunch']>[0]) => {
    this.relaunched = options;
  };

  /** Asks everybody; ends when nobody objects. */
  quit(): void {
    this.quitting = true;
    let prevented = false;
    this.emit('before-quit', {
      preventDefault: () => {
        prevented = true;
      },
    });
    if (!prevented) this.exit(0);
  }

  exit(code = 0): void {
    this.exited ??= code;
    this.emit('fake-exit', code);
  }
}
