import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMeasure, holdsTooMuch } from '../../../main/base/message-bounds.ts';

/** Members and elements, the value itself among them; an empty list or object counts one for what it might hold. */
function count(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  const inner = Object.values(value);
  return (
    1 +
    Math.max(
      1,
      inner.reduce((sum: number, one) => sum + count(one), 0),
    )
  );
}

const many = Array.from({ length: 10_001 }, (_, n) => `n${n}`);

it('counts the values of any JSON, however it is written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(holdsTooMuch(text, count(value))).toBe(false);
      expect(holdsTooMuch(text, count(value) - 1)).toBe(true);
      const lines = createMeasure(count(value) - 1);
      expect(text.split('\n').some(lines)).toBe(true);
    }),
  );
});

it.each([
  ['names', JSON.stringify(Object.fromEntries(many.map((name) => [name, 0]))), true],
  ['names in objects of their own', JSON.stringify(many.map((name) => ({ [name]: 0 }))), true],
  ['names with blanks after them', `{${many.map((name) => `"${name}"\n\t :0`)}}`, true],
  ['the same names', JSON.stringify(many.map(() => ({ a: 0, b: 'b' }))), false],
  ['texts that are no names', JSON.stringify(many), false],
  ['texts that look like names', JSON.stringify(many.map((name) => `"${name}":`)), false],
])('of different names 10,000 are few enough: %s', (_what, text, tooMuch) => {
  expect(holdsTooMuch(text)).toBe(tooMuch);
});

it('says anything of what is no JSON, but ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('"', '\\', ':', ',', '{', '[', 'a') }), (text) => {
      expect([true, false]).toContain(holdsTooMuch(text));
    }),
  );
});
