import type { Machine } from '../machine.ts';

/**
 * Whether windows are Wayland's, as far as one can tell before there is one: there the compositor alone says where a
 * window is, which is above the others, and which gets the keyboard. A window that is only to be seen gets it too
 * (electron issue 48436).
 */
export function onWayland({ platform, env, argv }: Pick<Machine, 'platform' | 'env' | 'argv'>): boolean {
  if (platform !== 'linux') return false;
  const chosen = argv.findLast((argument) => argument.startsWith('--ozone-platform='));
  if (chosen !== undefined) return chosen.endsWith('=wayland');
  return env.XDG_SESSION_TYPE === 'wayland' || Boolean(env.WAYLAND_DISPLAY);
}
