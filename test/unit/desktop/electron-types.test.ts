/**
 * What Greenlight uses of Electron, against Electron's own types. The compiler is what tests here (`npm run typecheck`):
 * it also fails where nothing is wrong below a `@ts-expect-error`.
 */
import type * as Real from 'electron';
import { expectTypeOf, test } from 'vitest';
import type { Electron, Emits, WindowPart } from '../../../main/desktop/electron.ts';

test('Electron has all of it', () => {
  expectTypeOf<typeof Real>().toExtend<Electron>();
});

test('an event that it does not have, or another by its name, does not fit', () => {
  expectTypeOf<Real.App>().toExtend<Emits<{ 'second-instance': [event: unknown, argv: string[]] }>>();
  // @ts-expect-error: misspelt
  expectTypeOf<Real.App>().toExtend<Emits<{ 'second-instanse': [event: unknown, argv: string[]] }>>();
  // @ts-expect-error: one that is misspelt beside one that is not
  expectTypeOf<Real.App>().toExtend<Emits<{ activate: []; 'window-all-close': [] }>>();
  // @ts-expect-error: it brings texts
  expectTypeOf<Real.App>().toExtend<Emits<{ 'second-instance': [event: unknown, argv: number[]] }>>();
  // @ts-expect-error: it brings less
  expectTypeOf<Real.App>().toExtend<Emits<{ activate: [event: { why: string }] }>>();
  // @ts-expect-error: it brings fewer
  expectTypeOf<Real.PowerMonitor>().toExtend<Emits<{ resume: [event: object] }>>();
  // @ts-expect-error: there is none that a window tells once
  expectTypeOf<Real.BrowserWindow>().toExtend<{ once: WindowPart['on'] & ((event: 'ready') => void) }>();
});

test('a method that it does not have, or another by its name, does not fit', () => {
  // @ts-expect-error: misspelt
  expectTypeOf<typeof Real>().toExtend<{ shell: { openExternally: (url: string) => Promise<void> } }>();
  // @ts-expect-error: it wants a text
  expectTypeOf<typeof Real>().toExtend<{ shell: { openExternal: (url: number) => Promise<void> } }>();
  // @ts-expect-error: it gives more than one answer
  expectTypeOf<typeof Real>().toExtend<{
    dialog: { showMessageBox: (options: object) => Promise<number> };
  }>();
});
