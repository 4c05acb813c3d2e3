import { expect, it } from 'vitest';
import { outcomeWords } from '../../../renderer/text/words.ts';
import { activityRow } from './rows.ts';

it('a call that runs, and one that was allowed but never sent itself, are told apart', () => {
  expect(outcomeWords(activityRow()).text).toBe('Allowed, running');
  expect(outcomeWords(activityRow({ forwarded: false })).text).toBe('Allowed, not sent');
});
