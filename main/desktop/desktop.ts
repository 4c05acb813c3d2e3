import { join } from 'node:path';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Api } from '../api/api.ts';
import type { DesktopPart } from '../api/parts.ts';
import { compact } from '../base/compact.ts';
import { endOnUncaught } from '../base/unexpected.ts';
import type { Greenlight } from '../greenlight.ts';
import { showApplicationMenu } from './application-menu.ts';
import { beforeReady } from './before-ready.ts';
import { openCore, openLog } from './core.ts';
import { tellCrash } from './crash.ts';
import { approvalOfLink } from './deep-link.ts';
import { followStartAtLogin, startedAtLogin } from './login-item.ts';
import type { Machine } from './machine.ts';
import { wakeUp } from './power.ts';
import { quitProperly } from './quit.ts';
import { createShortcut } from './shortcut.ts';
import { openApiTray } from './tray/api-tray.ts';
import { watchTray } from './tray/presence.ts';
import type { Tray } from './tray/tray.ts';
import { lookForUpdate } from './updates.ts';
import { serveApp } from './window/app-protocol.ts';
import { guardPages } from './window/guards.ts';
import { serveWindows } from './window/ipc.ts';
import { createWindows } from './window/windows.ts';

/** The running desktop host. */
export interface Desktop {
  readonly core: Greenlight;
  readonly api: Api;
  readonly tray: Tray;
}

/**
 * Starts the desktop host. Returns `undefined` when another Greenlight runs already, which then shows its
 * window. Throws a {@link UserFacingError} when that cannot be.
 */
export async function startDesktop(machine: Machine): Promise<Desktop | undefined> {
  const { electron, platform, env, argv, clock } = machine;
  const { app } = electron;

  const knocks = beforeReady(machine);
  if (!knocks) return undefined;
  await app.whenReady();

  app.dock?.hide();
  // Closing the last window leaves the tray.
  app.on('window-all-closed', () => {});
  showApplicationMenu(electron.Menu, platform);

  const { dataDir, logger, log } = openLog(machine);
  const files = app.getAppPath();
  let running: Greenlight | undefined;
  let tray: Tray | undefined;
  const quitting = quitProperly({
    electron,
    logger,
    pending: () => running?.approvals.pending().length ?? 0,
    async stop() {
      trayWatch.close();
      await running?.stop();
      tray?.close();
    },
    tell: (error) => tellCrash({ machine, error, recent: running?.recentLog() ?? [], log, logger }),
  });
  // Before anything is opened: what fails on the way has the same end.
  endOnUncaught(machine.onUncaught, logger, quitting.failed);
  const trayWatch = watchTray({ platform, env, clock, logger, stillMissing: () => windows.openAside() });
  const windows = createWindows({
    electron,
    preload: join(files, 'out/preload/preload.cjs'),
    icon: platform === 'linux' ? join(files, 'build/icon.png') : undefined,
    devTools: !app.isPackaged,
    trayBounds: () => tray?.bounds() ?? { x: 0, y: 0, width: 0, height: 0 },
    noTray: () => trayWatch.missing() !== undefined,
    quit: () => app.quit(),
    clock,
    logger,
    onSessionEnd: () => quitting.now(),
  });
  guardPages({ electron, logger });
  serveApp(electron.protocol, join(files, 'out/renderer'));

  const shortcut = createShortcut({
    machine,
    pressed: () => windows.open(running?.approvals.pending()[0]?.id),
    logger,
  });
  const desktop: DesktopPart = {
    state: () => compact({ noTray: trayWatch.missing(), noShortcut: shortcut.problem() }),
    onChange(listener) {
      const stop = [trayWatch.onChange(listener), shortcut.onChange(listener)];
      return () => {
        for (const each of stop) each();
      };
    },
  };
  const opened = await openCore({ machine, dataDir, logger, windows, desktop }).catch((error: unknown) => {
    if (error instanceof UserFacingError) throw error;
    logger.error({ err: error }, 'Greenlight did not start');
    quitting.failed(error);
  });
  if (!opened) return undefined;
  const { core, api } = opened;
  running = core;
  serveWindows(electron.ipcMain, api, logger);
  tray = await openApiTray({ machine, icons: join(files, 'build/tray'), api, windows, logger });

  machine.onSignal(quitting.now);
  wakeUp({ powerMonitor: electron.powerMonitor, core, tray, quitting });
  followStartAtLogin({ machine, api, settings: core.settings, logger });
  const followShortcut = () => shortcut.use(core.settings.get().shortcut);
  followShortcut();
  api.subscribe((event, data) => {
    if (event === 'changed' && 'what' in data && data.what === 'settings') followShortcut();
  });
  void lookForUpdate({ resources: machine.resources, platform, logger, load: machine.loadUpdater });

  if (!startedAtLogin(app, platform, argv)) windows.open();
  knocks.onKnock((link) => {
    const approvalId = link === undefined ? undefined : approvalOfLink(link);
    // A link from anywhere opens an approval that there is, or just the window. It never answers.
    const known = approvalId !== undefined && core.approvals.get(approvalId) !== undefined;
    windows.open(known ? approvalId : undefined);
  });
  return { core, api, tray };
}
