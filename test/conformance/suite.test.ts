import { expect, test } from 'vitest';
import { differences, report, reported, runAll } from './suite-report.ts';

test('the official suite finds the same through Greenlight as directly, and docs/protocol.md says so', async () => {
  const runs = await runAll();
  expect(differences(runs)).toEqual([]);
  // As the server under test has everything, whatever fails would be a fault of that server.
  expect(
    runs.flatMap(({ direct }) =>
      [...direct.values()].flat().filter((each) => / (FAILURE|WARNING)/.test(each)),
    ),
  ).toEqual([]);
  expect(reported()).toBe(report(runs));
});
