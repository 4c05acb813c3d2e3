/** Limits in words: how much, in what, in which window, what is left, when some of it is free again. */
import { costWords } from './cost.ts';
import { formatDuration } from './duration.ts';
import { momentWords } from './when.ts';

/** What an amount of a limit is. */
export type Counts = 'calls' | 'cost' | 'argument';

/** An amount with its unit: "$5.00", "1 call", "20 calls", and, of an argument, the number. */
export function amountWords(amount: number, counts: Counts, costUnit: string): string {
  if (counts === 'cost') return costWords(amount, costUnit);
  const number = amount.toLocaleString('en', { maximumFractionDigits: 4 });
  return counts === 'calls' ? `${number} ${amount === 1 ? 'call' : 'calls'}` : number;
}

const WINDOWS = new Map([
  [60, '1 minute'],
  [3600, '1 hour'],
  [86_400, '24 hours'],
  [2_592_000, '30 days'],
]);

/** A window of so many seconds: "24 hours". */
export function windowWords(seconds: number): string {
  return WINDOWS.get(seconds) ?? formatDuration(seconds * 1000);
}

/** What a limit allows: "$5.00 in 24 hours". */
export function limitWords(
  { max, counts, windowSeconds }: { max: number; counts: Counts; windowSeconds: number },
  costUnit: string,
): string {
  return `${amountWords(max, counts, costUnit)} in ${windowWords(windowSeconds)}`;
}

/** "$5.00 in 24 hours, $0.20 left, free again tomorrow, Sunday 22:25"; `now` and the time are the person's. */
export function standWords(
  limit: { max: number; counts: Counts; windowSeconds: number; used: number; freesAt?: string | undefined },
  costUnit: string,
  now: number,
): string {
  const { used, max, counts, freesAt } = limit;
  const left = amountWords(rounded(Math.max(0, max - used)), counts, costUnit);
  const over =
    used > max * (1 + 1e-9) ? `, ${amountWords(rounded(used - max), counts, costUnit)} over it` : '';
  const frees =
    used === 0
      ? ''
      : freesAt === undefined
        ? ', the rest is held by open calls'
        : `, ${used >= max ? '' : 'more '}free again ${momentWords(Date.parse(freesAt), now)}`;
  return `${limitWords(limit, costUnit)}, ${over === '' ? `${left} left` : 'nothing left'}${over}${frees}`;
}

/** Without what sums of decimals are off by. */
function rounded(amount: number): number {
  return Math.round(amount * 1e6) / 1e6;
}
