/** What a key does on the page of approvals. */
export type KeyAction = 'allow' | 'deny' | 'edit' | 'next' | 'previous';

/** What {@link keyAction} looks at: a part of `KeyboardEvent`. */
export interface Key {
  key: string;
  code: string;
  repeat: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/**
 * What `key` asks for. A key that is held down answers once only: the focus moves on to the next call,
 * which nobody has looked at yet.
 */
export function keyAction(key: Key): KeyAction | undefined {
  if (key.ctrlKey || key.metaKey || key.altKey || key.shiftKey) return undefined;
  if (key.key === 'ArrowDown') return 'next';
  if (key.key === 'ArrowUp') return 'previous';
  if (key.repeat) return undefined;
  switch (letter(key)) {
    case 'a':
      return 'allow';
    case 'd':
      return 'deny';
    case 'e':
      return 'edit';
    default:
      return undefined;
  }
}

/** The Latin letter that is written on the key; by its place where the layout has another script. */
function letter({ key, code }: Key): string {
  return /^[ -~]$/.test(key) ? key.toLowerCase() : code.replace('Key', '').toLowerCase();
}
