import { spawn } from 'node:child_process';

const WINDOWS = process.platform === 'win32';

/** Options of `spawn` for a child whose process id is that of a process group of its own, where there are such. */
export const ownGroup = { detached: !WINDOWS, windowsHide: true };

/** Whether anything of the group runs still. On Windows nobody knows once its first process is gone. */
export function groupRuns(group: number): boolean {
  return !WINDOWS && signal(group, 0);
}

/** Ends all of the group; on Windows what its first process has started, which must run still. */
export function endGroup(group: number, how: 'SIGTERM' | 'SIGKILL'): void {
  if (WINDOWS)
    spawn('taskkill', ['/PID', String(group), '/T', '/F'], { stdio: 'ignore' }).on('error', () => {});
  else signal(group, how);
}

function signal(group: number, how: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, how);
  } catch (error) {
    // Of a group that somebody else's process belongs to, EPERM.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
