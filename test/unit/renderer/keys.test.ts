import { describe, expect, it } from 'vitest';
import { type Key, keyAction } from '../../../renderer/feed/keys.ts';

const key = (part: Partial<Key>): Key => ({
  key: 'a',
  code: 'KeyA',
  repeat: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...part,
});

describe('keys on an approval', () => {
  it('answer and move', () => {
    expect(keyAction(key({}))).toBe('allow');
    expect(keyAction(key({ key: 'd', code: 'KeyD' }))).toBe('deny');
    expect(keyAction(key({ key: 'ArrowDown', code: 'ArrowDown' }))).toBe('next');
    expect(keyAction(key({ key: 'ArrowUp', code: 'ArrowUp', repeat: true }))).toBe('previous');
    expect(keyAction(key({ key: 'x', code: 'KeyX' }))).toBeUndefined();
  });

  it('answer once while held down', () => {
    expect(keyAction(key({ repeat: true }))).toBeUndefined();
  });

  it('leave shortcuts of the browser alone', () => {
    for (const modifier of ['ctrlKey', 'metaKey', 'altKey', 'shiftKey'] as const) {
      expect(keyAction(key({ [modifier]: true }))).toBeUndefined();
    }
  });

  it('go by the letter on a Latin layout and by the place on others', () => {
    expect(keyAction(key({ key: 'q', code: 'KeyA' }))).toBeUndefined();
    expect(keyAction(key({ key: 'a', code: 'KeyQ' }))).toBe('allow');
    expect(keyAction(key({ key: 'ф', code: 'KeyA' }))).toBe('allow');
  });
});
