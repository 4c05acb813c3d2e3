import { expect, test } from 'vitest';
import { report, reported, runAll, unexplained } from './suite-report.ts';

test('the official suite finds the same through Greenlight as directly, and docs/protocol.md says so', async () => {
  const runs = await runAll();
  expect(unexplained(runs)).toEqual([]);
  // The server and the client under test have everything: what fails directly would be a fault of theirs.
  const failed = runs.flatMap(({ direct }) =>
    [...direct.values()].flat().filter((check) => / (FAILURE|WARNING)/.test(check)),
  );
  expect(failed).toEqual([]);
  expect(reported()).toBe(report(runs));
}, 600_000);
