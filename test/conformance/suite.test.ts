import { expect, test } from 'vitest';
import { notAsLuma, report, reported, runAll, unexplained } from './suite-report.ts';

test('the official suite finds the same through Greenlight as directly, and docs/protocol.md says so', async () => {
  const runs = await runAll();
  expect(unexplained(runs)).toEqual([]);
  expect(notAsLuma(runs)).toEqual([]);
  expect(runs.filter(({ another }) => another && another.size > 10)).toHaveLength(3);
  // The server and the client under test have everything: what fails directly would be a fault of theirs.
  const failed = runs.flatMap(({ direct }) =>
    [...direct.values()].flat().filter((check) => / (FAILURE|WARNING)/.test(check)),
  );
  expect(failed).toEqual([]);
  expect(reported()).toBe(report(runs));
}, 600_000);
