import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuPart, TrayPart } from '../../../main/desktop/electron.ts';

/** Images by their path. A path without a file makes an empty image, as in Electron. */
export const fakeImages = {
  at: (path: string) => ({ name: basename(path), isEmpty: () => !existsSync(path) }),
};

/** A menu, and a way to choose from it by labels. */
export class FakeMenu {
  readonly template: MenuItemConstructorOptions[];

  constructor(template: MenuItemConstructorOptions[]) {
    this.template = template;
  }

  /** Finds the item under these labels; each may be the beginning of one. */
  find(...path: string[]): MenuItemConstructorOptions {
    let items = this.template;
    let found: MenuItemConstructorOptions | undefined;
    for (const label of path) {
      found = items.find((item) => item.label?.startsWith(label));
      if (!found)
        throw new Error(`There is no "${label}" among: ${items.map((item) => item.label).join(' | ')}`);
      items = Array.isArray(found.submenu) ? found.submenu : [];
    }
    return found as MenuItemConstructorOptions;
  }

  /** Chooses that item, as a click would. */
  choose(...path: string[]): void {
    const item = this.find(...path);
    if (item.enabled === false || !item.click) throw new Error(`"${path.join(' > ')}" cannot be chosen.`);
    item.click(undefined as never, undefined, undefined as never);
  }
}

export class FakeTray extends EventEmitter implements TrayPart {
  image: ReturnType<typeof fakeImages.at>;
  title = '';
  toolTip = '';
  menu: FakeMenu | undefined;
  destroyed = false;
  bounds = { x: 1200, y: 0, width: 24, height: 24 };

  constructor(image: unknown) {
    super();
    this.image = image as typeof this.image;
  }

  setImage = (image: unknown) => {
    this.image = image as typeof this.image;
  };
  setTitle = (title: string) => {
    this.title = title;
  };
  setToolTip = (toolTip: string) => {
    this.toolTip = toolTip;
  };
  setContextMenu = (menu: MenuPart) => {
    this.menu = menu as unknown as FakeMenu;
  };
  getBounds = () => this.bounds;
  destroy = () => {
    this.destroyed = true;
  };
}
