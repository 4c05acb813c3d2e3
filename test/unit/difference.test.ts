import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { difference } from '../../shared/difference.ts';
import type { Json } from '../../shared/json.ts';

const enough = { lines: 8, width: 100 };
const linesOf = (before: Json | undefined, after: Json | undefined) =>
  difference(before, after, enough).lines;

describe('a difference', () => {
  test.each<[string, Json | undefined, Json | undefined, string[]]>([
    ['of a value', { default: 'deny' }, { default: 'allow' }, ['default: “deny” → “allow”']],
    [
      'far down',
      { limits: [{ max: 1 }, { max: 5, scope: 'all' }] },
      { limits: [{ max: 1 }, { max: 50, scope: 'all' }] },
      ['limits[1].max: 5 → 50'],
    ],
    ['of a member that came', { a: 1 }, { a: 1, b: { c: null } }, ['b.c: none → null']],
    ['of one that went', { a: [true, 'x'] }, { a: [true] }, ['a[1]: “x” → none']],
    [
      'of what holds nothing',
      { a: 1 },
      { a: 1, tools: {}, list: [] },
      ['tools: none → {}', 'list: none → []'],
    ],
    ['of kinds', { a: { b: 1 } }, { a: [1] }, ['a: {"b":1} → [1]']],
    [
      'to something new',
      undefined,
      { version: '1', tools: { t: {} } },
      ['version: none → “1”', 'tools.t: none → {}'],
    ],
    ['to nothing', { url: 'http://a' }, undefined, ['url: “http://a” → none']],
    ['of whole values', 'a', 5, ['“a” → 5']],
    ['of nothing', { a: [1, { b: 'c' }] }, { a: [1, { b: 'c' }] }, []],
    ['of order alone', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ])('%s', (_, before, after, lines) => {
    expect(difference(before, after, enough)).toEqual({ lines, whole: lines.length > 0 });
  });

  test('cannot be made to read as another', () => {
    expect(linesOf({ a: 'x' }, { a: 'y” → “x' })).toEqual(['a: “x” → “y\\” → \\“x”']);
    expect(linesOf({}, { 'a: “1” → “2”\nb': 1 })).toEqual(['“a: \\“1\\” → \\“2\\”\\nb”: none → 1']);
    expect(linesOf({ a: 'none' }, {})).toEqual(['a: “none” → none']);
    expect(linesOf({ a: 1 }, { a: '1' })).toEqual(['a: 1 → “1”']);
  });

  test('marks what cannot be seen, in names and values', () => {
    const [line = ''] = linesOf({}, { 'na\u202Eme': 'a\u200Bb' });
    expect(line).toBe('“na[U+202E]me”: none → “a[U+200B]b”');
  });

  test('that does not fit says so', () => {
    const many = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`m${at}`, at]));
    const few = difference({}, many, { lines: 4, width: 100 });
    expect(few).toEqual({
      lines: ['m0: none → 0', 'm1: none → 1', 'm2: none → 2', '… and 7 more'],
      whole: false,
    });
    const long = difference({ a: 'x' }, { a: 'y'.repeat(10_000_000) }, { lines: 4, width: 30 });
    expect(long.whole).toBe(false);
    expect([...(long.lines[0] ?? '')]).toHaveLength(30);
    expect(long.lines[0]).toMatch(/^a: “x” → “y+…$/);
    // Two that differ only past what is shown are not shown whole.
    const late = difference(
      { a: `${'z'.repeat(5000)}1` },
      { a: `${'z'.repeat(5000)}2` },
      { lines: 1, width: 9_999 },
    );
    expect(late.whole).toBe(false);
  });

  test('as deep, or as large, as nobody writes ends', () => {
    const deep = (end: Json) => {
      let value: Json = end;
      for (let level = 0; level < 100_000; level++) value = [value];
      return value;
    };
    expect(difference(deep(1), deep(2), enough)).toMatchObject({ whole: false, lines: [expect.any(String)] });
    expect(difference({}, deep(1), enough).whole).toBe(false);
    const large = Array.from({ length: 200_000 }, (_, at) => at);
    expect(difference([], large, enough)).toMatchObject({ whole: false, lines: { length: 8 } });
  });

  test('is nothing exactly where the two are the same, whatever they are', () => {
    const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
    const canonical = (value: Json): string =>
      JSON.stringify(value, (_, inner) =>
        inner && typeof inner === 'object' && !Array.isArray(inner)
          ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
          : Object.is(inner, -0)
            ? 0
            : inner,
      );
    fc.assert(
      fc.property(json, json, (one, other) => {
        const { lines } = difference(one, other, enough);
        expect(lines.length === 0).toBe(canonical(one) === canonical(other));
        for (const line of lines) expect(line).not.toMatch(/\n/);
        expect(difference(one, one, enough).lines).toEqual([]);
      }),
    );
  });
});
