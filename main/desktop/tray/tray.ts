import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import type { Clock, Logger } from '../../base/ports.ts';
import type { Electron } from '../electron.ts';
import { iconFile } from './icon-file.ts';
import { trayLook } from './look.ts';
import { type TrayAction, type TrayItem, type TrayView, trayMenu } from './menu.ts';

/** How often what depends on the time is drawn anew (ms). The time left is in minutes. */
const REDRAW_EVERY = 20_000;

/** The icon in the tray and its menu. */
export interface Tray {
  /** Reads the view anew and draws it. Never rejects. */
  refresh(): Promise<void>;
  /** Where the icon is; all zero where the platform does not tell (Linux). */
  bounds(): { x: number; y: number; width: number; height: number };
  close(): void;
}

/** Shows the tray. `view` is read at every refresh; `perform` does what was chosen. */
export async function openTray(parts: {
  electron: Pick<Electron, 'Menu' | 'nativeImage' | 'nativeTheme' | 'Tray'>;
  platform: NodeJS.Platform;
  /** The folder of the icons. */
  icons: string;
  clock: Clock;
  logger: Logger;
  view: () => Promise<TrayView>;
  perform: (action: TrayAction) => Promise<void>;
  onClick: () => Promise<void>;
}): Promise<Tray> {
  const { electron, platform, icons, clock, logger } = parts;
  const { Menu, nativeImage, nativeTheme } = electron;
  let reading = 0;
  let cancelRedraw = () => {};
  let closed = false;
  let drawn = '';

  // The panels of Windows have a theme of their own.
  const isDark = () =>
    platform === 'win32'
      ? nativeTheme.shouldUseDarkColorsForSystemIntegratedUI
      : nativeTheme.shouldUseDarkColors;
  const image = (name: string) => nativeImage.createFromPath(join(icons, name));
  const tray = new electron.Tray(image(iconFile({ kind: 'on' }, platform, isDark())));

  const choose = (action: TrayAction) => {
    parts
      .perform(action)
      .catch((error) => logger.warn({ action: action.do, reason: String(error) }, 'the tray was not obeyed'))
      // The platform has ticked the item already; the menu shows what is really so.
      .finally(() => {
        drawn = '';
        void refresh();
      });
  };

  function draw(view: TrayView): void {
    const { icon, title, toolTip } = trayLook(view.state, view.now, view);
    const file = iconFile(icon, platform, isDark());
    const items = trayMenu(view);
    // A menu that is exchanged while it is open closes; nothing is exchanged for its like.
    const next = JSON.stringify([file, title, toolTip, items]);
    if (next === drawn) return;
    drawn = next;
    tray.setImage(image(file));
    if (platform === 'darwin') tray.setTitle(title, { fontType: 'monospacedDigit' });
    tray.setToolTip(toolTip);
    tray.setContextMenu(Menu.buildFromTemplate(menuTemplate(items, choose)));
  }

  async function refresh(): Promise<void> {
    const turn = ++reading;
    try {
      const view = await parts.view();
      if (turn !== reading || closed) return;
      draw(view);
      cancelRedraw();
      if (view.state.guard.until !== undefined || view.allowances.some(({ until }) => until !== undefined))
        cancelRedraw = clock.after(REDRAW_EVERY, () => void refresh());
    } catch (error) {
      logger.error({ reason: String(error) }, 'the tray could not be drawn');
    }
  }

  tray.on('click', () => {
    parts
      .onClick()
      .catch((error) => logger.error({ reason: String(error) }, 'a click on the tray was not obeyed'));
  });
  nativeTheme.on('updated', () => void refresh());
  await refresh();

  return {
    refresh,
    bounds: () => tray.getBounds(),
    close() {
      closed = true;
      cancelRedraw();
      tray.destroy();
    },
  };
}

/** The menu as Electron wants it. */
export function menuTemplate(
  items: readonly TrayItem[],
  choose: (action: TrayAction) => void,
): MenuItemConstructorOptions[] {
  return items.map((item) => templateOf(item, choose));
}

function templateOf(item: TrayItem, choose: (action: TrayAction) => void): MenuItemConstructorOptions {
  if (item.kind === 'separator') return { type: 'separator' };
  // A single ampersand would vanish and underline what follows it.
  const label = item.label.replaceAll('&', '&&');
  switch (item.kind) {
    case 'text':
      return { label, enabled: false };
    case 'action':
      return { label, click: () => choose(item.action) };
    case 'choice':
      // Not "radio": Electron ticks the first of a group in which none is chosen.
      return { label, type: 'checkbox', checked: item.checked, click: () => choose(item.action) };
    case 'menu':
      return { label, submenu: menuTemplate(item.items, choose) };
  }
}
