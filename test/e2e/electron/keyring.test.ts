import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { itemAt, needsPanel, openPanel, type Panel } from '../../support/electron/panel.ts';
import { needsElectron, prepareHome, startElectron } from '../../support/electron/real.ts';
import { folderOfSuite } from '../../support/folder.ts';
import { modeOf } from '../../support/mode.ts';
import { needsAll, skipUnless } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';

const needsKeyring = skipUnless(
  process.platform === 'linux' && spawnSync('gnome-keyring-daemon', ['--version']).status === 0,
  'this machine has no gnome-keyring-daemon',
);

const url = 'http://127.0.0.1:9/mcp';

/** The keyring of a Linux desktop, on a session bus where nothing starts by itself. */
describe('the keyring', needsAll(needsElectron, needsKeyring, needsDesktop, needsPanel), () => {
  const folder = folderOfSuite();
  let desktop: Desktop;
  let panel: Panel;
  let keyring: ChildProcess | undefined;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    desktop = await startDesktop();
    panel = await openPanel(desktop.env);
    const home = join(folder(), 'home');
    mkdirSync(home, { mode: 0o700 });
    env = {
      ...desktop.env,
      HOME: home,
      XDG_DATA_HOME: join(home, 'data'),
      XDG_RUNTIME_DIR: home,
      // By this Electron chooses which keyring it asks.
      XDG_CURRENT_DESKTOP: 'GNOME',
      GREENLIGHT_SECRETS: '',
    };
  });
  afterAll(async () => {
    await stopKeyring();
    panel?.close();
    await desktop?.close();
  });

  async function startKeyring(): Promise<void> {
    keyring = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    keyring.stdin?.end('test');
    const has = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
    const ask = ['org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
    await until(() =>
      spawnSync('dbus-send', [...has, ...ask], { env: { ...process.env, ...env } })
        .stdout.toString()
        .includes('true'),
    );
  }
  async function stopKeyring(): Promise<void> {
    if (keyring === undefined) return;
    const ended = once(keyring, 'exit');
    keyring.kill('SIGKILL');
    await ended;
    keyring = undefined;
  }

  test('where there never was one, secrets are in a file that only the person can read, and the person is told', async () => {
    const data = join(folder(), 'without');
    mkdirSync(data);
    await prepareHome(data);
    const host = await startElectron(data, { env });
    onTestFinished(() => host.close());
    const { secrets, secretsOpen } = await host.call('state.get', {});
    expect(secrets).toMatch(/not encrypted: no keyring was found\. Install and unlock one/);
    expect(secretsOpen).toBe(true);
    await host.call('upstream.set', { kind: 'http', url, token: 'hunter2' });
    expect(readFileSync(join(data, 'secrets.json'), 'utf8')).toContain('hunter2');
    expect(modeOf(join(data, 'secrets.json'))).toBe(0o600);
    expect(existsSync(join(data, 'secrets.encrypted.json'))).toBe(false);
    await panel.choose('Quit');
    expect(await host.ended).toEqual({ code: 0, signal: null });
  });

  test('has the key of the secrets; where it is missing Greenlight says so and waits, and is there again with it', async () => {
    const data = join(folder(), 'data');
    mkdirSync(data);
    await prepareHome(data);
    await startKeyring();
    const first = await startElectron(data, { env });
    onTestFinished(() => first.close());
    expect((await first.call('state.get', {})).secrets).toMatch(
      /encrypted with a key from the system keyring/,
    );
    await first.call('upstream.set', { kind: 'http', url, token: 'hunter2' });
    expect(readFileSync(join(data, 'secrets.encrypted.json'), 'utf8')).not.toContain('hunter2');
    expect(existsSync(join(data, 'secrets.json'))).toBe(false);
    await panel.choose('Quit');
    expect(await first.ended).toEqual({ code: 0, signal: null });

    await stopKeyring();
    const second = await startElectron(data, { env, window: false });
    onTestFinished(() => second.close());
    const { items } = await panel.shows(({ toolTip }) => toolTip.includes('the keyring is missing'));
    expect(itemAt(items, 'Try again')?.enabled).toBe(true);
    await expect
      .poll(second.questions)
      .toEqual([
        expect.stringMatching(
          /keyring is missing\. .*no call is let through.* No keyring was found\. Install and unlock one/,
        ),
      ]);
    expect(existsSync(join(data, 'secrets.json'))).toBe(false);

    await startKeyring();
    expect(await second.ended).toEqual({ code: 0, signal: null });
    const { toolTip } = await panel.shows((shown) => itemAt(shown.items, 'Follow the policy') !== undefined);
    // Neither blocked nor without its token.
    expect(toolTip).toMatch(/^Greenlight: on, /);
    await panel.choose('Quit');
    await until(
      () =>
        panel.show().then(
          () => false,
          () => true,
        ),
      'Greenlight does not quit',
    );
  });
});
