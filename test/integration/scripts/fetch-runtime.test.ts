/** `npm start` without a network says why Electron's runtime is not there. */
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fetchRuntime } from '../../../scripts/why-not-desktop.ts';
import { temporaryFolder } from '../../support/folder.ts';

test('a server that cannot be reached is named as the cause', async () => {
  const folder = join(temporaryFolder(), 'electron');
  const modules = resolve('node_modules');
  await cp(join(modules, 'electron'), folder, { recursive: true });
  await rm(join(folder, 'path.txt'), { force: true });
  // A version that no cache has.
  const about = join(folder, 'package.json');
  await writeFile(
    about,
    (await readFile(about, 'utf8')).replace(/"version": "[^"]+"/, '"version": "99.1.2"'),
  );
  const { ELECTRON_SKIP_BINARY_DOWNLOAD: _, ...env } = process.env;
  const why = fetchRuntime(folder, {
    ...env,
    NODE_PATH: modules,
    ELECTRON_MIRROR: 'http://127.0.0.1:9/',
    electron_use_remote_checksums: '1',
  });
  expect(why).toMatch(/bad port|ECONNREFUSED/);
});
