import { describe, expect, test } from 'vitest';
import { defaultSettings, settingsSchema } from '../../shared/settings.ts';
import { isShortcut, shortcutOf, shortcutWords } from '../../shared/shortcut.ts';

const keys = (code: string, ...held: ('ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey')[]) => ({
  code,
  ctrlKey: held.includes('ctrlKey'),
  altKey: held.includes('altKey'),
  shiftKey: held.includes('shiftKey'),
  metaKey: held.includes('metaKey'),
});

describe('the keys that are pressed', () => {
  test.each([
    ['Control+Alt+G', keys('KeyG', 'altKey', 'ctrlKey')],
    ['Shift+Super+7', keys('Digit7', 'metaKey', 'shiftKey')],
    ['Control+F9', keys('F9', 'ctrlKey')],
    ['Control+Shift+Space', keys('Space', 'ctrlKey', 'shiftKey')],
  ])('are %s', (shortcut, pressed) => {
    expect(shortcutOf(pressed)).toBe(shortcut);
    expect(isShortcut(shortcut)).toBe(true);
  });

  test.each(['ControlLeft', 'AltRight', 'ShiftLeft', 'MetaLeft', 'OSLeft'])(
    '%s alone waits for more',
    (code) => {
      expect(shortcutOf(keys(code, 'ctrlKey'))).toBe('incomplete');
    },
  );

  test.each([
    ['a letter', keys('KeyG')],
    ['what copies', keys('KeyC', 'ctrlKey')],
    ['a capital letter', keys('KeyG', 'shiftKey')],
    ['a function key', keys('F5')],
    ['a capital function key', keys('F5', 'shiftKey')],
    ['a key of editing', keys('Delete', 'ctrlKey', 'altKey')],
    ['a key that not all keyboards have', keys('IntlBackslash', 'ctrlKey', 'altKey')],
  ])('%s is not taken from other programs', (_what, pressed) => {
    expect(shortcutOf(pressed)).toBe('unfit');
  });
});

test('the settings take nothing else', () => {
  const taken = (shortcut: string) => settingsSchema.safeParse({ ...defaultSettings, shortcut }).success;
  expect(['', 'Control+Alt+G', 'Alt+F24'].map(taken)).toEqual([true, true, true]);
  const none = [
    'G',
    'Control+C',
    'Alt+Control+G',
    'Control+Alt+',
    'Control+Alt+F25',
    'Control+Control+G',
    'CommandOrControl+Alt+G',
    'Control+Alt+g',
    'Control+Alt+Escape',
  ];
  expect(none.filter(taken)).toEqual([]);
});

test('is written as on the keys', () => {
  expect(shortcutWords('Control+Shift+Super+G', false)).toBe('Ctrl+Shift+Super+G');
  expect(shortcutWords('Control+Alt+Shift+Super+G', true)).toBe('⌃ ⌥ ⇧ ⌘ G');
});
