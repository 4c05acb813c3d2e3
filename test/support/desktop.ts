/**
 * A desktop to show notifications on: a virtual screen (Xvfb), a D-Bus session and a real notification
 * daemon (dunst), private to the test, with a hand that presses the buttons.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { skipUnless } from './skip.ts';
import { until, within } from './wait.ts';

const run = promisify(execFile);

const programs = ['Xvfb', 'dbus-daemon', 'dbus-send', 'dunst', 'dunstctl', 'notify-send'];

const folders = (process.env.PATH ?? '').split(path.delimiter);
const missing = programs.filter(
  (program) => !folders.some((folder) => isExecutable(path.join(folder, program))),
);

/** For what calls {@link startDesktop}: `describe(name, needsDesktop, ...)`. */
export const needsDesktop = skipUnless(missing.length === 0, `this machine has no ${missing.join(', ')}`);

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A notification as the daemon got it: the body is still markup. */
interface DisplayedNotice {
  title: string;
  body: string;
  urgency: string;
}

export interface Desktop {
  /** To be merged into the environment of whatever shall show notifications here. */
  readonly env: { DISPLAY: string; DBUS_SESSION_BUS_ADDRESS: string };
  /**
   * Presses a button (`default` is a click on the notification itself) of the notification whose title
   * contains `title`; of any one when left out. Waits for it to appear.
   */
  pressAction(action: 'allow' | 'deny' | 'default', title?: string): Promise<void>;
  /** Closes the newest notification without an answer, as the person's swipe does. */
  dismiss(): Promise<void>;
  /** How many notifications are on the screen. */
  displayed(): Promise<number>;
  /** Resolves once exactly `count` notifications are on the screen. */
  waitForDisplayed(count: number): Promise<void>;
  /** Every notification that appeared so far, also those that are gone. */
  notices(): Promise<DisplayedNotice[]>;
  /** Ends the notification daemon and leaves the D-Bus session; `startDaemon` brings it back. */
  stopDaemon(): Promise<void>;
  startDaemon(): Promise<void>;
  /** Ends everything that was started. */
  close(): Promise<void>;
}

/** Starts a desktop; takes well under a second. Rejects when a program is missing or does not start. */
export async function startDesktop(): Promise<Desktop> {
  const home = await mkdtemp(path.join(tmpdir(), 'greenlight-desktop-'));
  const children = new Set<ChildProcess>();
  // A test run that ends early must not leave a screen behind.
  const killAll = () => {
    for (const child of children) child.kill('SIGKILL');
  };
  process.on('exit', killAll);

  const start = (command: string, args: string[], env: NodeJS.ProcessEnv): ChildProcess => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
    children.add(child);
    child.once('exit', () => children.delete(child));
    child.once('error', () => children.delete(child));
    return child;
  };

  const close = async (): Promise<void> => {
    await Promise.all([...children].map(end));
    process.off('exit', killAll);
    await rm(home, { recursive: true, force: true });
  };

  try {
    await writeFiles(home);
    const screen = start('Xvfb', ['-displayfd', '1', '-screen', '0', '800x600x24', '-nolisten', 'tcp'], {
      ...process.env,
    });
    const bus = start('dbus-daemon', [`--config-file=${home}/bus.conf`, '--nofork', '--print-address'], {
      ...process.env,
    });
    const [display, address] = await Promise.all([firstLine(screen), firstLine(bus)]);
    const env = { DISPLAY: `:${display}`, DBUS_SESSION_BUS_ADDRESS: address };
    const wholeEnv = { ...process.env, ...env };
    const dunstctl = async (...args: string[]) =>
      (await run('dunstctl', args, { env: wholeEnv })).stdout.trim();

    const displayed = async () => Number(await dunstctl('count', 'displayed'));
    let daemon: ChildProcess;
    const startDaemon = async () => {
      daemon = start('dunst', ['-conf', `${home}/dunstrc`], wholeEnv);
      await until(async () => (await displayed()) >= 0, 'dunst does not answer');
    };
    await startDaemon();

    return {
      env,
      displayed,
      startDaemon,
      close,
      stopDaemon: () => end(daemon),
      dismiss: async () => void (await dunstctl('close')),
      waitForDisplayed: (count) =>
        until(
          async () => (await displayed()) === count,
          `there never were ${count} notifications on the screen`,
        ),
      async pressAction(action, title = '') {
        const offer = `no notification offers "${action}"${title && ` under the title "${title}"`}`;
        await until(async () => {
          await rm(`${home}/chosen`, { force: true });
          await writeFile(`${home}/choice`, `,${action}]\n${title}\n`);
          await until(async () => {
            // dunst opens no menu over an empty screen, nor while the last one is closing. One more menu
            // than needed does no harm: the choice was taken by the first.
            if ((await displayed()) > 0) await dunstctl('context');
            return existsSync(`${home}/chosen`);
          }, offer);
          return (await readFile(`${home}/chosen`, 'utf8')) !== '';
        }, offer);
      },
      async notices() {
        const fields = (await readFile(`${home}/notices`, 'utf8').catch(() => '')).split('\0');
        const count = Math.floor(fields.length / 3);
        return Array.from({ length: count }, (_, index) => {
          const [title = '', body = '', urgency = ''] = fields.slice(index * 3);
          return { title, body, urgency };
        });
      },
    };
  } catch (cause) {
    await close();
    throw new Error(`the test desktop did not start: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/**
 * The session bus starts no service by itself, so that a stopped daemon stays stopped. dunst asks its
 * `dmenu` which action to take: ours takes the line that the file `choice` names, once.
 */
async function writeFiles(home: string): Promise<void> {
  const script = { mode: 0o755 };
  await writeFile(
    `${home}/bus.conf`,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=${home}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
`,
  );
  await writeFile(
    `${home}/dunstrc`,
    `[global]
    notification_limit = 0
    idle_threshold = 0
    markup = full
    dmenu = ${home}/menu
[record]
    summary = "*"
    script = ${home}/record
`,
  );
  await writeFile(
    `${home}/menu`,
    `#!/bin/sh
lines=$(cat)
mv ${home}/choice ${home}/taken 2>/dev/null || exit 0
title=$(sed -n 2p ${home}/taken)
action=$(sed -n 1p ${home}/taken)
chosen=$(printf '%s' "$lines" | grep -F -- "$title" | grep -F -m 1 -- "$action")
printf '%s' "$chosen" > ${home}/chosen.new
mv ${home}/chosen.new ${home}/chosen
printf '%s\\n' "$chosen"
`,
    script,
  );
  await writeFile(
    `${home}/record`,
    `#!/bin/sh
printf '%s\\0%s\\0%s\\0' "$DUNST_SUMMARY" "$DUNST_BODY" "$DUNST_URGENCY" >> ${home}/notices
`,
    script,
  );
}

/** What a child prints first: where it can be reached. */
async function firstLine(child: ChildProcess): Promise<string> {
  const exited = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with code ${code}`)));
  });
  const lines = createInterface({ input: child.stdout as Readable });
  const line = new Promise<string>((resolve) => lines.once('line', resolve));
  return await within(Promise.race([line, exited]), `${child.spawnfile} never said where it can be reached`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 2_000);
  await exited;
  clearTimeout(late);
}
