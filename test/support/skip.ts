import type { TestOptions } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test was skipped. */
    whySkipped?: string;
  }
}

/**
 * For a test, or a suite, that not every machine can run: `test(name, skipUnless(isLinux, 'it reads /proc'), ...)`.
 * The summary prints `reason` beside what was skipped; a test that is skipped in another way fails the run.
 */
export function skipUnless(possible: boolean, reason: string): TestOptions {
  return possible ? {} : { skip: true, meta: { whySkipped: reason } };
}

/** For what needs all of it: skipped for the first reason that there is. */
export function needsAll(...needs: TestOptions[]): TestOptions {
  return needs.find(({ skip }) => skip) ?? {};
}
