import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inexactNumbers, isExactNumber } from '../../shared/numbers.ts';

describe('a number is exact when JavaScript gives the same one back', () => {
  test.each(['0', '-0', '1.0', '1E+5', '.5', '5.', '+5', '1e21', '0.30000000000000004', '5e-324'])(
    '%s is',
    (text) => {
      expect(isExactNumber(text)).toBe(true);
    },
  );

  test.each(['9007199254740993', '1e-400', '-1e400', '0.1000000000000000055', '0x10', `1${'0'.repeat(400)}`])(
    '%s is not',
    (text) => {
      expect(isExactNumber(text)).toBe(false);
    },
  );

  test('whatever it writes itself', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), (number) => isExactNumber(String(number))));
  });
});

test('those that are not are found in JSON, with their pointers', () => {
  const found = inexactNumbers(
    '{"a": [1, {"b/c": 9007199254740993}], "9007199254740993": "9007199254740993", "d": 1e400}',
  );
  expect(found.map(({ pointer }) => pointer)).toEqual(['/a/1/b~1c', '/d']);
});
