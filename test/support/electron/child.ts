/** A built main bundle in a process of its own, with the fake in Electron's place, driven by messages. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../wait.ts';
import { repository } from './build.ts';
import type { Command } from './main.ts';
import type { Sent } from './window.ts';

export interface TrayReport {
  windows: { url: string; preload?: string }[];
  title: string;
  toolTip: string;
  iconMissing: boolean;
  items?: string[];
  notifications: number;
}

export type DesktopChild = ReturnType<typeof startBundle>;

/** Starts `main` as Electron would start the application in the folder `application`, with its data in `data`. */
export function startBundle(main: string, application: string, data: string) {
  let log = '';
  let turn = 0;
  const child = fork(main, [], {
    execArgv: ['--import', join(repository, 'test/support/electron/hook.ts')],
    env: {
      ...process.env,
      LOG_LEVEL: 'warn',
      HOME: data,
      // Away from the notification daemon of the person who runs the tests.
      DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere',
      GREENLIGHT_FAKE_ELECTRON: JSON.stringify({ appPath: application, userData: data }),
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.on('data', (chunk) => {
    log += chunk;
  });

  type Answer = { result?: unknown; error?: string };
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>();
  const sentListeners = new Set<(sent: Sent) => void>();
  child.on('message', ({ id, sent, ...answer }: Answer & { id: number; sent?: Sent }) => {
    if (sent) for (const listener of sentListeners) listener(sent);
    waiting.get(id)?.resolve(answer);
    waiting.delete(id);
  });
  child.on('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`The host ended with ${code}.\n${log}`));
    waiting.clear();
  });

  async function tell<T = unknown>(command: Command): Promise<T> {
    turn += 1;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    waiting.set(turn, { resolve, reject });
    child.send({ id: turn, command });
    const { result, error } = await promise;
    if (error !== undefined) throw new Error(error);
    return result as T;
  }

  /** The tray once it is as `condition` says. */
  async function tray(condition: (tray: TrayReport) => boolean): Promise<TrayReport> {
    let report = await tell<TrayReport>({ do: 'tray' });
    await until(
      async () => {
        report = await tell<TrayReport>({ do: 'tray' });
        return condition(report);
      },
      () => `waited in vain: ${JSON.stringify(report)}\n${log}`,
    );
    return report;
  }

  return {
    tell,
    tray,
    ready: () => tray(({ items, windows }) => items !== undefined && windows.length > 0),
    onSent: (listener: (sent: Sent) => void) => void sentListeners.add(listener),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** The exit code and the signal. */
    ended: () => once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  };
}
