import { spawn } from 'node:child_process';

const NOTIFICATIONS = 'org.freedesktop.Notifications';
const ruleFor = (name: string) =>
  `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${name}'`;

/**
 * Left alone, dbus-monitor would notice that Greenlight was killed only when it prints next. So a shell waits for the
 * end of its own input, which comes when Greenlight is gone, however it went.
 */
const SCRIPT = `dbus-monitor --session "$1" & exec >&-; read -r more; kill $!`;

/** What dbus-monitor prints of itself once it hears everything: as a monitor it gives up its own name. */
const HEARS = /member=NameLost/;

/** How long it is waited for (ms): a notification must come without it, too. */
const LONGEST_START = 2_000;

/** The name, who had it, who has it now, as dbus-monitor prints the signal. */
const exchangeOf = (name: string) =>
  new RegExp(`string "${name}"\\s+string "([^"]*)"\\s+string "([^"]*)"`, 'g');

/**
 * Calls `onGone` each time the session's notification daemon ends or hands over to another: what it had on the
 * screen is gone, and `notify-send` waits on. See {@link watchName}.
 */
export function watchDaemon(
  env: NodeJS.ProcessEnv,
  onGone: () => void,
): { ready: Promise<void>; end: () => void } {
  // Nobody had it before: a daemon starts, perhaps for the very notification that waits.
  return watchName(NOTIFICATIONS, env, (before) => before !== '' && onGone());
}

/**
 * Calls `onExchange` each time `name` of the D-Bus session goes to another program, with the connection that had it and
 * the one that has it now; empty where there is none. Watches with `dbus-monitor`, which comes with D-Bus; where that is
 * missing nothing is noticed. `ready`: it is watched from now on, or cannot be.
 */
export function watchName(
  name: string,
  env: NodeJS.ProcessEnv,
  onExchange: (before: string, after: string) => void,
): { ready: Promise<void>; end: () => void } {
  const exchanged = exchangeOf(name);
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', ruleFor(name)], {
    // Not what a terminal's Ctrl+C reaches: the shell must not end before what it has started.
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  for (const part of [child, child.stdin]) part.on('error', () => {});
  const { promise: ready, resolve: isReady } = Promise.withResolvers<void>();
  const late = setTimeout(isReady, LONGEST_START).unref();
  // Only dbus-monitor holds the output: it ends with it.
  child.stdout.once('end', () => isReady());
  child.once('error', () => isReady());
  void ready.then(() => clearTimeout(late));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-10_000);
    if (HEARS.test(text)) isReady();
    let end = 0;
    for (const match of text.matchAll(exchanged)) {
      end = match.index + match[0].length;
      onExchange(match[1] ?? '', match[2] ?? '');
    }
    text = text.slice(end);
  });
  return { ready, end: () => void child.stdin.end() };
}
