import { createApi } from '../api/api.ts';
import { openCommandSocket } from '../api/command-socket.ts';
import type { DesktopPart } from '../api/parts.ts';
import { prepareDataDirectory } from '../base/data-directory.ts';
import { createLogger } from '../base/log.ts';
import { createNetwork } from '../base/network/network.ts';
import type { Logger } from '../base/ports.ts';
import { createConnect } from '../connect/connect.ts';
import { createGreenlight } from '../greenlight.ts';
import { openSettings } from '../settings/settings.ts';
import { logFile } from './log-file.ts';
import type { Machine } from './machine.ts';
import { createDesktopNotifier } from './notify/index.ts';
import { openSafeSecrets } from './secrets.ts';
import { createSystemProxy } from './system-proxy.ts';
import { onWayland } from './window/wayland.ts';
import type { Windows } from './window/windows.ts';

/**
 * Where the data is, and a log in it: `userData` of Electron, which the browser host uses too. `log`: the file of it,
 * absent where standard error has it.
 */
export function openLog({ electron: { app } }: Machine): {
  dataDir: string;
  logger: Logger;
  log: string | undefined;
} {
  const dataDir = app.getPath('userData');
  prepareDataDirectory(dataDir);
  const log = app.isPackaged ? logFile(dataDir) : undefined;
  return { dataDir, logger: createLogger(log), log };
}

/** Starts the core on what Electron offers, and the interface for the windows. Throws as createGreenlight does. */
export async function openCore(parts: {
  machine: Machine;
  dataDir: string;
  logger: Logger;
  windows: Windows;
  desktop: DesktopPart;
}) {
  const { machine, dataDir, logger, windows } = parts;
  const { electron, platform, env, home, clock } = machine;
  const core = await createGreenlight({
    dataDir,
    settings: openSettings(dataDir, await machine.loadStore()),
    secrets: await openSafeSecrets({
      safeStorage: electron.safeStorage,
      directory: dataDir,
      platform,
      env,
      logger,
    }),
    notifier: createDesktopNotifier({
      electron,
      platform,
      clock,
      logger,
      onLeftover: () => windows.open(),
      showQuietly: onWayland(machine) ? undefined : windows.showQuietly,
    }),
    openWindow: windows.open,
    clock,
    logger,
    network: createNetwork({
      env,
      logger,
      systemProxy: createSystemProxy(electron.session.defaultSession),
    }),
  });
  const connect = createConnect({
    home,
    platform,
    env,
    dataDir,
    accepted: core.accepted,
    wall: clock.wall,
    logger,
  });
  const api = createApi(core, parts.desktop, connect);
  return { core, api, commands: await openCommandSocket({ dataDir, api, logger }) };
}
