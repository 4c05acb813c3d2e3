import { stripVTControlCharacters } from 'node:util';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import type {} from './skip.ts';

/** Of what a failed test said, so many characters are repeated at the end. */
const MESSAGE = 600;

/**
 * Prints, last of all, what failed, what was skipped and why, and one plain line: "N passed, N failed, N skipped". Who
 * reads only the end of a long output finds each failure there. A test
 * that was skipped without a reason counts as failed, unless the person chose which tests to run; where
 * `GREENLIGHT_SKIPS` is `none`, one that was skipped for a reason does as well.
 */
export default class SummaryReporter implements Reporter {
  #chosen = false;

  onInit({ config }: Vitest): void {
    this.#chosen = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const broken = modules.filter(
      (module) => module.state() === 'failed' && module.errors().length > 0,
    ).length;
    const { lines, forbidden } = summary(tests, broken + errors.length, this.#chosen);
    for (const line of lines) process.stdout.write(`${line}\n`);
    if (forbidden) process.exitCode = 1;
  }
}

/**
 * The lines of the summary of `tests`, and whether one of them was skipped that may not be. `broken`: how many
 * failures belong to no test. `chosen`: the person left tests out, which needs no reason.
 */
function summary(
  tests: readonly TestCase[],
  broken: number,
  chosen: boolean,
): { lines: string[]; forbidden: boolean } {
  const inState = (state: string) => tests.filter((test) => test.result().state === state);
  const skipped = inState('skipped');
  const failed = inState('failed').map((test) => {
    const said = (test.result().errors ?? []).map(({ message, diff }) =>
      [message, diff].filter(Boolean).join(' '),
    );
    const words = stripVTControlCharacters(said.join('; ')).replace(/\s+/g, ' ').slice(0, MESSAGE);
    return `failed: ${test.module.relativeModuleId}: ${test.fullName}: ${words}`;
  });
  const none = process.env.GREENLIGHT_SKIPS === 'none';
  const allowed = new Set<string>();
  const forbidden = new Set<string>();
  for (const test of skipped) {
    const title = `${test.module.relativeModuleId}: ${test.fullName}`;
    const why = reason(test);
    if (why === undefined) {
      if (!chosen) forbidden.add(`failed: ${title} was skipped without a reason: use skipUnless`);
    } else if (none) forbidden.add(`failed: ${title} was skipped, and nothing may be here (${why})`);
    else allowed.add(`skipped: ${title} (${why})`);
  }
  const counts = [
    `${inState('passed').length} passed`,
    `${inState('failed').length + forbidden.size + broken} failed`,
    `${skipped.length - forbidden.size} skipped`,
  ];
  return { lines: [...allowed, ...forbidden, ...failed, counts.join(', ')], forbidden: forbidden.size > 0 };
}

function reason(test: TestCase): string | undefined {
  const result = test.result();
  return test.meta().whySkipped ?? (result.state === 'skipped' ? result.note : undefined);
}
