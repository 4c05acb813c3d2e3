import type { TrayIcon } from './look.ts';

/** Counts up to here have an icon of their own; more are shown as "9+". */
const HIGHEST_COUNT = 9;

/**
 * The name of the file for `icon`, without its folder. macOS colours a template image itself and has room
 * for the number beside it; elsewhere there is one icon for a dark and one for a light panel.
 */
export function iconFile(icon: TrayIcon, platform: NodeJS.Platform, darkPanel: boolean): string {
  // The name ends in "Template": so nativeImage knows, at every scale.
  if (platform === 'darwin') return `${icon.kind}Template.png`;
  const shade = darkPanel ? 'dark' : 'light';
  if (icon.kind !== 'waiting') return `${icon.kind}-${shade}.png`;
  const count = icon.count > HIGHEST_COUNT ? 'many' : String(icon.count);
  return `waiting-${count}-${shade}.png`;
}
