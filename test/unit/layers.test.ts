/** Imports only point down (docs/architecture.md), those of types too; what runs where is the linter's to say. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { circlesIn, importsOf, sourcesOf } from '../support/imports.ts';

/** The floors, from the ground up. A room imports itself and what is on floors below its own, not its neighbours. */
const floors: string[][] = [
  ['shared'],
  // main/
  ['main/base'],
  ['main/database', 'main/settings', 'main/secrets', 'main/notify'],
  ['main/ledger', 'main/upstream', 'main/policies', 'main/connect'],
  ['main/gate', 'main/servers'],
  ['main/proxy'],
  ['main/greenlight.ts'],
  ['main/api'],
  ['main/browser', 'main/desktop'],
  ['main/cli'],
  // renderer/, which stands on shared/ beside main/
  ['renderer/text'],
  ['renderer/design'],
  ['renderer/transport'],
  ['renderer/store'],
  ['renderer/navigation', 'renderer/arguments'],
  ['renderer/budget', 'renderer/tools', 'renderer/upstream'],
  ['renderer/feed'],
  [
    'renderer/activity',
    'renderer/approvals',
    'renderer/clients',
    'renderer/policies',
    'renderer/servers',
    'renderer/settings',
    'renderer/videos',
    'renderer/welcome',
  ],
  ['renderer/shell'],
  ['renderer'],
];

/** Rooms of the renderer that are to be used anywhere, so they may know less than their floor allows. */
const only: Record<string, string[]> = {
  'renderer/transport': ['shared'],
  'renderer/navigation': [],
  'renderer/arguments': ['renderer/design', 'renderer/text', 'shared'],
};

/** The room of a file: its folder in main/ or renderer/, `renderer` for what stands in it by itself, or `shared`. */
function roomOf(path: string): string {
  const [top = '', second = '', ...more] = path.split('/');
  if (top === 'shared') return top;
  if (top === 'renderer' && more.length === 0) return top;
  return `${top}/${second}`;
}

/** What is wrong with an import, or nothing. */
function complaint(from: string, to: string): string | undefined {
  const [room, target] = [roomOf(from), roomOf(to)];
  if (to.endsWith('.css') || to === 'package.json') return undefined;
  if (target === 'renderer/design' && to.includes('/gallery/') && !from.includes('/gallery/'))
    return `${from} imports ${to}: the gallery is no part of the window.`;
  if (room === target) return undefined;
  const floor = floors.findIndex((rooms) => rooms.includes(room));
  const below = floors.findIndex((rooms) => rooms.includes(target));
  const [top] = room.split('/');
  const apart = target !== 'shared' && top !== target.split('/')[0];
  const allowed = floor >= 0 && below >= 0 && below < floor && !apart;
  if (allowed && (only[room]?.includes(target) ?? true)) return undefined;
  return `${from} imports ${to}: ${room} stands on what is below it, which ${target} is not.`;
}

const sources = new Map(['main', 'renderer', 'shared'].flatMap((folder) => [...sourcesOf(folder)]));
const imports = new Map([...sources].map(([path, text]) => [path, importsOf(path, text)]));

describe('floors', () => {
  test('every room has its floor', () => {
    const known = floors.flat();
    const rooms = [...new Set([...sources.keys()].map(roomOf))];
    expect(rooms.filter((room) => !known.includes(room))).toEqual([]);
    expect(known.filter((room) => !rooms.includes(room))).toEqual([]);
  });

  test('imports only point down', () => {
    const all = [...imports].flatMap(([from, targets]) => targets.map((to) => [from, to] as const));
    expect(all.length).toBeGreaterThan(500);
    expect(all.flatMap(([from, to]) => complaint(from, to) ?? [])).toEqual([]);
  });

  test('there is no circle', () => {
    expect(circlesIn(imports)).toEqual([]);
  });

  const ways = [
    (to: string) => `import { it } from '${to}';`,
    (to: string) => `import type { It } from '${to}';`,
    (to: string) => `import { type It } from '${to}';`,
    (to: string) => `export { it } from '${to}';`,
    (to: string) => `export type * from '${to}';`,
    (to: string) => `const it = await import('${to}');`,
    (to: string) => `let it: import('${to}').It;`,
    (to: string) => `let it: typeof import('${to}');`,
  ];

  test.each([
    ['shared/policy/x.ts', '../../main/base/ports.ts'],
    ['shared/x.ts', '../renderer/text/time.ts'],
    ['main/base/x.ts', '../database/database.ts'],
    ['main/database/x.ts', '../settings/settings.ts'],
    ['main/notify/x.ts', '../ledger/approvals.ts'],
    ['main/ledger/x.ts', '../gate/gate.ts'],
    ['main/ledger/x.ts', '../policies/policies.ts'],
    ['main/upstream/http/x.ts', '../../proxy/exchange.ts'],
    ['main/connect/x.ts', '../api/views.ts'],
    ['main/gate/x.ts', '../proxy/passage.ts'],
    ['main/proxy/x.ts', '../greenlight.ts'],
    ['main/greenlight.ts', './api/api.ts'],
    ['main/api/x.ts', '../browser/index.ts'],
    ['main/browser/x.ts', '../desktop/desktop.ts'],
    ['main/browser/x.ts', '../cli/host.ts'],
    ['main/desktop/x.ts', '../../renderer/app.tsx'],
    ['renderer/x.ts', '../main/api/api.ts'],
    ['renderer/text/x.ts', '../design/button.tsx'],
    ['renderer/videos/x.ts', '../approvals/page.tsx'],
    ['renderer/navigation/x.ts', '../text/time.ts'],
    ['renderer/transport/x.ts', '../text/time.ts'],
    ['renderer/feed/x.ts', '../shell/sidebar.tsx'],
    ['renderer/policies/x.ts', '../design/gallery/main.tsx'],
  ])('%s may not import %s, in whatever way', (path, to) => {
    for (const way of ways) {
      const found = importsOf(path, way(to));
      expect(found, way(to)).toHaveLength(1);
      expect(complaint(path, found[0] ?? ''), way(to)).toBeDefined();
    }
  });

  test.each([
    ['main/gate/x.ts', '../../shared/json.ts'],
    ['main/gate/x.ts', './judge.ts'],
    ['main/proxy/x.ts', '../gate/gate.ts'],
    ['main/desktop/notify/x.ts', '../../notify/announcer.ts'],
    ['renderer/store/x.ts', '../../shared/contract.ts'],
    ['renderer/shell/x.ts', '../videos/page.tsx'],
    ['renderer/x.ts', './app.tsx'],
  ])('%s may import %s', (path, to) => {
    const [found = ''] = importsOf(path, `import { it } from '${to}';`);
    expect(complaint(path, found)).toBeUndefined();
  });

  test('a circle of types is a circle', () => {
    const planted = new Map([
      ['main/a.ts', importsOf('main/a.ts', "import type { B } from './b.ts';")],
      ['main/b.ts', importsOf('main/b.ts', "export type { C } from './c.ts';")],
      ['main/c.ts', importsOf('main/c.ts', "let a: import('./a.ts').A;")],
      ['main/d.ts', importsOf('main/d.ts', "import './a.ts';")],
    ]);
    expect(circlesIn(planted).map((circle) => circle.sort())).toEqual([
      ['main/a.ts', 'main/b.ts', 'main/c.ts'],
    ]);
  });
});

const root = fileURLToPath(new URL('../..', import.meta.url));

const forbidden = [
  ['shared', 'node:fs', 'noRestrictedImports'],
  ['shared', 'electron', 'noRestrictedImports'],
  ['shared', 'react', 'noRestrictedImports'],
  ['shared/policy', '../../main/ports.ts', 'noRestrictedImports'],
  ['renderer', '../main/ports.ts', 'noRestrictedImports'],
  ['renderer', 'node:fs', 'noRestrictedImports'],
  ['renderer', 'electron', 'noRestrictedImports'],
  ['main/gate', 'electron', 'noRestrictedImports'],
  ['main/notify', 'electron', 'noRestrictedImports'],
  ['main/browser', 'electron-store', 'noRestrictedImports'],
  ['main/api', 'electron-updater', 'noRestrictedImports'],
  ['main', '../renderer/app.tsx', 'noRestrictedImports'],
] as const;

const allowed = [
  ['main/desktop', 'electron'],
  ['main/gate', '../../shared/json.ts'],
  ['renderer', '../shared/contract.ts'],
] as const;

const forms = ['import', 'import type'] as const;

/** One file per import, linted in one go under the project's own rules. */
const fileOf = (folder: string, from: string, form: string) =>
  `${folder}/${form.replace(' ', '-')}-${from.replaceAll(/\W+/g, '-')}.ts`;

describe('the linter', () => {
  let folder: string;
  let says: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'greenlight-layers-'));
    for (const file of ['biome.json', '.gitignore']) copyFileSync(join(root, file), join(folder, file));
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    for (const [at, from] of [...forbidden, ...allowed]) {
      for (const form of forms)
        write(fileOf(at, from, form), `${form} * as it from '${from}';\n\nexport type { it };\n`);
    }
    write('main/one.ts', "import type { Two } from './two.ts';\n\nexport type One = Two[];\n");
    write('main/two.ts', "import type { One } from './one.ts';\n\nexport type Two = One | 2;\n");
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

  test.each(forbidden)('lets nothing in %s import %s, not even its types', (at, from, rule) => {
    for (const form of forms) expect(complaints(fileOf(at, from, form)), form).toContain(rule);
  });

  test.each(allowed)('lets %s import %s', (at, from) => {
    for (const form of forms)
      expect(complaints(fileOf(at, from, form)), form).not.toMatch(/noRestrictedImports|noNodejsModules/);
  });

  test('finds a circle of types', () => {
    expect(complaints('main/one.ts')).toContain('noImportCycles');
  });
});
