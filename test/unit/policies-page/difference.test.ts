import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference, differenceWords } from '../../../renderer/policies/difference.ts';

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}\n`).join('');

describe('the difference of two texts', () => {
  it('is empty for the same text', () => {
    expect(difference('a\n', 'a\n')).toEqual([]);
    expect(differenceWords([])).toBe('No difference');
  });

  it('shows what was removed and added, with a little around it', () => {
    const found = difference(lines(20), lines(20).replace('line 10\n', 'another\nand more\n'));
    expect(
      found.map((line) => (line.kind === 'fold' ? `… ${line.lines}` : `${line.kind} ${line.text}`)),
    ).toEqual([
      '… 7',
      'same line 7',
      'same line 8',
      'same line 9',
      'removed line 10',
      'added another',
      'added and more',
      'same line 11',
      'same line 12',
      'same line 13',
      '… 6',
    ]);
    expect(differenceWords(found)).toBe('2 lines added, 1 line removed');
  });

  it('loses no line of either text', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 20 })
      .map((all) => `${all.join('\n')}\n`);
    fc.assert(
      fc.property(text, text, (before, after) => {
        if (before === after) return;
        const count = (kinds: string[]) =>
          difference(before, after)
            .map((line) =>
              line.kind === 'fold'
                ? kinds.includes('same')
                  ? line.lines
                  : 0
                : Number(kinds.includes(line.kind)),
            )
            .reduce((sum, each) => sum + each, 0);
        expect(count(['same', 'removed'])).toBe(before.split('\n').length - 1);
        expect(count(['same', 'added'])).toBe(after.split('\n').length - 1);
      }),
    );
  });
});
