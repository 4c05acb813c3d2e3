/** Sums of amounts of whatever size: exact, and in few numbers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { append, type Settled, sumAfter, sumFrom } from '../../../main/ledger/amounts.ts';

const summed = (amounts: readonly number[]): Settled[] => {
  const settled: Settled[] = [];
  for (const [at, amount] of amounts.entries()) append(settled, at, amount);
  return settled;
};

/** A finite double of at least 0 in units of 2^-1074, which every one of them is a whole number of. */
function exactly(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const all = bits.getBigUint64(0);
  const [exponent, fraction] = [(all >> 52n) & 0x7ffn, all & 0xf_ffff_ffff_ffffn];
  return exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
}

const amount = fc
  .tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -290, max: 290 }))
  .map(([digits, power]) => digits * 10 ** power);

test('what is left of a sum is as near to it as a number can be, whatever went before', () => {
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 60 }), fc.nat(), (amounts, some) => {
      const settled = summed(amounts);
      const first = some % amounts.length;
      const sum = sumFrom(settled, first);
      expect(sumAfter(settled, settled[first - 1])).toBe(sum);
      const right = amounts.slice(first).reduce((total, each) => total + exactly(each), 0n);
      const off = exactly(sum) - right;
      expect((off < 0n ? -off : off) << 50n <= right).toBe(true);
    }),
  );
});

test('amounts that are made to be far apart are summed in as many numbers as hold them', () => {
  const powers = Array.from({ length: 1000 }, (_, power) => 4 ** (power - 500));
  for (const amounts of [powers, powers.toReversed(), powers.map((each) => each * 1.1)]) {
    const settled = summed([...amounts, ...amounts.map(() => 0.25)]);
    expect(Math.max(...settled.map(({ total }) => total.length))).toBeLessThan(60);
  }
});
