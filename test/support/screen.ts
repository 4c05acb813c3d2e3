/** What else a Linux desktop has beside the screen of `desktop.ts`: a window manager, or a compositor of Wayland. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipUnless } from './skip.ts';
import { until } from './wait.ts';

const has = (program: string) =>
  process.platform === 'linux' && spawnSync(program, ['--version']).status === 0;

/** For what calls {@link startWindowManager}. */
export const needsWindowManager = skipUnless(
  ['openbox', 'xdotool'].every(has),
  'this machine has no openbox, or no xdotool that asks it',
);

/** For what calls {@link startWayland}. */
export const needsWayland = skipUnless(has('weston'), 'this machine has no weston');

/** Manages the windows of the screen in `env`: they can be minimised, and one of them has the keyboard. */
export async function startWindowManager(env: NodeJS.ProcessEnv): Promise<{ close(): Promise<void> }> {
  const child = spawn('openbox', ['--sm-disable'], { env: { ...process.env, ...env }, stdio: 'ignore' });
  // It says so by a property of the screen.
  await until(() => {
    const { stdout } = spawnSync('xdotool', ['get_num_desktops'], { env: { ...process.env, ...env } });
    return Number(stdout.toString()) > 0;
  }, 'openbox does not manage the screen');
  return { close: () => end(child) };
}

/** A compositor of Wayland, and what a program needs to show its windows there. */
export interface Wayland {
  readonly env: { WAYLAND_DISPLAY: string; XDG_RUNTIME_DIR: string; XDG_SESSION_TYPE: 'wayland' };
  close(): Promise<void>;
}

/** Starts one (weston) in a window of the screen in `screen`, whose keyboard and pointer it has. */
export async function startWayland(screen: NodeJS.ProcessEnv): Promise<Wayland> {
  const folder = await mkdtemp(join(tmpdir(), 'greenlight-wayland-'));
  const env = { WAYLAND_DISPLAY: 'wayland-9', XDG_RUNTIME_DIR: folder, XDG_SESSION_TYPE: 'wayland' as const };
  const child = spawn(
    'weston',
    ['--backend=x11-backend.so', '--use-pixman', '--socket=wayland-9', '--idle-time=0'],
    {
      env: { ...process.env, ...screen, ...env, WAYLAND_DISPLAY: '' },
      stdio: 'ignore',
    },
  );
  await until(() => existsSync(join(folder, 'wayland-9')), 'weston does not listen');
  return {
    env,
    async close() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
