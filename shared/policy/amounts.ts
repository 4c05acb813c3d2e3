/** More than any limit allows; so many of it as can be counted still have a sum. */
const LARGEST_COUNTED = 1e300;
const LARGEST_LIMIT = 1e290;

/** What `amount`, which a call, an answer or a policy names, counts as. */
export function counted(amount: number): number {
  return Math.min(amount, LARGEST_COUNTED);
}

/** How much a limit of `max` allows. */
export function allowed(max: number): number {
  return Math.min(max, LARGEST_LIMIT);
}
