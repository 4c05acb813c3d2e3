/**
 * The parts of Electron that Greenlight uses, and no more. The real module is checked against this in
 * index.ts, the fake of the tests against the same: what one has, the other has.
 */
import type * as E from 'electron';

/** An event whose default can be prevented. */
type Preventable = Pick<E.Event, 'preventDefault'>;

export interface AppPart
  extends Pick<
    E.App,
    | 'exit'
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
  > {
  /** macOS only. */
  readonly dock: Pick<E.Dock, 'hide'> | undefined;
  on(event: 'activate' | 'window-all-closed', listener: () => void): unknown;
  on(event: 'before-quit', listener: (event: Preventable) => void): unknown;
  on(event: 'open-url', listener: (event: Preventable, url: string) => void): unknown;
  on(event: 'second-instance', listener: (event: unknown, argv: string[]) => void): unknown;
  on(event: 'web-contents-created', listener: (event: unknown, contents: GuardedContents) => void): unknown;
}

/** Web contents as the guards against leaving the page see them. */
export interface GuardedContents extends Pick<E.WebContents, 'setWindowOpenHandler'> {
  on(
    event: 'will-navigate' | 'will-redirect',
    listener: (event: Preventable & { url: string }) => void,
  ): unknown;
  on(event: 'will-frame-navigate', listener: (event: Preventable & { url: string }) => void): unknown;
  on(event: 'will-attach-webview', listener: (event: Preventable) => void): unknown;
}

/** Web contents as the code that owns a window sees them. */
export interface ContentsPart extends Pick<E.WebContents, 'isCrashed' | 'reload' | 'send'> {
  on(event: 'render-process-gone', listener: (event: unknown, details: { reason: string }) => void): unknown;
}

/** Who sent a message over IPC. */
export interface SenderPart {
  readonly sender: Pick<E.WebContents, 'isDestroyed' | 'send'> & {
    readonly mainFrame: object;
    once(event: 'destroyed', listener: () => void): unknown;
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
  > {
  readonly webContents: ContentsPart;
  on(event: 'blur' | 'closed', listener: () => void): unknown;
  on(event: 'close', listener: (event: Preventable) => void): unknown;
  on(event: 'session-end', listener: () => void): unknown;
  once(event: 'ready-to-show', listener: () => void): unknown;
}

export interface NotificationPart extends Pick<E.Notification, 'close' | 'show'> {
  on(event: 'show' | 'click', listener: () => void): unknown;
  on(event: 'action', listener: (details: { actionIndex: number }) => void): unknown;
  on(event: 'reply', listener: (details: { reply: string }) => void): unknown;
  on(event: 'close', listener: (details: { reason?: string }) => void): unknown;
  on(event: 'failed', listener: (event: unknown, error: string) => void): unknown;
}

export interface TrayPart
  extends Pick<E.Tray, 'destroy' | 'getBounds' | 'setImage' | 'setTitle' | 'setToolTip'> {
  setContextMenu(menu: MenuPart): void;
  on(event: 'click', listener: () => void): unknown;
}

/** A menu, which only ever goes from where it is built to where it is shown. */
export type MenuPart = E.Menu;

export interface SessionPart
  extends Pick<
    E.Session,
    'setDevicePermissionHandler' | 'setPermissionCheckHandler' | 'setPermissionRequestHandler'
  > {
  on(
    event: 'will-download',
    listener: (event: Preventable, item: Pick<E.DownloadItem, 'getURL'>) => void,
  ): unknown;
}

export interface Electron {
  readonly app: AppPart;
  readonly BrowserWindow: new (options: E.BrowserWindowConstructorOptions) => WindowPart;
  readonly clipboard: Pick<E.Clipboard, 'writeText'>;
  readonly dialog: Pick<E.Dialog, 'showErrorBox'> & {
    showMessageBoxSync(options: E.MessageBoxOptions): number;
    showMessageBox(options: E.MessageBoxOptions): Promise<Pick<E.MessageBoxReturnValue, 'response'>>;
  };
  readonly globalShortcut: Pick<E.GlobalShortcut, 'register' | 'unregister'>;
  readonly ipcMain: {
    handle(channel: string, listener: (event: SenderPart, ...args: unknown[]) => unknown): void;
    on(channel: string, listener: (event: SenderPart, ...args: unknown[]) => void): unknown;
  };
  readonly Menu: {
    buildFromTemplate(template: E.MenuItemConstructorOptions[]): MenuPart;
    setApplicationMenu(menu: MenuPart | null): void;
  };
  readonly nativeImage: Pick<typeof E.nativeImage, 'createFromPath'>;
  readonly nativeTheme: Pick<E.NativeTheme, 'shouldUseDarkColors'> & {
    on(event: 'updated', listener: () => void): unknown;
  };
  readonly Notification: {
    new (options: E.NotificationConstructorOptions): NotificationPart;
    isSupported(): boolean;
    /** Windows only. */
    handleActivation?(callback: (details: { type: string }) => void): void;
  };
  readonly powerMonitor: {
    on(event: 'resume' | 'unlock-screen' | 'shutdown', listener: () => void): unknown;
  };
  readonly protocol: Pick<E.Protocol, 'registerSchemesAsPrivileged'> & {
    handle(scheme: string, handler: (request: Request) => Promise<Response>): void;
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
