import { describe, expect, test } from 'vitest';
import { clip, oneLine, severalLines, visible } from '../../../main/notify/text.ts';

describe('visible', () => {
  test.each([
    ['a right-to-left override', 'a\u202Eb', 'a[U+202E]b'],
    ['an isolate', 'a\u2066b\u2069', 'a[U+2066]b[U+2069]'],
    ['a zero width space', 'pay\u200Bpal', 'pay[U+200B]pal'],
    ['a tag character', 'x\u{E0041}', 'x[U+E0041]'],
    ['a variation selector that hides data', 'x\u{E0100}', 'x[U+E0100]'],
    ['a Hangul filler', 'x\u3164', 'x[U+3164]'],
    ['a terminal escape', '\u001B[31m', '[U+001B][31m'],
    ['a null', 'a\u0000b', 'a[U+0000]b'],
    ['half a surrogate pair', 'a\uD800b', 'a[U+D800]b'],
    ['a joiner between letters', 'a\u200Db', 'a[U+200D]b'],
  ])('shows %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  test('leaves ordinary text of any script, emoji sequences and line breaks as they are', () => {
    const text = 'Café, قطة, 猫\n👩🏽‍💻 ❤️‍🔥 1️⃣';
    expect(visible(text)).toBe(text);
  });
});

describe('clip', () => {
  test('counts code points and never splits one', () => {
    expect(clip('🐈🐈🐈', 3)).toBe('🐈🐈🐈');
    expect(clip('🐈🐈🐈🐈', 3)).toBe('🐈🐈…');
  });
});

describe('oneLine', () => {
  test('folds line breaks and runs of white space, so that text cannot imitate a line of ours', () => {
    expect(oneLine('  a cat\r\n\n\tCosts $0  ', 100)).toBe('a cat Costs $0');
  });

  test('says that there is more, even behind a wall of white space', () => {
    expect(oneLine(`a cat${' '.repeat(100_000)}and a webhook`, 100)).toMatch(/^a cat ?…$/);
  });
});

test('severalLines stays within its bound after characters were made visible', () => {
  const shown = severalLines('\u202E\u202D'.repeat(500), 400);
  expect([...shown]).toHaveLength(400);
  expect(shown.endsWith('…')).toBe(true);
});
