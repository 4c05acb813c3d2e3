/** How tests wait: for what they need, never for a time. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long, in milliseconds, a test waits for what must come: only there to end a test that fails, so it is
 * long enough for a busy machine. `expect.poll` waits as long by itself (vitest.config.ts).
 */
export const PATIENCE = 60_000;

/**
 * Waits until `condition` holds; one that throws does not hold yet.
 *
 * @throws Error with `complaint`, when it does not hold within {@link PATIENCE}
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  complaint: string | (() => string) = `waited in vain for: ${condition}`,
): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  let cause: unknown;
  for (let pause = 1; ; pause = Math.min(pause * 2, 25)) {
    try {
      if (await condition()) return;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline)
      throw new Error(typeof complaint === 'string' ? complaint : complaint(), { cause });
    await sleep(pause);
  }
}

/**
 * What `promise` resolves with, if it does within `patience` milliseconds.
 *
 * @throws Error with `complaint`, when it does not
 */
export async function within<T>(promise: Promise<T>, complaint: string, patience = PATIENCE): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(complaint)), patience);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Resolves once all that is ready to run has run: an event after which it is certain that something did not
 * happen, where only promises separate it from its cause.
 */
export function allRan(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
