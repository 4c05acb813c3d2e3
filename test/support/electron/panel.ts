/** A desktop's panel, where a real Electron shows its tray: what stands in it is read and pressed over D-Bus. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { skipUnless } from '../skip.ts';
import { until, within } from '../wait.ts';

/** Debian's: the packages python3-dbus and python3-gi are for this one, whatever else the machine has. */
const PYTHON = '/usr/bin/python3';

/** For what calls {@link openPanel}. */
export const needsPanel = skipUnless(
  process.platform === 'linux' && spawnSync(PYTHON, ['-c', 'import dbus, gi']).status === 0,
  'a panel needs Linux with python3-dbus and python3-gi',
);

export interface PanelItem {
  label: string;
  enabled: boolean;
  /** Of an item that can be ticked. */
  ticked?: boolean;
  items?: PanelItem[];
}

interface Shown {
  toolTip: string;
  items: PanelItem[];
}

export interface Panel {
  /** The icon that came last, and its menu. */
  show(): Promise<Shown>;
  /** The same, once it is as `condition` says. */
  shows(condition: (shown: Shown) => boolean): Promise<Shown>;
  /** Chooses the item under these labels; each may be the beginning of one. */
  choose(...path: string[]): Promise<void>;
  /** Clicks the icon itself. */
  click(): Promise<void>;
  close(): void;
}

/** Opens a panel in the D-Bus session of `env`; icons find it from then on. */
export async function openPanel(env: NodeJS.ProcessEnv): Promise<Panel> {
  const child = spawn(PYTHON, [join(import.meta.dirname, 'panel.py')], {
    env: { ...process.env, ...env },
    stdio: 'pipe',
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await within(lines.next(), `the panel does not answer. ${said}`);
    if (done) throw new Error(`the panel has ended. ${said}`);
    const { result, error } = JSON.parse(value) as { result?: unknown; error?: string };
    if (error !== undefined) throw new Error(`the panel: ${error}`);
    return result;
  };
  let last: Promise<unknown> = answer();
  await last;
  const tell = (command: object) => {
    last = last
      .catch(() => {})
      .then(() => {
        child.stdin.write(`${JSON.stringify(command)}\n`);
        return answer();
      });
    return last;
  };
  const show = () => tell({ do: 'show' }) as Promise<Shown>;
  return {
    show,
    async shows(condition) {
      let shown: Shown | undefined;
      await until(
        async () => {
          shown = await show();
          return condition(shown);
        },
        () => `the panel never showed it: ${JSON.stringify(shown)}`,
      );
      return shown as Shown;
    },
    choose: async (...path) => void (await tell({ do: 'choose', path })),
    click: async () => void (await tell({ do: 'click' })),
    close: () => void child.stdin.end(),
  };
}

/** The item under these labels; each may be the beginning of one. */
export function itemAt(items: readonly PanelItem[], ...path: string[]): PanelItem | undefined {
  let level: readonly PanelItem[] = items;
  let found: PanelItem | undefined;
  for (const label of path) {
    found = level.find((item) => item.label.startsWith(label));
    level = found?.items ?? [];
  }
  return found;
}
