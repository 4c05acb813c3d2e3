/** A child that outlives its test must not hold the test's own output open: the whole run would never end. */
import { expect, test } from 'vitest';
import { sourcesOf } from '../support/imports.ts';

test('no test hands its own output down to a child', () => {
  const handing = [...sourcesOf('test')]
    .filter(([path]) => !/^test\/(bench|servers)\//.test(path) && path !== 'test/unit/children.test.ts')
    .filter(([, text]) => /stdio: .*('inherit'|process\.std)/.test(text));
  expect(handing.map(([path]) => path)).toEqual([]);
});
