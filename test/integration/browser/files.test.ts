/** The files of the window, as the browser host sends them: compressed, and not twice. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { openUiServer } from '../../../main/browser/ui-server.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { silent } from '../../support/log.ts';

const script = `export const text = '${'Greenlight '.repeat(2_000)}';\n`;
let origin: string;

beforeEach(async () => {
  const assets = temporaryFolder();
  mkdirSync(join(assets, 'assets'));
  writeFileSync(join(assets, 'index.html'), '<title>Greenlight</title>');
  writeFileSync(join(assets, 'assets/index-1.js'), script);
  const api = { call: () => Promise.reject(new Error('not asked here')), subscribe: () => () => {} };
  const server = await openUiServer({ port: 0, key: 'key', api, assets, logger: silent });
  onTestFinished(() => server.close());
  origin = server.origin;
});

const get = (path: string, accepts: string) =>
  fetch(origin + path, { headers: { 'accept-encoding': accepts } });

test('a file is compressed for who can read that, and is the same for who cannot', async () => {
  const { body, headers } = await request(`${origin}/assets/index-1.js`, {
    headers: { 'accept-encoding': 'gzip' },
  });
  const packed = Buffer.from(await body.arrayBuffer());
  expect(headers['content-encoding']).toBe('gzip');
  expect(packed.length).toBeLessThan(script.length / 10);
  expect(gunzipSync(packed).toString()).toBe(script);
  const plain = await get('/assets/index-1.js', 'identity');
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe(script);
});

test.each([
  ['/assets/index-1.js', 'public, max-age=31536000, immutable'],
  ['/', 'no-cache'],
])('%s is asked for again only where it may be another: %s', async (path, cached) => {
  const answer = await get(path, 'gzip');
  expect(answer.headers.get('cache-control')).toBe(cached);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('what is not there is not kept', async () => {
  const answer = await get('/assets/index-0.js', 'gzip');
  expect(answer.status).toBe(404);
  expect(answer.headers.get('cache-control')).toBeNull();
});
