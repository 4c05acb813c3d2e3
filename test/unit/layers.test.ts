import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

const forbidden = [
  ['shared', 'node:fs', 'noNodejsModules'],
  ['shared', 'electron', 'noRestrictedImports'],
  ['shared', 'react', 'noRestrictedImports'],
  ['shared/policy', '../../main/ports.ts', 'noRestrictedImports'],
  ['renderer', '../main/ports.ts', 'noRestrictedImports'],
  ['renderer', 'node:fs', 'noNodejsModules'],
  ['renderer', 'electron', 'noRestrictedImports'],
  ['main/gate', 'electron', 'noRestrictedImports'],
  ['main/browser', 'electron-store', 'noRestrictedImports'],
  ['main/api', 'electron-updater', 'noRestrictedImports'],
  ['main/gate', '../proxy/exchange.ts', 'noRestrictedImports'],
  ['main/upstream', '../api.ts', 'noRestrictedImports'],
  ['main/proxy', '../greenlight.ts', 'noRestrictedImports'],
  ['main/proxy', '../browser/index.ts', 'noRestrictedImports'],
  ['main/database', '../gate/gate.ts', 'noRestrictedImports'],
  ['main', '../renderer/app.tsx', 'noRestrictedImports'],
] as const;

const allowed = [
  ['main/desktop', 'electron'],
  ['main/gate', '../../shared/json.ts'],
  ['main/proxy', '../gate/gate.ts'],
  ['renderer', '../shared/contract.ts'],
] as const;

/** One file per import, linted in one go under the project's own rules. */
const fileOf = (folder: string, from: string) => `${folder}/imports-${from.replaceAll(/\W+/g, '-')}.ts`;

let folder: string;
let says: string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'greenlight-layers-'));
  for (const file of ['biome.json', '.gitignore']) copyFileSync(join(root, file), join(folder, file));
  for (const [at, from] of [...forbidden, ...allowed]) {
    const path = join(folder, fileOf(at, from));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `import * as it from '${from}';\n\nexport default it;\n`);
  }
  const result = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/@biomejs/biome/bin/biome'),
      'lint',
      '--reporter=github',
      '--max-diagnostics=none',
    ],
    { cwd: folder, encoding: 'utf8' },
  );
  says = result.stdout.replaceAll('%2F', '/').split('\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const complaints = (file: string) => says.filter((line) => line.includes(`/${file},line=`)).join('\n');

describe('imports only point down, and the linter says so', () => {
  test.each(forbidden)('%s may not import %s', (at, from, rule) => {
    expect(complaints(fileOf(at, from))).toContain(rule);
  });

  test.each(allowed)('%s may import %s', (at, from) => {
    expect(complaints(fileOf(at, from))).not.toMatch(/noRestrictedImports|noNodejsModules/);
  });
});
