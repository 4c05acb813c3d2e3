import { describe, expect, it } from 'vitest';
import { allowedWords } from '../../shared/allowance.ts';

describe('what an allowance is for', () => {
  it.each([
    ['luma_extend_video', 'any longer video'],
    ['luma_get_task', 'any call to look up a video'],
    ['other', 'any call of other'],
  ])('%s: %s', (tool, words) => {
    expect(allowedWords({ tool })).toBe(words);
  });
});
