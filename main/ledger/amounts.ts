import { counted } from '../../shared/policy/amounts.ts';

/** The amounts that count in one counter, as memory keeps them: in order, summed, and merged as they age. */

/**
 * Amounts are merged where they are closer together than this part of their age, and dated by the last of them: none
 * counts longer by more than that part of any window, and none shorter. A year then has some 100,000 of them at most.
 */
const GRAIN = 1 / 10_000;

/** One amount, counted since `at` (ms). */
export interface Settled {
  at: number;
  amount: number;
  /** The sum of the amounts up to and including this one, so that a window is summed without walking it. */
  total: Sum;
}

/**
 * A sum of which nothing was rounded off, so that a large amount takes nothing from the small ones beside it: what its parts
 * come to, of which none reaches into the next, the smallest first.
 */
type Sum = readonly number[];

const NOTHING: Sum = [];

/** J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic (1997), Grow-Expansion. */
function plus(sum: Sum, amount: number): Sum {
  const parts: number[] = [];
  let rest = amount;
  for (const part of sum) {
    const both = rest + part;
    const added = both - rest;
    const lost = rest - (both - added) + (part - added);
    if (lost !== 0) parts.push(lost);
    rest = both;
  }
  if (rest !== 0) parts.push(rest);
  return parts.length > MOST_PARTS ? compressed(parts) : parts;
}

/** Parts of a sum that are left as they came: amounts of like size have two. */
const MOST_PARTS = 8;

/** The same sum in as few parts as hold it. Shewchuk, Compress. */
function compressed(parts: readonly number[]): number[] {
  const down: number[] = [];
  let sum = parts.at(-1) ?? 0;
  for (const part of parts.slice(0, -1).reverse()) {
    const both = sum + part;
    const lost = part - (both - sum);
    if (lost !== 0) {
      down.push(both);
      sum = lost;
    } else sum = both;
  }
  const up: number[] = [];
  for (const part of down.reverse()) {
    const both = part + sum;
    const lost = sum - (both - part);
    if (lost !== 0) up.push(lost);
    sum = both;
  }
  return [...up, sum];
}

/** What `sum` is more than `other`, rounded. */
function minus(sum: Sum, other: Sum): number {
  let left = sum;
  for (const part of other) left = plus(left, -part);
  return left.reduce((total, part) => total + part, 0);
}

/** `settled`: oldest first. `mergeAt`: how many there may be before they are merged. */
export interface Amounts {
  settled: Settled[];
  mergeAt: number;
}

/** So many, and twice what is left of them, are merged. */
const MERGE_FROM = 4096;

/** A counter in which nothing counts. */
export function noAmounts(): Amounts {
  return { settled: [], mergeAt: MERGE_FROM };
}

/** Adds an amount, in order even when the machine's clock was set back in between. */
export function append(settled: Settled[], at: number, named: number): void {
  const amount = counted(named);
  const last = settled.at(-1);
  if (!last || last.at <= at) {
    settled.push({ at, amount, total: plus(last?.total ?? NOTHING, amount) });
    return;
  }
  settled.splice(firstAfter(settled, at), 0, { at, amount, total: NOTHING });
  let total = NOTHING;
  for (const event of settled) {
    total = plus(total, event.amount);
    event.total = total;
  }
}

/**
 * Drops what no window sees any more, once it is at least half of what is kept. The sums start anew then,
 * so that years of additions do not add up their rounding.
 */
export function forget(counter: Amounts, before: number): void {
  const outdated = firstAfter(counter.settled, before);
  if (outdated < 256 || outdated * 2 < counter.settled.length) return;
  const kept = counter.settled.slice(outdated);
  counter.settled = [];
  for (const { at, amount } of kept) append(counter.settled, at, amount);
}

/** Runs of `events` that may be merged by `now`. Slots grow in powers of two, so that each lies within one of the next size. */
export function grouped<E extends { at: number }>(events: readonly E[], now: number): E[][] {
  const groups: E[][] = [];
  let slot: string | undefined;
  for (const event of events) {
    const size = 2 ** Math.floor(Math.log2(Math.max(1, (now - event.at) * GRAIN)));
    const own = `${size} ${Math.floor(event.at / size)}`;
    if (own === slot) groups.at(-1)?.push(event);
    else groups.push([event]);
    slot = own;
  }
  return groups;
}

/** Merges what is old enough in memory, once it has become much. */
export function mergeOld(counter: Amounts, now: number): void {
  if (counter.settled.length < counter.mergeAt) return;
  const groups = grouped(counter.settled, now);
  counter.settled = [];
  for (const group of groups) append(counter.settled, group.at(-1)?.at ?? now, sumOf(group));
  counter.mergeAt = Math.max(MERGE_FROM, 2 * counter.settled.length);
}

/** What the events from index `first` on come to. */
export function sumFrom(events: readonly Settled[], first: number): number {
  return sumAfter(events, events[first - 1]);
}

/** What the events after `event`, one of them, come to; all of them, where there is none. */
export function sumAfter(events: readonly Settled[], event: Settled | undefined): number {
  return minus(events.at(-1)?.total ?? NOTHING, event?.total ?? NOTHING);
}

/** What `events` come to. */
export function sumOf(events: readonly { amount: number }[]): number {
  return events.reduce((sum, { amount }) => sum + amount, 0);
}

/** The index of the first event later than `time`. */
export function firstAfter(events: readonly Settled[], time: number): number {
  return firstWhere(events, 0, ({ at }) => at > time);
}

/** The index of the first event, from `from` on, that `holds` of; once it does, it does of all that follow. */
export function firstWhere(
  events: readonly Settled[],
  from: number,
  holds: (event: Settled) => boolean,
): number {
  let low = from;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(events[middle] as Settled)) high = middle;
    else low = middle + 1;
  }
  return low;
}
