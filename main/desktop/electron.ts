/**
 * The parts of Electron that Greenlight uses, and no more. The real module is checked against this in
 * index.ts, the fake of the tests against the same: what one has, the other has. Everything here is a property, no
 * method: of those TypeScript would take parameters that only could fit.
 */
import type * as E from 'electron';

/** An event whose default can be prevented. */
type Preventable = Pick<E.Event, 'preventDefault'>;

type Listening<Event, Args extends unknown[]> = (event: Event, listener: (...args: Args) => void) => unknown;

/** One after the other, so that each has to be there. */
type Each<Events extends object, Name extends keyof Events = keyof Events> = (
  Name extends Name
    ? (all: Listening<Name, Extract<Events[Name], unknown[]>>) => void
    : never
) extends (all: infer All) => void
  ? All
  : never;

/** Something that tells of `Events`: what each brings to its listener, by its name. */
export interface Emits<Events extends object> {
  readonly on: Each<Events>;
}

export interface AppPart
  extends Pick<
      E.App,
      | 'exit'
      | 'focus'
      | 'getAppPath'
      | 'getLoginItemSettings'
      | 'getPath'
      | 'isPackaged'
      | 'quit'
      | 'relaunch'
      | 'requestSingleInstanceLock'
      | 'setAppUserModelId'
      | 'setAsDefaultProtocolClient'
      | 'setLoginItemSettings'
      | 'setPath'
      | 'whenReady'
    >,
    Emits<{
      activate: [];
      'before-quit': [event: Preventable];
      'open-url': [event: Preventable, url: string];
      'second-instance': [event: unknown, argv: string[]];
      'web-contents-created': [event: unknown, contents: GuardedContents];
      'window-all-closed': [];
    }> {
  /** macOS only. */
  readonly dock: Pick<E.Dock, 'hide'> | undefined;
}

/** Web contents as the guards against leaving the page see them. */
export interface GuardedContents
  extends Pick<E.WebContents, 'setWindowOpenHandler'>,
    Emits<{
      'will-attach-webview': [event: Preventable];
      'will-frame-navigate': [event: Preventable & { url: string }];
      'will-navigate': [event: Preventable & { url: string }];
      'will-redirect': [event: Preventable & { url: string }];
    }> {}

/** Web contents as the code that owns a window sees them. */
export interface ContentsPart
  extends Pick<E.WebContents, 'isCrashed' | 'reload' | 'send'>,
    Emits<{ 'render-process-gone': [event: unknown, details: { reason: string }] }> {}

/** Who sent a message over IPC. */
export interface SenderPart {
  readonly sender: Pick<E.WebContents, 'isDestroyed' | 'send'> & {
    readonly mainFrame: object;
    readonly once: Each<{ destroyed: [] }>;
  };
  /** `null` once the frame has gone elsewhere. */
  readonly senderFrame: Pick<E.WebFrameMain, 'url'> | null;
}

export interface WindowPart
  extends Pick<
      E.BrowserWindow,
      | 'close'
      | 'focus'
      | 'isDestroyed'
      | 'isMinimized'
      | 'loadURL'
      | 'minimize'
      | 'restore'
      | 'setBounds'
      | 'show'
      | 'showInactive'
    >,
    Emits<{ blur: []; close: [event: Preventable]; closed: []; 'session-end': [] }> {
  readonly webContents: ContentsPart;
  readonly once: Each<{ closed: []; 'ready-to-show': [] }>;
}

export interface NotificationPart
  extends Pick<E.Notification, 'close' | 'show'>,
    Emits<{
      action: [details: { actionIndex: number }];
      click: [];
      close: [details: { reason?: string }];
      failed: [event: unknown, error: string];
      reply: [details: { reply: string }];
      show: [];
    }> {}

export interface TrayPart
  extends Pick<E.Tray, 'destroy' | 'getBounds' | 'setImage' | 'setTitle' | 'setToolTip'>,
    Emits<{ click: [] }> {
  readonly setContextMenu: (menu: MenuPart) => void;
}

/** A menu, which only ever goes from where it is built to where it is shown. */
export type MenuPart = E.Menu;

export interface SessionPart
  extends Pick<
      E.Session,
      | 'forceReloadProxyConfig'
      | 'resolveProxy'
      | 'setDevicePermissionHandler'
      | 'setPermissionCheckHandler'
      | 'setPermissionRequestHandler'
    >,
    Emits<{
      'will-download': [
        event: Preventable,
        item: Pick<E.DownloadItem, 'getFilename' | 'getURL' | 'setSaveDialogOptions'>,
      ];
    }> {}

export interface Electron {
  readonly app: AppPart;
  readonly BrowserWindow: new (options: E.BrowserWindowConstructorOptions) => WindowPart;
  readonly clipboard: Pick<E.Clipboard, 'writeText'>;
  readonly dialog: Pick<E.Dialog, 'showErrorBox'> & {
    readonly showMessageBoxSync: (options: E.MessageBoxOptions) => number;
    readonly showMessageBox: (
      options: E.MessageBoxOptions,
    ) => Promise<Pick<E.MessageBoxReturnValue, 'response'>>;
  };
  readonly globalShortcut: Pick<E.GlobalShortcut, 'register' | 'unregister'>;
  readonly ipcMain: {
    readonly handle: (channel: string, listener: (event: SenderPart, ...args: unknown[]) => unknown) => void;
    readonly on: (channel: string, listener: (event: SenderPart, ...args: unknown[]) => void) => unknown;
  };
  readonly Menu: {
    readonly buildFromTemplate: (template: E.MenuItemConstructorOptions[]) => MenuPart;
    readonly setApplicationMenu: (menu: MenuPart | null) => void;
  };
  readonly nativeImage: Pick<typeof E.nativeImage, 'createFromPath'>;
  readonly nativeTheme: Pick<
    E.NativeTheme,
    'shouldUseDarkColors' | 'shouldUseDarkColorsForSystemIntegratedUI'
  > &
    Emits<{ updated: [] }>;
  readonly Notification: {
    new (options: E.NotificationConstructorOptions): NotificationPart;
    readonly isSupported: () => boolean;
    /** Windows only. */
    readonly handleActivation?: (callback: (details: { type: string }) => void) => void;
  };
  readonly powerMonitor: Pick<E.PowerMonitor, 'getSystemIdleTime'> &
    Emits<{
      'lock-screen': [];
      resume: [];
      /** Linux and macOS only. The event is in Electron's documentation, and not in its types. */
      shutdown: [event?: Preventable];
      'unlock-screen': [];
    }>;
  readonly protocol: Pick<E.Protocol, 'registerSchemesAsPrivileged'> & {
    readonly handle: (scheme: string, handler: (request: Request) => Promise<Response>) => void;
  };
  readonly safeStorage: Pick<
    E.SafeStorage,
    'decryptStringAsync' | 'encryptStringAsync' | 'getSelectedStorageBackend' | 'isAsyncEncryptionAvailable'
  >;
  readonly screen: Pick<E.Screen, 'getCursorScreenPoint' | 'getDisplayNearestPoint'>;
  readonly session: { readonly defaultSession: SessionPart };
  readonly shell: Pick<E.Shell, 'openExternal' | 'showItemInFolder'>;
  readonly Tray: new (image: E.NativeImage) => TrayPart;
}
