import { expect, test } from 'vitest';
import { StartError, whyNotStarted } from '../../../main/base/start-error.ts';
import { remedies as browser } from '../../../main/browser/arguments.ts';
import { remedies as desktop } from '../../../main/desktop/remedies.ts';

test.each(['port', 'directory', 'in use'] as const)('each host has its own remedy: %s', (obstacle) => {
  const error = new StartError(obstacle, 'It cannot start.');
  expect(whyNotStarted(error, browser)).toMatch(/^It cannot start\. .*--/);
  expect(whyNotStarted(error, desktop)).toMatch(/^It cannot start\. /);
  expect(whyNotStarted(error, desktop)).not.toContain('--');
});

test('what is no such error stands for itself', () => {
  expect(whyNotStarted(new Error('A mistake.'), browser)).toBe('A mistake.');
  expect(whyNotStarted('nothing', browser)).toBe('nothing');
});
