/** The life of one `notify-send` process: reading it to its end, and making it take its notification away. */
import type { ChildProcessByStdio } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Milliseconds that a child is given for each step of ending by itself. */
const patience = 800;

/** More output than a healthy child ever writes. */
const maxOutput = 10_000;

/**
 * The output of `child` and its exit code (-1 when a signal ended it). Rejects when it could not be
 * started. As soon as `hopeless` holds for what it wrote to stderr, it is killed.
 */
export function ended(
  child: Child,
  hopeless: (stderr: string) => boolean = () => false,
): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout = (stdout + chunk).slice(0, maxOutput);
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(0, maxOutput);
      const wholeLines = stderr.slice(0, stderr.lastIndexOf('\n') + 1);
      if (hopeless(wholeLines)) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ stdout, stderr, code: code ?? -1 }));
  });
}

/**
 * Resolves with `true` once `child` catches SIGINT, which it does from when its notification is on the
 * screen; an earlier SIGINT would end it and leave the notification behind for good. `false`: it ended
 * before, or this system has no /proc to tell.
 */
export async function whenInterruptible(child: Child): Promise<boolean> {
  for (let attempt = 0; isRunning(child); attempt++) {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => undefined);
    if (status === undefined || !isRunning(child)) return false;
    const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
    // Signal n is bit n - 1; SIGINT is 2.
    if (BigInt(`0x${caught}`) & 2n) return true;
    await sleep(attempt < 40 ? 25 : 250, undefined, { ref: false });
  }
  return false;
}

/** Makes `child` close its notification and end; kills it when it does not. */
export async function interrupt(child: Child): Promise<void> {
  await Promise.race([whenInterruptible(child), sleep(patience, undefined, { ref: false })]);
  child.kill('SIGINT');
  await sleep(patience, undefined, { ref: false });
  child.kill('SIGKILL');
}

function isRunning(child: Child): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
