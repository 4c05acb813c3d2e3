import { spawn } from 'node:child_process';

/**
 * Waits until its input ends, which it does when Greenlight is gone, however it went; then ends the process group
 * whose number it was told. A shell, since a packed Greenlight is no Node.js for scripts.
 */
const SCRIPT = `read -r group; read -r more
[ -n "$group" ] || exit 0
kill -s TERM -- "-$group"; sleep 1; kill -s KILL -- "-$group"`;

/** A process that outlives Greenlight for as long as it takes to end what Greenlight started. */
export interface Watchdog {
  /** The process group that must not outlive Greenlight. */
  watch(group: number): void;
  /** The group is gone. */
  stop(): void;
}

/**
 * Starts the watchdog: before what it is to watch, so that little time is without it. Where there are no process groups
 * (Windows) there is none: children die with Greenlight, since Node.js puts them into a job of its own.
 */
export function startWatchdog(onFailure: (error: Error) => void): Watchdog {
  if (process.platform === 'win32') return { watch() {}, stop() {} };
  const dog = spawn('/bin/sh', ['-c', SCRIPT], {
    // Not what a terminal's Ctrl+C reaches.
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  dog.on('error', onFailure);
  dog.stdin.on('error', () => {});
  dog.unref();
  return {
    watch: (group) => void dog.stdin.write(`${group}\n`),
    // It must not take the end of its input for the end of Greenlight.
    stop: () => void dog.kill('SIGKILL'),
  };
}
