/** Programs that the bench starts: pinned to a core where that can be done, and what they cost. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The load and the upstream have one core, the proxy that is measured has another. */
export type Core = 'load' | 'proxy';
const CORES = { load: '0', proxy: '1' };

/** Whether programs are pinned: `taskset` is there, and there is more than one core. */
export const pinned = availableParallelism() > 1 && works('taskset', ['--version']);

/** Whether the CPU time of a process can be read to the nanosecond. */
export const countsCpu = works('cat', [`/proc/${process.pid}/task/${process.pid}/schedstat`]);

/** A program that was started. */
export interface Program {
  readonly pid: number;
  /** The first line on standard output. Rejects, with what it said, when it ends before that. */
  readonly firstLine: Promise<string>;
  /** The next line on standard error that begins with `start`. */
  says(start: string): Promise<string>;
  /** Sends a signal. */
  signal(name: NodeJS.Signals): void;
  /** Ends it, and all that it started, and waits for its end. */
  stop(): Promise<void>;
  /** Milliseconds since it was started. */
  age(): number;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) killGroup(child, 'SIGKILL');
});
// They are in groups of their own, so a person who ends the bench ends only the bench.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** `command` so that it runs on a core, as a list of words. */
export function onCore(core: Core, command: readonly string[]): string[] {
  return pinned ? ['taskset', '-c', CORES[core], ...command] : [...command];
}

/** Moves this process, which makes the load, to its core. */
export function pinSelf(): void {
  if (pinned) execFileSync('taskset', ['-acp', CORES.load, String(process.pid)], { stdio: 'ignore' });
}

/** Starts a program on a core, as the head of a process group of its own. */
export function startProgram(
  core: Core,
  command: readonly string[],
  options: { env?: Record<string, string | undefined> } = {},
): Program {
  const [program = '', ...args] = onCore(core, command);
  const started = performance.now();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // What the developer's machine has compiled already would make starts look cheaper than they are.
    env: { ...process.env, NODE_COMPILE_CACHE: undefined, ...options.env },
    // Not on Windows, where it opens a window of its own.
    detached: process.platform !== 'win32',
  });
  running.add(child);
  const ended = once(child, 'close').finally(() => running.delete(child));
  let said = '';
  const waiting = new Set<{ start: string; resolve: (line: string) => void }>();
  createInterface({ input: child.stderr as Readable }).on('line', (line) => {
    said = `${said}\n${line}`.slice(-3_000);
    for (const one of waiting) {
      if (!line.startsWith(one.start)) continue;
      waiting.delete(one);
      one.resolve(line);
    }
  });
  const out = createInterface({ input: child.stdout as Readable });
  const firstLine = new Promise<string>((resolve, reject) => {
    out.once('line', resolve);
    ended.then(
      ([code]) => reject(new Error(`${command.join(' ')} ended (${code}) before it was ready.${said}`)),
      reject,
    );
  });
  // Not everybody waits for it.
  firstLine.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    firstLine,
    says: (start) => new Promise((resolve) => waiting.add({ start, resolve })),
    signal: (name) => void child.kill(name),
    async stop() {
      killGroup(child, 'SIGTERM');
      const late = setTimeout(() => killGroup(child, 'SIGKILL'), 5_000);
      await ended;
      clearTimeout(late);
    },
    age: () => performance.now() - started,
  };
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-(child.pid ?? 0), signal);
  } catch {
    // It has ended already.
  }
}

/** CPU time of a process so far, over all its threads (ms); NaN where that cannot be read. */
export function cpuTime(pid: number): number {
  if (!countsCpu) return Number.NaN;
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    } catch {
      // A thread that has ended meanwhile.
    }
  }
  return nanoseconds / 1e6;
}

/** Memory that a process has in RAM (MiB); NaN where that cannot be read. */
export function residentMemory(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

function works(command: string, args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
