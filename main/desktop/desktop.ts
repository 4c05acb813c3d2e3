import { join } from 'node:path';
import { UserFacingError } from '../../shared/user-facing-error.ts';
import type { Api } from '../api/api.ts';
import type { DesktopPart } from '../api/parts.ts';
import { compact } from '../base/compact.ts';
import { StartError, whyNotStarted } from '../base/start-error.ts';
import { endOnUncaught } from '../base/unexpected.ts';
import type { Greenlight } from '../greenlight.ts';
import { registerAppImage } from './app-image.ts';
import { showApplicationMenu } from './application-menu.ts';
import { beforeReady } from './before-ready.ts';
import { openCore, openLog } from './core.ts';
import { tellCrash } from './crash.ts';
import { approvalOfLink } from './deep-link.ts';
import { followStartAtLogin, startedAtLogin } from './login-item.ts';
import type { Machine } from './machine.ts';
import { followMachine } from './power.ts';
import { quitProperly } from './quit.ts';
import { remedies } from './remedies.ts';
import { createShortcut } from './shortcut.ts';
import { openApiTray } from './tray/api-tray.ts';
import { watchTray } from './tray/presence.ts';
import type { Tray } from './tray/tray.ts';
import { followUpdates } from './updates.ts';
import { waitForKeyring } from './wait-for-keyring.ts';
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
 * window, or when it waits for the keyring. Throws a {@link UserFacingError} when it cannot start.
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
  const { dataDir, logger, log } = openLog(machine);
  const files = app.getAppPath();
  let running: Greenlight | undefined;
  let commands: { close(): Promise<void> } | undefined;
  let tray: Pick<Tray, 'bounds' | 'close'> | undefined;
  const quitting = quitProperly({
    electron,
    logger,
    pending: () => running?.approvals.pending().length ?? 0,
    async stop() {
      trayWatch.close();
      await commands?.close();
      await running?.stop();
      tray?.close();
    },
    tell: (error) => tellCrash({ machine, error, recent: running?.recentLog() ?? [], log, logger }),
  });
  showApplicationMenu(electron.Menu, platform, quitting.asked);
  // Before anything is opened: what fails on the way has the same end.
  endOnUncaught(machine.onUncaught, logger, quitting.failed);
  const trayWatch = watchTray({ platform, env, clock, logger, stillMissing: () => windows.openAside() });
  const windows = createWindows({
    machine,
    preload: join(files, 'out/preload/preload.cjs'),
    icon: platform === 'linux' ? join(files, 'build/icon-linux.png') : undefined,
    devTools: !app.isPackaged,
    trayBounds: () => tray?.bounds() ?? { x: 0, y: 0, width: 0, height: 0 },
    noTray: () => trayWatch.missing() !== undefined,
    quit: () => quitting.asked(),
    logger,
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
  // From here on Electron's own handlers are not needed any more.
  machine.onSignal(quitting.now);
  const opened = await openCore({ machine, dataDir, logger, windows, desktop }).catch((error: unknown) => {
    if (error instanceof StartError && error.obstacle === 'keyring') {
      // No window has anything to show.
      trayWatch.close();
      tray = waitForKeyring({
        machine,
        icons: join(files, 'build/tray'),
        message: whyNotStarted(error, remedies),
        knocks,
        quitting,
        logger,
      });
      return;
    }
    if (error instanceof UserFacingError) throw error;
    logger.error({ err: error }, 'Greenlight did not start');
    quitting.failed(error);
  });
  if (!opened) return undefined;
  const { core, api } = opened;
  running = core;
  ({ commands } = opened);
  serveWindows(electron.ipcMain, api, logger);
  const apiTray = await openApiTray({
    machine,
    icons: join(files, 'build/tray'),
    api,
    windows,
    quitting,
    logger,
  });

  tray = apiTray;
  followMachine({ electron, platform, core, tray: apiTray, quitting });
  followStartAtLogin({ machine, api, settings: core.settings, logger });
  const followShortcut = () => shortcut.use(core.settings.get().shortcut);
  followShortcut();
  api.subscribe((event, data) => {
    if (event === 'changed' && 'what' in data && data.what === 'settings') followShortcut();
  });
  void registerAppImage(machine, join(files, 'build/icon-linux.png'), logger);
  followUpdates({ resources: machine.resources, platform, env, clock, logger, load: machine.loadUpdater });

  if (!startedAtLogin(app, platform, argv)) windows.open();
  knocks.onKnock((link) => {
    const approvalId = link === undefined ? undefined : approvalOfLink(link);
    // A link from anywhere opens an approval that there is, or just the window. It never answers.
    const known = approvalId !== undefined && core.approvals.get(approvalId) !== undefined;
    windows.open(known ? approvalId : undefined);
  });
  return { core, api, tray: apiTray };
}
