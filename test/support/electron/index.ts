/**
 * A fake of exactly the parts of Electron that main/desktop uses, checked against the same type as the real
 * module. It does what Electron does as far as it shows: windows load and close, menus can be chosen from,
 * notifications be pressed. Nothing in it is set up for a single test.
 *
 * It stands in for macOS and Windows, which no machine of the tests has, an error at a chosen moment included. What
 * Linux does is shown on a real Electron (test/e2e/electron): X11 and Wayland, with a tray and without, with a keyring
 * and without. On Linux only the project's own bundle runs on it (bundle.test.ts), which no older Electron can load.
 */
import { EventEmitter } from 'node:events';
import type { Electron } from '../../../main/desktop/electron.ts';
import { FakeApp, type FakeElectronOptions } from './app.ts';
import { FakeNotification } from './notification.ts';
import { createIpc, createProtocol, createSession } from './session.ts';
import { FakeMenu, FakeTray, fakeImages } from './tray.ts';
import { FakeWindow } from './window.ts';

/** A fake Electron, and what it was made to do. */
export type FakeElectron = ReturnType<typeof createFakeElectron>;

export function createFakeElectron(options: FakeElectronOptions) {
  const app = new FakeApp(options);
  const windows: FakeWindow[] = [];
  const trays: FakeTray[] = [];
  const notifications: FakeNotification[] = [];
  const applicationMenus: (FakeMenu | null)[] = [];
  const questions: { message: string; detail: string; buttons: string[] }[] = [];
  const errors: string[] = [];
  const opened: string[] = [];
  const clipboard = { text: '' };
  /** What the person says to the next questions: the index of a button. */
  const answers: number[] = [];
  const storage = {
    available: true,
    /** The key; another one cannot read what was encrypted before. */
    key: 'key 1',
    rotated: false,
  };
  const notificationCenter = { supported: true, failing: '' };
  /** Global shortcuts: those that other programs have, and those that Greenlight took, with what they do. */
  const shortcuts = { refused: new Set<string>(), taken: new Map<string, () => void>() };
  const power = Object.assign(new EventEmitter(), { idle: 0, getSystemIdleTime: () => power.idle as number });
  const theme = Object.assign(new EventEmitter(), {
    shouldUseDarkColors: false,
    shouldUseDarkColorsForSystemIntegratedUI: false,
  });
  const activation: { handler?: (details: { type: string }) => void } = {};
  const session = createSession();
  const ipc = createIpc();
  const protocol = createProtocol(app);

  const module = {
    app,
    BrowserWindow: class extends FakeWindow {
      constructor(given: ConstructorParameters<typeof FakeWindow>[0]) {
        super(given);
        windows.push(this);
        this.on('closed', () => {
          if (windows.every((window) => window.isDestroyed())) app.emit('window-all-closed');
        });
        app.emit('web-contents-created', {}, this.webContents);
      }
    },
    clipboard: {
      async writeText(text: string) {
        clipboard.text = text;
      },
    },
    dialog: {
      async showMessageBox({ message, detail = '', buttons = ['OK'], cancelId = 0 }) {
        questions.push({ message, detail, buttons });
        return { response: answers.shift() ?? cancelId };
      },
      showMessageBoxSync({ message, detail = '', buttons = ['OK'], cancelId = 0 }) {
        questions.push({ message, detail, buttons });
        return answers.shift() ?? cancelId;
      },
      showErrorBox(title, content) {
        errors.push(`${title}: ${content}`);
      },
    },
    globalShortcut: {
      register(accelerator, pressed) {
        if (shortcuts.refused.has(accelerator) || shortcuts.taken.has(accelerator)) return false;
        shortcuts.taken.set(accelerator, pressed);
        return true;
      },
      unregister: (accelerator) => void shortcuts.taken.delete(accelerator),
    },
    ipcMain: ipc.main,
    Menu: {
      buildFromTemplate: (template) => new FakeMenu(template) as never,
      setApplicationMenu: (menu) => void applicationMenus.push(menu as FakeMenu | null),
    },
    nativeImage: { createFromPath: (path) => fakeImages.at(path) as never },
    nativeTheme: theme,
    Notification: class extends FakeNotification {
      static isSupported = () => notificationCenter.supported;
      static handleActivation(handler: (details: { type: string }) => void) {
        activation.handler = handler;
      }
      constructor(given: ConstructorParameters<typeof FakeNotification>[0]) {
        super(given, notificationCenter);
        notifications.push(this);
      }
    },
    powerMonitor: power,
    protocol: protocol.main,
    safeStorage: {
      getSelectedStorageBackend: () => 'gnome_libsecret',
      isAsyncEncryptionAvailable: async () => storage.available,
      encryptStringAsync: async (text) => Buffer.from(`${storage.key}:${Buffer.from(text).toString('hex')}`),
      async decryptStringAsync(encrypted) {
        const [key, hex = ''] = encrypted.toString().split(':');
        if (key !== storage.key) throw new Error('Error while decrypting the ciphertext provided.');
        return { result: Buffer.from(hex, 'hex').toString(), shouldReEncrypt: storage.rotated };
      },
    },
    screen: {
      getCursorScreenPoint: () => ({ x: 10, y: 10 }),
      getDisplayNearestPoint: () =>
        ({ workArea: { x: 0, y: 24, width: 1440, height: 876 } }) as ReturnType<
          Electron['screen']['getDisplayNearestPoint']
        >,
    },
    session: { defaultSession: session.main },
    shell: {
      async openExternal(url) {
        opened.push(url);
      },
      showItemInFolder(path) {
        opened.push(path);
      },
    },
    Tray: class extends FakeTray {
      constructor(image: unknown) {
        super(image);
        trays.push(this);
      }
    },
  } satisfies Electron;

  return {
    module: module as Electron,
    app,
    windows,
    trays,
    notifications,
    notificationCenter,
    applicationMenus,
    questions,
    errors,
    opened,
    answers,
    clipboard,
    storage,
    shortcuts,
    power,
    theme,
    activation,
    session,
    ipc,
    protocol,
  };
}
