/**
 * What `import ... from 'electron'` gives in the child process that runs the built main bundle: the fake,
 * with what the process was told in GREENLIGHT_FAKE_ELECTRON. The parent drives it by messages.
 */

import { signalListeners } from '../signal-listeners.ts';
import type { FakeElectronOptions } from './app.ts';
import { createFakeElectron } from './index.ts';
import type { FakeContents, Sent } from './window.ts';

/** What the parent asks the fake to do. */
export type Command =
  | { do: 'invoke'; channel: string; args: unknown[] }
  | { do: 'subscribe'; channel: string }
  | { do: 'fetch'; url: string }
  | { do: 'tray' }
  | { do: 'signals' }
  | { do: 'choose'; path: string[] }
  | { do: 'press'; label: string };

const fake = createFakeElectron(
  JSON.parse(process.env.GREENLIGHT_FAKE_ELECTRON ?? '{}') as FakeElectronOptions,
);
fake.app.on('fake-exit', (code: number) => process.exit(code));

// What is sent to a page goes on to the parent, which stands in for the page.
fake.app.on('web-contents-created', (_event, contents: FakeContents) =>
  contents.on('fake-sent', (sent: Sent) => process.send?.({ sent })),
);

process.on('message', async ({ id, command }: { id: number; command: Command }) => {
  try {
    process.send?.({ id, result: await obey(command) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});

async function obey(command: Command): Promise<unknown> {
  const page = fake.windows[0]?.contents;
  const tray = fake.trays[0];
  switch (command.do) {
    case 'invoke':
      if (!page) throw new Error('There is no window yet.');
      return fake.ipc.invoke(page, command.channel, command.args);
    case 'subscribe':
      if (page) fake.ipc.send(page, command.channel);
      return undefined;
    case 'fetch': {
      const response = await fake.protocol.fetch(command.url);
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await response.text(),
      };
    }
    case 'signals':
      return signalListeners();
    case 'tray':
      return {
        windows: fake.windows.map(({ url, options }) => ({ url, preload: options.webPreferences?.preload })),
        title: tray?.title,
        toolTip: tray?.toolTip,
        iconMissing: tray?.image.isEmpty(),
        items: tray?.menu?.template.flatMap(({ label }) => label ?? []),
        notifications: fake.notifications.length,
      };
    case 'choose':
      return tray?.menu?.choose(...command.path);
    case 'press':
      return fake.notifications.at(-1)?.press(command.label);
  }
}

export const {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  globalShortcut,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  Tray,
} = fake.module;
export default fake.module;
