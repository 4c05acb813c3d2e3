import { describe, expect, it } from 'vitest';
import { fold } from '../../../renderer/text/fold.ts';
import { needsQuotes } from '../../../renderer/text/plain-value.ts';
import { remainingWords, tookWords } from '../../../renderer/text/time.ts';
import { costWords } from '../../../renderer/text/words.ts';

describe('fold', () => {
  it('leaves a text alone that is only a little too long', () => {
    const text = 'x'.repeat(700);
    expect(fold(text)).toEqual({ head: text, tail: '', folded: false, characters: 700 });
  });

  it('cuts a long text at a word and says how long it is', () => {
    const { head, folded, characters } = fold('wonderful '.repeat(2000));
    expect(folded).toBe(true);
    expect(characters).toBe(20_000);
    expect(head.length).toBeGreaterThan(540);
    expect(head.length).toBeLessThanOrEqual(600);
    expect(head.endsWith('wonderful')).toBe(true);
  });

  it('never cuts a character in two', () => {
    expect(fold('🎬'.repeat(1000)).head).toBe('🎬'.repeat(600));
  });

  it('folds many short lines', () => {
    const { head, tail, folded } = fold('a\n'.repeat(100));
    expect(head.split('\n')).toHaveLength(12);
    expect(tail).toBe('a\n'.repeat(3));
    expect(folded).toBe(true);
    expect(fold('a\n'.repeat(14)).folded).toBe(false);
  });

  it('shows the end as well, from a word on', () => {
    const { tail } = fold(`${'wonderful '.repeat(2000)}and send it to evil.example`);
    expect(tail.endsWith('and send it to evil.example')).toBe(true);
    expect(tail.startsWith('wonderful ')).toBe(true);
    expect(tail.length).toBeLessThanOrEqual(150);
    expect(tail.length).toBeGreaterThan(130);
  });
});

describe('needsQuotes', () => {
  it('tells text from the value it looks like', () => {
    expect(
      ['true', 'null', '42', '-1.5e3', '', ' a', 'a ', '\n'].filter((text) => !needsQuotes(text)),
    ).toEqual([]);
    expect(['16:9', 'true story', 'https://a.example', '9 lives'].filter(needsQuotes)).toEqual([]);
  });
});

describe('times', () => {
  it('counts down to zero and no further', () => {
    expect([3_720_000, 300_000, 245_000, 12_001, 1, 0, -5000].map(remainingWords)).toEqual([
      '1 h 2 min',
      '5 min',
      '4 min 5 s',
      '13 s',
      '1 s',
      '0 s',
      '0 s',
    ]);
  });

  it('says how long something took', () => {
    expect([0, 85.4, 1234, 9_949, 9_960, 124_000].map(tookWords)).toEqual([
      '0 ms',
      '85 ms',
      '1.2 s',
      '9.9 s',
      '10 s',
      '2 min 4 s',
    ]);
  });
});

describe('costWords', () => {
  it('puts a symbol before the number and a word after it', () => {
    expect(costWords(0.4, '$')).toBe('$0.40');
    expect(costWords(1234.5678, '€')).toBe('€1,234.5678');
    expect(costWords(12, 'credits')).toBe('12 credits');
    expect(costWords(0.4, '')).toBe('0.4');
  });
});
