import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digest } from '../../shared/digest.ts';
import type { Json } from '../../shared/json.ts';

const parse = (text: string): Json => JSON.parse(text) as Json;

describe('canonical JSON', () => {
  it('writes the example of RFC 8785, section 3.2.2', () => {
    const input = parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(input)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('orders members by UTF-16 code units (RFC 8785, section 3.2.3)', () => {
    const input = parse(
      '{"\\u20ac":"Euro","\\r":"CR","\\ufb33":"Dalet","1":"One","\\ud83d\\ude00":"Smile","\\u0080":"Control","\\u00f6":"O"}',
    );
    expect(Object.values(parse(canonicalJson(input)) as object)).toEqual([
      'One',
      'CR',
      'Control',
      'O',
      'Euro',
      'Smile',
      'Dalet',
    ]);
  });

  it.each([
    ['-0', '0'],
    ['1e21', '1e+21'],
    ['100000000000000000000', '100000000000000000000'],
    ['""', '""'],
    ['[]', '[]'],
    ['{}', '{}'],
    ['[[],{},[{}]]', '[[],{},[{}]]'],
    ['{"b":1,"a":{"d":[],"c":null}}', '{"a":{"c":null,"d":[]},"b":1}'],
    ['{"__proto__":{"x":1},"a":0}', '{"__proto__":{"x":1},"a":0}'],
    ['"\\ud800"', '"\\ud800"'],
    ['{"\\udfff":1}', '{"\\udfff":1}'],
  ])('writes %s as %s', (input, output) => {
    expect(canonicalJson(parse(input))).toBe(output);
  });

  it('takes any nesting and numbers that are not JSON without throwing', () => {
    let deep: Json = 1;
    for (let i = 0; i < 100_000; i++) deep = i % 2 ? [deep] : { a: deep };
    expect(digest(deep)).toMatch(/^[0-9a-f]{64}$/);
    expect(canonicalJson([Number.NaN, Number.POSITIVE_INFINITY])).not.toBe(canonicalJson([null, null]));
  });

  it('reads back as the value it was made of', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const value = parse(text);
        expect(parse(canonicalJson(value))).toEqual(parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('digest', () => {
  it('is SHA-256 of the UTF-8 form', () => {
    const value = parse('{"prompt":"Ein Käse 🧀","loop":false}');
    expect(digest(value)).toBe(createHash('sha256').update(canonicalJson(value)).digest('hex'));
  });

  it('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (members) => {
        const backwards = Object.fromEntries(Object.entries(members).reverse());
        expect(digest(backwards as Json)).toBe(digest(members as Json));
      }),
    );
  });

  it('differs when any value differs', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = JSON.stringify(sorted(a as Json)) === JSON.stringify(sorted(b as Json));
        expect(digest(a as Json) === digest(b as Json)).toBe(same);
      }),
    );
  });

  it('tells apart text and number, order in lists, and absent and null', () => {
    const values = [
      '{"a":1}',
      '{"a":"1"}',
      '{"a":[1,2]}',
      '{"a":[2,1]}',
      '{"a":null}',
      '{}',
      '[]',
      '{"a":[[1],2]}',
    ];
    expect(new Set(values.map((value) => digest(parse(value)))).size).toBe(values.length);
  });
});

/** An independent canonical order: entries sorted recursively, as lists. */
function sorted(value: Json): unknown {
  if (Array.isArray(value)) return ['list', ...value.map(sorted)];
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value;
  const names = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return ['object', ...names.map((name) => [name, sorted(value[name] as Json)])];
}
