import type { BrowserWindowConstructorOptions } from 'electron';

/** The small window beside the tray; on Wayland it is where the compositor puts it, and not above the others. */
export const COMPACT_SIZE = { width: 420, height: 560 };

/** How both windows are made; what a page may do is the same for both. */
export function windowOptions(
  kind: 'full' | 'compact',
  options: {
    platform: NodeJS.Platform;
    preload: string;
    devTools: boolean;
    dark: boolean;
    icon: string | undefined;
  },
): BrowserWindowConstructorOptions {
  return {
    title: 'Greenlight',
    show: false,
    autoHideMenuBar: true,
    backgroundColor: options.dark ? '#17191c' : '#fbfbfa',
    ...(options.icon !== undefined && { icon: options.icon }),
    ...(kind === 'full'
      ? { width: 1100, height: 780, minWidth: 400, minHeight: 420 }
      : {
          ...COMPACT_SIZE,
          resizable: false,
          minimizable: false,
          maximizable: false,
          fullscreenable: false,
          alwaysOnTop: true,
          // Linux has no such thing: there the small window has a place in the taskbar, as any other.
          skipTaskbar: options.platform !== 'linux',
        }),
    webPreferences: {
      preload: options.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: options.devTools,
    },
  };
}
