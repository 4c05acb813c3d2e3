import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { iconFile } from '../../../main/desktop/tray/icon-file.ts';
import { type TrayIcon, trayLook } from '../../../main/desktop/tray/look.ts';
import { timeLeft } from '../../../main/desktop/tray/time-left.ts';
import type { State } from '../../../shared/contract.ts';
import { NOW, view } from './samples.ts';

const look = (state: Partial<State>) => trayLook(view({}, state).state, NOW);
const until = '2026-01-01T00:15:00.000Z';
const away = { kind: 'http', status: 'unreachable' } as const;

test.each([
  ['on', {}, ''],
  ['waiting', { pending: 12 }, '12'],
  ['allowing', { guard: { mode: 'allow', until } }, '15 min'],
  ['blocked', { guard: { mode: 'block' } }, ''],
  ['unreachable', { upstream: away }, ''],
  ['unreachable', { upstream: { kind: 'http', status: 'unauthorized' } }, ''],
  ['on', { upstream: { kind: 'http', status: 'starting' } }, ''],
  ['on', { guard: { mode: 'ask' } }, ''],
] as const)('%s for %j', (kind, state, title) => {
  expect(look(state)).toMatchObject({ icon: { kind }, title });
});

test('what must not be missed comes first', () => {
  const everything = { pending: 1, upstream: away };
  expect(look({ ...everything, guard: { mode: 'block' } }).icon.kind).toBe('blocked');
  expect(look({ ...everything, guard: { mode: 'allow', until } }).icon.kind).toBe('waiting');
  expect(look({ upstream: away, guard: { mode: 'allow', until } }).icon.kind).toBe('allowing');
});

test('the tool tip says it in words', () => {
  expect(look({ pending: 2 }).toolTip).toBe('Greenlight: on, Luma connected\n2 calls are waiting');
});

test.each([
  [1, '1 min'],
  [60_000, '1 min'],
  [60_001, '2 min'],
  [-5, '1 min'],
  [3_600_000, '1 h'],
  [3_660_000, '1 h 1 min'],
])('%i ms are %s', (ms, words) => {
  expect(timeLeft(new Date(NOW + ms).toISOString(), NOW)).toBe(words);
});

describe('the files of the icons', () => {
  const folder = fileURLToPath(new URL('../../../build/tray', import.meta.url));
  const icons: TrayIcon[] = [
    ...(['on', 'allowing', 'blocked', 'unreachable'] as const).map((kind) => ({ kind })),
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 250].map((count) => ({ kind: 'waiting' as const, count })),
  ];
  /** Width and height in the header of a PNG. */
  const size = (path: string) => {
    const png = readFileSync(path);
    return [png.readUInt32BE(16), png.readUInt32BE(20)];
  };

  test.each(['darwin', 'win32', 'linux'] as const)(
    'exist for every state on %s, twice as large for dense screens',
    (platform) => {
      for (const icon of icons) {
        for (const dark of [true, false]) {
          const file = join(folder, iconFile(icon, platform, dark));
          expect(existsSync(file), file).toBe(true);
          const [width = 0] = size(file);
          expect(size(file)).toEqual([width, width]);
          expect(size(file.replace(/\.png$/, '@2x.png'))).toEqual([2 * width, 2 * width]);
        }
      }
    },
  );

  test('follow the colour of the panel, except on macOS, which colours them itself', () => {
    expect(iconFile({ kind: 'on' }, 'linux', true)).toBe('on-dark.png');
    expect(iconFile({ kind: 'on' }, 'win32', false)).toBe('on-light.png');
    expect(iconFile({ kind: 'on' }, 'darwin', true)).toBe(iconFile({ kind: 'on' }, 'darwin', false));
  });
});
