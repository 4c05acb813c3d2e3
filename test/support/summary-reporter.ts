import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Prints, last of all, what was skipped and one plain line: "N passed, N failed, N skipped". */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test: TestCase) => test.result().state === state).length;
    const broken = modules.filter(
      (module) => module.state() === 'failed' && module.errors().length > 0,
    ).length;
    const skipped = tests.filter((test) => test.result().state === 'skipped');
    const titles = new Set(skipped.map((test) => `${test.module.relativeModuleId}: ${test.fullName}`));
    for (const title of titles) process.stdout.write(`skipped: ${title}\n`);
    const failed = count('failed') + broken + errors.length;
    process.stdout.write(`${count('passed')} passed, ${failed} failed, ${skipped.length} skipped\n`);
  }
}
