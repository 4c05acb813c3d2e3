import { spawn } from 'node:child_process';

const NAME = 'org.freedesktop.Notifications';
const RULE = `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${NAME}'`;

/**
 * Left alone, dbus-monitor would notice that Greenlight was killed only when it prints next. So a shell waits for the
 * end of its own input, which comes when Greenlight is gone, however it went.
 */
const SCRIPT = `dbus-monitor --session "$1" & read -r more; kill $!`;

/** The name, who had it, who has it now, as dbus-monitor prints the signal. */
const EXCHANGED = new RegExp(`string "${NAME}"\\s+string "([^"]*)"\\s+string "[^"]*"`, 'g');

/**
 * Calls `onGone` each time the session's notification daemon ends or hands over to another: what it had on the
 * screen is gone, and `notify-send` waits on. Watches with `dbus-monitor`, which comes with D-Bus; where that is
 * missing nothing is noticed. The returned function ends the watch.
 */
export function watchDaemon(env: NodeJS.ProcessEnv, onGone: () => void): () => void {
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'sh', RULE], {
    // Not what a terminal's Ctrl+C reaches: the shell must not end before what it has started.
    detached: true,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  for (const part of [child, child.stdin]) part.on('error', () => {});
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-10_000);
    let end = 0;
    for (const match of text.matchAll(EXCHANGED)) {
      end = match.index + match[0].length;
      // Nobody had it before: a daemon starts, perhaps for the very notification that waits.
      if (match[1] !== '') onGone();
    }
    text = text.slice(end);
  });
  return () => void child.stdin.end();
}
