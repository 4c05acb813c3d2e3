import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { policyText, windowPolicy } from '../../../main/base/window-headers.ts';
import { registerAppScheme, serveApp } from '../../../main/desktop/window/app-protocol.ts';
import { createFakeElectron } from '../../support/electron/index.ts';

const root = mkdtempSync(join(tmpdir(), 'greenlight-app-'));
const assets = join(root, 'renderer');
const electron = createFakeElectron({ appPath: root, userData: root });
const get = (path: string, init?: RequestInit) => electron.protocol.fetch(`app://greenlight${path}`, init);

beforeAll(() => {
  mkdirSync(join(assets, 'assets'), { recursive: true });
  writeFileSync(join(assets, 'index.html'), '<title>Greenlight</title>');
  writeFileSync(join(assets, 'assets/index-1.js'), 'export {};');
  writeFileSync(join(assets, 'assets/page-1.css'), 'a{}');
  writeFileSync(join(assets, 'assets/a b.svg'), '<svg/>');
  writeFileSync(join(root, 'secret.txt'), 'secret');
  symlinkSync(join(root, 'secret.txt'), join(assets, 'link.txt'));
  registerAppScheme(electron.module.protocol);
  serveApp(electron.module.protocol, assets);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

test.each([
  ['/', 'text/html; charset=utf-8', '<title>Greenlight</title>'],
  ['/index.html', 'text/html; charset=utf-8', '<title>Greenlight</title>'],
  ['/?x#/approvals', 'text/html; charset=utf-8', '<title>Greenlight</title>'],
  ['/assets/index-1.js', 'text/javascript; charset=utf-8', 'export {};'],
  ['/assets/page-1.css', 'text/css; charset=utf-8', 'a{}'],
  ['/assets/a%20b.svg', 'image/svg+xml', '<svg/>'],
])('%s is served as %s', async (path, type, content) => {
  const response = await get(path);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(type);
  expect(await response.text()).toBe(content);
});

test('everything has the policy of the window, and no type is guessed', async () => {
  for (const path of ['/', '/assets/index-1.js', '/nothing']) {
    const { headers } = await get(path);
    expect(headers.get('content-security-policy')).toBe(policyText(windowPolicy));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  }
});

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/..%5csecret.txt',
  '/assets/../../secret.txt',
  '/assets/%2e%2e/%2e%2e/secret.txt',
  '//secret.txt',
  '/./../secret.txt',
  '/secret.txt',
  '/link.txt',
  '/assets',
  '/assets/',
  '/index.html%00.js',
  '/%',
  `/${join(root, 'secret.txt')}`,
])('%s reaches nothing outside the window', async (path) => {
  const response = await get(path);
  expect(response.status).toBe(404);
  expect(await response.text()).not.toContain('secret');
});

test('other hosts, users and methods are refused', async () => {
  expect((await electron.protocol.fetch('app://elsewhere/index.html')).status).toBe(403);
  expect((await electron.protocol.fetch('app://greenlight:1/index.html')).status).toBe(403);
  expect((await get('/', { method: 'POST' })).status).toBe(403);
});

describe('a foreign picture', () => {
  test('is framed by a page that can do nothing else', async () => {
    const response = await get(`/picture?url=${encodeURIComponent('https://example.com/a.png')}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox$/);
    expect(await response.text()).toContain('src="https://example.com/a.png"');
  });

  test.each(['', 'file:///etc/passwd', 'app://greenlight/', 'javascript:alert(1)'])(
    'is not %j',
    async (url) => {
      expect((await get(`/picture?url=${encodeURIComponent(url)}`)).status).toBe(400);
    },
  );
});

test('the scheme is a real origin, without the right to pass a policy by', () => {
  expect(electron.protocol.privileged.get('app')).toEqual({
    standard: true,
    secure: true,
    supportFetchAPI: true,
  });
});

test('says what to do when the window was not built', () => {
  expect(() => serveApp(electron.module.protocol, join(root, 'missing'))).toThrow('npm run build');
});
