import type { Logger } from '../../base/ports.ts';
import type { WindowPart } from '../electron.ts';
import type { Machine } from '../machine.ts';
import { addressOf } from './address.ts';
import { COMPACT_SIZE, windowOptions } from './options.ts';
import { besideTray, type Rectangle } from './placement.ts';
import { keepReachable } from './reachable.ts';
import { onWayland } from './wayland.ts';

/** A page that goes down more often than this within that time (ms) is not loaded again. */
const MOST_RELOADS = 3;
const RELOADS_WITHIN = 60_000;

/** The two windows. Closing one leaves the tray and the proxy as they are. */
export interface Windows {
  /** Brings the full window forward, at an approval if one is named. */
  open(approvalId?: string): void;
  /** Opens the full window minimised, if there is none: without a tray there must be something to find. */
  openAside(): void;
  /** Opens the small window, beside the tray where that can be; it goes away once the person turns elsewhere. */
  openCompact(): void;
  /**
   * Shows what waits without taking the keyboard: what is being typed elsewhere must not become an answer. Resolves
   * once `over` is aborted, or the window is closed; a window that came for this alone goes then. On Wayland any
   * window takes the keyboard: not to be called there.
   */
  showQuietly(approvalId: string | undefined, over: AbortSignal): Promise<void>;
}

/** Resolves once `window` is closed or `over` is aborted. */
function closedOr(window: WindowPart, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    window.once('closed', () => resolve());
    over.addEventListener('abort', () => resolve(), { once: true });
  });
}

export function createWindows(parts: {
  machine: Pick<Machine, 'electron' | 'platform' | 'env' | 'argv' | 'clock'>;
  preload: string;
  /** The icon of the window, where the system takes it from there (Linux). */
  icon: string | undefined;
  devTools: boolean;
  trayBounds: () => Rectangle;
  /** Whether the desktop shows no icon of the tray. */
  noTray: () => boolean;
  /** Ends Greenlight, as the person wants. */
  quit: () => void;
  logger: Logger;
}): Windows {
  const { machine, logger } = parts;
  const { electron, platform, clock } = machine;
  const { app, dialog, nativeTheme, screen } = electron;
  const wayland = onWayland(machine);
  const open = new Map<'full' | 'compact', WindowPart>();
  /** The small window, as long as it is there for nothing but {@link Windows.showQuietly}, and for how many. */
  const quiet = { window: undefined as WindowPart | undefined, shown: 0 };

  /** The window of `kind` at `approvalId`; made when there is none. `reveal` shows it once there is something to see. */
  function at(
    kind: 'full' | 'compact',
    approvalId: string | undefined,
    reveal: (window: WindowPart) => void,
  ): WindowPart {
    const known = open.get(kind);
    const window = known ?? make(kind);
    if (known) reveal(known);
    else window.once('ready-to-show', () => reveal(window));
    if (!known || approvalId !== undefined) {
      window.loadURL(addressOf({ approvalId, compact: kind === 'compact' })).catch((error) => {
        logger.error({ reason: String(error) }, 'the page of the window did not load');
      });
    }
    return window;
  }

  function make(kind: 'full' | 'compact'): WindowPart {
    const { preload, devTools, icon } = parts;
    const window = new electron.BrowserWindow(
      windowOptions(kind, { platform, preload, devTools, icon, dark: nativeTheme.shouldUseDarkColors }),
    );
    open.set(kind, window);
    const forget = () => {
      if (open.get(kind) === window) open.delete(kind);
    };
    window.on('closed', forget);
    if (kind === 'compact') {
      // From then on nothing stops it: what is to be shown is shown in another one.
      window.on('close', forget);
      window.on('blur', () => window.close());
    } else {
      keepReachable(window, { ...parts, dialog });
    }
    reviveWhenGone(window);
    return window;
  }

  function reviveWhenGone(window: WindowPart): void {
    let falls: number[] = [];
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason === 'clean-exit' || window.isDestroyed()) return;
      falls = [...falls.filter((at) => clock.now() - at < RELOADS_WITHIN), clock.now()];
      logger.error({ reason, times: falls.length }, 'the page of the window went down');
      if (falls.length <= MOST_RELOADS) {
        window.webContents.reload();
        return;
      }
      window.close();
      void dialog.showMessageBox({
        type: 'error',
        message: 'The window of Greenlight stopped working.',
        detail: 'Greenlight itself goes on: calls are judged as before. Open the window again from the tray.',
      });
    });
  }

  function come(window: WindowPart): void {
    if (window.isMinimized()) window.restore();
    // An application without an icon in the dock is not brought forward with its window.
    if (platform === 'darwin') app.focus({ steal: true });
    window.show();
    window.focus();
  }

  function compact(approvalId: string | undefined, reveal: (window: WindowPart) => void): WindowPart {
    const window = at('compact', approvalId, reveal);
    // Wayland tells neither where the pointer is nor lets a window choose its place.
    if (wayland) return window;
    const { workArea } = screen.getDisplayNearestPoint(screen.getCursorScreenPoint());
    window.setBounds(besideTray(parts.trayBounds(), workArea, COMPACT_SIZE));
    return window;
  }

  return {
    open: (approvalId) => void at('full', approvalId, come),
    openAside() {
      if (open.has('full')) return;
      at('full', undefined, (window) => {
        window.showInactive();
        window.minimize();
      });
    },
    openCompact() {
      quiet.window = undefined;
      compact(undefined, come);
    },
    async showQuietly(approvalId, over) {
      if (over.aborted) return;
      const full = open.get('full');
      if (full && !full.isMinimized()) {
        await closedOr(
          at('full', approvalId, (window) => window.showInactive()),
          over,
        );
        return;
      }
      const isNew = !open.has('compact');
      const window = compact(approvalId, (shown) => shown.showInactive());
      if (isNew) quiet.window = window;
      quiet.shown += 1;
      await closedOr(window, over);
      quiet.shown -= 1;
      if (quiet.shown === 0 && quiet.window === window && !window.isDestroyed()) window.close();
    },
  };
}
