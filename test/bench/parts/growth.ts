/** What a series of costs says: whether they grow, and how. */

/** Costs nearer than this factor are the same: two measurements of the same scatter as much. */
const SAME = 1.2;

/** Exponents nearer to 1 than this are taken for linear. */
const LINEAR = 0.25;

/**
 * Says how `costs` (µs) grow with `sizes`, the smallest first: not, or linearly, faster or slower than that, and by how
 * much. `unit` is the plural of what is counted.
 */
export function describeGrowth(sizes: readonly number[], costs: readonly number[], unit: string): string {
  const [first = Number.NaN, last = Number.NaN] = [costs[0], costs.at(-1)];
  if (!Number.isFinite(first / last)) return 'not measured';
  const noise = first * (SAME - 1);
  const steps = costs.slice(1).map((cost, at) => ({
    more: (sizes[at + 1] ?? 0) - (sizes[0] ?? 0),
    added: cost - first,
  }));
  if (steps.every(({ added }) => added < noise)) return 'does not grow';
  const end = steps.at(-1) ?? { more: Number.NaN, added: Number.NaN };
  const each = (end.added / end.more) * 1000;
  const by = `×${(last / first).toFixed(1)}, ${each.toFixed(each < 10 ? 2 : 0)} µs for 1,000 ${unit}`;
  // From the smallest that stands out: what is below that is noise, whose logarithm says nothing.
  const begin = steps.find(({ added }) => added >= noise) ?? end;
  if (begin === end) return `${by}; seen only at the largest`;
  const exponent = Math.log(end.added / begin.added) / Math.log(end.more / begin.more);
  if (exponent > 1 + LINEAR) return `${by}; faster than linearly`;
  return exponent < 1 - LINEAR ? `${by}; slower than linearly` : `${by}; linearly`;
}
