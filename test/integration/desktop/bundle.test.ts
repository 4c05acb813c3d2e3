import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openConfSettings } from '../../../main/settings/settings.ts';
import { ipcTransport } from '../../../renderer/transport/ipc.ts';
import type { Transport, TransportEvent } from '../../../renderer/transport/transport.ts';
import { askForVideo, connectClient, textOf } from '../../support/client.ts';
import { builtDesktop } from '../../support/electron/build.ts';
import { type DesktopChild, startBundle } from '../../support/electron/child.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { ownSignals } from '../../support/signal-listeners.ts';

/**
 * What electron-vite builds, as Electron would run it: the main bundle in a process of its own with the fake
 * in Electron's place, the preload script as CommonJS with nothing but Electron to require.
 */
let application: string;
beforeAll(async () => {
  application = await builtDesktop();
});

let data: string;
let host: DesktopChild;

beforeEach(async () => {
  data = temporaryFolder();
  const settings = await openConfSettings(data);
  settings.set({ ...settings.get(), ports: { mcp: 0, ui: 0 }, costUnit: 'credits' });
  host = startBundle(join(application, 'out/main/index.js'), application, data);
});
afterEach(() => {
  host.kill('SIGKILL');
});

/** The page's transport, through the built preload script and the fake's IPC. */
function openPage(): Transport {
  const page: Record<string, unknown> = {};
  const listeners = new Map<string, (event: unknown, ...args: unknown[]) => void>();
  const electron = {
    contextBridge: {
      exposeInMainWorld(name: string, api: unknown) {
        page[name] = api;
      },
    },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]) => host.tell({ do: 'invoke', channel, args }),
      send: (channel: string) => void host.tell({ do: 'subscribe', channel }),
      on: (channel: string, listener: (event: unknown, ...args: unknown[]) => void) =>
        listeners.set(channel, listener),
      off: (channel: string) => void listeners.delete(channel),
    },
  };
  runInNewContext(
    `(require, exports, module) => {${readFileSync(join(application, 'out/preload/preload.cjs'), 'utf8')}}`,
  )(
    (name: string) => {
      if (name !== 'electron') throw new Error(`A sandboxed preload script cannot require ${name}.`);
      return electron;
    },
    {},
    {},
  );
  host.onSent(({ channel, args }) => listeners.get(channel)?.({}, ...args));
  const transport = ipcTransport(page);
  if (!transport) throw new Error('The preload script left no bridge.');
  return transport;
}

async function connect(transport: Transport): Promise<Client> {
  const { mcpUrl, token } = await transport.call('clients.create', { label: 'Claude' });
  return connectClient(mcpUrl, token);
}

test('the bundle starts: tray, icons, window and page are there', async () => {
  const tray = await host.ready();
  expect(tray).toMatchObject({ toolTip: 'Greenlight: on, sandbox connected', iconMissing: false });
  const [window] = tray.windows;
  expect(window?.url).toBe('app://greenlight/');
  expect(existsSync(window?.preload ?? '')).toBe(true);

  const page = await host.tell<{ status: number; text: string }>({ do: 'fetch', url: 'app://greenlight/' });
  expect(page.status).toBe(200);
  const scripts = [...page.text.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path);
  expect(scripts.length).toBeGreaterThan(1);
  for (const path of scripts) {
    expect(await host.tell({ do: 'fetch', url: `app://greenlight/${path}` })).toMatchObject({ status: 200 });
  }
});

test('a real client is served, and the page, the tray and a notification answer it', async () => {
  await host.ready();
  const transport = openPage();
  const events: TransportEvent[] = [];
  transport.subscribe((event) => void events.push(event));
  const client = await connect(transport);
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('luma_generate_video');
  const ask = (prompt: string) => askForVideo(client, prompt);

  const first = ask('A cat in the rain');
  await host.tray(({ toolTip }) => toolTip.includes('1 call is waiting'));
  const { approvals } = await transport.call('approvals.list', {});
  await transport.call('approvals.decide', { id: approvals[0]?.id ?? '', answer: 'allow' });
  expect((await first).isError).not.toBe(true);
  await expect.poll(() => events.map(({ name }) => name)).toContain('approval');

  const second = ask('Drone over a lake');
  const waiting = await host.tray(({ items }) => items?.includes('1 video is waiting') === true);
  await host.tell({ do: 'choose', path: ['1 video is waiting', 'Claude', 'Deny'] });
  expect((await second).isError).toBe(true);

  const third = ask('A paper boat');
  await host.tray(({ notifications }) => notifications > waiting.notifications);
  await host.tell({ do: 'press', label: 'Allow' });
  expect((await third).isError).not.toBe(true);
  // Read by the thread that is built beside the bundle.
  expect(await transport.call('activity.verify', {})).toEqual({ valid: true, rows: 3 });
  expect((await transport.call('activity.query', { text: 'paper boat' })).total).toBe(1);
  await client.close();
  transport.close();
});

test('failures reach the page in words', async () => {
  await host.ready();
  const transport = openPage();
  await expect(transport.call('approvals.decide', { id: 'nothing', answer: 'allow' })).rejects.toMatchObject({
    code: 'not_found',
    message: expect.stringContaining('no such approval'),
  });
  transport.close();
});

test('settings and secrets are kept where the browser host keeps its own', async () => {
  await host.ready();
  const transport = openPage();
  // Written by `conf` before the start, read and written by electron-store.
  expect((await transport.call('settings.get', {})).costUnit).toBe('credits');
  await transport.call('settings.set', { costUnit: 'EUR' });
  expect((await openConfSettings(data)).get()).toMatchObject({ costUnit: 'EUR', ports: { mcp: 0 } });
  await transport.call('upstream.set', { kind: 'http', url: 'http://127.0.0.1:9/mcp', token: 'hunter2' });
  const secrets = readFileSync(join(data, 'secrets.encrypted.json'), 'utf8');
  expect(secrets).not.toContain('hunter2');
  expect(await transport.call('upstream.get', {})).toMatchObject({ hasToken: true });
  transport.close();
});

describe('the end', () => {
  test('quitting from the tray ends the process cleanly', async () => {
    await host.ready();
    const ended = host.ended();
    void host.tell({ do: 'choose', path: ['Quit'] }).catch(() => undefined);
    expect(await ended).toEqual([0, null]);
  });

  test('nothing but Greenlight listens to signals', async () => {
    await host.ready();
    expect(await host.tell({ do: 'signals' })).toEqual(ownSignals);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s marks what waits as interrupted', async (signal) => {
    await host.ready();
    const client = await connect(openPage());
    const answer = askForVideo(client, 'A cat');
    await host.tray(({ toolTip }) => toolTip.includes('1 call is waiting'));
    const ended = host.ended();
    host.kill(signal);
    expect(textOf(await answer)).toMatch(/stop/i);
    expect(await ended).toEqual([0, null]);
  });
});

test('nothing but Electron, Node and what is packed with it stays outside of the bundle', () => {
  const { dependencies } = createRequire(import.meta.url)('../../../package.json') as {
    dependencies: object;
  };
  const main = join(application, 'out/main');
  const imported = readdirSync(main)
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [
      // As rolldown writes them: a static import, a lazy one, one of a package that is CommonJS.
      ...readFileSync(join(main, file), 'utf8').matchAll(
        /(?:^|[;}])import(?:[^"';]+?from)?"([^"]+)"|\bimport\(`([^`]+)`\)|require\(`([^`]+)`\)/g,
      ),
    ])
    .map(([, fixed, lazy, required]) => fixed ?? lazy ?? required ?? '');
  expect(imported.length).toBeGreaterThan(50);
  const outside = new Set(imported.filter((name) => !isBuiltin(name) && !name.startsWith('./')));
  expect([...outside].sort()).toEqual(['electron', ...Object.keys(dependencies)].sort());
});
