import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inexactNumber, parseExact } from '../../main/base/exact-json.ts';

describe('a number that JavaScript would give back as another is kept as it was written', () => {
  test.each([
    '9007199254740993',
    '-9007199254740993',
    '2512292042121000001',
    '123456789012345678901',
    '1e-400',
    '-1E-400',
    '1e400',
    '0.10000000000000001',
    '3.14159265358979323846',
    '4.9e-324',
    `1${'0'.repeat(2000)}`,
  ])('%s', (text) => {
    const value = parseExact(`{"a":[1,{"b":${text}}]}`);
    expect(JSON.stringify(value)).toBe(`{"a":[1,{"b":${text}}]}`);
    expect(inexactNumber(value)).toEqual({ text, path: ['a', '1', 'b'] });
  });
});

describe('any other number is a number', () => {
  test.each([
    ['9007199254740992', 9007199254740992],
    ['100000000000000000000', 100000000000000000000],
    ['1000000000000000000000', 1e21],
    ['1.0', 1],
    ['-0', -0],
    ['0.0e99', 0],
    ['1E+5', 100000],
    ['-1.50e+3', -1500],
    ['0.30000000000000004', 0.30000000000000004],
    ['5e-324', 5e-324],
    ['1.7976931348623157e308', Number.MAX_VALUE],
  ])('%s', (text, value) => {
    expect(parseExact(`[${text}]`)).toEqual([value]);
    expect(inexactNumber(parseExact(text))).toBeUndefined();
  });

  test('whatever JavaScript writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(parseExact(text)).toEqual(JSON.parse(text));
      }),
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(inexactNumber(parseExact(String(number)))).toBeUndefined();
      }),
    );
  });

  test('and any integer comes back to the last digit', () => {
    const many = { min: -(10n ** 20n), max: 10n ** 20n };
    fc.assert(
      fc.property(fc.bigInt(many), (number) => {
        expect(JSON.stringify(parseExact(`{"n":${number}}`))).toBe(`{"n":${number}}`);
      }),
    );
  });
});

test('what stands in a text stays text', () => {
  const value = {
    'a":9007199254740993,"': '\\":9007199254740993,',
    b: '1e-400',
    ' 9007199254740993': '\\\\',
  };
  expect(parseExact(JSON.stringify(value))).toEqual(value);
  expect(inexactNumber(parseExact(JSON.stringify(value)))).toBeUndefined();
});

test('a member called __proto__ stays a member beside a number that is kept', () => {
  const text = '{"__proto__":{"a":1},"n":9007199254740993}';
  expect(JSON.stringify(parseExact(text))).toBe(text);
});

test.each([
  '',
  '[1e]',
  '[01]',
  '[1.2.3.4.5.6.7.8.9.10.11]',
  '{"a":9007199254740993}}',
  '[9007199254740993 1]',
  '"abc',
])('what is no JSON is none: %s', (text) => {
  expect(() => parseExact(text)).toThrow(SyntaxError);
});

test('what would take long is refused', () => {
  expect(() => parseExact(`[${'1.5e3,'.repeat(10_001)}1]`)).toThrow(RangeError);
  expect(parseExact(`[${'0.1234567890123456,'.repeat(20_000)}1]`)).toHaveLength(20_001);
});
