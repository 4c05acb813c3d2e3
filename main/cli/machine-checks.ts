/** What of the machine Greenlight needs: a place for its data, notifications, a keyring. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemProgram } from '../notify/system-program.ts';
import { askKeyring } from '../secrets/keyring-vault.ts';
import { type Finding, ok, unknown, wrong } from './finding.ts';

/** Files that are nobody else's business. */
const PRIVATE = [
  'settings.json',
  'greenlight.db',
  'greenlight.db-wal',
  'greenlight.stand',
  'secrets.json',
  'secrets.encrypted.json',
  'connect.json',
];

/** Milliseconds that the keyring has to show that it works, as at a start. */
const PATIENCE = 5_000;

export function checkDataDirectory(home: string): Finding[] {
  const check = 'data directory';
  if (!existsSync(home)) return [ok(check, `${home} is not there yet; it is made at the first start.`)];
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return [
      wrong(
        check,
        `${home} cannot be used (${(error as NodeJS.ErrnoException).code}).`,
        'Make it a folder that belongs to you, or name another one with --home or GREENLIGHT_HOME.',
      ),
    ];
  }
  // Windows has no such modes.
  const open = PRIVATE.map((name) => join(home, name)).filter(
    (path) => process.platform !== 'win32' && existsSync(path) && (statSync(path).mode & 0o077) !== 0,
  );
  const foreign = [home, ...PRIVATE.map((name) => join(home, name))].filter(
    (path) => process.geteuid && existsSync(path) && statSync(path).uid !== process.geteuid(),
  );
  if (open.length + foreign.length === 0)
    return [ok(check, `${home} is yours, and what is in it for you alone.`)];
  return [
    ...open.map((path) => wrong(check, `Other users can get at ${path}.`, `chmod 600 '${path}'`)),
    ...foreign.map((path) =>
      wrong(
        check,
        `${path} belongs to another user.`,
        'Make it yours (chown), or name another data directory.',
      ),
    ),
  ];
}

export function checkNotifier(): Finding {
  const check = 'notifier';
  if (process.platform === 'darwin' || process.platform === 'win32')
    return unknown(check, 'Whether notifications are shown is known while Greenlight runs.');
  const { program, own } = systemProgram('notify-send', process.env.PATH);
  if (program === undefined) {
    return wrong(
      check,
      own === undefined
        ? 'The program notify-send is missing.'
        : `${own} is not used: every program of yours can replace it, and answer in your place.`,
      'Install notify-send for the whole system (Debian, Ubuntu: apt install libnotify-bin; Fedora, Arch: libnotify). Until then approvals wait in the window.',
    );
  }
  if (!process.env.DBUS_SESSION_BUS_ADDRESS && !existsSync(`/run/user/${process.getuid?.()}/bus`)) {
    return wrong(
      check,
      'There is no session bus (DBUS_SESSION_BUS_ADDRESS), so nothing shows notifications.',
      'Run Greenlight in a desktop session. Where there is none, approvals wait in the window.',
    );
  }
  return ok(check, `${program} shows notifications, where a notification service runs.`);
}

export async function checkKeyring(): Promise<Finding> {
  const check = 'keyring';
  if (process.env.GREENLIGHT_SECRETS === 'file')
    return ok(check, 'Secrets are kept in a file, as GREENLIGHT_SECRETS says.');
  try {
    await askKeyring({ service: 'Greenlight', operation: 'probe' }, PATIENCE);
    return ok(check, 'The system’s keyring keeps what it is given.');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (/Cannot find (package|module)/.test(reason))
      return unknown(check, 'Whether the keyring can be used is known while Greenlight runs.');
    return wrong(
      check,
      `The system’s keyring cannot be used (${reason}).`,
      'Unlock it, or install one (GNOME Keyring, KWallet). Without one, secrets are kept in a file that every program of yours can read; GREENLIGHT_SECRETS=file says that you want that.',
    );
  }
}
