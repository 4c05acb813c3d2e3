/** A skipped test says why, in the summary of the run and to the run itself. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** What a run of vitest over these tests alone, with the summary, says at its end. */
function run(
  tests: string,
  { env = {}, options = [] }: { env?: NodeJS.ProcessEnv; options?: string[] } = {},
): { said: string[]; code: number | null } {
  const folder = mkdtempSync(join(repository, 'node_modules/.greenlight-summary-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const head = `import { describe, test } from 'vitest';
import { skipUnless } from '${repository}test/support/skip.ts';\n`;
  writeFileSync(join(folder, 'some.test.ts'), head + tests);
  writeFileSync(
    join(folder, 'vitest.config.ts'),
    `export default { test: { dir: ${JSON.stringify(folder)} } };`,
  );
  const vitest = join(repository, 'node_modules/vitest/vitest.mjs');
  const reporter = `--reporter=${join(repository, 'test/support/summary-reporter.ts')}`;
  const args = [vitest, 'run', '--root', folder, reporter, ...options];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: folder,
    // What the run of this test is told is not meant for the one within it.
    env: { ...process.env, GREENLIGHT_SKIPS: undefined, ...env },
  });
  return { said: stdout.trim().split('\n'), code: status };
}

test('the summary names the reason of each skipped test, also that of a suite', () => {
  const tests = `test('runs', skipUnless(true, 'never said'), () => {});
test('needs a moon', skipUnless(false, 'there is no moon'), () => {});
describe('on Mars', skipUnless(false, 'this is the Earth'), () => { test('it is red', () => {}); });
test('finds out late', ({ skip }) => skip('it rains'));`;
  expect(run(tests)).toEqual({
    said: [
      'skipped: some.test.ts: needs a moon (there is no moon)',
      'skipped: some.test.ts: on Mars > it is red (this is the Earth)',
      'skipped: some.test.ts: finds out late (it rains)',
      '1 passed, 0 failed, 3 skipped',
    ],
    code: 0,
  });
});

test('a test that is skipped without a reason fails the run', () => {
  const tests = `test('runs', () => {});
test.skip('too slow', () => {});
describe.skipIf(true)('some other day', () => { test('it runs', () => {}); });`;
  expect(run(tests)).toEqual({
    said: [
      'failed: some.test.ts: too slow was skipped without a reason: use skipUnless',
      'failed: some.test.ts: some other day > it runs was skipped without a reason: use skipUnless',
      '1 passed, 2 failed, 0 skipped',
    ],
    code: 1,
  });
});

test('what failed is named at the end, with what it said', () => {
  const tests = `import { expect } from 'vitest';
test('runs', () => {});
describe('sums', () => { test('add up', () => { expect([1], 'the sum').toEqual([2]); }); });`;
  const { said, code } = run(tests);
  expect(said.at(-2)).toMatch(
    /^failed: some\.test\.ts: sums > add up: the sum: expected \[ 1 \] to deeply equal \[ 2 \] .*- 2.*\+ 1/,
  );
  expect([said.at(-1), code]).toEqual(['1 passed, 1 failed, 0 skipped', 1]);
});

test('what a person leaves out by name needs no reason', () => {
  const tests = `test('one', () => {});\ntest('other', () => {});`;
  expect(run(tests, { options: ['-t', 'one'] })).toEqual({
    said: ['1 passed, 0 failed, 1 skipped'],
    code: 0,
  });
});

test('where nothing may be skipped, a reason does not help', () => {
  const tests = `test('runs', () => {});
test('needs a moon', skipUnless(false, 'there is no moon'), () => {});`;
  expect(run(tests, { env: { GREENLIGHT_SKIPS: 'none' } })).toEqual({
    said: [
      'failed: some.test.ts: needs a moon was skipped, and nothing may be here (there is no moon)',
      '1 passed, 1 failed, 0 skipped',
    ],
    code: 1,
  });
});
