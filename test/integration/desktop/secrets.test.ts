import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openSafeSecrets } from '../../../main/desktop/secrets.ts';
import { openFileVault } from '../../../main/secrets/file-vault.ts';
import { startTestDesktop } from '../../support/electron/desktop.ts';
import { createFakeElectron, type FakeElectron } from '../../support/electron/index.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { createTestLogger } from '../../support/log.ts';
import { modeOf } from '../../support/mode.ts';
import { until } from '../../support/wait.ts';

let directory: string;
let electron: FakeElectron;
const open = (platform: NodeJS.Platform = 'darwin', env: NodeJS.ProcessEnv = {}) =>
  openSafeSecrets({
    safeStorage: electron.module.safeStorage,
    directory,
    platform,
    env,
    logger: createTestLogger(),
  });
const encrypted = () => join(directory, 'secrets.encrypted.json');
const plain = () => join(directory, 'secrets.json');

beforeEach(() => {
  directory = temporaryFolder();
  electron = createFakeElectron({ appPath: directory, userData: directory });
});
test('a secret is kept, over a restart, and not in clear text', async () => {
  await (await open()).set('luma-token', 'hunter2');
  expect(await (await open()).get('luma-token')).toBe('hunter2');
  expect(readFileSync(encrypted(), 'utf8')).not.toContain('hunter2');
  expect(modeOf(encrypted())).toBe(0o600);
  expect(existsSync(plain())).toBe(false);

  const vault = await open();
  await vault.delete('luma-token');
  expect(await vault.get('luma-token')).toBeUndefined();
});

test.each([
  ['darwin', 'the macOS Keychain'],
  ['win32', 'Windows (DPAPI)'],
] as const)('on %s the key is from %s', async (platform, keeper) => {
  expect((await open(platform)).description).toBe(`a file encrypted with a key from ${keeper}`);
});

describe('where encryption would be none', () => {
  test('a keychain that is locked', async () => {
    await (await open()).set('luma-token', 'hunter2');
    electron.storage.available = false;
    const vault = await open();
    expect(vault.description).toMatch(/Unlock its keychain.*encrypted before cannot be read/);
    expect(await vault.get('luma-token')).toBeUndefined();
    electron.storage.available = true;
    expect(await (await open()).get('luma-token')).toBe('hunter2');
  });

  test('what was kept in clear text meanwhile is encrypted as soon as that works', async () => {
    await openFileVault(plain(), 'a file').set('luma-token', 'hunter2');
    expect(await (await open()).get('luma-token')).toBe('hunter2');
    expect(existsSync(plain())).toBe(false);
  });
});

test('where the keychain has the key of the seal and is locked Greenlight waits, and starts anew when told to', async () => {
  const first = await startTestDesktop();
  await first.running().core.stop();
  cpSync(first.dataDir, directory, { recursive: true });
  await first.stop();
  const host = await startTestDesktop({
    before({ app, storage, answers }) {
      cpSync(directory, app.paths.userData as string, { recursive: true });
      storage.available = false;
      answers.push(1);
    },
  });
  onTestFinished(() => host.stop());
  expect(host.desktop).toBeUndefined();
  const { app, questions, trays, windows } = host.electron;
  expect(questions).toMatchObject([
    { message: 'Greenlight’s keyring is missing.', detail: expect.stringContaining('Unlock its keychain') },
  ]);
  expect(trays[0]).toMatchObject({
    toolTip: 'Greenlight: blocked, the keyring is missing',
    image: { name: 'blockedTemplate.png' },
  });
  expect(windows).toEqual([]);
  app.emit('activate');
  expect(questions).toHaveLength(2);
  trays[0]?.menu?.choose('Try again');
  await until(() => app.exited === 0);
  expect(app.relaunched).toBeDefined();
});

test('a secret of another key is not guessed at: the person is told what to do', async () => {
  await (await open()).set('luma-token', 'hunter2');
  electron.storage.key = 'key 2';
  await expect((await open()).get('luma-token')).rejects.toThrow('give Greenlight the token again');
});

test('a secret is encrypted anew when the key was exchanged', async () => {
  const vault = await open();
  await vault.set('luma-token', 'hunter2');
  const before = readFileSync(encrypted(), 'utf8');
  electron.storage.rotated = true;
  electron.module.safeStorage.encryptStringAsync = async () => Buffer.from('key 1:72657761706564');
  expect(await vault.get('luma-token')).toBe('hunter2');
  expect(readFileSync(encrypted(), 'utf8')).not.toBe(before);
});

test('GREENLIGHT_SECRETS=file keeps them in the file', async () => {
  const vault = await open('darwin', { GREENLIGHT_SECRETS: 'file' });
  await vault.set('luma-token', 'hunter2');
  expect(existsSync(plain())).toBe(true);
});

test('with a token that the keychain cannot decrypt any more Greenlight starts, blocks, and takes another one', async () => {
  const url = 'http://127.0.0.1:9/mcp';
  const host = await startTestDesktop({
    settings: { upstream: { kind: 'http', url } },
    before({ app }) {
      const kept = Buffer.from('key 0:6869').toString('base64');
      const content = { version: 1, secrets: { 'upstream-token http://127.0.0.1:9': kept } };
      writeFileSync(join(app.paths.userData as string, 'secrets.encrypted.json'), JSON.stringify(content));
    },
  });
  onTestFinished(() => host.stop());
  const { guard, problems } = await host.call('state.get', {});
  expect(guard).toEqual({ mode: 'block' });
  expect(problems).toMatchObject([
    { id: 'secrets', message: expect.stringContaining('could not be decrypted') },
  ]);
  expect(await host.call('upstream.get', {})).toMatchObject({ hasToken: true });
  await host.call('upstream.set', { kind: 'http', url, token: 'another' });
  expect(await host.running().core.secrets.get('upstream-token http://127.0.0.1:9')).toBe('another');
});
