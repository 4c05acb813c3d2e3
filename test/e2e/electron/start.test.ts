import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../main/base/listen.ts';
import { startConnectProxy } from '../../servers/connect-proxy.ts';
import { startHttpUpstream } from '../../servers/http.ts';
import { askForVideo } from '../../support/client.ts';
import { type Desktop, needsDesktop, startDesktop } from '../../support/desktop.ts';
import { needsPanel, openPanel, type Panel } from '../../support/electron/panel.ts';
import {
  builtApplication,
  needsElectron,
  prepareHome,
  runtime,
  startElectron,
} from '../../support/electron/real.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { needsAll } from '../../support/skip.ts';
import { until } from '../../support/wait.ts';

/** Those of this machine would go first. */
const NO_PROXIES = Object.fromEntries(
  ['http_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()].map((each) => [each, ''])),
);

/** Starts of their own kind: what stands in the way, what is there at login, another notifier. */
describe('a start', needsAll(needsElectron, needsDesktop, needsPanel), () => {
  let desktop: Desktop;
  let panel: Panel;
  let data: string;
  beforeAll(async () => {
    desktop = await startDesktop();
    panel = await openPanel(desktop.env);
  });
  afterAll(async () => {
    panel?.close();
    await desktop?.close();
  });
  beforeEach(() => {
    data = temporaryFolder();
  });

  /** Starts it as the system does, without a driver. */
  async function startAlone(program: string, args: string[] = []) {
    const child = spawn(program, [...runtime.args, await builtApplication(), ...args], {
      env: {
        ...process.env,
        ...desktop.env,
        HOME: data,
        XDG_CONFIG_HOME: join(data, 'config'),
        GREENLIGHT_HOME: join(data, 'greenlight'),
        GREENLIGHT_SECRETS: 'file',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = { text: '' };
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said.text += chunk;
    });
    const ended = once(child, 'exit');
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    return { said, ended };
  }

  test('with a taken port says which, and names no option that it does not have', async () => {
    const server = createServer();
    const port = await listen(server, 0);
    onTestFinished(() => void server.close());
    mkdirSync(join(data, 'greenlight'));
    await prepareHome(join(data, 'greenlight'), { ports: { mcp: port, ui: 0 } });
    const { said } = await startAlone(runtime.program);
    await until(() => said.text.includes(`did not start. Port ${port} is taken`));
    expect(said.text).toContain('Stop that program');
    expect(said.text).not.toMatch(/--(port|ui-port|home)/);
  });

  test('at login is an entry of the desktop, written and taken away from the tray', async () => {
    // By another name Electron is a packaged application.
    const folder = join(data, 'runtime');
    mkdirSync(folder);
    const from = dirname(runtime.program);
    for (const name of readdirSync(from)) {
      if (name !== basename(runtime.program)) symlinkSync(join(from, name), join(folder, name));
    }
    const program = join(folder, 'greenlight');
    copyFileSync(runtime.program, program);
    mkdirSync(join(data, 'greenlight'));
    await prepareHome(join(data, 'greenlight'));
    const { ended } = await startAlone(program, ['--at-login']);
    await panel.shows(({ toolTip }) => toolTip.startsWith('Greenlight: on'));
    const entry = join(data, 'config/autostart/greenlight.desktop');
    expect(existsSync(entry)).toBe(false);
    await panel.choose('Start at login');
    await until(() => existsSync(entry));
    expect(readFileSync(entry, 'utf8')).toContain(`Exec="${program}" --at-login\n`);
    await panel.choose('Start at login');
    await until(() => !existsSync(entry));
    await panel.choose('Quit');
    expect((await ended)[0]).toBe(0);
  });

  test('in the midst of which there is a second one shows the window, as that one asks', async () => {
    await prepareHome(data);
    const hold = join(data, 'hold');
    writeFileSync(hold, '');
    const env = { ...desktop.env, GREENLIGHT_TEST_HOLD: hold };
    const host = await startElectron(data, { args: ['--at-login'], window: false, env });
    onTestFinished(() => host.close());
    const came = host.app.waitForEvent('window');
    const second = spawn(runtime.program, [...runtime.args, await builtApplication()], {
      env: { ...process.env, ...desktop.env, GREENLIGHT_HOME: data, GREENLIGHT_SECRETS: 'file' },
      stdio: 'ignore',
    });
    expect((await once(second, 'exit'))[0]).toBe(0);
    expect(host.app.windows()).toEqual([]);
    rmSync(hold);
    const page = await came;
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(page.url()).toBe('app://greenlight/');
  });

  test('by a link opens it, though the system started it without a window', async () => {
    await prepareHome(data);
    const link = 'greenlight://approval/00000000-0000-4000-8000-000000000000';
    const host = await startElectron(data, { args: ['--at-login', link], env: desktop.env });
    onTestFinished(() => host.close());
    expect(host.page.url()).toBe('app://greenlight/');
  });

  test('without notify-send has Electron’s own notifications, which go once they are pressed', async () => {
    await prepareHome(data);
    const bin = join(data, 'bin');
    mkdirSync(bin);
    const host = await startElectron(data, { env: { ...desktop.env, PATH: bin } });
    onTestFinished(() => host.close());
    const client = await host.client();
    onTestFinished(() => client.close());
    const answer = askForVideo(client, 'A cat in the rain');
    await desktop.waitForDisplayed(1);
    await desktop.pressAction('default');
    await desktop.waitForDisplayed(0);
    const [approval] = (await host.call('approvals.list', {})).approvals;
    await host.call('approvals.decide', { id: approval?.id as string, answer: 'deny' });
    expect((await answer).isError).toBe(true);
  });

  test('goes by the system’s proxy from its first request on', async () => {
    const server = await startHttpUpstream();
    onTestFinished(() => server.close());
    const proxy = await startConnectProxy({ leadTo: Number(new URL(server.url).port) });
    onTestFinished(() => proxy.close());
    await prepareHome(data, { upstream: { kind: 'http', url: 'http://luma.example/mcp' } });
    const host = await startElectron(data, {
      args: [`--proxy-server=${new URL(proxy.url).host}`],
      env: { ...desktop.env, ...NO_PROXIES },
    });
    onTestFinished(() => host.close());
    expect((await host.call('state.get', {})).upstream).toMatchObject({ status: 'connected', tools: 1 });
    expect(proxy.asked).toContain('luma.example:80');
  });
});
