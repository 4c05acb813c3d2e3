import { spawn } from 'node:child_process';

const NAME = 'org.freedesktop.Notifications';
const RULE = `type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${NAME}'`;

/** The name, who had it, who has it now, as dbus-monitor prints the signal. */
const EXCHANGED = new RegExp(`string "${NAME}"\\s+string "([^"]*)"\\s+string "[^"]*"`, 'g');

/**
 * Calls `onGone` each time the session's notification daemon ends or hands over to another: what it had on the
 * screen is gone, and `notify-send` waits on. Watches with `dbus-monitor`, which comes with D-Bus; where that is
 * missing nothing is noticed. The returned function ends the watch.
 */
export function watchDaemon(env: NodeJS.ProcessEnv, onGone: () => void): () => void {
  const child = spawn('dbus-monitor', ['--session', RULE], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  child.on('error', () => {});
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
  return () => void child.kill('SIGKILL');
}
