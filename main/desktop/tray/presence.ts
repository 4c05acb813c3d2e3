import { execFile } from 'node:child_process';
import { createListeners } from '../../base/listeners.ts';
import type { Clock, Logger } from '../../base/ports.ts';
import { noTrayWords } from './no-tray-words.ts';

/** Whether the desktop shows the icons of trays; `unknown`: it could not be asked. */
export type TrayPresence = 'there' | 'missing' | 'unknown';

/** How often it is asked again (ms): a panel may start later, or end. */
const ASK_EVERY = 60_000;

/** How long an answer is waited for (ms). */
const PATIENCE = 2_000;

const WATCHER = 'org.kde.StatusNotifierWatcher';

/**
 * Whether a panel of this D-Bus session shows icons (freedesktop's StatusNotifierItem, which Electron's are). Asked with
 * `dbus-send`, which comes with D-Bus. Linux alone has desktops without.
 */
export function askForTray(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Promise<TrayPresence> {
  if (platform !== 'linux') return Promise.resolve('there');
  const args = [
    '--session',
    '--print-reply=literal',
    `--reply-timeout=${PATIENCE}`,
    `--dest=${WATCHER}`,
    '/StatusNotifierWatcher',
    'org.freedesktop.DBus.Properties.Get',
    `string:${WATCHER}`,
    'string:IsStatusNotifierHostRegistered',
  ];
  return new Promise((resolve) => {
    execFile('dbus-send', args, { env, timeout: 2 * PATIENCE }, (error, stdout, stderr) => {
      if (error === null) resolve(/\bboolean true\b/.test(stdout) ? 'there' : 'missing');
      else resolve(/ServiceUnknown|NameHasNoOwner/.test(stderr) ? 'missing' : 'unknown');
    });
  });
}

/** What is known of the tray's place. */
export interface TrayWatch {
  /** Why there is no icon, and what to do; `undefined` where there is one, or nobody knows. */
  missing(): string | undefined;
  /** Calls `listener` when `missing()` has changed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/**
 * Asks now, and again each minute until closed.
 *
 * @param stillMissing Called each time it is asked again and there is none: nobody may be able to reach Greenlight.
 */
export function watchTray(parts: {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  logger: Logger;
  stillMissing: () => void;
}): TrayWatch {
  const { platform, env, clock, logger } = parts;
  const listeners = createListeners<() => void>(logger);
  // Electron takes the place of the other with a name of its own.
  const desktop = env.ORIGINAL_XDG_CURRENT_DESKTOP ?? env.XDG_CURRENT_DESKTOP;
  let presence: TrayPresence = 'unknown';
  let closed = false;
  let cancel = () => {};

  async function ask(again: boolean): Promise<void> {
    const found = await askForTray(platform, env);
    if (closed) return;
    cancel = clock.after(ASK_EVERY, () => void ask(true));
    const changed = found !== presence;
    presence = found;
    if (changed) {
      logger.info({ presence }, 'where the tray is was asked');
      listeners.tell();
    }
    if (again && found === 'missing') parts.stillMissing();
  }

  if (platform === 'linux') void ask(false);
  return {
    missing: () => (presence === 'missing' ? noTrayWords(desktop) : undefined),
    onChange: listeners.add,
    close() {
      closed = true;
      cancel();
    },
  };
}
