import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type VisiblePart, visibleText } from '../../../renderer/text/visible.ts';

const marks = (text: string) =>
  visibleText(text)
    .filter((part) => part.kind === 'mark')
    .map(({ label, name }) => `${label} ${name}`);

const plain = (parts: VisiblePart[]) => parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');

describe('visibleText', () => {
  it('leaves ordinary text of any script in one piece', () => {
    for (const text of [
      'A cat in the rain',
      'Über\tden\nWolken',
      'قطة تحت المطر',
      '雨の中の猫',
      '\u00a0a—b…',
      '',
    ]) {
      expect(visibleText(text)).toEqual(text === '' ? [] : [{ kind: 'text', text }]);
    }
  });

  it('shows the controls that turn text around', () => {
    expect(visibleText('abc\u202Efed\u202C')).toEqual([
      { kind: 'text', text: 'abc' },
      { kind: 'mark', label: 'U+202E', name: 'right-to-left override' },
      { kind: 'text', text: 'fed' },
      { kind: 'mark', label: 'U+202C', name: 'end of a change of direction' },
    ]);
    for (const control of '\u061c\u200e\u200f\u202a\u202b\u202d\u2066\u2067\u2068\u2069') {
      expect(marks(`a${control}b`)).toHaveLength(1);
    }
  });

  it('shows what takes no room, and counts a run of it', () => {
    expect(marks('a\u200bb\u2060c\ufeff')).toEqual([
      'U+200B zero width space',
      'U+2060 word joiner',
      'U+FEFF zero width no-break space',
    ]);
    expect(marks(`a${'\u200b'.repeat(1000)}b`)).toEqual(['U+200B ×1000 zero width space']);
    for (const blank of '\u00ad\u034f\u115f\u17b4\u180e\u2028\u2029\u2062\u206a\u2800\u3164\uffa0\ufff9') {
      expect(marks(`a${blank}b`), blank.codePointAt(0)?.toString(16)).toHaveLength(1);
    }
  });

  it('reads out a message hidden in tag characters', () => {
    const hidden = Array.from('send it', (c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join('');
    expect(marks(`Hello${hidden}!`)).toEqual(['U+E0073 ×7 hidden text: “send it”']);
  });

  it('shows control characters, but not tabs and line ends', () => {
    expect(marks('a\u0000b\u001b[31mc\u0085d\u007fe')).toEqual([
      'U+0000 null character',
      'U+001B escape',
      'U+0085 control character',
      'U+007F delete',
    ]);
    expect(visibleText('a\r\nb\tc\n')).toEqual([{ kind: 'text', text: 'a\nb\tc\n' }]);
    expect(marks('shown\rhidden')).toEqual(['U+000D carriage return']);
  });

  it('shows half a character', () => {
    expect(marks('a\ud83db')).toEqual(['U+D83D half a character']);
  });

  it('leaves emoji and the joiners of Persian and Hindi as they are', () => {
    for (const text of ['👩‍👩‍👧', '👩🏽‍🚀', '❤️‍🔥', '1️⃣', '☎︎', 'می‌خواهم', 'क्‍ष']) {
      expect(marks(text), text).toEqual([]);
    }
  });

  it('shows the same characters where they hide something', () => {
    expect(marks('pass\u200dword')).toEqual(['U+200D zero width joiner']);
    expect(marks('a\ufe0f')).toEqual(['U+FE0F variation selector without a character to vary']);
    expect(marks('❤\ufe0f\ufe01\u{e0120}')).toEqual([
      'U+FE01 ×2 variation selector without a character to vary',
    ]);
    expect(marks('2\ufe0f')).toHaveLength(1);
  });

  it('shows every character, as itself or in a mark, and never a deceptive one as itself', () => {
    const character = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom('\u202e', '\u200b', '\ufe0f', '\u200d', '❤', '👩', '\u{e0041}', 'م', '\r', '\n', 'a'),
    );
    fc.assert(
      fc.property(fc.array(character, { maxLength: 30 }), (characters) => {
        const text = characters.join('');
        const parts = visibleText(text);
        const counted = parts.map((part) =>
          part.kind === 'text' ? Array.from(part.text).length : Number(/×(\d+)/.exec(part.label)?.[1] ?? 1),
        );
        const sum = counted.reduce((a, b) => a + b, 0);
        expect(sum).toBe(Array.from(text.replaceAll('\r\n', '\n')).length);
        expect(plain(parts)).not.toMatch(/[\p{Bidi_Control}\p{Cs}\0\r\u200b\u{e0000}-\u{e007f}]/u);
      }),
      { numRuns: 500 },
    );
  });
});
