import { beforeEach, describe, expect, test } from 'vitest';
import { guardPages } from '../../../main/desktop/window/guards.ts';
import { windowOptions } from '../../../main/desktop/window/options.ts';
import { createFakeElectron, type FakeElectron } from '../../support/electron/index.ts';
import type { FakeContents } from '../../support/electron/window.ts';
import { createTestLogger } from '../../support/log.ts';

let electron: FakeElectron;
let page: FakeContents;
const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(async () => {
  electron = createFakeElectron({ appPath: '/nowhere', userData: '/nowhere' });
  guardPages({ electron: electron.module, logger: createTestLogger() });
  const window = new electron.module.BrowserWindow({});
  await window.loadURL('app://greenlight/');
  page = electron.windows[0]?.contents as FakeContents;
});

test.each(['full', 'compact'] as const)('the %s window is a sandbox without Node', (kind) => {
  const { webPreferences, show } = windowOptions(kind, {
    platform: 'darwin',
    preload: '/app/out/preload/preload.cjs',
    devTools: false,
    dark: false,
    icon: undefined,
  });
  expect(show).toBe(false);
  expect(webPreferences).toEqual({
    preload: '/app/out/preload/preload.cjs',
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInSubFrames: false,
    nodeIntegrationInWorker: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: false,
  });
});

describe('a page', () => {
  test('stays under its own address', () => {
    expect(page.navigate('app://greenlight/#/policies')).toBe(true);
    for (const url of [
      'https://example.com/',
      'http://127.0.0.1:4747/mcp',
      'file:///etc/passwd',
      'app://elsewhere/',
      'app://greenlight.example/',
      'app://user@greenlight/',
      'data:text/html,<script>alert(1)</script>',
      'javascript:alert(1)',
      'about:blank',
    ]) {
      expect(page.navigate(url), url).toBe(false);
      expect(page.navigate(url, 'will-redirect'), url).toBe(false);
      expect(page.navigate(url, 'will-frame-navigate'), url).toBe(false);
    }
    expect(page.navigate('app://greenlight/picture?url=x', 'will-frame-navigate')).toBe(true);
    expect(page.mainFrame.url).toBe('app://greenlight/#/policies');
  });

  test('opens no window and attaches no webview', () => {
    expect(page.openWindow('https://example.com/')).toBe('deny');
    expect(page.openWindow('app://greenlight/')).toBe('deny');
    let attached = true;
    page.emit('will-attach-webview', {
      preventDefault() {
        attached = false;
      },
    });
    expect(attached).toBe(false);
    expect(electron.windows).toHaveLength(1);
  });

  test('gets one permission, on its own address: to put text into the clipboard', async () => {
    const own = 'app://greenlight/index.html';
    expect(await electron.session.permits('clipboard-sanitized-write', own)).toBe(true);
    expect(await electron.session.permits('clipboard-sanitized-write', 'https://example.com/')).toBe(false);
    for (const permission of [
      'clipboard-read',
      'notifications',
      'media',
      'geolocation',
      'openExternal',
      'fileSystem',
      'unknown',
    ] as const) {
      expect(await electron.session.permits(permission, own), permission).toBe(false);
    }
    expect(electron.session.permitsDevices()).toBe(false);
  });

  test('saves what it made itself, nothing else', () => {
    expect(electron.session.downloads('blob:app://greenlight/5a54', 'calls.csv')).toBe('Save calls.csv');
    expect(electron.session.downloads('blob:https://example.com/5a54')).toBeUndefined();
    expect(electron.session.downloads('https://example.com/setup.exe')).toBeUndefined();
  });
});

describe('an address outside', () => {
  test('is opened in the browser after the person agreed', async () => {
    electron.answers.push(0);
    page.openWindow('https://example.com/video?id=1');
    await settled();
    expect(electron.questions).toMatchObject([
      { detail: 'https://example.com/video?id=1', buttons: ['Open', 'Cancel'] },
    ]);
    expect(electron.opened).toEqual(['https://example.com/video?id=1']);
  });

  test('is not opened when the person does not', async () => {
    electron.answers.push(1);
    page.navigate('https://example.com/');
    await settled();
    expect(electron.questions).toHaveLength(1);
    expect(electron.opened).toEqual([]);
  });

  test('is asked about one at a time', async () => {
    for (let turn = 0; turn < 50; turn += 1) page.openWindow(`https://example.com/${turn}`);
    await settled();
    expect(electron.questions).toHaveLength(1);
  });

  test.each([
    'http://example.com/',
    'file:///etc/passwd',
    'smb://example.com/share',
    'ms-msdt:/id',
    'mailto:a@example.com',
    'https://user:secret@example.com/',
    'greenlight://approval/1',
    'nonsense',
  ])('is not even asked about when it is %s', async (url) => {
    page.openWindow(url);
    await settled();
    expect(electron.questions).toEqual([]);
    expect(electron.opened).toEqual([]);
  });
});
