import { spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';

/**
 * Starts a program for one test, and kills it when the test ends, however it ends. Its standard error is shown.
 * Nothing is handed down (`inherit`): a child that outlives its test would hold the worker's own output open, and
 * the whole run would never end.
 */
export function startChild(command: string, args: string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stderr.pipe(process.stderr, { end: false });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}
