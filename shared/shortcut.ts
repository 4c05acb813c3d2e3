/** Keys that work in whatever program the person is in, as Electron's accelerators: `Control+Alt+G`. */

const MODIFIERS = ['Control', 'Alt', 'Shift', 'Super'] as const;
type Modifier = (typeof MODIFIERS)[number];

/** What {@link shortcutOf} looks at: a part of `KeyboardEvent`. */
export interface PressedKeys {
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
}

/** Whether `text` is a shortcut that may be taken from other programs, or none (the empty text). */
export function isShortcut(text: string): boolean {
  if (text === '') return true;
  const parts = text.split('+');
  const key = parts.pop() ?? '';
  const inOrder = MODIFIERS.filter((modifier) => parts.includes(modifier));
  return inOrder.join('+') === parts.join('+') && isKey(key) && enough(inOrder, key);
}

/**
 * The shortcut that is pressed. `incomplete`: only keys that go with another; `unfit`: it would take from other
 * programs what one needs there, or is a key of its own.
 */
export function shortcutOf(pressed: PressedKeys): string | 'incomplete' | 'unfit' {
  if (/^(Control|Alt|Shift|Meta|OS)/.test(pressed.code)) return 'incomplete';
  const held = {
    Control: pressed.ctrlKey,
    Alt: pressed.altKey,
    Shift: pressed.shiftKey,
    Super: pressed.metaKey,
  };
  const modifiers = MODIFIERS.filter((modifier) => held[modifier]);
  const key = pressed.code.replace(/^(Key|Digit)/, '');
  return isKey(key) && enough(modifiers, key) ? [...modifiers, key].join('+') : 'unfit';
}

/** A letter, a digit, a function key or the space bar: what every keyboard has, and no other program is lost without. */
function isKey(key: string): boolean {
  return /^([A-Z0-9]|F([1-9]|1\d|2[0-4])|Space)$/.test(key);
}

/** One modifier alone types, or does something in almost every program. */
function enough(modifiers: readonly Modifier[], key: string): boolean {
  const strong = modifiers.filter((modifier) => modifier !== 'Shift').length;
  return strong > 0 && modifiers.length >= (/^F\d/.test(key) ? 1 : 2);
}

/** A shortcut as it is written on the keys. */
export function shortcutWords(shortcut: string, mac: boolean): string {
  const names: Record<string, string> = mac
    ? { Control: '⌃', Alt: '⌥', Shift: '⇧', Super: '⌘' }
    : { Control: 'Ctrl', Super: 'Super' };
  return shortcut
    .split('+')
    .map((part) => names[part] ?? part)
    .join(mac ? ' ' : '+');
}
