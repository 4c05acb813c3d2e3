import { join } from 'node:path';
import type { Logger } from '../base/ports.ts';
import { watchName } from '../notify/daemon-watch.ts';
import type { Knocks } from './before-ready.ts';
import type { Machine } from './machine.ts';
import type { Quitting } from './quit.ts';
import { restart } from './restart.ts';
import { iconFile } from './tray/icon-file.ts';
import type { Tray } from './tray/tray.ts';

/** Who has it gives out secrets: GNOME Keyring, KWallet, KeePassXC. */
const SECRETS = 'org.freedesktop.secrets';

const HEADLINE = 'Greenlight: blocked, the keyring is missing';

/**
 * Without the keyring that it needs nothing of Greenlight runs, and no call comes through. The tray and a question say
 * so, and `message` what to do; once a keyring is there, or the person says that it is, Greenlight starts anew:
 * a process that found none looks for none again.
 */
export function waitForKeyring(parts: {
  machine: Machine;
  icons: string;
  message: string;
  knocks: Knocks;
  quitting: Quitting;
  logger: Logger;
}): Pick<Tray, 'bounds' | 'close'> {
  const { machine, icons, message, knocks, quitting, logger } = parts;
  const { electron, env, platform } = machine;
  const { dialog, Menu, nativeImage, nativeTheme } = electron;
  logger.error({ reason: message }, 'Greenlight waits for the keyring');

  function startAnew(): void {
    restart(machine, machine.argv.slice(1));
    quitting.now();
  }

  let telling = false;
  async function tell(): Promise<void> {
    if (telling) return;
    telling = true;
    try {
      const { response } = await dialog.showMessageBox({
        type: 'warning',
        title: 'Greenlight',
        message: 'Greenlight’s keyring is missing.',
        detail: message,
        buttons: ['Try again', 'Wait', 'Quit'],
        defaultId: 0,
        cancelId: 1,
        noLink: true,
      });
      if (response === 0) startAnew();
      if (response === 2) quitting.now();
    } finally {
      telling = false;
    }
  }
  const show = () =>
    void tell().catch((error) =>
      logger.error({ reason: String(error) }, 'that the keyring is missing could not be said'),
    );

  const icon = iconFile({ kind: 'blocked' }, platform, nativeTheme.shouldUseDarkColors);
  const tray = new electron.Tray(nativeImage.createFromPath(join(icons, icon)));
  tray.setToolTip(HEADLINE);
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: HEADLINE, enabled: false },
      { label: 'What to do...', click: show },
      { label: 'Try again', click: startAnew },
      { type: 'separator' },
      { label: 'Quit', click: quitting.now },
    ]),
  );
  tray.on('click', show);
  knocks.onKnock(show);
  const watch =
    platform === 'linux'
      ? watchName(SECRETS, env, (_before, after) => {
          if (after !== '') startAnew();
        })
      : undefined;
  show();
  return {
    bounds: () => tray.getBounds(),
    close() {
      watch?.end();
      tray.destroy();
    },
  };
}
