import { describe, expect, it } from 'vitest';
import { changeLines } from '../../../renderer/text/change.ts';

describe('the change to a file', () => {
  it('shows what is added and removed with its surroundings, and says how much is left out', () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join('');
    const after = before.replace('line 10\n', 'new 10\nnew 10b\n');
    expect(changeLines(before, after)).toEqual([
      { kind: 'gap', lines: 6 },
      { kind: 'same', text: 'line 7', before: 7, after: 7 },
      { kind: 'same', text: 'line 8', before: 8, after: 8 },
      { kind: 'same', text: 'line 9', before: 9, after: 9 },
      { kind: 'removed', text: 'line 10', before: 10 },
      { kind: 'added', text: 'new 10', after: 10 },
      { kind: 'added', text: 'new 10b', after: 11 },
      { kind: 'same', text: 'line 11', before: 11, after: 12 },
      { kind: 'same', text: 'line 12', before: 12, after: 13 },
      { kind: 'same', text: 'line 13', before: 13, after: 14 },
      { kind: 'gap', lines: 7 },
    ]);
  });

  it('is all added for a file that is not there yet, and nothing where nothing changes', () => {
    expect(changeLines('', '{}\n')).toEqual([{ kind: 'added', text: '{}', after: 1 }]);
    expect(changeLines('a', 'a')).toEqual([]);
  });

  it('does not take Windows line ends for a change of every line', () => {
    const lines = changeLines('a\r\nb\r\n', 'a\r\nc\r\n');
    expect(lines.map(({ kind }) => kind)).toEqual(['same', 'removed', 'added']);
  });
});
