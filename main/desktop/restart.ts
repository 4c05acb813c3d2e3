import type { Machine } from './machine.ts';

/** Has the system start Greenlight again, with `args`, once this process has ended. */
export function restart({ electron, env }: Pick<Machine, 'electron' | 'env'>, args: readonly string[]): void {
  electron.app.relaunch({
    args: [...args],
    // An AppImage is mounted anew for each start: where this one was mounted there is nothing then.
    ...(env.APPIMAGE !== undefined && { execPath: env.APPIMAGE }),
  });
}
