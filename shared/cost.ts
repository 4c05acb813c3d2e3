/** A cost with its unit: `$0.40`, `12 credits`. A symbol stands before the number with two decimals; a word after it. */
export function costWords(cost: number, unit: string): string {
  const symbol = /^\p{Sc}$/u.test(unit);
  const amount = cost.toLocaleString('en', {
    minimumFractionDigits: symbol ? 2 : 0,
    maximumFractionDigits: 4,
  });
  return symbol ? `${unit}${amount}` : `${amount} ${unit}`.trim();
}
